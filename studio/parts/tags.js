"use strict";
// LoRAs named in the prompt itself: `<lora:fox:0.6>` and `fox(0.6) + hat(0.4)` move the sliders, and sliders change the number.
// Of two numbers in a tag the first is the text encoder's (storage/tags.py reads them for the worker).
// Below the prompt stands what was understood, and the trigger words that the prompt lacks.
studio.part("tags", box => {
  const { h, w } = studio;
  const line = h("div", { class: "row wrap tag-line", role: "status" });
  box.append(line);
  let known = [], heard = [], last = null, found = [];
  const TAG = /<lora:([^:<>]+?)(?::(?:te=)?([+-]?\d*\.?\d+))?(?::(?:unet=)?([+-]?\d*\.?\d+))?>/gi;

  studio.on("desk", desk => { known = desk.known; last = null; look(); });
  studio.on("heard", rows => { heard = rows; show(); });
  studio.on("retag", ({ id, weight }) => {
    const tag = found.find(one => one.row?.id === id);
    if (!tag) return;
    const text = studio.prompt.value;
    studio.prompt.value = text.slice(0, tag.from) + tag.write(weight) + text.slice(tag.to);
    look();
  });
  document.addEventListener("input", event => { if (event.target.closest?.("#generate-prompt")) look(); });
  setInterval(() => { if (studio.visible(box)) look(); }, 500); // a restored prompt comes without an event

  const plain = name => name.trim().toLowerCase().replace(/[:<>_]/g, " ");
  const named = name => known.find(row => row.name === name.trim()) || known.find(row => plain(row.name) === plain(name));

  function read(text) {
    const tags = [...text.matchAll(TAG)].map(hit => ({ name: hit[1].trim(), weight: Number(hit[3] ?? hit[2] ?? 1), from: hit.index, to: hit.index + hit[0].length, row: named(hit[1]), write: weight => `<lora:${hit[1]}:${hit[3] === undefined ? "" : `${hit[2]}:`}${weight}>` }));
    for (const row of known) {
      const sum = new RegExp(`(?<![\\w:])(${row.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})\\s*\\(\\s*(-?\\d*\\.?\\d+)\\s*\\)`, "giu");
      for (const hit of text.matchAll(sum)) tags.push({ name: row.name, weight: Number(hit[2]), from: hit.index, to: hit.index + hit[0].length, row, write: weight => `${hit[1]}(${weight})` });
    }
    return tags.filter(tag => Number.isFinite(tag.weight));
  }

  function look() {
    const text = studio.prompt.value;
    if (text === last) return;
    last = text;
    const before = JSON.stringify(found.map(tag => [tag.row?.id, tag.weight]));
    found = read(text);
    const now = JSON.stringify(found.map(tag => [tag.row?.id, tag.weight]));
    if (now !== before) studio.tell("tagged", new Map(found.filter(tag => tag.row).map(tag => [tag.row.id, tag.weight])));
    show();
  }

  function show() {
    const lacking = [...new Set([...heard, ...found.map(tag => tag.row).filter(Boolean)].map(row => row.trigger).filter(word => word && !studio.prompt.value.includes(word)))];
    line.replaceChildren(
      ...found.map(tag => tag.row ? h("span", { class: "chip still tag" }, `✓ ${tag.name} ${tag.weight}`) : h("span", { class: "chip still tag attention" }, `! ${w("tags.unknown", { name: tag.name })}`)),
      ...lacking.map(word => h("button", { class: "chip lacking", title: w("desk.word"), onclick: () => { studio.insert(word); look(); } }, `+ ${word}`)));
    line.hidden = !line.firstChild;
  }
});
