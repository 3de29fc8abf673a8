"use strict";
// One evaluation: its pictures as they come, then what was found, by kind.
studio.evalSee = desk => {
  const { h, w } = studio;
  const chosen = {}; // what a person chose to look at stays through a refresh
  const tools = { compare: tool("compare", event => studio.evalPick(event.currentTarget, row(), desk)), out: tool("out", event => out(event.currentTarget)), more: h("button", { class: "bare", id: "eval-more", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu", onclick: event => menu(event.currentTarget) }, "⋯") };
  const head = studio.evalHead({ back: () => desk.go({ view: "home" }), title: " ", about: " ", tools: Object.values(tools) });
  const work = h("div", { class: "eval-work" }), body = h("div", { class: "eval-body" });
  const node = h("div", {}, head, work, body);
  let look = null, mark = "", number = desk.at.id || 0;

  function tool(name, does) { return h("button", { class: "plain", id: `eval-${name}`, "aria-haspopup": "menu", onclick: does }, `${w(`eval.${name}`)} ▾`); }
  const row = () => desk.rows.find(one => one.id === number) || { id: number, name: look?.name || "", kind: look?.kind };

  async function load() {
    const found = await studio.call("look_evaluation", number ? { evaluation: number } : { job: desk.at.job });
    look = found;
    number = found.id || number;
    const job = found.work && found.work.state !== "done" ? found.work : null;
    studio.list(work, job ? [job] : [], one => one.id, one => studio.evalWork(one, desk), (line, one) => line.dress(one));
    head.querySelector("h2").textContent = found.name || found.work?.title || "";
    head.querySelector("p").textContent = found.id ? facts() : "";
    for (const one of Object.values(tools)) one.hidden = !found.id;
    tools.compare.hidden = !found.ended || desk.rows.length < 2;
    tools.out.hidden = !found.ended;
    if (!found.id) return;
    const fresh = [found.ended, found.contestants.length, found.exhibits.length].join();
    if (fresh === mark) return;
    mark = fresh;
    found.ended ? answer() : growing();
  }

  function facts() {
    const drawn = look.request.steps && look.kind !== "folder" ? [look.request.base, w("eval.of_steps", { n: look.request.steps })] : [];
    return [w(`eval.kind.${look.kind}`), w("wall.count", { n: look.exhibits.length }), ...drawn, look.facts.references?.dataset && w("eval.against_set", { name: look.facts.references.dataset, n: look.facts.references.held_out?.length || 0 }), studio.ago(look.ended || look.created)].filter(Boolean).join(" · ");
  }

  // ── while it is drawn ────────────────────────────────────────────────
  function growing() {
    const known = studio.evalLook(look);
    body.replaceChildren(studio.evalStrips(known, known.rivals));
  }

  function answer() {
    const known = studio.evalLook(look);
    const first = { pairs: studio.evalPairs, folder: studio.evalPairs, checkpoints: studio.evalBoard, weights: studio.evalWeights, blend: studio.evalBlend, resolutions: studio.evalSizes }[look.kind];
    body.replaceChildren(...[first(known, chosen, desk), studio.evalNumbers(known, chosen), studio.evalUnmeasured(known), studio.evalCopies(known), studio.evalSettings(known)].filter(Boolean));
  }

  // ── what is done with the whole ──────────────────────────────────────
  function menu(button) {
    studio.menu(button, [{ say: w("rename"), do: () => desk.rename(row()) }, { say: w("eval.again"), do: () => desk.go({ view: "ask", ...look.request, name: "", lora: look.request.lora, job: look.request.job }) }, null, { say: w("delete"), do: () => desk.remove(row()) }]);
  }

  function out(button) {
    studio.menu(button, ["html", "csv", "json"].map(form => ({ say: w(`eval.export.${form}`), do: async () => {
      const made = await studio.act("export_evaluation", { evaluation: number, kind: form });
      if (!made) return;
      h("a", { href: made.url, download: made.name }).click();
      studio.toast(w("board.written", { name: made.name, size: studio.bytes(made.bytes) }), { kind: "good" });
    } })));
  }

  return { node, load, own: job => job.id === (look?.work?.id || desk.at.job) };
};

// Pictures in rows of one contestant each, a column a prompt and seed.
studio.evalStrips = (known, rivals, metric = null) => {
  const { h } = studio;
  return h("div", { class: "eval-strips" }, rivals.map(one => h("div", { class: "eval-strip" }, h("div", { class: "eval-strip-name small" }, h("b", {}, one.name), metric && h("span", { class: "dim" }, known.show(known.total(one, metric.name).mean, metric))),
    h("div", { class: "eval-strip-row" }, known.of(one.place).map(row => h("button", { class: "tile", title: row.prompt, onclick: () => studio.evalLarge(known, one, row) }, h("img", { src: studio.thumb(row.file), alt: row.prompt, loading: "lazy" }), metric && h("span", { class: "mark" }, known.show(row.scores[metric.name], metric))))))));
};

// One picture beside the baseline's of the same prompt and seed, large; the baseline's own beside another's.
studio.evalLarge = (known, one, row) => {
  const others = known.rivals.flatMap(rival => known.of(rival.place).filter(other => other.number === row.number && rival !== one).map(other => known.picture(other, rival)));
  const own = known.picture(row, one);
  others.length ? studio.compare(others[0], own, others) : window.open(studio.file(row.file), "_blank", "noopener");
};
