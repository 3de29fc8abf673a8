"use strict";
// The checkpoints by rank: what each metric counts is moved by hand, and the order follows; below, where learning turns.
studio.evalBoard = (known, chosen) => {
  const { h, w } = studio, { band, plain } = studio.evalCharts;
  let waiting = 0;
  const sliders = h("div", { class: "eval-weights" }), board = h("ol", { class: "eval-board" }), lead = h("p", { class: "small", role: "status" });
  const curves = h("div", { class: "eval-curves" }), turning = h("p", { class: "small" });
  const usual = h("button", { class: "link small", id: "eval-usual", hidden: true, onclick: () => { chosen.weights = null; load(); } }, w("eval.usual"));
  const turn = studio.inTurn(ask), load = () => { waiting += 1; return turn(); };
  load();
  return h("section", { class: "eval-section" }, h("div", { class: "eval-board-split" }, h("div", {}, h("h3", {}, w("eval.leaderboard")), lead, board), h("div", {}, h("div", { class: "row" }, h("h3", { class: "fill" }, w("eval.what_counts")), usual), sliders)), h("h3", {}, w("eval.over_steps")), turning, curves);

  async function ask() {
    if (--waiting) return; // the last of those that wait asks for all
    let found;
    try {
      found = await studio.call("rank_evaluation", { evaluation: known.look.id, weights: chosen.weights || null });
    } catch (error) { lead.className = "small wrong"; lead.textContent = `✕ ${error.message}`; return; }
    usual.hidden = !chosen.weights;
    weights(found.weights);
    rank(found);
    draw(found);
  }

  // ── what counts ──────────────────────────────────────────────────────
  function weights(now) {
    studio.list(sliders, known.metrics.map(metric => metric.name).filter(name => name in now), name => name, name => {
      const slider = h("input", { type: "range", min: 0, max: 2, step: 0.05, "aria-label": known.metric(name).title, "data-metric": name, oninput: () => { chosen.weights = { ...(chosen.weights || now), ...read() }; say.textContent = plain(Number(slider.value)); load(); } });
      const say = h("span", { class: "facts small" });
      return h("div", { class: "eval-weight" }, studio.evalTerm(known.metric(name)), slider, say);
    }, (node, name) => {
      const slider = node.querySelector("input");
      if (document.activeElement !== slider) slider.value = now[name];
      node.lastChild.textContent = plain(Number(slider.value));
    });
  }
  function read() { return Object.fromEntries([...sliders.querySelectorAll("input")].map(input => [input.dataset.metric, Number(input.value)])); }

  // ── the order ────────────────────────────────────────────────────────
  function rank(found) {
    const of = id => known.rivals.find(one => one.id === id);
    studio.list(board, found.order, row => row.id, row => make(of(row.id)), (node, row) => node.dress(row, found));
    const first = of(found.lead.first), second = of(found.lead.second);
    lead.className = `small ${found.lead.noise ? "dim" : "good"}`;
    lead.textContent = !second ? "" : found.lead.noise ? `≈ ${w("eval.lead_noise", { first: first.name, second: second.name })}` : `✓ ${w("eval.lead", { first: first.name, second: second.name, percent: Math.round(found.lead.wins * 100) })}`;
  }

  function make(one) {
    const place = h("span", { class: "eval-place" }), bar = h("i"), score = h("span", { class: "facts" }), parts = h("span", { class: "dim small parts" });
    const use = h("button", { class: "plain use" }, w("eval.use")), shown = known.of(one.place)[0];
    const face = h("button", { class: "face", "aria-label": w("eval.large"), style: shown ? `background-image:url(${studio.thumb(shown.file)})` : "", onclick: () => shown && studio.evalLarge(known, one, shown) });
    const node = h("li", { class: "eval-rank" }, place, face, h("div", { class: "eval-rank-facts" }, h("div", { class: "row" }, h("b", { class: "fill" }, one.name), score), h("div", { class: "eval-score" }, bar), parts), use);
    use.onclick = () => take(one);
    node.dress = (row, found) => {
      node.classList.toggle("best", row.place === 1);
      node.classList.toggle("apart", !row.place);
      place.textContent = row.place === 1 ? "★" : row.place ? String(row.place) : "–";
      place.title = row.place === 1 ? w("eval.best") : "";
      bar.style.width = `${Math.max(0, Math.min(1, row.score)) * 100}%`;
      score.textContent = (row.score * 100).toFixed(0);
      parts.textContent = known.metrics.filter(metric => found.weights[metric.name]).map(metric => `${metric.title} ${known.show(known.total(one, metric.name).mean, metric)}`).join(" · ");
      use.hidden = !found.usable.includes(one.id);
      use.disabled = found.default === one.id;
      use.textContent = found.default === one.id ? w("eval.in_use") : w("eval.use");
      use.className = row.place === 1 && found.default !== one.id ? "main use" : "plain use";
    };
    return node;
  }

  async function take(one) {
    const before = await studio.act("use_contestant", { evaluation: known.look.id, contestant: one.id });
    if (before === undefined) return;
    studio.changed();
    await load();
    studio.toast(w("eval.used", { name: one.name }), { undo: async () => { await studio.act("undo_verdict", { before }); studio.changed(); load(); } });
  }

  // ── learning and learning by heart ───────────────────────────────────
  function draw(found) {
    const titled = name => (name === "score" ? w("eval.score") : known.metric(name)?.title || studio.curve.called(name));
    const rows = found.curves.filter(curve => curve.points.length > 1);
    const shown = rows.filter(curve => ["score", "held-out loss"].includes(curve.name)).concat(rows.find(curve => curve.name === "loss" && !rows.some(one => one.name === "held-out loss")) || []);
    const picked = { metric: chosen.curve || "" };
    turning.className = `small ${found.turn === null ? "dim" : "attention"}`;
    turning.textContent = found.turn === null ? w("eval.no_turn") : `! ${w(rows.some(curve => curve.name === "held-out loss" && curve.turn === null) ? "eval.turn_score" : "eval.turn", { step: found.turn })}`;
    studio.list(curves, shown, curve => curve.name, () => h("div", {}, h("h4"), h("div", { class: "plot" })), (node, curve) => {
      node.querySelector("h4").textContent = titled(curve.name);
      band(node.querySelector(".plot"), { lines: [{ name: titled(curve.name), points: curve.points.map(point => ({ x: point.step, mean: point.value, low: point.low, high: point.high })) }], across: w("eval.step"), marks: found.turn === null ? [] : [{ x: found.turn, say: w("eval.turn_here") }] });
    });
  }
};
