"use strict";
// Recipe cards: a drawing, a name and a sentence each; the chosen one fills the form. The value is its name.
studio.part("recipes", (box, { props, trigger, watch }) => {
  const { h, w } = studio;
  const DRAWN = {
    style: ["M8 8h22v28H8z", "M34 8h22v28H34z", "M60 8h22v28H60z", "M12 30c4-8 8-8 14-14", "M38 30l6-10 5 6 4-10", "M64 30c2-10 6-4 8-10s5-2 6-6", "M8 44h74"],
    character: ["M45 9a8 8 0 1 0 .1 0", "M31 46c0-14 6-20 14-20s14 6 14 20", "M17 46c0-9 3-14 8-15", "M73 46c0-9-3-14-8-15", "M8 46h74"],
    face: ["M45 8c-11 0-17 8-17 19s7 19 17 19 17-8 17-19S56 8 45 8z", "M38 25h3M49 25h3", "M40 36c3 3 7 3 10 0", "M29 22c6-2 9-6 10-10 4 6 12 9 22 9"],
    other: ["M14 12h62v30H14z", "M14 34l16-12 12 8 16-14 18 16"],
  };
  const row = h("div", { class: "cards", role: "radiogroup", "aria-label": w("train.recipes") });
  const advice = h("p", { class: "advice dim" });
  box.append(h("h3", {}, w("train.recipes")), row, advice);
  let known = [];

  const choose = name => {
    props.value = name;
    trigger("change");
    show();
  };

  function show() {
    studio.list(row, known, card => card.name, card => h("button", { class: "card", role: "radio", onclick: () => choose(card.name) },
      h("svg", { viewBox: "0 0 90 52", "aria-hidden": "true" }, (DRAWN[card.name] || DRAWN.other).map(d => h("path", { d }))), h("b", {}, card.title), h("span", { class: "dim" }, card.about)), (node, card) =>
      node.setAttribute("aria-checked", String(card.name === props.value)));
    advice.textContent = known.find(card => card.name === props.value)?.advice || "";
  }

  row.addEventListener("keydown", event => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const at = known.findIndex(card => card.name === props.value) + by;
    if (known[at]) { choose(known[at].name); row.children[at].focus(); }
  });

  watch("value", show);
  studio.call("list_recipes").then(found => { known = found; show(); }).catch(error => studio.toast(error.message, { kind: "wrong" }));
});

// The runs there were, below the button.
studio.part("earlier", box => {
  const { h, w } = studio;
  const runs = box.appendChild(h("div", { class: "earlier" }));
  studio.on("runs", known => runs.replaceChildren(...(known.length ? [h("h4", {}, w("run.runs")), ...known.slice(0, 5).map(row =>
    h("button", { class: "row", onclick: () => studio.tell("show run", row.id) },
      h("i", { class: `dot ${row.state}` }), h("span", {}, row.name), h("span", { class: "dim small" }, w(`state.${row.state}`))))] : [])));
});
