"use strict";
// Recipe cards: a drawing, a name and a sentence each; the chosen one fills the form. The value is its name.
// One's own come after the shipped ones: saved from the form, renamed, deleted, taken out, brought in; and a LoRA lends its settings.
studio.part("recipes", (box, { props, trigger, watch }) => {
  const { h, w } = studio;
  const DRAWN = {
    style: ["M8 8h22v28H8z", "M34 8h22v28H34z", "M60 8h22v28H60z", "M12 30c4-8 8-8 14-14", "M38 30l6-10 5 6 4-10", "M64 30c2-10 6-4 8-10s5-2 6-6", "M8 44h74"],
    character: ["M45 9a8 8 0 1 0 .1 0", "M31 46c0-14 6-20 14-20s14 6 14 20", "M17 46c0-9 3-14 8-15", "M73 46c0-9-3-14-8-15", "M8 46h74"],
    face: ["M45 8c-11 0-17 8-17 19s7 19 17 19 17-8 17-19S56 8 45 8z", "M38 25h3M49 25h3", "M40 36c3 3 7 3 10 0", "M29 22c6-2 9-6 10-10 4 6 12 9 22 9"],
    identity: ["M24 8h-8v8M66 8h8v8M24 44h-8v-8M66 44h8v-8", "M45 13c-8 0-12 6-12 13s5 13 12 13 12-6 12-13-4-13-12-13z", "M40 25h2M48 25h2", "M41 32c2 2 6 2 8 0"],
    storyboard: ["M8 12h22v16H8zM34 12h22v16H34zM60 12h22v16H60z", "M13 28c0-9 3-12 6-12s6 3 6 12", "M45 16a3 3 0 1 0 .1 0M40 28c0-4 2-6 5-6s5 2 5 6", "M71 17a1.5 1.5 0 1 0 .1 0M71 20v4l-1.5 4M71 24l1.5 4", "M8 36h22M34 36h22M60 36h22M8 42h14M34 42h14M60 42h14"],
    own: ["M20 8h50v36H20z", "M30 18h30M30 26h30M30 34h16"],
    other: ["M14 12h62v30H14z", "M14 34l16-12 12 8 16-14 18 16"],
  };
  const row = h("div", { class: "cards", role: "radiogroup", "aria-label": w("train.recipes") });
  const advice = h("p", { class: "advice dim" });
  const pick = h("input", { type: "file", hidden: true, id: "recipe-file", accept: ".toml,.safetensors", onchange: () => { const [file] = pick.files; pick.value = ""; if (file) take(file); } });
  const said = h("div", { class: "borrowed", role: "status" });
  const does = (id, fn) => h("button", { class: "link", id: `recipe-${id}`, onclick: fn }, w(`recipe.${id}`));
  const lend = h("button", { class: "link", id: "recipe-lend", "aria-haspopup": "menu", onclick: () => offer() }, `${w("recipe.lend")} ▾`);
  box.append(h("h3", {}, w("train.recipes")), row, advice, h("div", { class: "row wrap recipe-tools" }, does("save", save), does("import", () => pick.click()), lend), pick, said);
  let known = [], chosen = props.value;

  const choose = name => {
    chosen = props.value = name;
    trigger("submit");
    said.replaceChildren();
    show();
  };
  // The form stays as it is, but is no recipe's any more.
  const leave = () => {
    chosen = "";
    studio.tell("keep", { id: "train-recipe", value: "" });
    show();
  };

  function show() {
    studio.list(row, known, card => `${card.own}${card.name}`, make, (node, card) => {
      const face = node.querySelector(".card");
      face.setAttribute("aria-checked", String(card.name === chosen));
      face.querySelector(".dim").textContent = card.about || w("recipe.own");
      face.querySelector(".dim").classList.toggle("wrong", Boolean(card.broken));
    });
    advice.textContent = known.find(card => card.name === chosen)?.advice || "";
  }

  function make(card) {
    const more = h("button", { class: "bare more", "aria-label": `${w("more")}: ${card.title}`, title: w("more"), "aria-haspopup": "menu", onclick: () => menu(more, card) }, "⋯");
    return h("div", { class: "card-place" }, h("button", { class: "card", role: "radio", onclick: () => !card.broken && choose(card.name) },
      h("svg", { viewBox: "0 0 90 52", "aria-hidden": "true" }, (DRAWN[card.own ? "own" : card.name] || DRAWN.other).map(d => h("path", { d }))), h("b", {}, card.title), h("span", { class: "dim" })), more);
  }

  function menu(button, card) {
    const out = { say: w("recipe.export"), do: async () => { const text = await studio.act("recipe_text", { name: card.name }); if (text !== undefined) studio.save(`${card.name}.toml`, text); } };
    const mine = [{ say: w("rename"), do: () => rename(card) }, null, { say: w("delete"), do: () => remove(card) }];
    studio.menu(button, [...(card.broken ? [] : [out]), ...(card.own ? mine : [])]);
  }

  row.addEventListener("keydown", event => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !event.target.matches(".card")) return;
    const at = known.findIndex(card => card.name === chosen) + by;
    if (known[at] && !known[at].broken) { choose(known[at].name); row.children[at].querySelector(".card").focus(); }
  });

  async function load() {
    known = (await studio.act("list_recipes")) || known;
    show();
  }

  // ── one's own ────────────────────────────────────────────────────────
  // What a name would do: a shipped recipe stays, one's own is replaced.
  function check({ name }) {
    const same = known.find(card => card.name.toLowerCase() === name.toLowerCase());
    if (!same) return { bar: !name };
    return same.own ? { say: w("recipe.replaces", { name: same.name }), does: w("recipe.replace") } : { say: w("recipe.shipped", { name: same.name }), bar: true };
  }

  let saving = "";
  async function save() {
    const rows = [{ name: "name", label: w("recipe.name"), needed: true }, { name: "about", label: w("recipe.about"), most: 200 }];
    const found = await studio.lines(w("recipe.save"), rows, { does: w("save"), hint: w("recipe.save_hint"), check });
    if (!found) return;
    saving = found.name;
    studio.tell("keep", { id: "recipe-keep", value: { ...found, over: known.some(card => card.own && card.name === found.name), asked: Date.now() } });
  }
  studio.on("recipe kept", async () => {
    await load();
    studio.toast(w("recipe.kept", { name: saving }), { kind: "good" });
    choose(saving);
  });

  async function rename(card) {
    const found = await studio.lines(w("recipe.rename"), [{ name: "name", label: w("recipe.name"), value: card.name, needed: true }], { does: w("rename"), check: ({ name }) => {
      const same = known.find(other => other !== card && other.name.toLowerCase() === name.toLowerCase());
      return same ? { say: w("recipe.taken", { name: same.name }), bar: true } : { bar: !name };
    } });
    if (!found || (await studio.act("rename_recipe", { name: card.name, new: found.name })) === undefined) return;
    await load();
    if (chosen === card.name) choose(found.name);
  }

  async function remove(card) {
    if ((await studio.act("delete_recipe", { name: card.name })) === undefined) return;
    if (chosen === card.name) leave();
    await load();
    studio.toast(w("recipe.deleted", { name: card.name }), { undo: async () => { await studio.act("restore_recipe", { name: card.name }); load(); } });
  }

  async function bring(file) {
    const text = await file.text();
    let name = file.name.replace(/\.toml$/i, "");
    if (!("say" in check({ name }))) return brought(text, { name });
    const found = await studio.lines(w("recipe.import"), [{ name: "name", label: w("recipe.name"), value: name, needed: true }], { does: w("save"), check });
    if (found) brought(text, found);
  }

  async function brought(text, { name }) {
    const called = await studio.act("import_recipe", { text, name, over: known.some(card => card.own && card.name === name) });
    if (called === undefined) return;
    await load();
    studio.toast(w("recipe.kept", { name: called }), { kind: "good" });
    choose(called);
  }

  // ── somebody else's settings ─────────────────────────────────────────
  async function offer() {
    const loras = (await studio.act("list_loras", { project: studio.place.project })) || [];
    studio.menu(lend, [{ say: w("recipe.lend_file"), do: () => pick.click() }, ...(loras.length ? [null] : []),
      ...loras.slice(0, 12).map(lora => ({ say: lora.name, do: async () => borrow(lora.name, await studio.act("borrow_lora", { lora: lora.id })) }))]);
  }

  async function read(file) {
    let head = null;
    try {
      const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
      if (length < 1e8 && length <= file.size - 8) head = JSON.parse(await file.slice(8, 8 + length).text());
    } catch { /* said below */ }
    if (!head) { studio.toast(w("recipe.no_lora", { name: file.name }), { kind: "wrong" }); return; }
    const { __metadata__: metadata = {}, ...tensors } = head;
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, entry]) => [name, entry.shape]));
    borrow(file.name, await studio.act("borrow_settings", { metadata, shapes }));
  }

  function borrow(name, found) {
    if (!found) return;
    leave();
    studio.tell("keep", { id: "recipe-borrow", value: { values: found.values, asked: Date.now() } });
    const taken = h("details", { open: found.taken.length < 7 }, h("summary", { class: "good" }, `✓ ${w("recipe.taken_from", { n: found.taken.length, name })}`),
      h("dl", { class: "taken" }, found.taken.flatMap(row => [h("dt", {}, row.label), h("dd", {}, row.value)])));
    const lost = found.lost.length ? h("details", { open: found.lost.length < 7 }, h("summary", { class: "attention" }, `! ${w("recipe.lost", { n: found.lost.length })}`),
      h("ul", {}, found.lost.map(row => h("li", {}, h("b", {}, `${row.label} `), row.value && h("code", {}, row.value), h("span", { class: "dim" }, ` ${row.why}`))))) : null;
    said.replaceChildren(...[h("button", { class: "bare", "aria-label": w("close"), onclick: () => said.replaceChildren() }, "×"), taken, lost].filter(Boolean));
    said.scrollIntoView({ block: "nearest" });
  }

  const take = file => (/\.toml$/i.test(file.name) ? bring(file) : read(file));
  addEventListener("dragover", event => { if (studio.visible(box)) event.preventDefault(); });
  addEventListener("drop", event => {
    const file = studio.visible(box) && event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    if (/\.(toml|safetensors)$/i.test(file.name)) take(file);
    else studio.toast(w("recipe.neither", { name: file.name }), { kind: "attention" });
  });

  // From elsewhere: a recipe, and the data set to learn from.
  studio.on("teach", async asked => {
    await load();
    choose(asked.recipe);
    studio.tell("pick", { id: "train-dataset", value: asked.dataset });
  });

  watch("value", () => { if (props.value) { chosen = props.value; show(); } });
  load();
});

// The runs there were, below the button.
studio.part("earlier", box => {
  const { h, w } = studio;
  const runs = box.appendChild(h("div", { class: "earlier" }));
  studio.on("runs", known => runs.replaceChildren(...(known.length ? [h("h4", {}, w("run.runs")), ...known.slice(0, 5).map(row =>
    h("button", { class: "row", onclick: () => studio.tell("show run", row.id) },
      h("i", { class: `dot ${row.state}` }), h("span", {}, row.name), h("span", { class: "dim small" }, w(`state.${row.state}`))))] : [])));
});
