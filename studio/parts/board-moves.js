"use strict";
// Shots change their place: dragged by their picture, or stepped by keys; arrows walk over the cards.
studio.boardMoves = (scenes, desk) => {
  const { h } = studio;
  const line = h("i", { class: "drop-line" });
  let dragged = null;

  scenes.addEventListener("dragstart", event => {
    const card = event.target.closest?.(".shot");
    if (!card || !event.target.closest(".frame")) return;
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.getAttribute("aria-label"));
    setTimeout(() => card.classList.add("dragged"));
  });
  scenes.addEventListener("dragover", event => {
    const place = dragged && spot(event);
    if (!place) return;
    event.preventDefault();
    place.shots.insertBefore(line, place.before);
  });
  scenes.addEventListener("drop", event => {
    const place = dragged && spot(event);
    if (!place) return;
    event.preventDefault();
    drop(place);
  });
  scenes.addEventListener("dragend", () => { line.remove(); dragged?.classList.remove("dragged"); dragged = null; });

  // Where a drop would put the card: the row of shots, and the card that it comes before.
  function spot(event) {
    const row = event.target.closest?.(".scene")?.querySelector(".shots");
    if (!row) return null;
    const over = event.target.closest(".shot");
    if (!over) return { shots: row, before: null };
    const at = over.getBoundingClientRect(), alone = at.width > row.clientWidth * 0.7;
    const after = alone ? event.clientY > at.top + at.height / 2 : event.clientX > at.left + at.width / 2;
    return { shots: row, before: after ? next(over) : over };
  }
  const next = card => { let node = card.nextElementSibling; while (node && !node.matches(".shot")) node = node.nextElementSibling; return node; };

  function drop({ shots, before }) {
    const others = [...shots.querySelectorAll(".shot")].filter(card => card !== dragged);
    if (before === dragged) before = next(dragged);
    const at = before ? others.indexOf(before) : others.length;
    desk.move(dragged.shot.id, Number(shots.dataset.scene), at);
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
