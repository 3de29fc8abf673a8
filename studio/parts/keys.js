"use strict";
// The keyboard: what works everywhere, and the list of it under `?`.
(() => {
  const { h, w } = studio;
  const KEYS = [["Ctrl Enter", "keys.go"], ["← →", "keys.move"], ["Enter", "keys.next"], ["Shift", "keys.range"], ["Delete", "keys.delete"], ["/", "keys.search"], ["1 … 8", "keys.tabs"], ["?", "keys.help"]];

  const CAPTIONS = [["Alt ← →", "keys.captions.step"], ["Alt 1 … 9", "keys.captions.word"], ["Ctrl D", "keys.captions.copy"], ["Alt M", "keys.captions.bare"], ["Alt L", "keys.captions.long"], ["Alt R", "keys.captions.review"], ["Alt A", "keys.captions.all"], ["Esc", "keys.captions.leave"], ["Space", "keys.captions.choose"]];

  const BOARD = [["Enter", "keys.board.turn"], ["Alt ← →", "keys.board.move"], ["D", "keys.board.copy"], ["L", "keys.board.lock"], ["Ctrl Z", "keys.board.undo"]];
  const OWN = { captions: CAPTIONS, storyboard: BOARD };

  studio.keys = () => {
    if (document.querySelector("dialog[open]")) return;
    const box = h("dialog", { class: "ask keys", onclose: () => box.remove() },
      h("h3", {}, w("keys.title")),
      h("dl", {}, [...KEYS, ...(OWN[studio.place.tab] || [])].map(([key, say]) => [h("dt", {}, key.split(" ").map(part => h("kbd", {}, part))), h("dd", {}, w(say))])),
      h("form", { method: "dialog", class: "row end" }, h("button", { class: "plain" }, w("close"))));
    document.body.append(box);
    box.showModal();
  };

  const typing = node => node.closest?.("input, textarea, select, [contenteditable]") && !["range", "checkbox"].includes(node.type);
  const first = query => [...document.querySelectorAll(query)].find(studio.visible);

  document.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = first("#generate-go, #train-go, #caption-go, #board-go, #eval-go");
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "?") studio.keys();
    else if (event.key === "/") {
      const search = first("[data-search]");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (/^[1-9]$/.test(event.key)) {
      const tab = document.querySelectorAll("#tabs .tab-container:not([aria-hidden=true]) [role=tab]")[Number(event.key) - 1];
      if (tab) tab.click();
    }
  });
})();
