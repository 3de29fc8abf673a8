"use strict";
// Two evaluations beside each other: what differs by more than chance, what cannot be compared and why, what was asked otherwise.
studio.evalVersus = desk => {
  const { h, w } = studio, { nice, has, difference } = studio.evalCharts;
  const head = studio.evalHead({ back: () => desk.go({ view: "home" }), title: " ", tools: [h("button", { class: "plain", id: "eval-swap", onclick: () => desk.go({ view: "versus", id: desk.at.other, other: desk.at.id }) }, w("compare.swap"))] });
  const body = h("div", { class: "eval-body" });
  let mark = "";
  return { node: h("div", {}, head, body), load };

  async function load() {
    const known = desk.rows.map(row => `${row.id}${row.name}${row.ended}`).join();
    if (known === mark) return;
    const found = await Promise.all([studio.call("compare_evaluations", { evaluation: desk.at.id, other: desk.at.other }), ...[desk.at.id, desk.at.other].map(id => studio.call("look_evaluation", { evaluation: id }))]);
    mark = known;
    show(found[0], found.slice(1));
  }

  function show(found, looks) {
    if (found.names[0] === found.names[1]) found.names = found.names.map((name, at) => `${name} (${at + 1})`);
    head.querySelector("h2").textContent = found.names.join(" ↔ ");
    const better = Object.fromEntries(looks.flatMap(look => (look.facts.metrics || []).map(metric => [metric.name, metric.better])));
    const metrics = [...new Set(found.pairs.flatMap(pair => pair.differences.map(one => one.metric)))];
    body.replaceChildren(...[h("div", { class: "eval-versus-heads" }, looks.map((look, at) => open(look, found.names[at]))),
      metrics.length ? h("div", { class: "eval-table-place" }, h("table", { class: "eval-table" }, h("thead", {}, h("tr", {}, [w("eval.column.who"), ...found.names, w("eval.column.change"), w("eval.column.verdict")].map(text => h("th", { scope: "col" }, text)))), metrics.map(name => part(found, name, better[name])))) : h("p", { class: "dim" }, w("eval.nothing_common")),
      h("p", { class: "dim small" }, [`${w("eval.common", { n: found.prompts })}.`, metrics.length > 0 && w(`eval.drawn.${found.drawn}`)].filter(Boolean).join(" ")), reasons(found), settings(found)].filter(Boolean));
  }

  function open(look, name) {
    const faces = [...new Set(look.exhibits.filter(row => row.number === 0).map(row => row.file))].slice(0, 4);
    return h("div", {}, h("button", { class: "link", onclick: () => desk.go({ view: "see", id: look.id }) }, name), h("span", { class: "dim small" }, [w(`eval.kind.${look.kind}`), w("wall.count", { n: look.exhibits.length }), studio.ago(look.ended || look.created)].join(" · ")), h("span", { class: "row" }, faces.map(file => h("img", { class: "eval-thumb", src: studio.thumb(file), alt: "" }))));
  }

  function part(found, name, better) {
    const rows = found.pairs.map(pair => [pair, pair.differences.find(one => one.metric === name)]).filter(([, one]) => one);
    const most = Math.max(...rows.flatMap(([, one]) => [one.low, one.high, one.difference].filter(has).map(Math.abs)), 0);
    return h("tbody", {}, h("tr", { class: "head" }, h("th", { colspan: 5, scope: "rowgroup" }, found.titles[name])), rows.map(([pair, one]) => {
      const up = one.difference > 0, kind = one.noise !== false || !better ? "" : up === (better === "more") ? "good" : "wrong";
      const share = Math.abs(one.first) > 1e-9 ? `${up ? "+" : "−"}${Math.abs((one.difference / Math.abs(one.first)) * 100).toFixed(1)}\u00a0%` : "";
      return h("tr", {}, h("th", { scope: "row" }, pair.name === pair.other ? pair.name : `${pair.name} ↔ ${pair.other}`), h("td", {}, nice(one.first)), h("td", {}, nice(one.second)),
        h("td", {}, h("span", { class: "eval-change" }, h("span", {}, one.difference ? share : "±0\u00a0%"), difference({ difference: one.difference, difference_low: one.low, difference_high: one.high }, most, kind))),
        h("td", { class: kind }, one.noise === null ? h("span", { class: "dim" }, w("eval.unsure")) : kind ? `${kind === "good" ? "✓" : "✕"} ${w(kind === "good" ? "eval.better" : "eval.worse")}` : h("span", { class: "dim" }, one.noise ? w("eval.noise") : w(up ? "eval.more_word" : "eval.less_word"))));
    }));
  }

  function reasons(found) {
    const rows = Object.entries(found.problems);
    return rows.length ? h("section", { class: "eval-section eval-unmeasured" }, h("h3", {}, w("eval.not_compared")), h("ul", {}, rows.map(([name, why]) => h("li", {}, h("b", {}, found.titles[name]), " ", why)))) : null;
  }

  function settings(found) {
    const rows = Object.entries(found.settings), say = value => (value === "" || value === null || value === undefined ? "–" : String(value));
    return h("section", { class: "eval-section" }, h("h3", {}, w("eval.differs")), rows.length ? h("dl", { class: "eval-differs" }, rows.flatMap(([name, [first, second]]) => [h("dt", { class: "dim" }, w(`eval.${name}`)), h("dd", {}, `${say(first)} → ${say(second)}`)])) : h("p", { class: "dim" }, w("eval.same_made")));
  }
};
