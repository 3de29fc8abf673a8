"use strict";
// What the views ask of an evaluation: its metrics by name, who is compared, what a number says in words.
studio.evalLook = look => {
  const { w } = studio, { nice, has, plain } = studio.evalCharts;
  const called = one => (one.step ? w("run.step", { n: one.step }) : has(one.axes.weight) && one.blend.length ? `× ${plain(one.axes.weight)}` : one.name);
  const rivals = [...look.contestants].sort((a, b) => a.place - b.place).map(one => ({ ...one, name: called(one) })), baseline = rivals[0];
  const metrics = look.facts.metrics || [];
  const total = (one, name) => one.totals[name] || {};
  const measured = metrics.filter(metric => rivals.some(one => has(total(one, metric.name).mean)));
  const of = place => look.exhibits.filter(row => row.place === place).sort((a, b) => a.number - b.number);
  const show = (value, metric) => (has(value) ? `${nice(value)}${metric.unit || ""}` : "–");

  // How a contestant stands to the baseline: {kind: good | wrong | "", say, percent}.
  function verdict(one, metric) {
    const found = total(one, metric.name);
    if (one === baseline || !has(found.difference)) return { kind: "", say: one === baseline ? w("eval.is_baseline") : "", percent: "" };
    const percent = change(total(baseline, metric.name).mean, found.difference);
    if (found.noise) return { kind: "", say: w("eval.noise"), percent };
    const up = found.difference > 0;
    if (!metric.better) return { kind: "", say: w(up ? "eval.more_word" : "eval.less_word"), percent };
    return up === (metric.better === "more") ? { kind: "good", say: w("eval.better"), percent } : { kind: "wrong", say: w("eval.worse"), percent };
  }

  function change(before, difference) {
    if (!has(before) || !has(difference) || Math.abs(before) < 1e-9) return "";
    const share = (difference / Math.abs(before)) * 100;
    return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${Math.abs(share) >= 10 ? Math.abs(share).toFixed(0) : Math.abs(share).toFixed(1)}\u00a0%`;
  }

  // A picture as the parts that compare pictures know them.
  const picture = (row, one) => ({ id: row.picture || row.id, file: row.file, kind: "trial", prompt: row.prompt, seed: row.seed, base: one.base || one.name, blend: one.blend });
  return { look, rivals, baseline, metrics, measured, total, of, show, verdict, change, picture, metric: name => metrics.find(one => one.name === name) };
};

// A metric's name; its definition comes by pointing at it or by a tap.
studio.evalTerm = metric => {
  const { h, w } = studio;
  const note = h("span", { class: "eval-note", role: "tooltip" }, metric.says && h("b", {}, metric.says), metric.definition && h("span", {}, metric.definition), metric.model && h("span", { class: "dim" }, metric.model));
  const term = h("button", { class: "eval-term", type: "button", "aria-expanded": "false", onclick: event => { event.stopPropagation(); const open = term.getAttribute("aria-expanded") !== "true"; shut(); term.setAttribute("aria-expanded", String(open)); place(); } }, metric.title);
  const shut = () => document.querySelectorAll(".eval-term[aria-expanded=true]").forEach(one => one.setAttribute("aria-expanded", "false"));
  const place = () => { const at = term.getBoundingClientRect(); note.style.setProperty("--aside", `${Math.min(0, innerWidth - 24 - at.left - 300)}px`); };
  term.addEventListener("pointerenter", place);
  return h("span", { class: "eval-defined" }, term, metric.better && h("span", { class: "dim small" }, w(metric.better === "more" ? "eval.more_better" : "eval.less_better")), note);
};
document.addEventListener("click", () => document.querySelectorAll(".eval-term[aria-expanded=true]").forEach(one => one.setAttribute("aria-expanded", "false")));

// Which metric is looked at, as chips; `chosen` is shared by the views of one evaluation.
studio.evalChips = (known, chosen, changed, extra = []) => {
  const { h, w } = studio;
  const rows = [...extra, ...known.measured];
  if (!rows.some(metric => metric.name === chosen.metric)) chosen.metric = rows[0]?.name || "";
  const box = h("div", { class: "chips", role: "group", "aria-label": w("eval.which_metric") }, rows.map(metric => h("button", { class: "chip", type: "button", "data-metric": metric.name, "aria-pressed": String(metric.name === chosen.metric), onclick: () => { chosen.metric = metric.name; for (const one of box.children) one.setAttribute("aria-pressed", String(one.dataset.metric === metric.name)); changed(); chosen.follow?.(); } }, metric.title)));
  return box;
};
