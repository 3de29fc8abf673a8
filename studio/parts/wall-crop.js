"use strict";
// Cropping by hand: the picture as it came, turned and mirrored as wished, a rectangle to drag, and beside it what
// training will see of it.  {row, frame(width, height), save({rotate, flip, crop})}
studio.cropping = ({ row, frame, save }) => {
  const { h, w } = studio;
  const LEAST = 16, HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
  const photo = new Image();
  let rotate = row.edit.rotate || 0, flip = Boolean(row.edit.flip), ratio = 0, scale = 1, wide = 0, high = 0, turn = 0;
  let cut = null; // left, top, right, bottom in pixels of the turned picture

  const canvas = h("canvas", {}), veil = h("div", { class: "crop-cut", tabindex: 0, "aria-label": w("crop.area") }, HANDLES.map(at => h("i", { class: `handle ${at}`, "data-at": at })));
  const hole = h("i", {}), stage = h("div", { class: "crop-stage" }, canvas, h("div", { class: "crop-shade" }, hole), veil);
  const preview = h("canvas", { class: "crop-preview" }), facts = h("p", { class: "dim small facts" });
  const shapes = h("select", { "aria-label": w("crop.shape"), id: "crop-shape", onchange: () => { ratio = Number(shapes.value); shape(); } },
    [[0, w("crop.free")], [1, "1 : 1"], [3 / 4, "3 : 4"], [4 / 3, "4 : 3"], [2 / 3, "2 : 3"], [3 / 2, "3 : 2"]].map(([value, say]) => h("option", { value }, say)));
  const tool = (id, sign, key, fn) => h("button", { type: "button", class: "plain sign", id, title: w(key), "aria-label": w(key), onclick: fn }, studio.icon(...sign));
  const dialog = h("dialog", { class: "crop part", onclose: () => dialog.remove(), "aria-label": w("crop.title") },
    h("form", { method: "dialog", onsubmit: event => { event.preventDefault(); done(); } },
      h("div", { class: "row" }, h("h3", {}, w("crop.title")), h("span", { class: "fill" }), h("span", { class: "dim small" }, row.name)),
      h("div", { class: "crop-desk" }, stage, h("div", { class: "crop-side" }, h("h4", {}, w("crop.preview")), preview, facts)),
      h("div", { class: "row wrap" },
        tool("crop-left", ["M4 7a4.500 4.500 0 118 4M4 3v4h4"], "wall.turn_left", () => turned(-90)), tool("crop-right", ["M12 7a4.500 4.500 0 10-8 4M12 3v4H8"], "wall.turn_right", () => turned(90)),
        tool("crop-flip", ["M8 2v12M6 5l-4 6h4zM10 5l4 6h-4z"], "wall.flip", mirrored), shapes,
        h("button", { type: "button", class: "plain", onclick: () => { cut = [0, 0, wide, high]; ratio = 0; shapes.value = 0; show(); } }, w("crop.whole")),
        h("span", { class: "fill" }),
        h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, w("cancel")), h("button", { type: "submit", class: "main", id: "crop-save" }, w("crop.save")))));

  // ── the picture ────────────────────────────────────────────────────
  function draw() {
    const sideways = rotate % 180 !== 0;
    [wide, high] = sideways ? [photo.naturalHeight, photo.naturalWidth] : [photo.naturalWidth, photo.naturalHeight];
    const room = stage.parentElement.clientWidth, most = innerWidth > 720 ? [Math.max(220, room - 260), innerHeight * 0.62] : [room, innerHeight * 0.46];
    scale = Math.min(most[0] / wide, most[1] / high, 4);
    canvas.width = Math.round(wide * scale);
    canvas.height = Math.round(high * scale);
    const pen = canvas.getContext("2d");
    pen.translate(canvas.width / 2, canvas.height / 2);
    if (flip) pen.scale(-1, 1);
    pen.rotate((rotate * Math.PI) / 180);
    const [a, b] = sideways ? [canvas.height, canvas.width] : [canvas.width, canvas.height];
    pen.drawImage(photo, -a / 2, -b / 2, a, b);
    cut ||= [0, 0, wide, high];
    show();
  }

  function turned(by) {
    const [l, t, r, b] = cut, quarter = ((by % 360) + 360) % 360;
    rotate = (rotate + (flip ? 360 - quarter : quarter)) % 360;
    cut = quarter === 90 ? [high - b, l, high - t, r] : [t, wide - r, b, wide - l];
    ratio = 0;
    shapes.value = 0;
    draw();
  }

  function mirrored() {
    flip = !flip;
    cut = [wide - cut[2], cut[1], wide - cut[0], cut[3]];
    draw();
  }

  // ── the rectangle ──────────────────────────────────────────────────
  function show() {
    const [l, t, r, b] = cut.map(value => value * scale);
    for (const node of [veil, hole]) Object.assign(node.style, { left: `${l}px`, top: `${t}px`, width: `${r - l}px`, height: `${b - t}px` });
    look();
  }

  // What training sees of the rectangle, drawn as soon as its bucket is known.
  async function look() {
    const mine = ++turn, [l, t, r, b] = cut.map(Math.round);
    const bucket = await frame(r - l, b - t);
    if (mine !== turn || !bucket) return;
    const [x, y, x2, y2] = bucket.box, [width, height] = [r - l, b - t];
    const shown = 200 / Math.max(bucket.width, bucket.height);
    preview.width = Math.round(bucket.width * shown);
    preview.height = Math.round(bucket.height * shown);
    preview.getContext("2d").drawImage(canvas, (l + x * width) * scale, (t + y * height) * scale, (x2 - x) * width * scale, (y2 - y) * height * scale, 0, 0, preview.width, preview.height);
    preview.dataset.bucket = `${bucket.width} × ${bucket.height}`;
    facts.textContent = `${w("crop.size", { size: `${width} × ${height}` })} · ${w("wall.bucket", { size: preview.dataset.bucket })}`;
  }

  const clamp = (value, low, top) => Math.min(Math.max(value, low), top);

  // The rectangle in the wished shape, around its middle and inside the picture.
  function shape() {
    if (!ratio) { show(); return; }
    const [l, t, r, b] = cut, x = (l + r) / 2, y = (t + b) / 2;
    let width = r - l, height = width / ratio;
    if (height > b - t) { height = b - t; width = height * ratio; }
    if (width > wide) { width = wide; height = width / ratio; }
    const left = clamp(x - width / 2, 0, wide - width), top = clamp(y - height / 2, 0, high - height);
    cut = [left, top, left + width, top + height];
    show();
  }

  function moved(dx, dy) {
    const [l, t, r, b] = cut, x = clamp(dx, -l, wide - r), y = clamp(dy, -t, high - b);
    cut = [l + x, t + y, r + x, b + y];
    show();
  }

  // Drag one side or corner of `from` by (dx, dy); with a fixed shape the other side follows.
  function pulled(at, from, dx, dy) {
    let [l, t, r, b] = from;
    if (at.includes("w")) l = clamp(l + dx, 0, r - LEAST);
    if (at.includes("e")) r = clamp(r + dx, l + LEAST, wide);
    if (at.includes("n")) t = clamp(t + dy, 0, b - LEAST);
    if (at.includes("s")) b = clamp(b + dy, t + LEAST, high);
    if (ratio) {
      let width = at === "n" || at === "s" ? (b - t) * ratio : r - l;
      const roomX = at.includes("w") ? r : wide - l, roomY = at.includes("n") ? b : high - t;
      width = Math.min(width, roomX, roomY * ratio);
      if (at.includes("w")) l = r - width; else r = l + width;
      if (at.includes("n")) t = b - width / ratio; else b = t + width / ratio;
    }
    cut = [l, t, r, b];
    show();
  }

  stage.addEventListener("pointerdown", event => {
    event.preventDefault();
    const at = event.target.dataset.at, inside = event.target === veil;
    const place = canvas.getBoundingClientRect(), start = [event.clientX, event.clientY];
    let from = [...cut];
    if (!at && !inside) { const x = clamp((event.clientX - place.left) / scale, 0, wide - LEAST), y = clamp((event.clientY - place.top) / scale, 0, high - LEAST); from = [x, y, x + LEAST, y + LEAST]; }
    stage.setPointerCapture(event.pointerId);
    const move = now => {
      const dx = (now.clientX - start[0]) / scale, dy = (now.clientY - start[1]) / scale;
      if (inside) { cut = [...from]; moved(dx, dy); } else pulled(at || `${dy < 0 ? "n" : "s"}${dx < 0 ? "w" : "e"}`, from, dx, dy);
    };
    const end = () => { stage.removeEventListener("pointermove", move); veil.focus(); };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", end, { once: true });
    stage.addEventListener("pointercancel", end, { once: true });
  });

  veil.addEventListener("keydown", event => {
    const by = event.shiftKey ? 10 : 1, [dx, dy] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key] || [0, 0];
    if (!dx && !dy) { if (event.key === "Enter") { event.preventDefault(); done(); } return; }
    event.preventDefault();
    event.altKey ? pulled("se", cut, dx, dy) : moved(dx, dy);
  });

  async function done() {
    const box = cut.map(Math.round), whole = box[0] <= 0 && box[1] <= 0 && box[2] >= wide && box[3] >= high;
    if (await save({ rotate, flip, crop: whole ? null : box })) dialog.close();
  }

  photo.onload = () => { if (row.edit.crop) cut = [...row.edit.crop]; draw(); veil.focus(); };
  photo.onerror = () => { dialog.close(); studio.toast(w("crop.lost"), { kind: "wrong" }); };
  document.body.append(dialog);
  dialog.showModal();
  photo.src = studio.file(row.original || row.file);
};
