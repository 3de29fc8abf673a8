"use strict";
// LoRAs from elsewhere: chosen or dropped on the shelf; what cannot be used is told with the reason.
studio.shelf.bringing = (box, arrived) => {
  const { h, w, place } = studio;
  const input = h("input", { type: "file", accept: ".safetensors,.zip", multiple: true, hidden: true, id: "shelf-files", onchange: () => { bring(studio.given.chosen(input)); input.value = ""; } });
  const button = h("button", { class: "plain", id: "shelf-bring", onclick: () => { to = 0; input.click(); } }, w("shelf.bring"));
  const doing = h("div", { class: "doing" }), refused = h("div", { class: "refused", role: "alert" }), told = h("div", {}, input, doing, refused);
  let to = 0, busy = false;

  async function bring(rows, family = "") {
    rows = rows.filter(row => /\.(safetensors|zip|pt|ckpt|bin)$/i.test(row.name));
    if (!rows.length || busy) return;
    busy = true;
    const whole = rows.reduce((sum, row) => sum + row.file.size, 0) || 1, line = h("progress", { max: 1, value: 0 }), said = h("span", { class: "dim small" });
    doing.replaceChildren(line, said);
    try {
      const files = await studio.given.send(rows, bytes => { line.value = bytes / whole; said.textContent = w("shelf.bringing", { done: studio.bytes(bytes), whole: studio.bytes(whole) }); });
      line.removeAttribute("value");
      said.textContent = w("shelf.reading");
      tell(await studio.call("import_lora", { project: place.project, files, names: rows.map(row => row.name), name: "", trigger: "", family, lora: to }), rows);
    } catch (error) {
      studio.toast(error.message, { kind: "wrong" });
    } finally {
      busy = false;
      to = 0;
      doing.replaceChildren();
    }
  }

  function tell(found, rows) {
    if (found.loras.length) studio.toast(w("shelf.brought", { n: found.loras.length, names: found.loras.map(row => row.name).join(", ") }), { kind: "good" });
    if (found.tokens.length) studio.toast(w("shelf.brought_tokens", { names: found.tokens.join(", ") }), { kind: "good" });
    const unclear = rows.filter(row => found.unclear.includes(row.name));
    refused.replaceChildren(...(found.refused.length ? [h("div", { class: "row" }, h("ul", { class: "fill" }, found.refused.map(row => h("li", {}, row.said))), h("button", { class: "bare", "aria-label": w("close"), onclick: () => refused.replaceChildren() }, "×")),
      unclear.length && h("div", { class: "row wrap" }, ["sd15", "sdxl"].map(family => h("button", { class: "plain", onclick: () => { refused.replaceChildren(); bring(unclear, family); } }, w("shelf.is_for", { family: w(`family.${family}`) }))))].filter(Boolean) : []));
    if (found.loras.length || found.tokens.length) { studio.changed(); arrived(); }
  }

  addEventListener("dragover", event => { if (studio.visible(box)) { event.preventDefault(); box.classList.add("over"); } });
  addEventListener("dragleave", event => { if (!event.relatedTarget) box.classList.remove("over"); });
  addEventListener("drop", async event => {
    box.classList.remove("over");
    if (!studio.visible(box) || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    bring(await studio.given.dropped(event.dataTransfer));
  });

  return { button, told, token: row => { to = row.id; input.click(); } };
};
