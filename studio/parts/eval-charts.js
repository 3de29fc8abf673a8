"use strict";
// Drawings of what was measured: bars with their intervals, a difference beside nought, curves with a band.
studio.evalCharts = (() => {
  const { h, w } = studio;
  const HIGH = 220, LEFT = 46, RIGHT = 12, TOP = 14, BOTTOM = 24;

  function nice(value) {
    if (value === null || value === undefined || !isFinite(value)) return "–";
    const size = Math.abs(value);
    return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : size && size < 0.001 ? value.toExponential(1) : value.toFixed(3);
  }
  const plain = value => String(Math.round(value * 1000) / 1000);
  const interval = total => (has(total.low) ? `${nice(total.low)} – ${nice(total.high)}` : "");
  const has = value => value !== null && value !== undefined && isFinite(value);

  // One bar a row, from nought; the whisker is its interval. `rows` are {name, mean, low, high, kind}.
  function bars(rows) {
    const ends = rows.flatMap(row => [0, row.mean, has(row.low) ? row.low : row.mean, has(row.high) ? row.high : row.mean]).filter(has);
    const least = Math.min(...ends), wide = Math.max(...ends) - least || 1;
    const x = value => ((value - least) / wide) * 100;
    return h("div", { class: "eval-bars" }, rows.map(row => h("div", { class: `eval-bar ${row.kind || ""}` },
      h("span", { class: "who small", title: row.name }, row.name),
      h("svg", { viewBox: "0 0 100 16", preserveAspectRatio: "none", role: "img", "aria-label": `${row.name}: ${nice(row.mean)} (${interval(row)})` },
        has(row.mean) && h("rect", { x: Math.min(x(0), x(row.mean)), width: Math.max(0.4, Math.abs(x(row.mean) - x(0))), y: 3, height: 10, rx: 0.6 }),
        has(row.low) && has(row.mean) && h("path", { class: "whisker", d: `M${x(row.low)} 8H${x(row.high)}M${x(row.low)} 5V11M${x(row.high)} 5V11` })),
      h("span", { class: "facts small" }, nice(row.mean)))));
  }

  // A difference with its interval; the upright line is no difference. `most` is where the drawing ends, either way.
  function difference(total, most, kind) {
    if (!has(total.difference)) return null;
    const x = value => 50 + (Math.max(-most, Math.min(most, value)) / (most || 1)) * 48;
    return h("svg", { class: `eval-difference ${kind}`, viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" }, h("path", { class: "zero", d: "M50 0V14" }),
      has(total.difference_low) && h("path", { class: "whisker", d: `M${x(total.difference_low)} 7H${x(total.difference_high)}` }),
      h("path", { class: "at", d: `M${x(total.difference)} 3V11` }));
  }

  function ticks(low, high, count) {
    const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) || rough;
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-6; at += step) found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
    return found;
  }

  // Curves with a band in `box`, drawn again as its width changes.
  //   lines: [{name, points: [{x, mean, low, high}]}]; shade: [from, to] or null; marks: [{x, say}]; across: what x is
  function band(box, { lines, shade = null, marks = [], across = "", tell = null }) {
    const draw = () => {
      const wide = Math.max(260, Math.min(box.clientWidth || 640, 1000));
      const known = lines.map(line => ({ ...line, points: line.points.filter(point => has(point.mean)) })).filter(line => line.points.length);
      if (!known.length) { box.replaceChildren(h("p", { class: "dim small" }, w("eval.no_curve"))); return; }
      const every = known.flatMap(line => line.points), ys = every.flatMap(point => [point.mean, point.low, point.high]).filter(has), xs = every.map(point => point.x);
      const pad = (Math.max(...ys) - Math.min(...ys) || Math.abs(ys[0]) || 1) * 0.08, y0 = Math.min(...ys) - pad, y1 = Math.max(...ys) + pad;
      const x0 = Math.min(...xs), x1 = Math.max(...xs);
      const x = value => LEFT + ((value - x0) / (x1 - x0 || 1)) * (wide - LEFT - RIGHT), y = value => TOP + (1 - (value - y0) / (y1 - y0)) * (HIGH - TOP - BOTTOM);
      const path = points => points.map((point, at) => `${at ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.mean).toFixed(1)}`).join("");
      const around = points => { const some = points.filter(point => has(point.low)); return some.length < 2 ? null : `M${some.map(point => `${x(point.x).toFixed(1)} ${y(point.high).toFixed(1)}`).join("L")}L${[...some].reverse().map(point => `${x(point.x).toFixed(1)} ${y(point.low).toFixed(1)}`).join("L")}Z`; };
      const rule = h("line", { class: "rule", y1: TOP, y2: HIGH - BOTTOM, x1: 0, x2: 0, visibility: "hidden" });
      const reading = h("p", { class: "reading small" }), rest = known.length > 1 ? known.map(line => [line.name]) : [];
      const say = (rows, lead = "") => reading.replaceChildren(lead && h("span", {}, lead), ...rows.map((text, at) => h("span", {}, h("i", { class: `key line-${at}` }), text)));
      say(rest);
      const svg = h("svg", { class: "curve eval-curve", viewBox: `0 0 ${wide} ${HIGH}`, role: "img", "aria-label": known.map(line => `${line.name}: ${line.points.map(point => `${plain(point.x)} ${nice(point.mean)}`).join(", ")}`).join("; ") },
        shade && h("rect", { class: "shade", x: Math.min(x(shade[0]), wide - RIGHT - 3), width: Math.max(3, x(shade[1]) - x(shade[0])), y: TOP, height: HIGH - TOP - BOTTOM }),
        ticks(y0, y1, 5).map(value => [h("line", { class: "grid", x1: LEFT, x2: wide - RIGHT, y1: y(value), y2: y(value) }), h("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, plain(Number(value.toPrecision(3))))]),
        ticks(x0, x1, Math.max(2, Math.floor(wide / 90))).map(value => h("text", { class: "tick", x: x(value), y: HIGH - 7, "text-anchor": "middle" }, plain(value))),
        known.map((line, at) => [around(line.points) && h("path", { class: `band line-${at}`, d: around(line.points) }), h("path", { class: `trend line-${at}`, d: path(line.points) }), line.points.length < 40 && line.points.map(point => h("circle", { class: `point line-${at}`, cx: x(point.x), cy: y(point.mean), r: 3 }))]),
        marks.map(mark => [h("line", { class: "turn", x1: x(mark.x), x2: x(mark.x), y1: TOP, y2: HIGH - BOTTOM }), h("text", { class: "tick turn-say", x: Math.min(Math.max(x(mark.x), LEFT + 40), wide - 60), y: TOP - 3, "text-anchor": "middle" }, mark.say)]), rule);
      svg.addEventListener("pointermove", event => {
        const at = svg.getBoundingClientRect(), wanted = x0 + (((event.clientX - at.left) / at.width) * wide - LEFT) / (wide - LEFT - RIGHT) * (x1 - x0);
        const near = known.map(line => line.points.reduce((best, point) => (Math.abs(point.x - wanted) < Math.abs(best.x - wanted) ? point : best)));
        for (const [key, value] of [["x1", x(near[0].x)], ["x2", x(near[0].x)], ["visibility", "visible"]]) rule.setAttribute(key, value);
        say(near.map((point, i) => [known.length > 1 ? known[i].name : "", nice(point.mean), has(point.low) ? `(${nice(point.low)} – ${nice(point.high)})` : ""].filter(Boolean).join(" ")), `${across} ${plain(near[0].x)}`);
        tell?.(near[0].x);
      });
      svg.addEventListener("pointerleave", () => { rule.setAttribute("visibility", "hidden"); say(rest); });
      box.replaceChildren(svg, reading);
    };
    let width = 0;
    box.watching?.disconnect();
    box.watching = new ResizeObserver(() => { if (box.clientWidth && box.clientWidth !== width) { width = box.clientWidth; draw(); } });
    box.watching.observe(box);
    draw();
  }

  return { bars, difference, band, nice, plain, interval, has };
})();
