"use strict";
// Two LoRAs on a grid of weights: one metric as a map of cells; a cell shows its pictures and opens in Generate.
studio.evalBlend = (known, chosen) => {
  const { h, w } = studio, { plain, has } = studio.evalCharts;
  const cells = known.rivals.filter(one => has(one.axes.a) && has(one.axes.b));
  const across = [...new Set(cells.map(one => one.axes.a))].sort((a, b) => a - b), down = [...new Set(cells.map(one => one.axes.b))].sort((a, b) => b - a);
  const { request } = known.look;
  const names = [request.lora, request.other].map((id, at) => cells.flatMap(one => one.blend).find(part => part.lora === id)?.name || w(at ? "eval.second" : "eval.first"));
  const map = h("div", { class: "eval-map", role: "grid", style: `--columns:${across.length}` }), behind = h("div", { class: "eval-behind" });
  const chips = studio.evalChips(known, chosen, show);
  show();
  return h("section", { class: "eval-section" }, chips, h("div", { class: "eval-blend-split" }, h("div", {}, h("p", { class: "small dim" }, w("eval.map_hint", { first: names[0], second: names[1] })), map), behind));

  function show() {
    const metric = known.metric(chosen.metric);
    const value = one => (metric ? known.total(one, metric.name).mean : null), values = cells.map(value).filter(has);
    const least = Math.min(...values), most = Math.max(...values), best = metric?.better === "less" ? least : most;
    const heat = found => { if (!has(found)) return 0; const share = (found - least) / (most - least || 1); return metric.better === "less" ? 1 - share : share; };
    map.replaceChildren(h("span"), ...across.map(a => h("b", { class: "small" }, plain(a))), ...down.flatMap(b => [h("b", { class: "small" }, plain(b)), ...across.map(a => cell(cells.find(one => one.axes.a === a && one.axes.b === b)))]));
    look();

    function cell(one) {
      if (!one) return h("span");
      const found = value(one), first = has(found) && found === best && metric?.better;
      return h("button", { class: "eval-cell", role: "gridcell", "data-cell": `${one.axes.a} ${one.axes.b}`, style: `--heat:${heat(found).toFixed(3)}`, "aria-selected": String(chosen.cell === one.id), "aria-label": `${names[0]} ${plain(one.axes.a)}, ${names[1]} ${plain(one.axes.b)}: ${known.show(found, metric || {})}`, onclick: () => { chosen.cell = one.id; for (const other of map.querySelectorAll(".eval-cell")) other.setAttribute("aria-selected", String(other.dataset.cell === `${one.axes.a} ${one.axes.b}`)); look(); } },
        h("span", { class: "facts" }, metric ? known.show(found, metric) : "–"), first && h("span", { class: "star", title: w("eval.best") }, "★"));
    }
  }

  function look() {
    const one = cells.find(row => row.id === chosen.cell), metric = known.metric(chosen.metric);
    if (!one) { behind.replaceChildren(h("p", { class: "dim small" }, w("eval.pick_cell"))); return; }
    behind.replaceChildren(h("div", { class: "row wrap" }, h("h4", { class: "fill" }, `${names[0]} (${plain(one.axes.a)}) + ${names[1]} (${plain(one.axes.b)})`), h("button", { class: "plain", id: "eval-open-blend", onclick: () => { studio.go("generate"); studio.tell("use blend", one.blend.map(part => ({ lora: part.lora, weight: part.weight, name: part.name }))); } }, w("eval.open_generate"))),
      studio.evalStrips(known, [one], metric?.per === "picture" ? metric : null));
  }
};
