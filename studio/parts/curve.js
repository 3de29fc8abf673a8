"use strict";
// Measured numbers as curves in SVG: the numbers faint, their trend strong, a line that reads the values under the pointer.
studio.curve = (() => {
  const { h, w } = studio;
  const HIGH = 260, LEFT = 46, RIGHT = 8, TOP = 10, BOTTOM = 22;

  const nice = value => Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(2) : Math.abs(value) < 0.001 && value ? value.toExponential(1) : value.toFixed(3);
  const called = name => studio.has(`curve.${name.replaceAll(" ", "_")}`) ? w(`curve.${name.replaceAll(" ", "_")}`) : name;

  function ticks(low, high, count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough || 1));
    const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) || rough;
    const found = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(at);
    return found;
  }

  // An exponential moving average whose first points are not pulled to zero; `weight` 0 … 1 is how much the past counts.
  function smooth(points, weight) {
    let mean = 0;
    return points.map(([step, value], at) => [step, (mean = weight * mean + (1 - weight) * value) / (1 - weight ** (at + 1))]);
  }

  // Draws `series`, [{name, raw}], into `box`; `steps` is where the run ends, `weight` how smooth the trend.
  function draw(box, series, steps, weight) {
    const lines = series.filter(line => line.raw.length).map(line => ({ ...line, trend: line.raw.length > 24 ? smooth(line.raw, weight) : line.raw }));
    if (!lines.some(line => line.raw.length > 1)) {
      box.replaceChildren(h("p", { class: "dim center" }, w("run.no_curve")));
      return;
    }
    const WIDE = Math.max(280, Math.min(box.clientWidth || 640, 900));
    const values = lines.flatMap(line => line.raw.map(p => p[1])).sort((a, b) => a - b);
    const trends = lines.flatMap(line => line.trend.map(p => p[1]));
    const low = Math.min(values[0], ...trends), top = Math.max(values[Math.floor((values.length - 1) * 0.98)], ...trends);
    const pad = (top - low || Math.abs(top) || 1) * 0.06;
    const [y0, y1] = [low - pad, top + pad];
    const last = Math.max(steps || 0, ...lines.map(line => line.raw.at(-1)[0]), 1);
    const x = step => LEFT + (step / last) * (WIDE - LEFT - RIGHT);
    const y = value => TOP + (1 - (Math.min(value, y1) - y0) / (y1 - y0)) * (HIGH - TOP - BOTTOM);
    const path = points => points.map(([step, value], at) => `${at ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const rule = h("line", { class: "rule", y1: TOP, y2: HIGH - BOTTOM, x1: 0, x2: 0, visibility: "hidden" });
    const dots = lines.map((_, at) => h("circle", { class: `point line-${at}`, r: 3.5, visibility: "hidden" }));
    const read = box.querySelector(".reading") || h("p", { class: "reading small" });
    const say = step => {
      const near = lines.map(line => line.trend.reduce((best, p) => Math.abs(p[0] - step) < Math.abs(best[0] - step) ? p : best));
      return { near, text: [w("run.step", { n: near[0][0] }), ...near.map((p, at) => `${called(lines[at].name)} ${nice(p[1])}`)] };
    };
    const tell = text => read.replaceChildren(h("span", {}, text[0]), ...text.slice(1).map((words, at) => h("span", {}, h("i", { class: `key line-${at}` }), words)));
    const rest = say(last).text;
    if (!box.matches(":hover")) tell(rest);
    const svg = h("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "curve", role: "img", "aria-label": rest.join(" · ") },
      ticks(y0, y1, 4).map(value => [h("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(value), y2: y(value) }), h("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, nice(value))]),
      ticks(0, last, Math.floor(WIDE / 100)).map(step => h("text", { class: "tick", x: x(step), y: HIGH - 6, "text-anchor": "middle" }, String(Math.round(step)))),
      lines.map((line, at) => [line.trend === line.raw ? null : h("path", { class: `raw line-${at}`, d: path(line.raw) }), h("path", { class: `trend line-${at}`, d: path(line.trend) })]), rule, dots);
    svg.addEventListener("pointermove", event => {
      const at = svg.getBoundingClientRect();
      const { near, text } = say((((event.clientX - at.left) / at.width) * WIDE - LEFT) / (WIDE - LEFT - RIGHT) * last);
      for (const [key, value] of [["x1", x(near[0][0])], ["x2", x(near[0][0])], ["visibility", "visible"]]) rule.setAttribute(key, value);
      near.forEach((p, i) => { for (const [key, value] of [["cx", x(p[0])], ["cy", y(p[1])], ["visibility", "visible"]]) dots[i].setAttribute(key, value); });
      tell(text);
    });
    svg.addEventListener("pointerleave", () => { for (const mark of [rule, ...dots]) mark.setAttribute("visibility", "hidden"); tell(rest); });
    box.replaceChildren(svg, read);
  }

  return { draw, called, nice };
})();

// The curves of a run, to choose from: the losses first, the held-out loss over the one that is learned by.
studio.curves = box => {
  const { h, w } = studio;
  const ORDER = ["loss", "denoise loss", "face loss", "text loss", "prior loss", "held-out loss"], TOLD = ["learning rate", "seconds", "memory"];
  const HELD = "held-out loss", KEPT = "studio.curve";
  const kept = (() => { try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; } })();
  let found = {}, end = 0;
  const chips = h("div", { class: "chips", role: "group", "aria-label": w("run.which") });
  const even = h("input", { type: "range", min: 0, max: 0.98, step: 0.02, value: kept.weight ?? 0.9, "aria-label": w("run.smooth"), title: w("run.smooth"), oninput: () => { keep({ weight: Number(even.value) }); show(); } });
  const chart = h("div", { class: "plot" });
  box.append(h("div", { class: "curve-tools" }, chips, h("label", { class: "row small dim" }, w("run.smooth"), even)), chart);

  function keep(facts) {
    Object.assign(kept, facts);
    try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* a private window keeps nothing */ }
  }

  const place = name => (ORDER.indexOf(name) + 1 || (TOLD.includes(name) ? 90 : name.endsWith("loss") ? 20 : 40));
  function show() {
    const names = Object.keys(found).filter(name => found[name].raw.length).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    const shown = names.filter(name => !(name === HELD && names.includes("loss")));
    const chosen = shown.includes(kept.name) ? kept.name : shown[0];
    studio.list(chips, shown, name => name, name => h("button", { class: "chip", onclick: () => { keep({ name }); show(); } }, studio.curve.called(name)), (node, name) => node.setAttribute("aria-pressed", String(name === chosen)));
    chips.hidden = shown.length < 2;
    const series = chosen ? [{ name: chosen, raw: found[chosen].raw }] : [];
    if (chosen === "loss" && found[HELD]) series.push({ name: HELD, raw: found[HELD].raw });
    studio.curve.draw(chart, series, end, Number(even.value));
  }

  return (curves, steps) => { found = curves; end = steps; show(); };
};
