"use strict";
// The shelf of LoRAs: each with its picture, where it came from, its checkpoints, and what can be done with it.
studio.part("shelf", box => {
  const { h, w, place } = studio;
  let known = [], formats = [], family = "", tag = "";
  const cards = h("div", { class: "shelf" }), nothing = h("div"), filters = h("div", { class: "chips" });
  const find = h("input", { type: "search", class: "search", placeholder: w("shelf.search"), "aria-label": w("shelf.search"), "data-search": "", oninput: show });
  const blend = h("button", { class: "plain", id: "shelf-merge", onclick: () => studio.shelf.merge(heads(), load) }, w("shelf.merge"));
  const bring = studio.shelf.bringing(box, () => load());
  const tools = h("div", { class: "tools" }, find, filters, h("span", { class: "fill" }), blend, bring.button);
  box.append(h("h2", {}, w("shelf.title")), tools, bring.told, nothing, cards);

  const load = studio.follow(box, async () => {
    known = await studio.call("list_loras", { project: place.project, checkpoints: true });
    formats = formats.length ? formats : await studio.call("list_formats");
    show();
  }, () => false);

  // One card a run: the finished LoRA, else its newest checkpoint, with the others folded into it.
  function heads() {
    const runs = new Map();
    for (const row of known) {
      const key = row.job && !row.parts.length ? `run${row.job}` : `lora${row.id}`;
      runs.set(key, [...(runs.get(key) || []), row]);
    }
    return [...runs.values()].map(rows => {
      const head = rows.find(row => row.final) || rows.reduce((a, b) => (b.step > a.step ? b : a));
      return { ...head, others: rows.filter(row => row.id !== head.id).sort((a, b) => b.step - a.step) };
    });
  }

  function show() {
    const all = heads(), wanted = find.value.trim().toLowerCase();
    find.hidden = !all.length;
    blend.hidden = all.length < 2;
    nothing.replaceChildren(...(all.length ? [] : [studio.empty(
      h("svg", { viewBox: "0 0 240 100", class: "drawing", "aria-hidden": "true" }, h("path", { d: "M30 88h180" }), h("rect", { x: 46, y: 22, width: 34, height: 66 }), h("rect", { x: 84, y: 14, width: 34, height: 74 }), h("rect", { x: 122, y: 26, width: 34, height: 62 }), h("path", { d: "M164 86l22-62 14 5-22 62z" })),
      w("shelf.empty"), w("shelf.empty_hint"), h("button", { class: "main", onclick: () => studio.go("train") }, w("shelf.empty_do")))]));
    chips(all);
    const text = row => [row.name, row.trigger, row.dataset, row.base, ...row.tags, ...row.tokens].join(" ").toLowerCase();
    studio.list(cards, all.filter(row => text(row).includes(wanted) && (!family || row.family === family) && (!tag || row.tags.includes(tag))), row => row.id, make, dress);
  }

  function chips(all) {
    const families = [...new Set(all.map(row => row.family))], tags = [...new Set(all.flatMap(row => row.tags))].sort();
    if (!families.includes(family)) family = "";
    if (!tags.includes(tag)) tag = "";
    const chip = (say, on, set) => h("button", { class: "chip", "aria-pressed": String(on), onclick: () => { set(); show(); } }, say);
    filters.replaceChildren(
      ...(families.length > 1 ? families.map(name => chip(w(`family.${name}`), family === name, () => { family = family === name ? "" : name; })) : []),
      ...tags.map(name => chip(`# ${name}`, tag === name, () => { tag = tag === name ? "" : name; })));
  }

  function make(row) {
    return h("article", { class: "record" }, h("div", { class: "cover" }), h("div", { class: "row" }, h("b"), h("button", { class: "bare", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu" }, "⋯")),
      h("p", { class: "word" }), h("p", { class: "dim small facts" }),
      h("div", { class: "row wrap" }, h("button", { class: "plain use" }, w("shelf.use")), h("button", { class: "plain download", "aria-haspopup": "menu" }, `${w("download")} ▾`)),
      h("details", { class: "about" }, h("summary", {}, w("shelf.about")), h("dl")),
      h("details", { class: "others" }, h("summary"), h("div")));
  }

  function dress(node, row) {
    const q = name => node.querySelector(name), use = one => { studio.go("generate"); studio.tell("use", one); };
    q(".cover").style.backgroundImage = row.preview ? `url(${studio.thumb(row.preview)})` : "";
    q(".cover").classList.toggle("blank", !row.preview);
    q("b").textContent = row.final ? row.name : `${row.name.split(" · ")[0]} · ${w("run.step", { n: row.step })}`;
    q("b").title = row.name;
    q(".word").replaceChildren(...[row.trigger, ...row.tokens].filter(Boolean).map(word => h("span", { class: "chip still" }, word)), ...row.tags.map(name => h("span", { class: "dim small tag" }, `# ${name}`)));
    q(".facts").textContent = [w(`family.${row.family}`), row.base, w("run.rank", { n: row.rank }), studio.bytes(row.bytes), row.dataset && w("shelf.from", { name: row.dataset, step: row.step }), row.parts.length && w("shelf.merged_short", { n: row.parts.length }), studio.ago(row.when)].filter(Boolean).join(" · ");
    q(".use").onclick = () => use(row.id);
    q(".download").onclick = () => studio.menu(q(".download"), [
      ...formats.map(form => ({ say: studio.has(`format.${form.name}`) ? w(`format.${form.name}`) : form.about, do: () => fetchFile(`/lora/${row.id}/${form.name}`) })), null,
      { say: w("shelf.bundle"), do: () => fetchFile(`/share/${row.id}/kohya`) }]);
    q(".bare").onclick = () => studio.menu(q(".bare"), [
      { say: w("rename"), do: () => ask("rename", row) },
      { say: w("shelf.word"), do: () => ask("word", row) },
      { say: w("shelf.tags"), do: () => ask("tags", row) },
      { say: w("shelf.weights"), do: () => ask("weights", row) },
      { say: w("shelf.preview"), do: () => ask("preview", row) },
      { say: w("shelf.token"), do: () => bring.token(row) },
      row.job ? { say: w("shelf.run"), do: () => studio.go("jobs") } : { say: w("shelf.no_run"), do: () => {} },
      { say: w("shelf.check"), do: () => studio.shelf.check(row) },
      { say: w("eval.measure"), do: () => measure("pairs", row) },
      { say: w("eval.ask.weights"), do: () => measure("weights", row) },
      ...(row.others.length ? [{ say: w("eval.which_best"), do: () => measure("checkpoints", row) }] : []),
      null,
      { say: w("delete"), do: () => remove(row) },
    ]);
    q(".about dl").replaceChildren(...studio.shelf.facts(row).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    q(".others").hidden = !row.others.length;
    q(".others summary").textContent = w("shelf.others", { n: row.others.length });
    studio.list(q(".others div"), row.others, one => one.id, one => h("div", { class: "row other" }, h("i", { class: "face" }), h("span", { class: "fill" }, w("run.step", { n: one.step })),
      h("button", { class: "link", onclick: () => use(one.id) }, w("shelf.use_this")), h("button", { class: "link promote", onclick: () => promote(one) }, w("shelf.promote")),
      h("button", { class: "bare", "aria-label": w("delete"), title: w("delete"), onclick: () => remove(one) }, "×")), (line, one) => { line.querySelector(".face").style.backgroundImage = one.preview ? `url(${studio.thumb(one.preview)})` : ""; line.title = `${one.name} · ${studio.bytes(one.bytes)}`; });
  }

  function fetchFile(address) {
    const link = h("a", { href: address, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  function measure(kind, row) {
    studio.go("evaluate");
    studio.tell("measure", { kind, lora: row.id, job: row.job });
  }

  async function ask(what, row) { if (await studio.shelf[what](row)) { studio.changed(); load(); } }

  async function promote(row) {
    if ((await studio.act("promote_lora", { lora: row.id })) === undefined) return;
    studio.toast(w("shelf.promoted", { n: row.step }), { kind: "good" });
    load();
  }

  async function remove(row) {
    if ((await studio.act("delete_lora", { lora: row.id })) === undefined) return;
    studio.changed();
    studio.toast(w("shelf.deleted", { name: row.name }), { undo: async () => { await studio.act("restore_lora", { lora: row.id }); studio.changed(); } });
  }
});
