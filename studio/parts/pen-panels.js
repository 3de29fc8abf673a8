"use strict";
// Below the film strip: advice, words, what is done to many captions at once, the table, and steps to take back.
studio.penPanels = pen => {
  const { h, w } = studio;
  const KEPT = "studio.pen.panel";
  const panels = { advice: advice(), words: words(), bulk: studio.penBulk(pen, open), table: studio.penTable(pen), steps: steps() };
  const tabs = h("div", { class: "panel-tabs", role: "tablist", onkeydown: turn });
  const holder = h("div", { class: "panel", role: "tabpanel" });
  const node = h("section", { class: "pen-panels" }, tabs, holder);
  let shown = localStorage.getItem(KEPT) || "advice";
  if (!panels[shown]) shown = "advice";

  for (const name of Object.keys(panels)) tabs.append(h("button", { role: "tab", data: { name }, onclick: () => open(name) }, w(`panel.${name}`), h("small", {})));

  function open(name, given) {
    shown = name;
    localStorage.setItem(KEPT, name);
    draw();
    panels[name].load(given);
    if (given) node.scrollIntoView({ block: "nearest" });
  }

  function draw() {
    for (const tab of tabs.children) {
      tab.setAttribute("aria-selected", String(tab.dataset.name === shown));
      tab.tabIndex = tab.dataset.name === shown ? 0 : -1;
      tab.querySelector("small").textContent = panels[tab.dataset.name].badge?.() || "";
    }
    if (holder.firstChild !== panels[shown].node) holder.replaceChildren(panels[shown].node);
  }

  function turn(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], names = Object.keys(panels);
    if (!by) return;
    event.preventDefault();
    open(names[(names.indexOf(shown) + by + names.length) % names.length]);
    tabs.querySelector("[aria-selected=true]").focus();
  }

  let read = "";
  async function renew() {
    if (!pen.data || read === pen.data.mark) return;
    read = pen.data.mark;
    await panels.advice.load();
    if (shown !== "advice") await panels[shown].load();
    draw();
  }

  // ── advice ───────────────────────────────────────────────────────────
  function advice() {
    const list = h("ul", { class: "advice" }), teaches = h("div", { class: "row wrap teaches" });
    const box = h("div", {}, teaches, list);
    const REMEDY = { trigger: { kind: "trigger" }, repeats: { kind: "tidy" } };
    let points = [];

    async function load() {
      const data = pen.data, found = data && ((await studio.act("caption_advice", { dataset: data.id })) || []);
      if (!found || pen.data?.id !== data.id) return;
      points = found;
      teaches.replaceChildren(h("span", { class: "dim" }, w("advice.learns")), ...["style", "person", ""].map(what => h("button", { class: "chip", "aria-pressed": String(data.teaches === what), onclick: () => teach(what) }, w(`advice.teaches.${what || "none"}`))));
      list.replaceChildren(...points.map(point => h("li", {},
        h("div", { class: "row wrap" }, h("b", {}, point.say), h("span", { class: "fill" }),
          h("span", { class: "doings" }, REMEDY[point.kind] && h("button", { class: "link", onclick: () => open("bulk", { ...REMEDY[point.kind], pictures: point.pictures }) }, w(`advice.${point.kind}.do`)),
          h("button", { class: "link", onclick: () => look(point.say, point.pictures) }, w("advice.show")))),
        h("p", { class: "dim" }, point.why),
        point.words.length ? h("div", { class: "chips" }, point.words.map(([word, n]) => h("button", { class: "chip", title: w("advice.word_hint"), onclick: () => open("bulk", { kind: "replace", find: word, put: "", words: true }) }, word, h("small", {}, n)))) : null)));
      if (!points.length) list.replaceChildren(h("li", { class: "dim" }, w("advice.nothing")));
      draw();
    }

    async function teach(what) {
      if ((await studio.act("set_teaches", { dataset: pen.data.id, teaches: what })) !== undefined) studio.changed();
    }

    return { node: box, load, badge: () => points.length || "" };
  }

  // Show these pictures on the strip, in this order, and go to the first.
  function look(say, ids) {
    const order = new Map(ids.map((id, at) => [id, at]));
    const first = pen.strip.filter("special", { say, order, test: image => order.has(image.id) })[0];
    if (first) pen.open(first.id);
    pen.box.querySelector(".pen-desk").scrollIntoView({ block: "nearest" });
  }

  // ── words ────────────────────────────────────────────────────────────
  function words() {
    const list = h("div", { class: "words" }), head = h("div", { class: "row wrap" });
    const box = h("div", {}, head, list);
    let by = "";

    async function load() {
      if (!pen.data) return;
      const data = pen.data, found = await studio.act("word_statistics", { dataset: data.id, by });
      if (!found || pen.data?.id !== data.id) return;
      head.replaceChildren(...["words", "tags"].map(kind => h("button", { class: "chip", "aria-pressed": String(found.by === kind), onclick: () => { by = kind; load(); } }, w(`words.${kind}`))),
        h("span", { class: "dim small" }, w("words.count", { n: found.different, captions: found.captions })));
      list.replaceChildren(...found.words.map(word => h("button", { class: "chip", title: w("words.hint", { n: word.captions, times: word.times }), onclick: () => choose(word.word, found.by) }, word.word, h("small", {}, word.captions))));
    }

    function choose(word, kind) {
      const low = word.toLowerCase(), plain = low.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const whole = new RegExp(`(?<![\\p{L}\\p{N}])${plain}(?![\\p{L}\\p{N}])`, "u");
      const test = kind === "tags" ? image => image.caption.toLowerCase().split(",").some(tag => tag.trim() === low) : image => whole.test(image.caption.toLowerCase());
      const first = pen.strip.filter("special", { say: `“${word}”`, test })[0];
      if (first) pen.open(first.id);
    }

    return { node: box, load };
  }

  // ── steps to take back ───────────────────────────────────────────────
  function steps() {
    const list = h("ul", { class: "steps" });

    async function load() {
      if (!pen.data) return;
      const data = pen.data, rows = (await studio.act("list_changes", { dataset: data.id })) || [];
      if (pen.data?.id !== data.id) return;
      list.replaceChildren(...rows.map(row => h("li", { class: "row" },
        h("span", {}, row.say), h("time", { class: "dim small" }, studio.ago(row.when)), h("span", { class: "fill" }),
        h("button", { class: "link", onclick: () => back(row.id) }, w("undo")))));
      if (!rows.length) list.replaceChildren(h("li", { class: "dim" }, w("steps.nothing")));
    }

    return { node: list, load };
  }

  async function back(change) {
    const found = await studio.act("undo_change", { change });
    if (!found) return;
    studio.toast(w(found.kept ? "steps.partly" : "steps.back", { n: found.back, kept: found.kept }), { kind: "good" });
    studio.changed();
  }

  draw();
  return { node, renew, open };
};

// What was done to many at once, with the way back.
studio.told = step => studio.toast(step.say, { kind: "good", undo: step.change ? async () => { await studio.act("undo_change", { change: step.change }); studio.changed(); } : null });
