"use strict";
// Sizes that suit the base model, width and height swapped, and what becomes of the seed from picture to picture.
studio.part("sizes", box => {
  const { h, w } = studio;
  const SHAPES = [[1, 1], [4, 3], [3, 4], [3, 2], [2, 3], [16, 9], [9, 16]];
  const field = name => document.querySelector(`#generate-${name} input`);
  const read = name => Number(field(name)?.value || 0);
  function put(name, value) {
    const input = field(name);
    if (!input || input.value === String(value)) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // ── size ─────────────────────────────────────────────────────────────
  let bases = {}, base = "";
  const choose = h("select", { "aria-label": w("sizes.title"), title: w("sizes.title"), id: "size-preset", onchange: () => { const [width, height] = choose.value.split("x").map(Number); put("width", width); put("height", height); } });
  const swap = h("button", { class: "plain", id: "size-swap", title: w("sizes.swap"), "aria-label": w("sizes.swap"), onclick: () => { const [width, height] = [read("width"), read("height")]; put("width", height); put("height", width); match(); } }, "⇄");
  studio.on("desk", desk => { bases = desk.bases; fill(); });
  studio.on("field", ({ id, value }) => { if (id === "generate-base") { base = value; fill(); } });

  function fill() {
    const native = bases[base]?.native || 512, grain = Math.min(64, native / 8);
    const side = value => Math.max(grain, Math.round(value / grain) * grain);
    const options = SHAPES.map(([a, b]) => [a, b, side(native * Math.sqrt(a / b)), side(native * Math.sqrt(b / a))]);
    choose.replaceChildren(h("option", { value: "0x0" }, w("sizes.own", { side: native })), ...options.map(([a, b, width, height]) => h("option", { value: `${width}x${height}` }, `${a}:${b} · ${width} × ${height}`)), h("option", { value: "", hidden: true }, w("sizes.other")));
    match();
  }

  function match() {
    const now = `${read("width")}x${read("height")}`;
    choose.value = [...choose.options].some(option => option.value === now) ? now : "";
  }

  // ── seed ─────────────────────────────────────────────────────────────
  let step = false, shown = null;
  const modes = ["random", "fixed", "step"].map(name => h("button", { class: "chip", type: "button", "data-mode": name, title: w(`seed.${name}_hint`), onclick: () => set(name) }, w(`seed.${name}`)));
  const mode = () => (read("seed") < 0 ? "random" : step ? "step" : "fixed");
  studio.on("stage", picture => { shown = picture; });
  studio.on("asked", task => { if (task === "generate" && mode() === "step") put("seed", (read("seed") + Math.max(1, read("count"))) % 4294967296); });

  function set(name) {
    step = name === "step";
    if (name === "random") put("seed", -1);
    else if (read("seed") < 0) put("seed", shown?.seed ?? Math.floor(Math.random() * 4294967296));
    mark();
  }

  function mark() {
    for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode()));
  }

  box.append(h("div", { class: "knobs" }, h("div", { class: "row" }, choose, swap), h("div", { class: "row wrap", role: "group", "aria-label": w("seed.title") }, h("span", { class: "dim small" }, w("seed.title")), modes)));
  setInterval(() => { if (studio.visible(box)) { mark(); match(); } }, 600); // a restored picture sets the fields without an event
  fill();
});
