"use strict";
// One scene of a board: its heading, what is there, what is said, and its shots.
studio.boardScene = (scene, desk) => {
  const { h, w } = studio;
  const text = (name, extra = {}) => desk.saving.field(h("textarea", { rows: 1, name, placeholder: w(`board.${name}`), "aria-label": w(`board.${name}`), ...extra }), "edit_scene", { scene: scene.id }, name);
  const number = h("b", { class: "number grip", role: "button", tabindex: 0, draggable: "true", title: w("board.grip") }); // a real button cannot be dragged in Firefox
  const heading = desk.saving.field(h("input", { type: "text", class: "heading", name: "heading", maxlength: 200, placeholder: w("board.heading"), "aria-label": w("board.heading") }), "edit_scene", { scene: scene.id }, "heading");
  const description = text("description"), dialogue = text("dialogue", { class: "dialogue" });
  const more = h("button", { class: "bare more", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu", onclick: menu }, "⋯");
  const shots = h("div", { class: "shots", data: { scene: scene.id } });
  const add = h("button", { class: "add-shot", onclick: () => desk.edit("add_shot", { scene: scene.id }, { back: id => [["delete_shot", { shot: id }]] }) }, "+ ", w("board.add_shot"));
  const node = h("section", { class: "scene", "aria-label": w("board.scene") },
    h("div", { class: "scene-words" }, h("div", { class: "row" }, number, heading, more), description, dialogue), h("div", { class: "scene-shots" }, shots, add));
  node.dress = dress;
  return node;

  function dress(now) {
    scene = node.scene = now;
    number.setAttribute("aria-label", w("board.grip_of", { n: now.number }));
    number.textContent = String(now.number);
    heading.show(now.heading);
    description.show(now.description);
    dialogue.show(now.dialogue);
    studio.list(shots, now.shots, shot => shot.id, shot => studio.boardShot(shot, desk), (card, shot) => card.dress(shot));
  }

  function gone(id) { return [["delete_scene", { scene: id }]]; }
  function menu() {
    const all = desk.found.scenes, at = all.findIndex(one => one.id === scene.id);
    const go = by => ({ say: w(by < 0 ? "board.up" : "board.down"), do: () => desk.edit("move_scene", { scene: scene.id, at: at + by }, { back: [["move_scene", { scene: scene.id, at }]] }) });
    studio.menu(more, [
      { say: w("board.add_below"), do: () => desk.edit("add_scene", { board: desk.found.id, at: at + 1 }, { back: gone }) },
      { say: w("board.duplicate"), do: () => desk.edit("copy_scene", { scene: scene.id }, { back: gone }) },
      at > 0 && go(-1), at < all.length - 1 && go(1),
      scene.shots.length > 0 && { say: w("board.again_scene"), do: () => desk.draw(scene.shots.filter(shot => !shot.kept).map(shot => shot.id), true) },
      null, { say: w("delete"), do: () => desk.remove("scene", scene, w("board.scene_deleted", { n: scene.number })) },
    ].filter(row => row !== false));
  }
};
