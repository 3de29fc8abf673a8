"use strict";
// A script comes in: pasted or from a file; the shots that would be made of it are shown and changed before they are taken.
studio.boardScript = found => new Promise(answer => {
  const { h, w, place } = studio;
  const text = h("textarea", { id: "script-text", rows: 10, placeholder: w("board.script_hint"), "aria-label": w("board.script"), oninput: () => later() });
  const name = h("input", { type: "text", id: "script-name", maxlength: 80, value: "", placeholder: w("board.untitled"), "aria-label": w("board.name") });
  const file = h("input", { type: "file", hidden: true, id: "script-file", accept: ".txt,.fountain,.csv,.md,.zip,text/plain", onchange: () => { if (file.files[0]) take(file.files[0]); file.value = ""; } });
  const said = h("p", { class: "small", role: "status" }), list = h("div", { class: "proposal" }), rules = h("div", { class: "rules" });
  const go = h("button", { class: "main", type: "button", id: "script-go", disabled: true, onclick: make }, w("board.take_none"));
  const where = h("select", { "aria-label": w("board.where") }, h("option", { value: "new" }, w("board.as_new")), found.id && h("option", { value: "add" }, w("board.as_more", { name: found.name })), found.scenes?.length > 0 && h("option", { value: "renew" }, w("board.as_renewed", { name: found.name })));
  const box = h("dialog", { class: "ask part script", "aria-label": w("board.script") },
    h("div", { class: "row" }, h("h3", { class: "fill" }, w("board.script_title")), h("button", { class: "bare", "aria-label": w("close"), onclick: () => box.close() }, "×")),
    h("div", { class: "script-split" }, h("div", { class: "script-in" }, text, h("div", { class: "row wrap" }, h("button", { class: "plain", type: "button", onclick: () => file.click() }, w("board.file")), h("button", { class: "link", type: "button", id: "script-example", onclick: () => { text.value = w("board.example"); read(); } }, w("board.try"))), file),
      h("div", { class: "script-out" }, said, list, rules)),
    h("div", { class: "row wrap end" }, h("span", { class: "fill" }), where, name, go));
  let proposed = null, source = "", timer = 0, asked = 0, chosen = {};
  const renews = () => where.value === "renew";
  where.addEventListener("change", () => { name.hidden = where.value !== "new"; list.hidden = rules.hidden = renews(); if (proposed) show(); count(); });
  where.hidden = !found.id;
  text.addEventListener("dragover", event => event.preventDefault());
  text.addEventListener("drop", event => { const [given] = event.dataTransfer.files; if (given) { event.preventDefault(); take(given); } });
  box.addEventListener("close", () => { clearTimeout(timer); box.remove(); answer(0); });
  document.body.append(box);
  box.showModal();
  text.focus();
  say(w("board.script_rules"));

  function say(words, kind = "dim") { said.className = `small ${kind}`; said.textContent = words; }
  function later() { clearTimeout(timer); timer = setTimeout(read, 400); }

  // A zip is a board that once went out.
  async function unpack(given) {
    try {
      say(w("board.reading"));
      const [path] = await studio.given.send([{ file: given, name: given.name }], () => {});
      const came = await studio.post("bring_board", [place.project, { path, orig_name: given.name, meta: { _type: "gradio.FileData" } }]);
      for (const note of came.notes) studio.toast(note, { kind: "attention" });
      answer(came.board);
      box.close();
    } catch (error) { say(`✕ ${error.message}`, "wrong"); }
  }

  async function take(given) {
    if (/\.zip$/i.test(given.name)) { unpack(given); return; }
    text.value = new TextDecoder().decode(await given.arrayBuffer());
    source = given.name;
    if (!name.value) name.value = given.name.replace(/\.[^.]+$/, "").slice(0, 80);
    read();
  }

  async function read() {
    clearTimeout(timer);
    const mine = ++asked;
    try {
      const now = await studio.call("read_script", { text: text.value, name: source, rules: chosen });
      if (mine !== asked) return;
      proposed = now;
      show();
      drawRules();
    } catch (error) {
      if (mine !== asked) return;
      proposed = null;
      list.replaceChildren();
      say(text.value.trim() ? `✕ ${error.message}` : w("board.script_rules"), text.value.trim() ? "wrong" : "dim");
    }
    count();
  }

  function count() {
    const shots = proposed ? proposed.scenes.reduce((sum, scene) => sum + scene.shots.length, 0) : 0;
    go.disabled = !shots;
    go.textContent = renews() ? w("board.renew") : shots ? w("board.take", { n: shots }) : w("board.take_none");
  }

  function show() {
    if (renews()) { say(w("board.renew_hint")); return; }
    say([w("board.scenes", { n: proposed.scenes.length }), proposed.people.length ? w("board.people", { names: proposed.people.join(", ") }) : "", w(`board.read_as.${proposed.kind}`)].filter(Boolean).join(" · "), "dim");
    list.replaceChildren(...proposed.scenes.map((scene, at) => h("section", {}, h("h4", {}, `${at + 1} · ${scene.heading || w("board.no_heading")}`), scene.shots.map(shot => row(scene, shot)))));
  }

  function row(scene, shot) {
    const framing = h("select", { "aria-label": w("board.framing"), onchange: () => { shot.framing = framing.value; } }, proposed.framings.map(one => h("option", { value: one.name }, one.say)));
    framing.value = shot.framing;
    const node = h("div", { class: "row" }, framing, h("span", { class: "fill" }, shot.action, shot.dialogue && h("span", { class: "dim said" }, shot.dialogue)), h("button", { class: "bare", "aria-label": w("board.leave_out"), title: w("board.leave_out"), onclick: () => { scene.shots = scene.shots.filter(one => one !== shot); node.remove(); count(); } }, "×"));
    return node;
  }

  // The rules that propose: what framing for what, how long, how many at most.
  function drawRules() {
    if (rules.firstChild) return;
    const inside = h("div", { class: "rule-rows" });
    for (const [name, table] of Object.entries(proposed.rules)) for (const [key, value] of Object.entries(table)) {
      const set = now => { (chosen[name] ||= {})[key] = now; later(); };
      const field = key === "framing" ? h("select", { onchange: event => set(event.target.value) }, proposed.framings.map(one => h("option", { value: one.name, selected: one.name === value }, one.say)))
        : Array.isArray(value) ? h("textarea", { rows: 2, value: value.join(", "), oninput: event => set(event.target.value.split(",").map(one => one.trim()).filter(Boolean)) })
          : h("input", { type: "number", step: 0.5, min: 0.5, value, oninput: event => { if (event.target.value) set(Number(event.target.value)); } });
      inside.append(h("label", { class: Array.isArray(value) ? "wide" : "" }, h("span", { class: "dim small" }, w(`board.rule.${name}.${key}`)), field));
    }
    rules.append(h("details", {}, h("summary", { class: "small" }, w("board.rules")), inside));
  }

  // What the script did to the board is told, with a way back.
  async function renew() {
    const board = found.id, did = await studio.call("renew_board", { board, text: text.value, source });
    const told = ["changed", "came", "gone"].filter(kind => did[kind]).map(kind => w(`board.renewed.${kind}`, { n: did[kind] })).join(" · ");
    studio.toast(told || w("board.renewed.nothing"), told ? { undo: async () => { if ((await studio.act("undo_renewal", { board })) !== undefined) studio.tell("board", board); } } : {});
    return board;
  }

  async function make() {
    go.disabled = true;
    try {
      if (renews()) { const id = await renew(); answer(id); box.close(); return; }
      const id = await studio.call("take_script", { project: place.project, board: where.value === "add" ? found.id : 0, text: text.value, shots: proposed.scenes.map(scene => scene.shots), options: { source, rules: chosen, ...(where.value === "add" ? {} : { name: name.value || proposed.title || w("board.untitled") }) } });
      answer(id);
      box.close();
    } catch (error) { say(`✕ ${error.message}`, "wrong"); go.disabled = false; }
  }
});
