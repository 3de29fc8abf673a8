"use strict";
// A loss curve as SVG: the numbers faint, their trend strong, a line that reads the values under the pointer.
studio.curve = (() => {
  const { h, w } = studio;
  const HIGH = 220, LEFT = 46, RIGHT = 8, TOP = 10, BOTTOM = 22;

  const nice = value => Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(2) : Math.abs(value) < 0.001 && value ? value.toExponential(1) : value.toFixed(3);

  function ticks(low, high, count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough || 1));
    const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) || rough;
    const found = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(at);
    return found;
  }

  // Draws {raw, trend} into `box`; `steps` is where the run ends.
  return function draw(box, { raw, trend }, steps) {
    if (raw.length < 2) {
      box.replaceChildren(h("p", { class: "dim center" }, w("run.no_curve")));
      return;
    }
    const WIDE = Math.max(280, Math.min(box.clientWidth || 640, 900));
    const values = [...raw.map(p => p[1])].sort((a, b) => a - b);
    const low = Math.min(values[0], ...trend.map(p => p[1]));
    const top = Math.max(values[Math.floor((values.length - 1) * 0.98)], ...trend.map(p => p[1]));
    const pad = (top - low || 1) * 0.06;
    const [y0, y1] = [low - pad, top + pad];
    const last = Math.max(steps || 0, raw.at(-1)[0], 1);
    const x = step => LEFT + (step / last) * (WIDE - LEFT - RIGHT);
    const y = value => TOP + (1 - (Math.min(value, y1) - y0) / (y1 - y0)) * (HIGH - TOP - BOTTOM);
    const path = points => points.map(([step, value], at) => `${at ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const rule = h("line", { class: "rule", y1: TOP, y2: HIGH - BOTTOM, x1: 0, x2: 0, visibility: "hidden" });
    const dot = h("circle", { class: "point", r: 3.5, visibility: "hidden" });
    const read = box.querySelector(".reading") || h("p", { class: "reading small" });
    const rest = `${w("run.step", { n: raw.at(-1)[0] })} · ${w("run.loss")} ${nice(trend.at(-1)[1])}`;
    if (!box.matches(":hover")) read.textContent = rest;
    const svg = h("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "curve", role: "img", "aria-label": rest },
      ticks(y0, y1, 4).map(value => [h("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(value), y2: y(value) }), h("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, nice(value))]),
      ticks(0, last, Math.floor(WIDE / 100)).map(step => h("text", { class: "tick", x: x(step), y: HIGH - 6, "text-anchor": "middle" }, String(Math.round(step)))),
      h("path", { class: "raw", d: path(raw) }), h("path", { class: "trend", d: path(trend) }), rule, dot);
    svg.addEventListener("pointermove", event => {
      const at = svg.getBoundingClientRect();
      const step = (((event.clientX - at.left) / at.width) * WIDE - LEFT) / (WIDE - LEFT - RIGHT) * last;
      const index = trend.reduce((best, p, i) => Math.abs(p[0] - step) < Math.abs(trend[best][0] - step) ? i : best, 0);
      const [s, v] = trend[index];
      for (const [key, value] of [["x1", x(s)], ["x2", x(s)], ["visibility", "visible"]]) rule.setAttribute(key, value);
      for (const [key, value] of [["cx", x(s)], ["cy", y(v)], ["visibility", "visible"]]) dot.setAttribute(key, value);
      read.textContent = `${w("run.step", { n: s })} · ${w("run.loss")} ${nice(v)} · ${w("run.measured")} ${nice(raw[index]?.[1] ?? v)}`;
    });
    svg.addEventListener("pointerleave", () => { rule.setAttribute("visibility", "hidden"); dot.setAttribute("visibility", "hidden"); read.textContent = rest; });
    box.replaceChildren(svg, read);
  };
})();
