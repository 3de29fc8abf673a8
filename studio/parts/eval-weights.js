"use strict";
// Score against weight: the range worth moving in is shaded, and becomes the slider's by a click; the pictures below.
studio.evalWeights = (known, chosen) => {
  const { h, w } = studio, { band, plain, has } = studio.evalCharts;
  const rows = known.rivals.filter(one => has(one.axes.weight) || one === known.baseline).map(one => ({ one, x: one.axes.weight ?? 0 })).sort((a, b) => a.x - b.x);
  const found = known.look.facts.suggestion, lora = known.rivals.find(one => one.lora)?.lora;
  const plot = h("div", { class: "plot" }), strips = h("div"), said = h("p", {}), kept = h("span", { class: "dim small" });
  const keep = h("button", { class: "main", id: "eval-keep", hidden: !found || !lora, onclick: take }, found ? w("eval.keep", { weight: plain(found.best) }) : "");
  const chips = studio.evalChips(known, chosen, show, [{ name: "score", title: w("eval.score") }]);
  let scores = null;
  if (found) said.textContent = found.low === found.high ? w("eval.suggest_one", { best: plain(found.best) }) : w("eval.suggest", { best: plain(found.best), low: plain(found.low), high: plain(found.high) });
  show();
  load();
  return h("section", { class: "eval-section" }, found && h("div", { class: "eval-suggestion" }, said, found.problem && h("p", { class: "attention small" }, `! ${found.problem}`), h("div", { class: "row wrap" }, keep, kept)), chips, plot, strips);

  async function load() {
    const ranked = await studio.act("rank_evaluation", { evaluation: known.look.id, weights: null });
    if (ranked) { scores = new Map(ranked.order.map(row => [row.id, row.score])); show(); }
    if (lora) now();
  }

  async function now() {
    const row = (await studio.act("list_loras", { project: studio.place.project, checkpoints: true }))?.find(one => one.id === lora);
    if (!row) { keep.hidden = true; return; }
    kept.textContent = w("eval.slider_now", { name: row.name, weight: plain(row.weight), low: plain(row.weight_min), high: plain(row.weight_max) });
  }

  function show() {
    const metric = known.metric(chosen.metric);
    const points = rows.map(({ one, x }) => (metric ? { x, ...known.total(one, metric.name) } : { x, mean: scores?.get(one.id) }));
    band(plot, { lines: [{ name: metric ? metric.title : w("eval.score"), points }], shade: found ? [found.low, found.high] : null, across: w("eval.weight"), marks: found ? [{ x: found.best, say: w("eval.best") }] : [] });
    strips.replaceChildren(studio.evalStrips(known, rows.map(row => row.one), metric));
  }

  async function take() {
    const before = await studio.act("keep_slider", { evaluation: known.look.id });
    if (before === undefined) return;
    studio.changed();
    now();
    studio.toast(w("eval.kept"), { undo: async () => { await studio.act("undo_verdict", { before }); studio.changed(); now(); } });
  }
};
