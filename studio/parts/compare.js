"use strict";
// Two pictures, one over the other, with a line between them to move. `first` lies left of the line; `others` can take its place.
// The stage alone: `set(before, after)` shows two files, `before` left of the line.
studio.slide = () => {
  const { h, w } = studio;
  const under = h("img", { alt: "", onload: () => node.style.setProperty("--shape", under.naturalWidth / under.naturalHeight) }), over = h("img", { alt: "", class: "over" });
  const slider = h("input", { type: "range", min: 0, max: 100, value: 50, step: 0.5, "aria-label": w("compare.line"), oninput: () => move() });
  const node = h("div", { class: "compare-stage" }, under, over, h("i", { class: "compare-line" }), slider);
  const move = () => node.style.setProperty("--at", `${slider.value}%`);
  move();
  return { node, slider, set(before, after) { under.src = studio.file(after.file); over.src = studio.file(before.file); } };
};

studio.compare = (first, second, others = []) => {
  const { h, w } = studio;
  const slide = studio.slide();
  const facts = [h("p", { class: "dim small" }), h("p", { class: "dim small" })];
  const strip = h("div", { class: "film" });
  const box = h("dialog", { class: "ask part compare", "aria-label": w("compare.title"), onclose: () => box.remove() }, h("h3", {}, w("compare.title")), slide.node, h("div", { class: "compare-facts" }, facts), strip,
    h("form", { method: "dialog", class: "row end" }, h("button", { type: "button", class: "plain", onclick: () => { [first, second] = [second, first]; show(); } }, w("compare.swap")), h("button", { class: "plain" }, w("close"))));
  document.body.append(box);
  box.showModal();
  show();
  slide.slider.focus();

  function show() {
    slide.set(first, second);
    [first, second].forEach((row, at) => { facts[at].textContent = studio.pictureFacts(row); });
    const choice = others.filter(row => row.id !== second.id);
    strip.hidden = choice.length < 2;
    studio.list(strip, choice, row => row.id, row => h("button", { class: "tile", onclick: () => { first = row; show(); } }, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.prompt })), (node, row) => node.setAttribute("aria-selected", String(row.id === first.id)));
  }
};

// What made a picture, in one line; of one that was not made here what it `says`.
studio.pictureFacts = picture => {
  const { w } = studio;
  if (picture.says) return picture.says;
  if (picture.kind === "input") return [w("origin_of.given"), `${picture.width} × ${picture.height}`].join(" · ");
  const blend = (picture.blend || []).filter(part => part.weight || part.text).map(part => `${part.name || w("desk.gone")} ${part.weight}${part.text === undefined || part.text === null ? "" : ` (${w("desk.words")} ${part.text})`}`);
  return [w("stage.seed", { seed: picture.seed }), picture.width && `${picture.width} × ${picture.height}`, picture.base, ...blend].filter(Boolean).join(" · ");
};
