"use strict";
// The checks of a data set: started and watched here, their findings as small bar charts, and what mends many at once.
studio.wallChecks = wall => {
  const { h, w, place } = studio;
  const SIDES = [128, 256, 384, 512, 640, 768, 1024];
  const WEAK = ["problem", "small", "blurred", "dark", "bright", "flat"];
  let found = null, charts = [], seen = Number(sessionStorage.getItem("studio.checks.seen")) || 0;

  const line = h("div", { class: "doing checks-line" });
  const size = h("select", { "aria-label": w("wall.judged"), onchange: () => { localStorage.setItem(`studio.resolution.${place.project}`, size.value); wall.load(); } });
  const twins = h("button", { class: "plain", onclick: () => wall.step("drop_twins", { dataset: wall.data.id }) }, w("wall.drop_twins"));
  const weak = h("button", { class: "plain", onclick: () => wall.step("keep_weak_out", { dataset: wall.data.id, resolution: wall.resolution() }) }, w("wall.weak_out"));
  const bars = h("div", { class: "bars", hidden: localStorage.getItem("studio.charts") !== "open" });
  const fold = h("button", { class: "plain", id: "charts", "aria-expanded": String(!bars.hidden), onclick: () => {
    bars.hidden = !bars.hidden;
    fold.setAttribute("aria-expanded", String(!bars.hidden));
    localStorage.setItem("studio.charts", bars.hidden ? "shut" : "open");
  } }, w("wall.charts"));
  const box = h("div", { class: "checks-box" },
    h("div", { class: "row wrap" }, line, h("span", { class: "fill" }), twins, weak, h("label", { class: "row dim small" }, w("wall.judged"), size), fold), bars);

  async function load() {
    const facts = { dataset: wall.data.id, resolution: wall.resolution() };
    [found, charts] = await Promise.all([studio.call("look_inspection", facts), studio.call("chart_dataset", facts)]);
  }

  async function begin(which) {
    if ((await studio.act("inspect_pictures", { dataset: wall.data.id, which })) === undefined) return;
    await studio.asked("inspect");
    studio.changed();
  }
  wall.check = begin;

  function show() {
    if (!found) return;
    showLine(found.job, found.waiting);
    const sides = [...new Set([...SIDES, wall.resolution()])].sort((a, b) => a - b);
    if (size.children.length !== sides.length) size.replaceChildren(...sides.map(side => h("option", { value: side }, `${side} px`)));
    size.value = wall.resolution();
    twins.hidden = !wall.counts.twin;
    weak.hidden = !WEAK.some(kind => wall.counts[kind]);
    const mark = JSON.stringify([charts, wall.look.filter]);
    if (bars.dataset.mark === mark) return;
    bars.dataset.mark = mark;
    bars.replaceChildren(...charts.map(chart));
  }

  // What is being looked at, or what was not yet.
  function showLine(job, waiting) {
    const live = job && ["queued", "running"].includes(job.state);
    const failed = job?.state === "failed" && job.id !== seen;
    const kids = live ? [
      h("progress", job.state === "running" ? { max: 1, value: job.progress } : {}),
      h("span", {}, job.state === "running" ? w("wall.checking", { done: job.step, n: job.steps, left: studio.span(job.left) }) : w("pen.waiting")),
      h("button", { class: "link", onclick: async () => { await studio.act("stop_job", { job: job.id }); studio.changed(); } }, w("stop"))]
      : failed ? [h("span", { class: "wrong" }, `✕ ${job.error}`), h("button", { class: "link", onclick: () => begin("new") }, w("try_again")),
        h("button", { class: "bare", "aria-label": w("close"), onclick: () => { seen = job.id; sessionStorage.setItem("studio.checks.seen", seen); show(); } }, "×")]
      : waiting ? [h("span", {}, w("wall.unlooked", { n: waiting })), h("button", { class: "plain", id: "checks-go", onclick: () => begin("new") }, w("wall.check"))]
      : [h("span", { class: "dim" }, `✓ ${w("wall.looked")}`), h("button", { class: "link", onclick: () => begin("all") }, w("wall.check_again"))];
    const mark = JSON.stringify([job?.state, job?.step, job?.left, waiting, failed]);
    if (line.dataset.mark === mark) return;
    line.dataset.mark = mark;
    line.replaceChildren(...kids);
  }

  // One small bar chart; a bar that has a filter shows its pictures.
  function chart({ name, bars }) {
    const most = Math.max(1, ...bars.map(bar => bar.n));
    return h("figure", { class: "chart" }, h("figcaption", {}, w(`wall.chart.${name}`)), h("div", { class: "columns-chart" }, bars.map(bar => {
      const say = name === "framing" ? w(`wall.filter.${bar.name}`) : bar.name;
      const inner = [h("span", { class: "n" }, bar.n || ""), h("i", { style: `--high: ${bar.n / most}` }), h("span", { class: "name" }, say)];
      const told = `${w(`wall.chart.${name}`)} ${say}: ${w("wall.count", { n: bar.n })}`;
      return bar.filter && bar.n ? h("button", { class: "bar-column", title: told, "aria-pressed": String(bar.filter === wall.look.filter), onclick: () => wall.seek({ filter: bar.filter === wall.look.filter ? "all" : bar.filter }) }, inner)
        : h("div", { class: "bar-column", title: told }, inner);
    })));
  }

  return { box, show, load };
};
