"use strict";
// Differences in two colours, and the timeline of a caption's versions.
(() => {
  const { h, w } = studio;

  // What stayed, went and came, as the server tells it.
  studio.difference = pieces => pieces.map(([kind, text]) => kind === "=" ? h("span", {}, text) : h(kind === "-" ? "del" : "ins", {}, text));

  studio.penHistory = pen => {
    const node = h("ol", { class: "history" });
    const origin = row => (studio.has(`origin.${row.origin}`) ? w(`origin.${row.origin}`) : row.origin);

    let shown = "";
    const load = studio.inTurn(async () => {
      const id = pen.now?.id;
      const rows = (id && (await studio.act("caption_history", { picture: id }))) || [];
      const mark = JSON.stringify([id, rows]);
      if (pen.now?.id !== id || mark === shown) return; // what is being compared stays
      shown = mark;
      node.replaceChildren(...rows.map((row, at) => version(row, at, rows[0])));
      node.classList.toggle("none", !rows.length);
      if (!rows.length) node.replaceChildren(h("li", { class: "dim" }, w("pen.no_history")));
    });

    function version(row, at, current) {
      const says = h("p", {}, row.text ? studio.difference(row.pieces) : [h("span", {}, w("pen.taken_away")), studio.difference(row.pieces)]);
      const compare = h("button", { class: "link", "aria-pressed": "false", onclick: async () => {
        const on = compare.getAttribute("aria-pressed") !== "true";
        compare.setAttribute("aria-pressed", String(on));
        const pieces = on ? await studio.act("compare_texts", { before: row.text, after: current.text }) : row.pieces;
        if (pieces) says.replaceChildren(...studio.difference(pieces));
      } }, w("pen.compare"));
      return h("li", { class: at ? "" : "current" },
        h("span", { class: "origin" }, origin(row)), h("time", { class: "dim small", datetime: row.when, title: new Date(row.when).toLocaleString(document.documentElement.lang) }, studio.ago(row.when)),
        says, at ? h("div", { class: "row" }, h("button", { class: "link", onclick: () => pen.use(row.text) }, w("pen.use")), compare) : null);
    }

    return { node, load };
  };
})();
