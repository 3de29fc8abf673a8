"use strict";
// The blend pad: two to four LoRAs at the corners; a click between them sets their weights on the desk.
studio.part("pad", box => {
  const { h, w, place } = studio;
  const CORNERS = [[0, 0], [1, 0], [0, 1], [1, 1]], STEP = 0.05;
  let loras = [], at = [0.5, 0.5];
  const picks = CORNERS.map((corner, number) => h("select", { class: `corner-${number}`, "aria-label": w("pad.corner", { n: number + 1 }), onchange: () => set(at) }));
  const dot = h("i", { class: "pad-dot" }), field = h("div", { class: "pad-field", tabindex: 0, role: "application", "aria-label": w("pad.field"), onpointerdown: down, onkeydown: key }, dot);
  const told = h("p", { class: "small", role: "status" }), auto = h("input", { type: "checkbox", id: "pad-draw" });
  box.append(h("p", { class: "dim small" }, w("pad.hint")), h("div", { class: "pad" }, picks[0], picks[1], field, picks[2], picks[3]), told, h("label", { class: "row small" }, auto, h("span", {}, w("pad.draw"))));

  studio.follow(box, async () => {
    loras = await studio.call("list_loras", { project: place.project });
    picks.forEach((pick, number) => {
      const kept = pick.value;
      pick.replaceChildren(h("option", { value: "" }, w("pad.none")), ...loras.map(row => h("option", { value: row.id }, row.name)));
      pick.value = kept && loras.some(row => String(row.id) === kept) ? kept : !kept && number < 2 && loras.length > 1 ? loras[number].id : "";
    });
    show();
  }, () => false);

  // The share of each corner that has a LoRA: bilinear, brought to a sum of 1.
  function weights() {
    const [u, v] = at;
    const held = picks.map((pick, number) => ({ row: loras.find(row => String(row.id) === pick.value), share: (CORNERS[number][0] ? u : 1 - u) * (CORNERS[number][1] ? v : 1 - v) })).filter(part => part.row);
    const sum = held.reduce((total, part) => total + part.share, 0);
    const found = new Map();
    for (const { row, share } of held) found.set(row, (found.get(row) || 0) + (sum > 1e-6 ? share / sum : 1 / held.length) * row.weight);
    return [...found].map(([row, weight]) => ({ row, weight: Math.round(weight * 100) / 100 }));
  }

  function set(point) {
    at = point.map(value => Math.min(1, Math.max(0, value)));
    show();
    const parts = weights();
    if (parts.length) studio.tell("blend", parts.map(({ row, weight }) => ({ lora: row.id, weight })));
  }

  function show() {
    dot.style.left = `${at[0] * 100}%`;
    dot.style.top = `${at[1] * 100}%`;
    const parts = weights();
    told.textContent = parts.length ? parts.map(({ row, weight }) => `${row.name} ${weight}`).join(" + ") : w("pad.choose");
  }

  function down(event) {
    const move = moved => { const area = field.getBoundingClientRect(); at = [(moved.clientX - area.left) / area.width, (moved.clientY - area.top) / area.height].map(value => Math.min(1, Math.max(0, value))); show(); };
    field.setPointerCapture(event.pointerId);
    move(event);
    field.onpointermove = move;
    field.onpointerup = () => { field.onpointermove = field.onpointerup = null; set(at); draw(); };
  }

  function key(event) {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (event.key === "Enter") draw();
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    set([at[0] + by[0], at[1] + by[1]]);
  }

  // The desk tells Gradio of the new weights first.
  function draw() { if (auto.checked && weights().length) setTimeout(() => document.getElementById("generate-go")?.click(), 250); }
});
