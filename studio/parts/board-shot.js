"use strict";
// One shot: on its face the picture with number, framing and action; on its back the prompt and the takes.
studio.boardShot = (shot, desk) => {
  const { h, w } = studio;
  const mine = { shot: shot.id };
  const field = (node, name, read) => desk.saving.field(node, "edit_shot", mine, name, read);
  const choose = (name, rows) => field(h("select", { name, "aria-label": w(`board.${name}`), title: w(`board.${name}`) }, rows.map(row => h("option", { value: row.name }, row.say))), name);
  const text = (name, rows = 1) => field(h("textarea", { rows, name, placeholder: w(`board.${name}`), "aria-label": w(`board.${name}`) }), name);

  const picture = h("div", { class: "frame", draggable: "true", title: w("board.drag") });
  const number = h("b", { class: "tag-on number" }), badge = h("span", { class: "tag-on framed", hidden: true }), lock = h("span", { class: "tag-on lock", hidden: true, title: w("board.locked") }, studio.icon("M3.5 7h9v7h-9z", "M5.5 7V5a2.5 2.5 0 0 1 5 0v2"));
  const turn = h("button", { class: "bare turner", onclick: () => flip() }, "↻"), more = h("button", { class: "bare more", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu", onclick: () => menu() }, "⋯");
  const framing = choose("framing", desk.found.framings), angle = choose("angle", desk.found.angles), action = text("action", 2);
  const quote = h("p", { class: "quote dim small", hidden: true }), problem = h("p", { class: "attention small", hidden: true });
  const back = h("div", { class: "back", hidden: true });
  let prompt = null, own = null, kept = null, again = null, takes = null, cast = null, duration = null, notes = null, said = null, begin = null;
  const node = h("article", { class: "shot", tabindex: 0, data: { shot: shot.id } }, h("div", { class: "frame-place" }, picture, number, badge, lock),
    h("div", { class: "row knobs-row" }, framing, angle, turn, more), action, quote, problem, back);
  node.addEventListener("keydown", key);
  Object.assign(node, { dress, flip, get shot() { return shot; } });
  return node;

  function dress(now) {
    shot = now;
    node.classList.toggle("changed", now.changed);
    node.classList.toggle("busy", now.busy);
    node.setAttribute("aria-label", w("board.shot_is", { number: now.number }));
    number.textContent = now.number;
    framing.show(now.framing);
    angle.show(now.angle);
    action.show(now.action);
    lock.hidden = !now.kept;
    turn.setAttribute("aria-expanded", String(!back.hidden));
    turn.title = w(back.hidden ? "board.turn" : "board.turn_back");
    turn.setAttribute("aria-label", turn.title);
    problem.hidden = !(now.problem || now.note || now.warning);
    quote.hidden = !now.dialogue || !back.hidden;
    quote.textContent = now.dialogue;
    problem.textContent = now.problem || now.note || now.warning ? `! ${now.problem || now.note || now.warning}` : "";
    paint();
    measured();
    if (!back.hidden) dressBack();
  }

  // The best take, or a figure as large as the framing asks for.
  function paint() {
    const mark = shot.take ? shot.take.file : `${shot.framing}${shot.busy}`;
    if (picture.dataset.mark === mark) return;
    picture.dataset.mark = mark;
    picture.replaceChildren(shot.take ? h("img", { src: studio.file(shot.take.file), alt: shot.action || shot.prompt, draggable: "false", loading: "lazy" }) : studio.boardFigure(shot.framing));
  }

  // ✓ where the picture is framed as asked and like the reference pictures, else what was measured.
  function measured() {
    const best = shot.take;
    const told = best && best.ok !== null, unlike = best?.alike === false;
    badge.hidden = !told && !unlike;
    if (badge.hidden) return;
    const good = best.ok !== false && !unlike;
    badge.textContent = good ? `✓ ${name(shot.framing)}` : `! ${best.ok === false ? name(best.framing) || w("board.no_face") : w("board.unlike")}`;
    badge.className = `tag-on framed ${good ? "good" : "attention"}`;
    const framed = best.ok ? w("board.framed") : told && w("board.not_framed", { wanted: name(shot.framing), found: name(best.framing) || w("board.no_face") });
    badge.title = [framed, best.likeness !== null && w("board.likeness", { n: best.likeness.toFixed(2) })].filter(Boolean).join("\n");
  }
  function name(framing) { return desk.found.framings.find(row => row.name === framing)?.say || framing; }

  // ── the back ─────────────────────────────────────────────────────────
  function flip(on = back.hidden) {
    if (on && !prompt) makeBack();
    back.hidden = !on;
    node.classList.toggle("turned", on);
    dress(shot);
    if (on) desk.saving.grow(prompt);
  }

  function makeBack() {
    prompt = text("prompt", 3);
    own = h("button", { class: "link small", onclick: () => desk.edit("compose_shot", mine) }, w("board.compose"));
    cast = h("div", { class: "chips" });
    duration = field(h("input", { type: "number", name: "seconds", min: 0.5, max: 600, step: 0.5, "aria-label": w("board.seconds") }), "seconds", Number);
    notes = text("notes");
    said = text("dialogue");
    takes = h("div", { class: "takes", role: "listbox", "aria-label": w("board.takes") });
    kept = h("button", { class: "plain", onclick: () => desk.edit("lock_shot", { ...mine, locked: !shot.kept }) });
    again = h("button", { class: "plain again", onclick: () => desk.draw([shot.id], true) }, w("board.again"));
    begin = h("select", { "aria-label": w("board.begin_from"), onchange: () => start() });
    back.append(h("div", { class: "row" }, h("span", { class: "label dim small fill" }, w("board.prompt")), own), prompt,
      h("span", { class: "label dim small" }, w("board.characters")), cast,
      h("div", { class: "pair" }, h("label", {}, h("span", { class: "dim small" }, w("board.seconds")), duration), h("label", {}, h("span", { class: "dim small" }, w("board.begin_from")), begin)),
      said, notes, h("span", { class: "label dim small" }, w("board.takes")), takes, h("div", { class: "row wrap" }, again, kept));
  }

  function dressBack() {
    prompt.show(shot.prompt);
    own.hidden = !shot.locked;
    duration.show(shot.seconds);
    notes.show(shot.notes);
    said.show(shot.dialogue);
    kept.textContent = w(shot.kept ? "board.unlock" : "board.lock");
    kept.disabled = !shot.take;
    again.disabled = shot.kept || shot.busy;
    const people = desk.found.cast;
    cast.replaceChildren(...(people.length ? people.map(one => h("button", { class: "chip", "aria-pressed": String(shot.characters.includes(one.id)), onclick: () => toggle(one.id) }, one.name)) : [h("span", { class: "dim small" }, w("board.no_cast"))]));
    begin.replaceChildren(...["", "previous", "sketch"].map(from => h("option", { value: from }, w(`board.from.${from || "words"}`))));
    begin.value = shot.start || "";
    studio.list(takes, shot.takes, take => take.id, take => h("button", { class: "take", role: "option", onclick: () => desk.edit("choose_take", { take: take.id }) }, h("img", { src: studio.thumb(take.file), alt: "", loading: "lazy" }), h("span", { class: "small" })), (one, take) => {
      one.setAttribute("aria-selected", String(take.id === shot.take?.id));
      one.title = [w("board.seed", { n: take.seed }), take.ok === null ? "" : name(take.framing) || w("board.no_face"), take.id === shot.take?.id ? w("board.best") : w("board.choose")].filter(Boolean).join(" · ");
      one.lastChild.textContent = take.id === shot.take?.id ? "★" : take.ok ? "✓" : "";
    });
    takes.classList.toggle("none", !shot.takes.length);
    if (!shot.takes.length) takes.replaceChildren(h("p", { class: "dim small" }, w("board.no_takes")));
  }

  function toggle(person) {
    const characters = shot.characters.includes(person) ? shot.characters.filter(one => one !== person) : [...shot.characters, person];
    desk.edit("edit_shot", { ...mine, fields: { characters } });
  }

  async function start() {
    if (begin.value !== "sketch") { desk.edit("start_shot", { ...mine, start: begin.value }); return; }
    const given = await studio.boardPicture(w("board.sketch_pick"), desk.found);
    if (given) desk.edit("start_shot", { ...mine, start: "sketch", picture: given.id });
    else begin.value = shot.start || "";
  }

  // ── menu and keys ────────────────────────────────────────────────────
  function menu() {
    studio.menu(more, [
      { say: w(back.hidden ? "board.turn" : "board.turn_back"), do: () => flip() },
      { say: w("board.duplicate"), do: () => copy() },
      { say: w("board.split"), do: split },
      { say: w("board.split_scene"), do: apart },
      { say: w("board.earlier"), do: () => studio.boardStep(node, desk, -1) }, { say: w("board.later"), do: () => studio.boardStep(node, desk, 1) },
      shot.take && { say: w(shot.kept ? "board.unlock" : "board.lock"), do: () => desk.edit("lock_shot", { ...mine, locked: !shot.kept }) },
      !shot.kept && { say: w("board.again"), do: () => desk.draw([shot.id], true) },
      null, { say: w("delete"), do: remove },
    ].filter(row => row !== false && row !== undefined));
  }

  function remove() { desk.remove("shot", shot, w("board.shot_deleted", { number: shot.number })); }
  function gone(id) { return [["delete_shot", { shot: id }]]; }
  function copy() { desk.edit("copy_shot", mine, { back: gone }); }
  function split() { const { action: told, seconds } = shot; desk.edit("split_shot", mine, { back: id => [...gone(id), ["edit_shot", { ...mine, fields: { action: told, seconds } }]] }); }

  // This shot and those after it become a scene of their own.
  function apart() {
    const scene = desk.found.scenes.find(one => one.shots.some(row => row.id === shot.id)), at = scene.shots.findIndex(row => row.id === shot.id);
    desk.edit("split_scene", { scene: scene.id, shot: shot.id }, { back: id => [...scene.shots.slice(at).map((row, more) => ["move_shot", { shot: row.id, scene: scene.id, at: at + more }]), ["delete_scene", { scene: id }]] });
  }

  function key(event) {
    if (event.target !== node) { if (event.key === "Escape") { event.stopPropagation(); node.focus(); } return; }
    const does = {
      Enter: () => flip(), Delete: remove, Backspace: remove,
      d: () => copy(), l: () => shot.take && desk.edit("lock_shot", { ...mine, locked: !shot.kept }),
      ArrowRight: () => (event.altKey ? studio.boardStep(node, desk, 1) : studio.boardWalk(node, 1)),
      ArrowLeft: () => (event.altKey ? studio.boardStep(node, desk, -1) : studio.boardWalk(node, -1)),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }
};

// A figure in its frame: how large a close-up, a medium and a full shot show a person.
studio.boardFigure = framing => {
  const { h } = studio;
  const people = {
    "close-up": [h("circle", { cx: 80, cy: 42, r: 24 }), h("path", { d: "M38 90c4-18 20-24 42-24s38 6 42 24" })],
    medium: [h("circle", { cx: 80, cy: 32, r: 12 }), h("path", { d: "M54 90c0-26 10-42 26-42s26 16 26 42" })],
    full: [h("circle", { cx: 80, cy: 30, r: 5 }), h("path", { d: "M80 36v22M80 42l-8 10M80 42l8 10M80 58l-7 18M80 58l7 18M30 76h100" })],
  };
  return h("svg", { viewBox: "0 0 160 90", class: "figure", "aria-hidden": "true" }, people[framing] || people.full);
};

// One of the board's own, of the newest pictures, or one from this machine; answers {id, file} or null.
studio.boardPicture = (title, found) => new Promise(async answer => {
  const { h, w, place } = studio;
  const takes = found.scenes.flatMap(scene => scene.shots).filter(shot => shot.take).map(shot => ({ id: shot.take.picture_id, file: shot.take.file, prompt: shot.prompt }));
  const others = (await studio.act("list_made", { project: place.project, offset: 0, limit: 36 })) || [];
  const made = [...takes, ...others.filter(one => !takes.some(take => take.id === one.id))];
  const upload = h("input", { type: "file", accept: "image/*", hidden: true, onchange: async () => {
    try {
      const [path] = await studio.given.send([{ file: upload.files[0], name: upload.files[0].name }], () => {});
      done(await studio.post("give_picture", [place.project, { path, orig_name: upload.files[0].name, meta: { _type: "gradio.FileData" } }]));
    } catch (error) { studio.toast(error.message, { kind: "wrong" }); }
  } });
  const done = given => { box.close(); answer(given); };
  const box = h("dialog", { class: "ask checked", "aria-label": title }, h("h3", {}, title),
    made.length ? h("div", { class: "pick-grid" }, made.map(one => h("button", { class: "tile", title: one.prompt, onclick: () => done(one) }, h("img", { src: studio.thumb(one.file), alt: one.prompt, loading: "lazy" })))) : h("p", { class: "dim" }, w("shelf.preview_none")), upload,
    h("div", { class: "row end" }, h("button", { class: "plain", type: "button", onclick: () => upload.click() }, w("board.upload")), h("button", { class: "plain", type: "button", onclick: () => box.close() }, w("cancel"))));
  box.addEventListener("close", () => { box.remove(); answer(null); });
  document.body.append(box);
  box.showModal();
});
