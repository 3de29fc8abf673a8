"use strict";
// Shots change their place, dragged by their picture, and scenes by their number; keys step both; arrows walk over the cards.
studio.boardMoves = (scenes, desk) => {
  const { h } = studio;
  const line = h("i", { class: "drop-line" });
  let dragged = null;
  const isScene = () => dragged?.matches(".scene");

  scenes.addEventListener("dragstart", event => {
    const held = event.target.closest?.(".frame, .grip");
    if (!held) return;
    dragged = held.closest(held.matches(".grip") ? ".scene" : ".shot");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.getAttribute("aria-label"));
    if (isScene()) event.dataTransfer.setDragImage(dragged, 12, 24);
    setTimeout(() => dragged?.classList.add("dragged"));
  });
  scenes.addEventListener("dragover", event => {
    const place = dragged && (isScene() ? between(event) : spot(event));
    if (!place) return;
    event.preventDefault();
    line.classList.toggle("across", isScene());
    place.row.insertBefore(line, place.before);
  });
  scenes.addEventListener("drop", event => {
    const place = dragged && (isScene() ? between(event) : spot(event));
    if (!place) return;
    event.preventDefault();
    isScene() ? dropScene(place.before) : drop(place);
  });
  scenes.addEventListener("dragend", () => { line.remove(); dragged?.classList.remove("dragged"); dragged = null; });
  scenes.addEventListener("keydown", event => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const scene = event.altKey && by && event.target.closest(".grip")?.closest(".scene");
    if (!scene) return;
    event.preventDefault();
    moveScene(scene.scene, desk.found.scenes.findIndex(one => one.id === scene.scene.id) + by);
  });

  // Where a drop would put the scene: what it comes before, null behind all.
  function between(event) {
    const over = event.target.closest?.(".scene");
    if (!over) return null;
    const at = over.getBoundingClientRect();
    return { row: scenes, before: event.clientY > at.top + at.height / 2 ? next(over, ".scene") : over };
  }

  function dropScene(before) {
    const all = [...scenes.querySelectorAll(".scene")], from = all.indexOf(dragged), to = before ? all.indexOf(before) : all.length;
    moveScene(dragged.scene, to > from ? to - 1 : to);
  }

  async function moveScene(scene, at) {
    const from = desk.found.scenes.findIndex(one => one.id === scene.id);
    if (at === from || at < 0 || at >= desk.found.scenes.length) return;
    await desk.edit("move_scene", { scene: scene.id, at }, { back: [["move_scene", { scene: scene.id, at: from }]] });
    scenes.querySelectorAll(".grip")[at]?.focus();
  }

  // Where a drop would put the card: the row of shots, and the card that it comes before.
  function spot(event) {
    const row = event.target.closest?.(".scene")?.querySelector(".shots");
    if (!row) return null;
    const over = event.target.closest(".shot");
    if (!over) return { row, before: null };
    const at = over.getBoundingClientRect(), alone = at.width > row.clientWidth * 0.7;
    const after = alone ? event.clientY > at.top + at.height / 2 : event.clientX > at.left + at.width / 2;
    return { row, before: after ? next(over, ".shot") : over };
  }
  const next = (node, kind) => { do node = node.nextElementSibling; while (node && !node.matches(kind)); return node; };

  function drop({ row, before }) {
    const others = [...row.querySelectorAll(".shot")].filter(card => card !== dragged);
    if (before === dragged) before = next(dragged, ".shot");
    const at = before ? others.indexOf(before) : others.length;
    desk.move(dragged.shot.id, Number(row.dataset.scene), at);
  }
};

// One place on or back, into the scene beside where the row ends.
studio.boardStep = async (card, desk, by) => {
  const scenes = desk.found.scenes, id = card.shot.id;
  const row = scenes.findIndex(scene => scene.shots.some(shot => shot.id === id));
  const at = scenes[row].shots.findIndex(shot => shot.id === id) + by;
  const inside = at >= 0 && at < scenes[row].shots.length;
  const target = inside ? scenes[row] : scenes[row + by];
  if (!target) return;
  await desk.move(id, target.id, inside ? at : by < 0 ? target.shots.length : 0);
  document.querySelector(`.shot[data-shot="${id}"]`)?.focus();
};

studio.boardWalk = (card, by) => {
  const cards = [...document.querySelectorAll(".part-board .shot")];
  cards[cards.indexOf(card) + by]?.focus();
};
