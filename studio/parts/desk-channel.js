"use strict";
// One strip of the desk: picture, name, checkpoint, trigger word, slider, mute, solo, and a weight of its own for the words.
//   of(id), put(id, change): what the desk holds of it; menu(button, row): what is kept with the LoRA; share(row): asks in which steps
//   it counts.
studio.channel = (row, { of, put, menu, share }) => {
  const { h, w } = studio;
  const bounded = value => Math.max(-4, Math.min(4, Number(value) || 0));
  const named = h("b"), steps = h("select", { class: "steps", hidden: true, "aria-label": w("desk.step"), title: w("desk.step"), onchange: () => put(row.id, { pick: Number(steps.value) }) });
  const word = h("button", { class: "chip word", hidden: true, title: w("desk.word"), onclick: () => studio.insert(word.textContent) });
  const part = h("button", { class: "link small share", hidden: true, title: w("desk.share"), onclick: () => share(row) });
  const why = h("p", { class: "attention small why", hidden: true });
  const main = fader("weight", w("desk.weight", { name: row.name }), value => put(row.id, { weight: value, mute: false }), () => row.weight);
  const apart = fader("text", w("desk.text_weight", { name: row.name }), value => put(row.id, { text: value }), () => of(row.id).weight);
  const mute = tiny("mute", w("desk.m"), w("desk.mute"), () => put(row.id, { mute: !of(row.id).mute }));
  const solo = tiny("solo", w("desk.s"), w("desk.solo"), () => put(row.id, { solo: !of(row.id).solo }));
  const text = tiny("text", w("desk.t"), w("desk.text"), () => put(row.id, { text: of(row.id).text === null ? of(row.id).weight : null }));
  const more = h("button", { class: "bare more", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu", onclick: () => menu(more, row) }, "⋯");
  const apartRow = h("div", { class: "mix apart", hidden: true }, h("span", { class: "dim small" }, w("desk.words")), apart.slider, apart.number);
  const node = h("div", { class: "channel" }, h("i", { class: "face" }), h("div", { class: "who" }, named, steps, word, h("span", { class: "fill" }), more),
    h("div", { class: "mix" }, main.slider, main.number, mute, solo, text), apartRow, part, why);
  node.dress = dress;
  return node;

  function tiny(name, say, title, onclick) {
    return h("button", { class: `tiny ${name}`, title, "aria-label": title, onclick }, say);
  }

  function fader(name, label, put, usual) {
    const slider = h("input", { type: "range", step: 0.05, class: name, "aria-label": label, oninput: () => put(Number(slider.value)), ondblclick: () => put(usual()) });
    const number = h("input", { type: "number", step: 0.05, min: -4, max: 4, class: name, "aria-label": label, onchange: () => put(bounded(number.value)) });
    return { slider, number };
  }

  function stand({ slider, number }, value, fresh) {
    slider.min = Math.min(fresh.weight_min, value);
    slider.max = Math.max(fresh.weight_max, value);
    if (document.activeElement !== slider) slider.value = value;
    if (document.activeElement !== number) number.value = value;
  }

  function dress(fresh, { now, heard, tag, fits, base }) {
    row = fresh;
    node.classList.toggle("off", !heard);
    node.classList.toggle("strange", !fits);
    node.querySelector(".face").style.backgroundImage = row.preview ? `url(${studio.thumb(row.preview)})` : "";
    named.textContent = row.name;
    named.title = `${row.name} · ${row.base}`;
    checkpoints(now.pick);
    word.hidden = !row.trigger;
    word.textContent = row.trigger;
    stand(main, tag ?? now.weight, row);
    stand(apart, now.text ?? now.weight, row);
    part.hidden = !now.share?.end;
    part.textContent = part.hidden ? "" : w("desk.share_says", percent(now.share));
    apartRow.hidden = now.text === null || tag !== undefined;
    for (const [button, on] of [[mute, now.mute], [solo, now.solo], [text, now.text !== null]]) {
      button.setAttribute("aria-pressed", String(on));
      button.disabled = !fits || tag !== undefined;
    }
    for (const input of node.querySelectorAll("input")) input.disabled = !fits;
    why.hidden = fits && tag === undefined;
    why.className = fits ? "dim small why" : "attention small why";
    why.textContent = fits ? w("desk.by_prompt") : w("desk.strange", { family: w(`family.${row.family}`), base });
  }

  function percent({ start, end }) {
    return { start: Math.round(start * 100), end: Math.round(end * 100) };
  }

  function checkpoints(pick) {
    steps.hidden = !row.checkpoints.length;
    const options = [{ id: row.id, say: w("desk.finished", { n: row.step }) }, ...row.checkpoints.map(one => ({ id: one.id, say: w("run.step", { n: one.step }) }))];
    const mark = options.map(one => one.say).join();
    if (steps.dataset.mark !== mark) { steps.dataset.mark = mark; steps.replaceChildren(...options.map(one => h("option", { value: one.id }, one.say))); }
    steps.value = String(pick);
  }
};

// The prompt of Generate: what stands in it, and putting something there as if it were typed.
studio.prompt = {
  get field() { return document.querySelector("#generate-prompt textarea"); },
  get value() { return this.field?.value ?? ""; },
  set value(text) {
    if (!this.field) return;
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  },
};

// A word goes to the front of the prompt, once.
studio.insert = word => {
  const { prompt } = studio;
  const rest = prompt.value.trim();
  if (!rest.includes(word)) prompt.value = rest ? `${word}, ${rest}` : word;
  prompt.field?.focus();
};
