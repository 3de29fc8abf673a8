"use strict";
// What is done to several pictures at once: a bar that comes up once more than one is picked.
studio.wallPicked = wall => {
  const { h, w } = studio;
  const SPLITS = ["train", "held-out", "reference", "regularisation"];
  const ids = () => [...wall.picked];
  const count = h("b", { class: "facts" });
  const every = h("button", { class: "link", onclick: () => wall.all() });
  const part = h("button", { class: "plain", onclick: () => studio.menu(part, SPLITS.map(split => ({ say: w(`split.${split}`), do: () => wall.step("set_split", { pictures: ids(), split }) }))) }, `${w("wall.part")} ▾`);
  const repeats = h("button", { class: "plain", onclick: () => studio.menu(repeats, [1, 2, 3, 5, 10, 20].map(n => ({ say: `${n} ×`, do: () => wall.step("set_repeats", { pictures: ids(), repeats: n }) }))) }, `${w("wall.repeats")} ▾`);
  const out = h("button", { class: "plain", onclick: () => wall.step("keep_out", { pictures: ids(), out: out.dataset.out === "1" }) });
  const person = h("button", { class: "plain", onclick: named }, w("wall.person"));
  const mend = h("button", { class: "plain", onclick: mending }, `${w("wall.mend")} ▾`);
  const describe = h("button", { class: "plain", onclick: () => { studio.picked = ids(); studio.tell("picked", ids()); studio.go("captions"); } }, w("wall.describe"));
  const gone = h("button", { class: "plain", onclick: () => wall.remove() }, w("delete"));
  const box = h("div", { class: "picked", role: "toolbar", hidden: true, "aria-label": w("wall.selection") },
    count, every, h("span", { class: "fill" }), part, repeats, out, person, mend, describe, gone,
    h("button", { class: "bare", "aria-label": w("wall.unpick"), title: w("wall.unpick"), onclick: () => { wall.picked.clear(); if (wall.chosen) wall.picked.add(wall.chosen); wall.choose(wall.chosen); } }, "×"));

  function show() {
    const n = wall.picked.size;
    box.hidden = n < 2;
    count.textContent = w("wall.selected", { n });
    every.hidden = n >= wall.ids.length;
    every.textContent = w("wall.select_all", { n: wall.ids.length });
    const inside = ids().some(id => wall.tiles.has(id) && !wall.tiles.get(id).out);
    out.dataset.out = inside ? "1" : "";
    out.textContent = w(inside ? "wall.out" : "wall.in");
  }

  function mending() {
    studio.menu(mend, [
      { say: w("wall.crop_faces"), do: () => wall.step("crop_faces", { pictures: ids() }) },
      { say: w("wall.turn_right"), do: () => wall.step("turn_pictures", { pictures: ids(), by: 90 }) },
      { say: w("wall.turn_left"), do: () => wall.step("turn_pictures", { pictures: ids(), by: 270 }) },
      { say: w("wall.flip"), do: () => wall.step("flip_pictures", { pictures: ids() }) },
      null,
      { say: w("wall.original"), do: () => wall.step("original_pictures", { pictures: ids() }) },
    ]);
  }

  async function named() {
    const name = await studio.line(w("wall.person_title", { n: wall.picked.size }), wall.detail?.person || "", { hint: w("wall.person_hint") });
    if (name !== null) wall.step("name_person", { pictures: ids(), person: name });
  }

  return { box, show };
};
