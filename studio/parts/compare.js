"use strict";
// Two pictures, one over the other, with a line between them to move. `first` lies left of the line; `others` can take its place.
studio.compare = (first, second, others = []) => {
  const { h, w } = studio;
  const under = h("img", { alt: "" }), over = h("img", { alt: "", class: "over" });
  const line = h("i", { class: "compare-line" });
  const slider = h("input", { type: "range", min: 0, max: 100, value: 50, step: 0.5, "aria-label": w("compare.line"), oninput: () => stage.style.setProperty("--at", `${slider.value}%`) });
  const stage = h("div", { class: "compare-stage" }, under, over, line, slider);
  const facts = [h("p", { class: "dim small" }), h("p", { class: "dim small" })];
  const strip = h("div", { class: "film" });
  const box = h("dialog", { class: "ask part compare", "aria-label": w("compare.title"), onclose: () => box.remove() }, h("h3", {}, w("compare.title")), stage, h("div", { class: "compare-facts" }, facts), strip,
    h("form", { method: "dialog", class: "row end" }, h("button", { type: "button", class: "plain", onclick: () => { [first, second] = [second, first]; show(); } }, w("compare.swap")), h("button", { class: "plain" }, w("close"))));
  document.body.append(box);
  box.showModal();
  show();
  slider.focus();

  function show() {
    under.src = studio.file(second.file);
    over.src = studio.file(first.file);
    stage.style.setProperty("--at", `${slider.value}%`);
    stage.style.setProperty("--shape", second.width / second.height);
    [first, second].forEach((row, at) => { facts[at].textContent = studio.pictureFacts(row); });
    const choice = others.filter(row => row.id !== second.id);
    strip.hidden = choice.length < 2;
    studio.list(strip, choice, row => row.id, row => h("button", { class: "tile", onclick: () => { first = row; show(); } }, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.prompt })), (node, row) => node.setAttribute("aria-selected", String(row.id === first.id)));
  }
};

// What made a picture, in one line.
studio.pictureFacts = picture => {
  const { w } = studio;
  if (picture.kind === "input") return [w("origin_of.given"), `${picture.width} × ${picture.height}`].join(" · ");
  const blend = (picture.blend || []).filter(part => part.weight || part.text).map(part => `${part.name || w("desk.gone")} ${part.weight}${part.text === undefined || part.text === null ? "" : ` (${w("desk.words")} ${part.text})`}`);
  return [w("stage.seed", { seed: picture.seed }), `${picture.width} × ${picture.height}`, picture.base, ...blend].filter(Boolean).join(" · ");
};
