"use strict";
// Frequent words one key away: what the other captions say and this one does not yet.
studio.penWords = (pen, text, typed) => {
  const { h, w } = studio;
  const node = h("div", { class: "chips frequent" });
  let words = [], of = "";

  // What the captions of the data set have in common.
  async function learn() {
    if (of === pen.data.mark) return;
    const data = pen.data, trigger = data.trigger.toLowerCase();
    const found = (await studio.call("word_statistics", { dataset: data.id })).frequent;
    if (pen.data?.id !== data.id) return;
    of = data.mark;
    words = found.filter(word => word.word.toLowerCase() !== trigger);
    show();
  }

  const says = word => new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "iu").test(text.value);
  const nine = () => words.filter(word => !says(word.word)).slice(0, 9);

  function show() {
    node.replaceChildren(...nine().map((word, at) => h("button", { class: "chip", tabindex: -1, title: w("pen.insert", { n: word.captions, key: `Alt ${at + 1}` }), onclick: () => insert(word.word) }, h("kbd", {}, at + 1), word.word)));
  }

  // Put a word where the cursor is, with the blank or comma that it needs there.
  function insert(word) {
    const before = text.value.slice(0, text.selectionStart), after = text.value.slice(text.selectionEnd);
    const list = /,/.test(text.value) || !text.value;
    const glue = !before.trim() || /\s$/.test(before) ? "" : list && !after.trim() && !/[,.]\s*$/.test(before) ? ", " : " ";
    text.focus();
    text.setRangeText(`${glue}${word}${after && !/^[\s,.]/.test(after) ? " " : ""}`, text.selectionStart, text.selectionEnd, "end");
    typed();
    show();
  }

  return { node, learn, show, take: number => { const word = nine()[number - 1]; if (word) insert(word.word); } };
};
