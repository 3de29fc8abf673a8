"use strict";
// The same recipe on the same pictures made smaller: what each size learned, its losses, its samples.
studio.evalSizes = (known, chosen) => {
  const { h, w } = studio, { band, nice, plain, has } = studio.evalCharts;
  const rows = known.rivals.filter(one => has(one.axes.resolution)).sort((a, b) => a.axes.resolution - b.axes.resolution);
  const { losses = {}, sizes = [] } = known.look.facts, curve = one => losses[one.place] || [];
  const learned = one => { const size = sizes.find(row => row.place === one.place); return size ? { value: size.best_held_out ?? size.best_loss, step: size.best_step } : null; };
  const lowest = Math.min(...rows.map(one => learned(one)?.value ?? Infinity));
  const table = h("div", { class: "eval-table-place" }), loss = h("div", { class: "plot" }), score = h("div", { class: "plot" }), strips = h("div");
  const chips = studio.evalChips(known, chosen, show);
  show();
  return h("section", { class: "eval-section" }, chips, table, h("div", { class: "eval-curves" }, h("div", {}, h("h4", {}, w("eval.score_over_size")), score), h("div", {}, h("h4", {}, w("eval.loss_by_size")), loss)), strips);

  function show() {
    const metric = known.metric(chosen.metric), best = rows.map(one => known.total(one, metric?.name).mean).filter(has).sort((a, b) => (metric.better === "less" ? a - b : b - a))[0];
    table.replaceChildren(h("table", { class: "eval-table" }, h("thead", {}, h("tr", {}, [w("eval.column.size"), w(sizes.some(row => has(row.best_held_out)) ? "eval.column.held_loss" : "eval.column.loss"), metric?.title, w("eval.column.verdict")].map(text => h("th", { scope: "col" }, text)))),
      h("tbody", {}, [...rows, known.baseline].filter((one, at, all) => all.indexOf(one) === at).map(one => line(one, metric, best)))));
    band(score, { lines: [{ name: metric?.title || "", points: rows.map(one => ({ x: one.axes.resolution, ...known.total(one, metric?.name) })) }], across: w("eval.side") });
    band(loss, { lines: rows.filter(one => curve(one).length).map(one => ({ name: one.name, points: curve(one).map(([x, mean]) => ({ x, mean })) })), across: w("eval.step") });
    strips.replaceChildren(studio.evalStrips(known, [...rows, known.baseline], metric?.per === "picture" ? metric : null));
  }

  function line(one, metric, best) {
    const low = learned(one), found = known.total(one, metric?.name), { kind, say, percent } = known.verdict(one, metric || {});
    return h("tr", { class: one === known.baseline ? "baseline" : "" }, h("th", { scope: "row" }, one.name),
      h("td", {}, low && has(low.value) ? h("span", {}, nice(low.value), low.value === lowest && rows.length > 1 && h("span", { title: w("eval.best") }, " ★"), low.step && h("span", { class: "dim small" }, ` ${w("run.step", { n: plain(low.step) })}`)) : "–"),
      h("td", {}, h("span", {}, metric ? known.show(found.mean, metric) : "–"), found.mean === best && metric?.better && h("span", { title: w("eval.best") }, " ★"), h("span", { class: "dim small" }, ` ${percent}`)), h("td", { class: kind }, kind ? `${kind === "good" ? "✓" : "✕"} ${say}` : h("span", { class: "dim" }, say)));
  }
};
