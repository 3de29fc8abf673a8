"use strict";
// The baseline beside another, the same prompt and seed, with a line between them to move; the score of each below.
studio.evalPairs = (known, chosen) => {
  const { h, w } = studio, { has } = studio.evalCharts;
  const FEW = 8;
  const others = known.rivals.slice(1), scored = known.measured.filter(metric => metric.per === "picture");
  const grid = h("div", { class: "eval-pairs" }), more = h("button", { class: "plain", hidden: true, onclick: () => { chosen.all = true; show(); } }, w("eval.show_more"));
  const summary = h("p", { class: "eval-summary" }), verdicts = h("ul", { class: "eval-verdicts" });
  const which = h("select", { "aria-label": w("eval.which_metric"), id: "eval-pair-metric", onchange: () => { chosen.pair = which.value; show(); } }, scored.map(metric => h("option", { value: metric.name }, metric.title)));
  const order = h("select", { "aria-label": w("eval.order"), id: "eval-order", onchange: () => { chosen.order = order.value; show(); } }, ["asked", "gain", "loss"].map(name => h("option", { value: name }, w(`eval.order_by.${name}`))));
  chosen.rival = others.some(one => one.id === chosen.rival) ? chosen.rival : others[0]?.id;
  which.value = chosen.pair || (scored.some(metric => metric.name === "clip_score") ? "clip_score" : scored[0]?.name || "");
  order.value = chosen.order || "asked";
  const chips = h("div", { class: "chips", role: "group", "aria-label": w("eval.rival") }, others.map(one => h("button", { class: "chip", "aria-pressed": String(one.id === chosen.rival), onclick: event => { chosen.rival = one.id; for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip === event.currentTarget)); show(); } }, one.name)));
  chips.hidden = others.length < 2;
  show();
  return h("section", { class: "eval-section" }, h("div", { class: "tools" }, summary, chips, h("span", { class: "fill" }), scored.length > 0 && h("span", { class: "row" }, which, order)), grid, h("div", { class: "row center" }, more), verdicts);

  function show() {
    const one = others.find(row => row.id === chosen.rival), metric = known.metric(which.value);
    if (!one) return;
    const mine = known.of(one.place), theirs = new Map(known.of(0).map(row => [row.number, row]));
    const gain = row => (metric && has(row.scores[metric.name]) && has(theirs.get(row.number)?.scores[metric.name]) ? (row.scores[metric.name] - theirs.get(row.number).scores[metric.name]) * (metric.better === "less" ? -1 : 1) : 0);
    const pairs = mine.filter(row => theirs.has(row.number));
    if (order.value !== "asked") pairs.sort((a, b) => (gain(b) - gain(a)) * (order.value === "gain" ? 1 : -1));
    more.hidden = chosen.all || pairs.length <= FEW;
    studio.list(grid, pairs.slice(0, chosen.all ? pairs.length : FEW), row => row.id, row => make(row, theirs.get(row.number), one), (node, row) => node.dress(metric));
    const found_ = known.measured.map(found => known.verdict(one, found)).filter(found => found.say), count = kind => found_.filter(found => found.kind === kind).length;
    summary.replaceChildren(...[["good", "✓", "better"], ["wrong", "✕", "worse"], ["dim", "≈", "noise"]].map(([kind, sign, key]) => [kind, sign, key, count(kind === "dim" ? "" : kind)]).filter(row => row[3]).map(([kind, sign, key, n]) => h("span", { class: kind }, `${sign} ${n} ${w(`eval.${key}`)}`)));
    verdicts.replaceChildren(...known.measured.filter(found => known.verdict(one, found).say).slice(0, 8).map(found => said(one, found)));
  }

  // “CLIPScore: better, 0.70 → 0.74 (+6 %)”
  function said(one, metric) {
    const { kind, say, percent } = known.verdict(one, metric);
    return h("li", {}, studio.evalTerm(metric), h("b", { class: kind }, `${{ good: "✓ ", wrong: "✕ " }[kind] || "≈ "}${say}`), h("span", { class: "facts dim" }, [`${known.show(known.total(known.baseline, metric.name).mean, metric)} → ${known.show(known.total(one, metric.name).mean, metric)}`, percent].filter(Boolean).join(" · ")));
  }

  function make(row, before, one) {
    const line = h("p", { class: "facts small" }), slide = studio.slide();
    slide.set(before, row);
    const node = h("figure", { class: "eval-pair" }, slide.node, h("figcaption", {}, line, h("p", { class: "dim small clamp", title: row.prompt }, row.prompt)),
      h("button", { class: "bare eval-large", "aria-label": w("eval.large"), title: w("eval.large"), onclick: () => studio.compare(known.picture(before, known.baseline), known.picture(row, one), known.rivals.filter(other => other !== one).flatMap(other => known.of(other.place).filter(same => same.number === row.number).map(same => known.picture(same, other)))) }, "⤢"));
    slide.node.append(h("span", { class: "tag-on left" }, known.baseline.name), h("span", { class: "tag-on right" }, one.name));
    node.dress = metric => {
      if (!metric) return;
      const [a, b] = [before.scores[metric.name], row.scores[metric.name]], better = metric.better === "less" ? b < a : b > a;
      line.replaceChildren(has(a) && has(b) ? h("span", {}, `${metric.title} ${known.show(a, metric)} → ${known.show(b, metric)} `) : h("span", { class: "dim" }, `${metric.title} –`), has(a) && has(b) && metric.better ? h("b", { class: b === a ? "" : better ? "good" : "wrong" }, known.change(a, b - a)) : "");
    };
    return node;
  }
};
