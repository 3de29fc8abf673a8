"use strict";
// Saying something: toasts with undo, a question of one line, a small menu, and what an empty place says.
Object.assign(studio, (() => {
  const { h, w } = studio;
  let toasts = null;
  function toast(text, { kind = "", undo = null, long = false, does = w("undo"), do: act = undo } = {}) {
    toasts ||= h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    const home = document.querySelector("dialog[open]") || document.body; // what lies outside an open dialog cannot be clicked
    if (toasts.parentNode !== home) home.append(toasts);
    if (home !== document.body) home.addEventListener("close", () => document.body.append(toasts), { once: true });
    const sign = { wrong: "✕", good: "✓", attention: "!" }[kind];
    const note = h("div", { class: `toast ${kind}` },
      sign && h("b", { class: "sign" }, sign), h("span", {}, text),
      act && h("button", { class: "link", onclick: () => { note.remove(); act(); } }, does),
      h("button", { class: "bare", "aria-label": w("close"), onclick: () => note.remove() }, "×"));
    toasts.append(note);
    setTimeout(() => note.remove(), long || act ? 12000 : 6000);
  }

  // Ask for one line of text; answers null if the person thinks better of it.
  function line(title, value = "", { does = w("ok"), hint = "" } = {}) {
    return new Promise(answer => {
      const field = h("input", { type: "text", value, maxlength: 80, "aria-label": title });
      const box = h("dialog", { class: "ask" },
        h("form", { method: "dialog", onsubmit: () => { box.returnValue = "yes"; } },
          h("h3", {}, title), hint && h("p", { class: "dim" }, hint), field,
          h("div", { class: "row end" },
            h("button", { type: "button", class: "plain", onclick: () => box.close("") }, w("cancel")),
            h("button", { type: "submit", class: "main" }, does))));
      box.addEventListener("close", () => {
        box.remove();
        answer(box.returnValue === "yes" && field.value.trim() ? field.value.trim() : null);
      });
      document.body.append(box);
      box.showModal();
      field.select();
    });
  }

  // Ask for several lines: `rows` are {name, label, value, needed}; answers them by name, or null.
  //   check(values) → {say, does, bar}: a word about what is typed, what the button then says, whether it is barred.
  function lines(title, rows, { does = w("ok"), hint = "", check = () => ({}) } = {}) {
    return new Promise(answer => {
      const fields = rows.map(row => h("input", { type: "text", value: row.value || "", maxlength: row.most || 80, required: row.needed, name: row.name, oninput: look }));
      const said = h("p", { class: "attention small", role: "status" }), go = h("button", { type: "submit", class: "main" }, does);
      const box = h("dialog", { class: "ask" },
        h("form", { method: "dialog", onsubmit: () => { box.returnValue = "yes"; } },
          h("h3", {}, title), hint && h("p", { class: "dim" }, hint),
          rows.map((row, at) => h("label", { class: "pick" }, h("span", { class: "label" }, row.label), fields[at])), said,
          h("div", { class: "row end" }, h("button", { type: "button", class: "plain", onclick: () => box.close("") }, w("cancel")), go)));
      const values = () => Object.fromEntries(fields.map(field => [field.name, field.value.trim()]));
      function look() {
        const found = check(values());
        said.textContent = found.say || "";
        go.textContent = found.does || does;
        go.disabled = Boolean(found.bar);
      }
      box.addEventListener("close", () => {
        box.remove();
        answer(box.returnValue === "yes" ? values() : null);
      });
      document.body.append(box);
      box.showModal();
      look();
      fields[0].select();
    });
  }

  // Give a text to the person as a file.
  function save(name, text) {
    const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // A small menu under a button; `rows` are {say, do, mark} or null for a hairline.
  function menu(button, rows) {
    document.querySelector(".menu")?.remove();
    const box = h("div", { class: "menu", role: "menu" }, rows.map(row => row === null ? h("hr") :
      h("button", { role: "menuitem", class: row.mark ? "marked" : "", onclick: () => { shut(); row.do(); } }, row.say)));
    const shut = () => { box.remove(); document.removeEventListener("pointerdown", outside); document.removeEventListener("keydown", key); };
    const outside = event => { if (!box.contains(event.target)) shut(); };
    const key = event => { if (event.key === "Escape") { shut(); button.focus(); } };
    const at = button.getBoundingClientRect();
    document.body.append(box);
    box.style.top = `${at.bottom + 6 + scrollY}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    setTimeout(() => document.addEventListener("pointerdown", outside));
    document.addEventListener("keydown", key);
    box.querySelector("button")?.focus();
  }

  // What an empty place says: a drawing, a sentence, what to do.
  function empty(drawing, title, text, ...doing) {
    return h("div", { class: "empty" }, drawing, h("h3", {}, title), h("p", { class: "dim" }, text),
      doing.length ? h("div", { class: "row center" }, doing) : null);
  }

  return { toast, line, lines, save, menu, empty };
})());
