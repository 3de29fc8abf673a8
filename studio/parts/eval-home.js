"use strict";
// The questions that can be asked, and the answers so far.
studio.evalQuestions = {
  pairs: ["M8 8h32v36H8zM50 8h32v36H50z", "M24 20a6 6 0 1 0 .1 0M14 44c0-8 4-12 10-12s10 4 10 12", "M66 20a6 6 0 1 0 .1 0M56 44c0-8 4-12 10-12s10 4 10 12", "M60 14l2 2 4-4"],
  checkpoints: ["M8 40h16V30H8zM28 40h16V20H28zM48 40h16V12H48zM68 40h14V24H68z", "M56 2l1.5 3 3.5.5-2.5 2.4.6 3.4-3.1-1.6-3.1 1.6.6-3.4-2.5-2.4 3.5-.5z", "M8 46h74"],
  weights: ["M8 42C24 40 30 12 48 12s22 18 34 22", "M8 46h74", "M48 16v26", "M44 8h8"],
  blend: ["M8 6h22v12H8zM34 6h22v12H34zM60 6h22v12H60zM8 20h22v12H8zM34 20h22v12H34zM60 20h22v12H60zM8 34h22v12H8zM34 34h22v12H34zM60 34h22v12H60z", "M40 24l4 4 6-8"],
  resolutions: ["M8 34h10v10H8z", "M26 24h20v20H26z", "M54 8h30v36H54z"],
  folder: ["M8 14h20l6 6h40v26H8z", "M24 40l10-10 8 8 10-12 12 14"],
};

studio.evalHome = desk => {
  const { h, w } = studio;
  const cards = h("div", { class: "cards eval-questions" }, Object.entries(studio.evalQuestions).map(([kind, paths]) =>
    h("button", { class: "card", "data-kind": kind, onclick: () => desk.go({ view: "ask", kind }) }, h("svg", { viewBox: "0 0 90 52", "aria-hidden": "true" }, paths.map(d => h("path", { d }))), h("b", {}, w(`eval.ask.${kind}`)), h("span", { class: "dim" }, w(`eval.about.${kind}`)))));
  const title = h("h3", { class: "eval-so-far", hidden: true }, w("eval.so_far")), rows = h("div", { class: "eval-rows" });
  const node = h("div", { class: "eval-home" }, h("h3", {}, w("eval.question")), cards, title, rows);

  function make(row) {
    const more = h("button", { class: "bare", "aria-label": `${w("more")}: ${row.name}`, title: w("more"), "aria-haspopup": "menu" }, "⋯");
    const open = h("button", { class: "eval-open" }, h("span", { class: "eval-faces" }), h("span", { class: "fill" }, h("b"), h("span", { class: "dim small facts" })));
    return h("div", { class: "row eval-row" }, open, more);
  }

  function dress(line, row) {
    line.querySelector(".eval-open").onclick = () => desk.go({ view: "see", id: row.id });
    line.querySelector("b").textContent = row.name;
    line.querySelector(".facts").textContent = [w(`eval.kind.${row.kind}`), w("eval.rivals", { n: row.contestants }), row.ended ? studio.ago(row.ended) : w(`state.${row.state === "done" ? "stopped" : row.state}`)].join(" · ");
    studio.list(line.querySelector(".eval-faces"), [...new Set(row.files)].slice(0, 4), file => file, file => h("i", { style: `background-image:url(${studio.thumb(file)})` }));
    const more = line.querySelector(".bare"), others = desk.rows.filter(one => one.id !== row.id);
    more.onclick = () => studio.menu(more, [{ say: w("rename"), do: () => desk.rename(row) }, ...(others.length ? [{ say: w("eval.compare"), do: () => studio.evalPick(more, row, desk) }] : []), null, { say: w("delete"), do: () => desk.remove(row) }]);
  }

  return {
    node,
    load() {
      title.hidden = !desk.rows.length;
      studio.list(rows, desk.rows, row => row.id, make, dress);
    },
  };
};

// With which one it is compared: those of its own kind first.
studio.evalPick = (button, row, desk) => {
  const others = desk.rows.filter(one => one.id !== row.id).sort((a, b) => (b.kind === row.kind) - (a.kind === row.kind));
  studio.menu(button, others.slice(0, 14).map(one => ({ say: `${one.name} · ${studio.w(`eval.kind.${one.kind}`)}`, do: () => desk.go({ view: "versus", id: row.id, other: one.id }) })));
};
