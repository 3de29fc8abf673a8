"use strict";
// The storyboard: scenes as rows, shots as cards. What is typed is saved as it is typed; a refresh leaves the cursor where it is.
studio.part("board", box => {
  const { h, w, place } = studio;
  const KEPT = "studio.board";
  let found = null, wanted = Number(localStorage.getItem(KEPT)) || 0;

  const title = h("button", { class: "plain name", id: "board-name", "aria-haspopup": "menu", onclick: () => boards() });
  const facts = h("span", { class: "dim small facts" });
  const script = h("button", { class: "plain", id: "board-script", onclick: () => bring() }, w("board.script"));
  const look = h("button", { class: "plain", id: "board-look", onclick: () => studio.boardLook.open(found, changed) }, w("board.look"));
  const out = h("button", { class: "plain", id: "board-out", "aria-haspopup": "menu", onclick: () => studio.boardOut(out, found) }, `${w("board.out")} ▾`);
  const go = h("button", { class: "main", id: "board-go", onclick: () => draw([]) });
  const work = h("div", { class: "doing", role: "status" }), wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const scenes = h("div", { class: "scenes" }), nothing = h("div");
  const add = h("button", { class: "plain", id: "board-add-scene", onclick: () => edit("add_scene", { board: found.id }, { back: id => [["delete_scene", { scene: id }]] }) }, `+ ${w("board.add_scene")}`);
  const head = h("div", { class: "board-head" }, title, facts, h("span", { class: "fill" }), script, look, out, go);
  box.append(head, wrong, work, nothing, scenes, add);
  const saving = studio.boardSaving(error => complain(error.message), () => load());
  const desk = { get found() { return found; }, saving, edit, draw, remove, undo, move };
  studio.boardMoves(scenes, desk);

  const load = studio.follow(box, async () => {
    const now = await studio.call("look_board", { project: place.project, board: wanted });
    if (now.project !== place.project) return;
    found = now;
    if (now.id) wanted = now.id;
    show();
  }, () => studio.last.jobs.some(job => job.task === "storyboard") || working());
  studio.on("place", () => { wanted = 0; });
  studio.on("board", id => { pick(id); });
  const working = () => Boolean(found?.job && ["queued", "running"].includes(found.job.state));

  function pick(id) {
    wanted = id;
    localStorage.setItem(KEPT, String(id));
    return load();
  }

  async function changed() { await load(); studio.tell("board changed", found); }

  function complain(text) {
    wrong.hidden = !text;
    wrong.textContent = text ? `✕ ${text}` : "";
  }

  // ── what is shown ────────────────────────────────────────────────────
  function show() {
    const there = Boolean(found.id), filled = there && found.scenes.length > 0;
    for (const node of [scenes, add]) node.hidden = !filled;
    head.hidden = !there;
    for (const node of [script, look, out, go]) node.hidden = !filled;
    nothing.replaceChildren(...(filled ? [] : [empty()]));
    if (!there) return;
    title.textContent = `${found.name} ▾`;
    scenes.style.setProperty("--ratio", found.shape.replace(":", " / "));
    const shots = found.scenes.flatMap(scene => scene.shots), length = shots.reduce((sum, shot) => sum + shot.seconds, 0);
    facts.textContent = [w("board.scenes", { n: found.scenes.length }), w("board.shots", { n: shots.length }), w("time.seconds", { n: Math.round(length) })].join(" · ");
    const stale = shots.filter(shot => shot.changed).length;
    go.textContent = working() ? w("board.going") : stale ? w("board.go", { n: stale }) : w("board.go_none");
    go.disabled = !stale || working();
    progress();
    studio.list(scenes, found.scenes, scene => scene.id, scene => studio.boardScene(scene, desk), (node, scene) => node.dress(scene));
  }

  function empty() {
    return studio.empty(
      h("svg", { viewBox: "0 0 240 100", class: "drawing", "aria-hidden": "true" }, [14, 88, 162].map(x => h("rect", { x, y: 18, width: 64, height: 36 })), h("path", { d: "M26 54c2-22 12-26 20-26s18 4 20 26M38 62h16" }), h("circle", { cx: 120, cy: 31, r: 6 }), h("path", { d: "M108 54c1-10 6-14 12-14s11 4 12 14M104 62h34" }), h("path", { d: "M194 36v10l-3 8M194 46l3 8M170 54h48M178 62h26" }), h("circle", { cx: 194, cy: 33, r: 2.5 }), h("path", { d: "M14 70h50M88 70h64M162 70h40M14 78h34M88 78h40M162 78h52" })),
      w("board.empty"), w("board.empty_hint"), h("button", { class: "main", id: "board-begin", onclick: () => bring() }, w("board.begin")),
      h("button", { class: "link", id: "board-blank", onclick: blank }, w("board.blank")));
  }

  function progress() {
    const job = found.job;
    if (!job || !["queued", "running", "paused"].includes(job.state)) {
      work.replaceChildren();
      if (job?.state === "failed") complain(job.error);
      return;
    }
    complain("");
    if (!work.firstChild) work.append(h("progress", { max: 1 }), h("span", { class: "say small" }), h("button", { class: "plain", id: "board-stop", onclick: stop }, w("stop")));
    work.querySelector("progress").value = job.progress;
    const said = job.state === "queued" ? w("state.queued") : [job.steps ? `${Math.round(job.progress * 100)} %` : w("state.running"), job.left && w("run.left", { span: studio.span(job.left) }), job.note].filter(Boolean).join(" · ");
    work.querySelector(".say").textContent = said;
  }

  // ── what can be done ─────────────────────────────────────────────────
  async function bring() {
    const id = await studio.boardScript(found);
    if (id) { await pick(id); scenes.scrollIntoView({ block: "nearest" }); }
  }

  async function blank() {
    const id = found.id || (await studio.act("create_board", { project: place.project, name: w("board.untitled") }));
    if (id && (await studio.act("add_scene", { board: id })) !== undefined) await pick(id);
  }

  // A change of the board, then what it is now; undefined means that it was refused. `back` are the calls that undo it,
  // or makes them of the answer; `said` tells of it with a way back.
  const steps = [];
  async function edit(action, facts, { said = "", back = null } = {}) {
    await saving.flush();
    let answer;
    try {
      answer = await studio.call(action, facts);
      complain("");
    } catch (error) { complain(error.message); return undefined; }
    const step = back && { calls: typeof back === "function" ? back(answer) : back };
    if (step) steps.push(step);
    await changed();
    if (said) studio.toast(said, { undo: () => undo(step) });
    return answer;
  }

  // Take a step back, the last one by default.
  async function undo(step = steps.at(-1)) {
    if (!steps.includes(step)) return;
    steps.splice(steps.indexOf(step), 1);
    for (const [action, facts] of step.calls) if ((await edit(action, facts)) === undefined) break;
  }
  document.addEventListener("keydown", event => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || !studio.visible(box) || event.target.closest?.("input, textarea, select, dialog")) return;
    event.preventDefault();
    undo();
  });

  function remove(kind, row, said) {
    return edit(`delete_${kind}`, { [kind]: row.id }, { said, back: [[`restore_${kind}`, { [kind]: row.id }]] });
  }

  function move(shot, scene, at) {
    const home = found.scenes.find(one => one.shots.some(row => row.id === shot)), was = home.shots.findIndex(row => row.id === shot);
    return edit("move_shot", { shot, scene, at }, { back: [["move_shot", { shot, scene: home.id, at: was }]] });
  }

  async function draw(shots, fresh = false) {
    if ((await edit("draw_board", { board: found.id, shots, fresh })) !== undefined) { studio.asked("storyboard"); load(); }
  }

  async function stop() { if ((await studio.act("stop_job", { job: found.job.id })) !== undefined) await studio.changed(); }

  function boards() {
    const others = found.boards.map(row => ({ say: row.name, mark: row.id === found.id, do: () => pick(row.id) }));
    studio.menu(title, [...others, null,
      { say: w("board.new"), do: async () => { const name = await studio.line(w("board.new"), "", { does: w("create") }); const id = name && (await studio.act("create_board", { project: place.project, name })); if (id) pick(id); } },
      { say: w("rename"), do: async () => { const name = await studio.line(w("board.rename"), found.name, { does: w("rename") }); if (name) edit("rename_board", { board: found.id, name }); } },
      { say: w("delete"), do: away }]);
  }

  async function away() {
    const gone = found.id, name = found.name;
    if ((await studio.act("delete_board", { board: gone })) === undefined) return;
    await pick(0);
    studio.toast(w("board.deleted", { name }), { undo: async () => { await studio.act("restore_board", { board: gone }); pick(gone); } });
  }
});

// Fields that save themselves a moment after the last key, and at once when the page is left.
studio.boardSaving = (complain, done) => {
  const waiting = new Map();
  let timer = 0;

  // `key` names what is saved; a later value takes the place of an earlier one of the same fields.
  function later(action, facts, fields) {
    const key = action + JSON.stringify(facts), before = waiting.get(key);
    waiting.set(key, { action, given: { ...facts, fields: { ...(before?.given.fields || {}), ...fields } } });
    clearTimeout(timer);
    timer = setTimeout(flush, 350);
  }

  let sending = Promise.resolve();
  function flush() {
    clearTimeout(timer);
    const rows = [...waiting.values()];
    waiting.clear();
    if (!rows.length) return sending;
    sending = sending.then(async () => {
      try {
        for (const row of rows) await studio.call(row.action, row.given);
        await done();
      } catch (error) { complain(error); }
    });
    return sending;
  }

  addEventListener("pagehide", () => {
    for (const { action, given } of waiting.values()) {
      const known = window.gradio_api_info?.named_endpoints?.[`/${action}`]?.parameters || [];
      studio.post(action, known.map(p => given[p.parameter_name] ?? p.parameter_default ?? null), { keepalive: true }).catch(() => {});
    }
  });

  // A field of a row: shows the row's value unless the person is in it, and saves what is typed.
  function field(node, action, facts, name, read = value => value) {
    const typed = () => { node.dataset.typed = "1"; grow(node); later(action, facts, { [name]: read(node.value) }); };
    node.addEventListener(node.tagName === "SELECT" ? "change" : "input", typed);
    node.show = value => {
      if (document.activeElement === node || [...waiting.values()].some(row => name in row.given.fields && same(row.given, facts))) return;
      if (node.value !== String(value ?? "")) node.value = value ?? "";
      grow(node);
    };
    return node;
  }
  const same = (given, facts) => Object.entries(facts).every(([key, value]) => given[key] === value);
  const grow = node => {
    if (node.tagName !== "TEXTAREA") return;
    node.style.height = "auto";
    if (node.scrollHeight) node.style.height = `${node.scrollHeight + 2}px`;
  };
  return { field, flush, later, grow };
};
