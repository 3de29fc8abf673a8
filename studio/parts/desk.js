"use strict";
// The mixing desk: a strip for each LoRA. Its value is the blend: [{lora, weight, text}] of every strip that is heard.
studio.part("desk", (box, { props, trigger, watch }) => {
  const { h, w, place } = studio;
  const FEW = 8; // LoRAs that are all shown; with more, those on the desk, the newest, and what is searched for
  const strips = h("div", { class: "strips" });
  const count = h("span", { class: "dim small" });
  const find = h("input", { type: "search", class: "search", placeholder: w("desk.search"), "aria-label": w("desk.search"), oninput: () => show() });
  const rest = h("p", { class: "dim small" });
  const kept = h("button", { class: "plain presets", type: "button", "aria-haspopup": "dialog", onclick: event => { event.preventDefault(); studio.presets({ blend: blend(), take: load }); } }, w("preset.title"));
  const drawer = h("details", { class: "desk", open: innerWidth > 720 }, h("summary", {}, h("h3", {}, w("desk.title")), count, h("span", { class: "fill" }), kept), find, strips, rest);
  box.append(drawer);
  let known = [], bases = {}, base = "", sent = "", tagged = new Map();
  const set = new Map(); // lora id → {weight, text, mute, solo, pick}: pick is the checkpoint that is heard in its place

  const fetchKnown = studio.inTurn(async () => {
    const found = await studio.call("list_desk", { project: place.project });
    [known, bases] = [found.loras, found.bases];
    studio.tell("desk", { known, bases });
    show();
  });
  studio.follow(box, fetchKnown, () => false);

  watch("value", () => { if (JSON.stringify(props.value) !== sent) take(props.value || []); });
  studio.on("use", async id => { if (!head(id)) await fetchKnown(); const row = head(id); if (row) { put(row.id, { weight: row.weight, mute: false, pick: id }); drawer.open = true; } });
  studio.on("place", () => { set.clear(); send(); });
  studio.on("field", ({ id, value }) => { if (id === "generate-base" && value !== base) { base = value; send(); show(); } });
  studio.on("tagged", found => { tagged = found; send(); show(); });
  studio.on("blend", async parts => { await fetchKnown(); for (const part of parts) { const row = head(part.lora); if (row) set.set(row.id, { ...of(row.id), weight: part.weight, mute: false, pick: part.lora }); } send(); show(); });
  studio.on("use blend", async parts => { await fetchKnown(); load(parts); drawer.open = true; });
  studio.blend = blend;

  const head = id => known.find(row => row.id === id || row.checkpoints.some(one => one.id === id));

  // A blend from elsewhere: a restored picture, a preset. LoRAs that are gone stay out; it answers their names.
  function take(parts) {
    set.clear();
    const lost = [];
    for (const part of parts) {
      const row = head(part.lora);
      if (row || !known.length) set.set(row?.id ?? part.lora, { weight: part.weight, text: part.text ?? null, mute: false, solo: false, pick: part.lora, share: shareOf(part) });
      else lost.push(part.name || w("desk.gone"));
    }
    sent = JSON.stringify(props.value);
    show();
    return lost;
  }

  function load(parts) {
    const lost = take(parts);
    send();
    if (lost.length) studio.toast(w("preset.lost", { names: lost.join(", ") }), { kind: "attention" });
  }

  const shareOf = part => (part.start || (part.end ?? 1) < 1 ? { start: part.start ?? 0, end: part.end ?? 1 } : {}); // of the steps, where it is not all of them
  const of = id => set.get(id) || { weight: 0, text: null, mute: false, solo: false, pick: id };
  const fits = row => !bases[base] || bases[base].family === row.family;

  function put(id, change) {
    if (tagged.has(id) && "weight" in change) { studio.tell("retag", { id, weight: change.weight }); return; }
    set.set(id, { ...of(id), ...change });
    send();
    show();
  }

  // What is heard; what the prompt itself says is left to the prompt.
  function heardRows() {
    const solo = known.some(row => of(row.id).solo && !tagged.has(row.id));
    return known.filter(row => { const s = of(row.id); return fits(row) && !tagged.has(row.id) && (s.weight || s.text) && !s.mute && (!solo || s.solo); });
  }

  function blend() {
    return heardRows().map(row => { const s = of(row.id); return { lora: s.pick, weight: s.weight, ...(s.text === null ? {} : { text: s.text }), ...s.share }; });
  }

  function send() {
    const value = blend(), text = JSON.stringify(value);
    studio.tell("heard", heardRows());
    if (text === JSON.stringify(props.value || [])) return;
    sent = text;
    props.value = value;
    trigger("change");
  }

  function shown() {
    const wanted = find.value.trim().toLowerCase();
    const on = row => set.has(row.id) && (of(row.id).weight || of(row.id).text) || tagged.has(row.id);
    if (wanted) return known.filter(row => `${row.name} ${row.trigger}`.toLowerCase().includes(wanted)).slice(0, 30);
    return known.length <= FEW ? known : known.filter((row, at) => on(row) || at < FEW - 2);
  }

  function show() {
    const heard = new Set([...heardRows().map(row => row.id), ...tagged.keys()]);
    count.textContent = known.length ? w("desk.heard", { n: heard.size }) : "";
    drawer.classList.toggle("none", !known.length);
    find.hidden = known.length <= FEW;
    kept.hidden = !known.length;
    const rows = shown();
    rest.textContent = rows.length < known.length ? w("desk.more", { n: known.length - rows.length }) : "";
    if (!known.length) {
      strips.replaceChildren(h("p", { class: "dim none" }, w("desk.empty")), h("button", { class: "link none", onclick: () => studio.go("train") }, `→ ${w("desk.empty_do")}`));
      return;
    }
    strips.querySelectorAll(".none").forEach(node => node.remove());
    studio.list(strips, rows, row => row.id, row => studio.channel(row, { of, put, menu, share }), (node, row) => node.dress(row, { now: of(row.id), heard: heard.has(row.id), tag: tagged.get(row.id), fits: fits(row), base }));
  }

  // In which steps a LoRA counts, in percent of them.
  async function share(row) {
    const now = of(row.id).share || {};
    const rows = [["start", now.start ?? 0], ["end", now.end ?? 1]].map(([name, value]) => ({ name, label: w(`desk.share_${name}`), value: String(Math.round(value * 100)), needed: true }));
    const read = said => Object.fromEntries(Object.entries(said).map(([name, text]) => [name, Math.min(1, Math.max(0, parseFloat(text) / 100))]));
    const check = said => { const { start, end } = read(said); return start < end ? {} : { say: w("desk.share_wrong"), bar: true }; };
    const said = await studio.lines(w("desk.share_of", { name: row.name }), rows, { hint: w("desk.share_hint"), check });
    if (said) put(row.id, { share: shareOf(read(said)) });
  }

  // What is kept with a LoRA.
  function menu(button, row) {
    const now = of(row.id);
    const keep = (weight, low, high) => studio.act("set_lora", { lora: row.id, weight, weight_min: low, weight_max: high }).then(done => { if (done !== undefined) fetchKnown(); });
    studio.menu(button, [
      { say: w("desk.usual", { weight: now.weight }), do: () => keep(now.weight, Math.min(row.weight_min, now.weight), Math.max(row.weight_max, now.weight)) },
      { say: w("desk.range"), do: async () => {
        const said = await studio.lines(w("desk.range_of", { name: row.name }), [["weight", row.weight], ["low", row.weight_min], ["high", row.weight_max]].map(([name, value]) => ({ name, label: w(`desk.range_${name}`), value: String(value), needed: true })), { hint: w("desk.range_hint") });
        if (said) keep(Number(said.weight), Number(said.low), Number(said.high));
      } },
      { say: w("desk.share"), do: () => share(row) },
      null,
      { say: w("origin_of.title"), do: () => studio.origins({ lora: row.id }) },
    ]);
  }
});
