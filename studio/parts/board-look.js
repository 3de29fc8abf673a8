"use strict";
// Cast and look of a board, in a drawer: who appears and what calls them, the style of all shots, seeds, framings and their tokens.
studio.boardLook = {
  async open(found, changed) {
    const { h, w, place } = studio;
    const choices = kind => studio.act("choices", { kind, project: place.project });
    const [desk, models, eyes] = await Promise.all([studio.act("list_desk", { project: place.project }), choices("bases"), choices("faces")]);
    if (!desk || !models || !eyes) return;
    const wrong = h("p", { class: "wrong", role: "alert" }), ask = studio.inTurn(change);
    const saving = studio.boardSaving(error => { wrong.textContent = `✕ ${error.message}`; }, async () => { wrong.textContent = ""; found = await studio.call("look_board", { project: place.project, board: found.id }); show(); changed(); });
    const here = { board: found.id }, settings = { ...found.settings };
    const board = (node, name, read) => saving.field(node, "edit_board", here, name, read);
    const put = fields => saving.later("edit_board", here, fields);
    const option = (value, say) => h("option", { value }, say);
    const labelled = (label, node, help = "") => h("label", { class: "pick" }, h("span", { class: "label" }, label), node, help && h("span", { class: "dim small" }, help));
    const select = (name, rows, read) => board(h("select", { name, "aria-label": w(`board.${name}`) }, rows.map(([value, say]) => option(value, say))), name, read);
    const set = (name, label, facts) => labelled(label, h("input", { type: "number", name, ...facts, oninput: event => { if (event.target.value !== "") put({ settings: Object.assign(settings, { [name]: Number(event.target.value) }) }); } }));

    const cast = h("div", { class: "cast" }), blend = h("div", { class: "look-blend" }), framings = h("div", { class: "framings" }), known = h("div", { class: "row wrap known" });
    const base = select("base", models.map(row => [row.value, row.label])), style = board(h("textarea", { rows: 2, name: "style" }), "style"), negative = board(h("textarea", { rows: 2, name: "negative" }), "negative");
    const seeds = select("seeds", ["scene", "shot"].map(name => [name, w(`board.seeds_by.${name}`)])), shape = select("shape", found.shapes.map(name => [name, name]));
    const numbers = { steps: set("steps", w("board.steps"), { min: 1, max: 200, placeholder: 20 }), tries: set("tries", w("board.tries"), { min: 0, max: 20, placeholder: 2 }) };
    const faces = h("select", { name: "faces", onchange: () => put({ settings: Object.assign(settings, { faces: faces.value }) }) }, eyes.map(row => option(row.value, row.label)));
    const tells = labelled(w("board.faces"), faces);
    const box = h("dialog", { class: "ask drawer part", "aria-label": w("board.look") },
      h("div", { class: "row" }, h("h3", { class: "fill" }, w("board.look")), h("button", { class: "bare", "aria-label": w("close"), onclick: () => box.close() }, "×")), wrong,
      h("h4", {}, w("board.cast")), cast, h("button", { class: "link", id: "board-add-character", onclick: () => ask("add_character", here) }, `+ ${w("board.add_character")}`),
      h("h4", {}, w("board.look_of")), labelled(w("board.base"), base), blend, h("div", { class: "row wrap" }, h("button", { class: "link", onclick: event => addLora(event.currentTarget) }, `+ ${w("board.add_lora")}`), studio.blend && h("button", { class: "link", onclick: () => put({ blend: studio.blend() }) }, w("board.from_desk"))),
      labelled(w("board.style"), style), labelled(w("board.negative"), negative),
      h("h4", {}, w("board.steady")), h("div", { class: "pair" }, labelled(w("board.seeds"), seeds), labelled(w("board.shape"), shape), numbers.steps, numbers.tries, tells),
      h("h4", {}, w("board.framings")), known, framings, h("button", { class: "link", onclick: () => { put({ framings: [...found.framings.map(plain), { name: w("board.new_framing", { n: found.framings.length + 1 }), word: "", token: "" }] }); saving.flush(); } }, `+ ${w("board.add_framing")}`));
    box.addEventListener("close", async () => { await saving.flush(); box.remove(); });
    box.addEventListener("click", event => { if (event.target === box) box.close(); });
    document.body.append(box);
    box.showModal();
    show();
    return;

    // A change, then what the board is now; `tell` makes of the answer what is said and the call that undoes it.
    async function change(action, facts, tell = () => null) {
      await saving.flush();
      let answer;
      try {
        answer = await studio.call(action, facts);
        wrong.textContent = "";
      } catch (error) { wrong.textContent = `✕ ${error.message}`; return; }
      found = await studio.call("look_board", { project: place.project, board: found.id });
      show();
      changed();
      const told = tell(answer);
      if (told) studio.toast(told.said, { undo: () => ask(...told.back) });
    }

    function show() {
      base.show(found.base);
      style.show(found.style);
      negative.show(found.negative);
      seeds.show(found.seeds);
      shape.show(found.shape);
      for (const [name, node] of Object.entries(numbers)) { const input = node.querySelector("input"); if (document.activeElement !== input) input.value = found.settings[name] ?? ""; }
      studio.list(cast, found.cast, row => row.id, person, (node, row) => node.dress(row));
      if (document.activeElement !== faces) faces.value = found.settings.faces || "mini";
      tells.hidden = !found.cast.some(one => one.picture_id);
      if (!found.cast.length) cast.replaceChildren(h("p", { class: "dim small" }, w("board.cast_none")));
      blend.replaceChildren(...found.blend.map(part));
      studio.list(framings, found.framings, (row) => found.framings.indexOf(row), framing, (node, row) => node.dress(row));
      tokens();
    }

    // ── the cast ───────────────────────────────────────────────────────
    function person(row) {
      const mine = { character: row.id }, field = (node, name, read) => saving.field(node, "edit_character", mine, name, read);
      const name = field(h("input", { type: "text", name: "name", maxlength: 80, placeholder: w("board.character"), "aria-label": w("board.character") }), "name");
      // Whoever has a new name is put into the shots that say it.
      name.addEventListener("change", () => ask("put_character", mine, shots => shots.length && { said: w("board.character_put", { n: shots.length, name: name.value }), back: ["take_character_out", { ...mine, shots }] }));
      const lora = field(h("select", { name: "lora_id", "aria-label": w("board.lora") }, option("", w("board.no_lora")), desk.loras.map(one => option(one.id, one.name))), "lora_id", value => (value ? Number(value) : null));
      const weight = field(h("input", { type: "number", name: "weight", min: -4, max: 4, step: 0.05, "aria-label": w("board.weight") }), "weight", Number);
      const words = field(h("textarea", { rows: 2, name: "words", maxlength: 400, "aria-label": w("board.words") }), "words");
      const face = h("button", { class: "face", title: w("board.reference"), "aria-label": w("board.reference"), onclick: async () => { const given = await studio.boardPicture(w("board.reference"), found); if (given) ask("edit_character", { ...mine, fields: { picture_id: given.id } }); } }, studio.icon("M8 3v10M3 8h10"));
      const describe = h("button", { class: "link small", hidden: true, title: w("board.describe_hint"), onclick: () => tellWords(row, describe) }, w("board.describe"));
      const node = h("div", { class: "person" }, face, h("div", { class: "person-words" }, h("div", { class: "row" }, name, h("button", { class: "bare", "aria-label": w("delete"), title: w("delete"), onclick: () => ask("delete_character", mine, n => ({ said: n ? w("board.character_left", { n, name: name.value }) : w("board.character_deleted"), back: ["restore_character", mine] })) }, "×")), h("div", { class: "row" }, lora, weight), words, describe));
      node.dress = now => {
        name.show(now.name);
        lora.show(now.lora_id);
        weight.show(now.weight);
        weight.hidden = !now.lora_id;
        words.show(now.words);
        words.placeholder = now.called && !now.words ? w("board.words_of", { trigger: now.called }) : w("board.words");
        describe.hidden = !now.file;
        face.classList.toggle("none", !now.file);
        face.style.backgroundImage = now.file ? `url(${studio.thumb(now.file)})` : "";
        node.classList.toggle("uncalled", !now.lora_id && !now.words);
      };
      return node;
    }

    // A captioner looks at the reference picture; what it says of the looks becomes the words.
    async function tellWords(row, button) {
      await saving.flush();
      button.disabled = true;
      button.textContent = w("give.describing");
      try {
        const job = await studio.call("describe_character", { character: row.id, captioner: document.querySelector("#describe-with select")?.value || "" });
        const ended = await studio.ended(job);
        if (ended.state === "done") await ask("take_words", { character: row.id, job });
        else wrong.textContent = ended.error ? `✕ ${ended.error}` : "";
      } catch (error) { wrong.textContent = `✕ ${error.message}`; }
      button.disabled = false;
      button.textContent = w("board.describe");
    }

    // ── the look ───────────────────────────────────────────────────────
    function plain(row) { return { name: row.name, word: row.word, token: row.token }; }
    function part(row, at) {
      const known = desk.loras.find(one => one.id === row.lora);
      const keep = weight => put({ blend: found.blend.map((one, other) => (other === at ? { ...one, weight } : one)) });
      const number = h("input", { type: "number", min: -4, max: 4, step: 0.05, value: row.weight, "aria-label": w("board.weight"), onchange: () => keep(Number(number.value)) });
      const slider = h("input", { type: "range", min: known?.weight_min ?? 0, max: known?.weight_max ?? 1, step: 0.05, value: row.weight, "aria-label": w("board.weight"), oninput: () => { number.value = slider.value; }, onchange: () => keep(Number(slider.value)) });
      return h("div", { class: "row" }, h("span", { class: "who" }, row.name || known?.name || w("desk.gone")), slider, number, h("button", { class: "bare", "aria-label": w("board.leave_out"), title: w("board.leave_out"), onclick: () => { put({ blend: found.blend.filter((_, other) => other !== at) }); saving.flush(); } }, "×"));
    }

    function addLora(button) {
      const rows = desk.loras.filter(one => !found.blend.some(part => part.lora === one.id));
      if (!rows.length) { wrong.textContent = w("board.loras_none"); return; }
      menu(button, rows.map(one => ({ say: one.name, do: () => use(one.id, one.weight) })));
    }
    function use(lora, weight = 1) { put({ blend: [...found.blend, { lora, weight }] }); saving.flush(); }
    // A menu that lies inside the drawer, which covers the page.
    function menu(button, rows) { studio.menu(button, rows); const made = document.querySelector(".menu"); if (made) { made.style.position = "fixed"; made.style.top = `${Math.min(button.getBoundingClientRect().bottom + 6, innerHeight - made.offsetHeight - 8)}px`; box.append(made); } }

    // ── framings and what knows them ───────────────────────────────────
    function framing(row) {
      const at = found.framings.indexOf(row);
      const input = name => h("input", { type: "text", name, maxlength: 80, placeholder: w(`board.framing_${name}`), "aria-label": w(`board.framing_${name}`), oninput: () => put({ framings: found.framings.map((one, other) => (other === at ? { ...plain(one), name: name_.value, word: word.value, token: token.value } : plain(one))) }) });
      const name_ = input("name"), word = input("word"), token = input("token");
      const node = h("div", { class: "row framing" }, name_, word, token);
      node.dress = now => { for (const field of [name_, word, token]) if (document.activeElement !== field) field.value = now[field.name] ?? ""; };
      return node;
    }

    function tokens() {
      const say = found.tokens_known ? h("p", { class: "good small" }, `✓ ${w("board.tokens_known", { name: found.tokens_known })}`) : h("p", { class: "dim small" }, w("board.tokens_unknown"));
      const offers = found.tokens_known ? [] : found.token_loras.map(one => h("button", { class: "link", onclick: () => use(one.id, one.weight) }, w("board.use_tokens", { name: one.name })));
      known.replaceChildren(say, ...offers, h("button", { class: "link", id: "board-train", onclick: () => { box.close(); studio.boardTeach(found); } }, w("board.teach")));
    }
  },
};
