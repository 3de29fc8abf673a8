"use strict";
// Every number with its interval: bars, then the table; what could not be measured and why; how it was made.
studio.evalNumbers = (known, chosen) => {
  const { h, w } = studio, charts = studio.evalCharts;
  const FEW = 4; // contestants with which every metric has a chart of its own
  if (!known.measured.length) return null;
  const bars = h("div", { class: "eval-charts" }), table = h("div", { class: "eval-table-place" });
  const several = known.rivals.length > FEW, chips = several && !["weights", "blend", "resolutions"].includes(known.look.kind) && studio.evalChips(known, chosen, show);
  chosen.follow = chips ? null : show; // another view has the chooser
  const both = known.rivals.find(one => one.blend.length > 1 && charts.has(one.axes.b))?.blend, crossed = both && { first: both[0].name, second: both[1].name };
  show();
  return h("section", { class: "eval-section" }, h("h3", {}, w("eval.numbers")), chips, crossed && h("p", { class: "dim small" }, w("eval.crossed", crossed)), bars, table, h("p", { class: "dim small" }, w(`eval.drawn.${known.look.drawn}`)));

  function show() {
    const shown = several ? [known.metric(chosen.metric) || known.measured[0]] : known.measured;
    bars.classList.toggle("one", several);
    bars.replaceChildren(...shown.map(metric => h("div", {}, studio.evalTerm(metric), charts.bars(known.rivals.map(one => ({ name: one.name, ...known.total(one, metric.name), kind: one === known.baseline ? "baseline" : known.verdict(one, metric).kind }))))));
    table.replaceChildren(h("table", { class: "eval-table" },
      h("thead", {}, h("tr", {}, ["who", "mean", "change", "verdict"].map(name => h("th", { scope: "col" }, w(`eval.column.${name}`))))),
      shown.map(body)));
  }

  function body(metric) {
    const most = Math.max(...known.rivals.flatMap(one => { const found = known.total(one, metric.name); return [found.difference_low, found.difference_high, found.difference].filter(charts.has).map(Math.abs); }), 0);
    return h("tbody", {}, known.rivals.map(one => line(one, metric, most)));
  }

  function line(one, metric, most) {
    const found = known.total(one, metric.name), { kind, say, percent } = known.verdict(one, metric);
    return h("tr", { class: one === known.baseline ? "baseline" : "" }, h("th", { scope: "row", title: one.name }, one === known.baseline && h("b", {}, metric.title), one.name),
      h("td", {}, h("span", {}, known.show(found.mean, metric)), charts.has(found.low) && h("span", { class: "dim small" }, ` ${charts.interval(found)}`)),
      h("td", {}, h("span", { class: "eval-change" }, h("span", {}, percent), charts.difference(found, most, kind))),
      h("td", { class: kind }, found.problem ? h("span", { class: "dim small" }, found.problem) : kind ? `${kind === "good" ? "✓" : "✕"} ${say}` : h("span", { class: "dim" }, say)));
  }
};

// What was asked for and could not be measured, each with its reason.
studio.evalUnmeasured = known => {
  const { h, w } = studio;
  const rows = known.metrics.map(metric => [metric.title, metric.problem || (known.measured.includes(metric) ? "" : known.rivals.map(one => known.total(one, metric.name).problem).find(Boolean))]).filter(([, why]) => why);
  return rows.length ? h("section", { class: "eval-section eval-unmeasured" }, h("h3", {}, w("eval.unmeasured")), h("ul", {}, rows.map(([title, why]) => h("li", {}, h("b", {}, title), " ", why)))) : null;
};

// The drawn picture most like a picture of the training, beside it.
studio.evalCopies = known => {
  const { h, w } = studio, { has } = studio.evalCharts, FEW = 6;
  const metric = known.metric("copying");
  const rows = known.look.exhibits.filter(row => row.nearest && row.place).sort((a, b) => (b.scores.copying ?? -2) - (a.scores.copying ?? -2));
  if (!rows.length) return null;
  const grid = h("div", { class: "eval-copies" }, rows.slice(0, FEW).map(card)), more = h("button", { class: "plain", hidden: rows.length <= FEW, onclick: () => { grid.append(...rows.slice(FEW).map(card)); more.hidden = true; } }, w("eval.show_more"));
  return h("section", { class: "eval-section" }, h("h3", {}, w("eval.copies")), h("p", { class: "dim small" }, w("eval.copies_hint")), grid, h("div", { class: "row center" }, more));

  function card(row) {
    const one = known.rivals.find(rival => rival.place === row.place), large = () => studio.compare({ id: "nearest", file: row.nearest, prompt: w("eval.training_picture"), says: w("eval.training_picture") }, known.picture(row, one));
    return h("button", { class: "eval-copy", onclick: large, "aria-label": w("eval.large") }, h("span", { class: "eval-two" }, h("img", { src: studio.thumb(row.file), alt: row.prompt, loading: "lazy" }), h("img", { src: studio.thumb(row.nearest), alt: w("eval.training_picture"), loading: "lazy" })),
      h("span", { class: "small dim" }, [one.name, w("eval.drawn_and_training")].join(" · ")), metric && has(row.scores.copying) && h("span", { class: "small facts" }, `${metric.title} ${known.show(row.scores.copying, metric)}`));
  }
};

// How it was made, folded: settings, seeds, prompts, fingerprints, versions.
studio.evalSettings = known => {
  const { h, w } = studio, { request, facts } = known.look;
  const sampled = ["steps", "guidance", "sampler", "width", "height", "seed", "seeds", "negative"].filter(name => request[name]).map(name => [w(`eval.${name}`), String(request[name])]);
  const rows = [known.look.kind === "folder" ? null : [w("eval.base"), [request.base, String(facts.base || "").slice(0, 12)].filter(Boolean).join(" · ")], ...(known.look.kind === "folder" ? [] : sampled),
    facts.references?.dataset && [w("eval.dataset"), w("eval.set_facts", { name: facts.references.dataset, held: facts.references.held_out?.length || 0, training: facts.references.training?.length || 0 })],
    ...Object.entries(facts.versions || {}).map(([name, version]) => [name, String(version)])].filter(Boolean);
  return h("details", { class: "eval-settings" }, h("summary", {}, w("eval.settings")), h("dl", {}, rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    facts.prompts?.length > 0 && [h("h4", {}, w("eval.prompts")), h("ol", { class: "small" }, facts.prompts.map(text => h("li", {}, text)))]);
};
