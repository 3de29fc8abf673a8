"use strict";
// Painting where a picture is to be drawn anew, with mouse, pen or finger.
//   file: the picture; before: the file of an earlier mask. Answers a PNG (white: redraw), null for no mask, undefined for as it was.
studio.paintMask = ({ file, before }) => new Promise(answer => {
  const { h, w } = studio;
  const MOST = 1536; // pixels of the longer side
  const PAINT = "#f2641a"; // seen on every picture; what is kept of it is white
  const canvas = h("canvas", { "aria-label": w("mask.title"), tabindex: 0, hidden: true }); // until the picture is there
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const picture = h("img", { alt: "", src: studio.file(file), onload: begin });
  const ring = h("i", { class: "mask-ring" });
  const stage = h("div", { class: "mask-stage" }, picture, canvas, ring);
  const size = h("input", { type: "range", min: 2, max: 40, step: 1, value: 10, id: "mask-size", "aria-label": w("mask.size") });
  const modes = ["paint", "erase"].map(name => h("button", { type: "button", class: "chip", "data-mode": name, "aria-pressed": String(name === "paint"), onclick: () => choose(name) }, w(`mask.${name}`)));
  let result, mode = "paint", last = null;
  const box = h("dialog", { class: "ask part mask", "aria-label": w("mask.title"), onclose: () => { box.remove(); answer(result); } },
    h("h3", {}, w("mask.title")), h("p", { class: "dim small" }, w("mask.hint")), stage,
    h("div", { class: "row wrap mask-tools" }, modes, h("label", { class: "row small dim" }, w("mask.size"), size), h("span", { class: "fill" }),
      h("button", { type: "button", class: "plain", id: "mask-invert", onclick: invert }, w("mask.invert")), h("button", { type: "button", class: "plain", id: "mask-clear", onclick: clear }, w("mask.clear"))),
    h("div", { class: "row wrap end" }, before && h("button", { type: "button", class: "plain", onclick: () => end(null) }, w("mask.off")),
      h("button", { type: "button", class: "plain", onclick: () => box.close() }, w("cancel")), h("button", { type: "button", class: "main", id: "mask-keep", onclick: keep }, w("mask.keep"))));
  document.body.append(box);
  box.showModal();
  canvas.addEventListener("pointerdown", event => { canvas.setPointerCapture(event.pointerId); last = at(event); stroke(last); event.preventDefault(); });
  canvas.addEventListener("pointermove", event => { hover(event); if (last) stroke(at(event)); });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });
  canvas.addEventListener("pointerleave", () => { ring.style.display = "none"; });
  box.addEventListener("keydown", event => { if ("[]".includes(event.key)) size.value = Number(size.value) + (event.key === "]" ? 2 : -2); });

  function begin() {
    const share = Math.min(1, MOST / Math.max(picture.naturalWidth, picture.naturalHeight));
    [canvas.width, canvas.height] = [Math.round(picture.naturalWidth * share), Math.round(picture.naturalHeight * share)];
    canvas.hidden = false;
    if (!before) return;
    const old = new Image();
    old.onload = () => { pen.drawImage(old, 0, 0, canvas.width, canvas.height); lighten(); };
    old.src = studio.file(before);
  }

  // White becomes paint, black becomes nothing.
  function lighten() {
    const data = pen.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.data.length; i += 4) data.data[i + 3] = data.data[i];
    pen.putImageData(data, 0, 0);
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = PAINT;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }

  function choose(name) {
    mode = name;
    for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
  }

  const radius = () => Number(size.value) / 200 * Math.max(canvas.width, canvas.height);
  function at(event) {
    const shape = canvas.getBoundingClientRect();
    return [(event.clientX - shape.left) / shape.width * canvas.width, (event.clientY - shape.top) / shape.height * canvas.height];
  }

  function stroke(to) {
    pen.globalCompositeOperation = mode === "paint" ? "source-over" : "destination-out";
    Object.assign(pen, { lineCap: "round", lineJoin: "round", strokeStyle: PAINT, lineWidth: 2 * radius() });
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(to[0] + 0.01, to[1]);
    pen.stroke();
    last = to;
  }

  function hover(event) {
    const shape = canvas.getBoundingClientRect(), wide = 2 * radius() / canvas.width * shape.width;
    Object.assign(ring.style, { display: "block", width: `${wide}px`, height: `${wide}px`, left: `${event.clientX - shape.left}px`, top: `${event.clientY - shape.top}px` });
  }

  function invert() {
    pen.globalCompositeOperation = "xor";
    pen.fillStyle = PAINT;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }

  function clear() { pen.clearRect(0, 0, canvas.width, canvas.height); }

  function end(value) {
    result = value;
    box.close();
  }

  function keep() {
    const whole = h("canvas", { width: canvas.width, height: canvas.height }), on = whole.getContext("2d");
    on.drawImage(canvas, 0, 0);
    for (const [how, colour] of [["source-in", "#fff"], ["destination-over", "#000"]]) {
      Object.assign(on, { globalCompositeOperation: how, fillStyle: colour });
      on.fillRect(0, 0, whole.width, whole.height);
    }
    const empty = !pen.getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value);
    empty ? end(null) : whole.toBlob(end, "image/png");
  }
});
