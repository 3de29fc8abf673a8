"use strict";
// The wall of a data set: what is looked for, the pictures found, the chosen one at the side. It holds the state that
// the other `wall-*` scripts draw: the data set, the ids found in their order, the tiles that came, what is picked.
studio.part("wall", box => {
  const { h, w, place } = studio;
  const PAGE = 150;
  const wall = {
    box, data: null, ids: [], tiles: new Map(), counts: {}, picked: new Set(), chosen: 0, detail: null,
    look: { filter: "all", search: "", sort: "added", descending: false }, load, step, choose, resolution, seek,
  };
  let sets = [], fresh = new Set(), asked = 0;

  // ── the frame ──────────────────────────────────────────────────────
  const doing = h("div", { class: "doing" }), refused = h("div", { class: "report", role: "status" });
  const nothing = h("div", { class: "nothing" });
  const more = h("div", { class: "wall-view" });
  const bring = wall.bring = studio.bringing({ box, doing, report: refused, into, reload: load, undo });
  const shelf = studio.wallSets(wall, { into, bring });
  const tools = studio.wallTools(wall, { bring });
  const checks = studio.wallChecks(wall);
  const grid = studio.wallGrid(wall, { need, words });
  const side = studio.wallSide(wall, { words });
  const bar = studio.wallPicked(wall);
  more.append(tools.box, checks.box, h("div", { class: "wall-split" }, h("div", {}, grid.box, tools.none), side.box), bar.box);
  box.append(shelf.box, bring.inputs, doing, refused, nothing, more);

  studio.follow(box, load, () => bring.busy() || studio.last.jobs.some(job => ["inspect", "caption"].includes(job.task)));
  studio.on("place", () => { wall.picked.clear(); wall.chosen = 0; wall.detail = null; fresh.clear(); bring.resume(); });
  studio.on("next", now => { if (now.tab === "dataset" && !wall.data?.pictures) box.querySelector("button.main")?.focus(); });

  // ── loading ────────────────────────────────────────────────────────
  const query = () => ({ dataset: wall.data.id, ...wall.look, resolution: resolution() });

  // The resolution that pictures are judged by: as chosen, else what was trained for last.
  function resolution() {
    return Number(localStorage.getItem(`studio.resolution.${place.project}`)) || wall.data?.resolution || 512;
  }

  async function load() {
    sets = await studio.call("list_datasets", { project: place.project });
    const here = sets.find(row => row.id === place.dataset) || sets[0];
    wall.data = here ? await studio.call("look_set", { dataset: here.id }) : null;
    studio.chosen = wall.data;
    if (wall.data) studio.tell("dataset", wall.data);
    if (wall.data?.pictures) await Promise.all([find(), checks.load()]);
    else Object.assign(wall, { ids: [], counts: {}, chosen: 0, detail: null });
    show();
  }

  // What the query finds: every id, the tiles in view and, where they may be others now, the counts of all filters.
  async function find(counted = true) {
    const turn = ++asked;
    const [first, last] = grid.range();
    const wanted = { ...query(), offset: first, limit: Math.min(Math.max(last - first, 40), 400), counted };
    const [ids, page] = await Promise.all([studio.call("pick_gallery", { query: query() }), studio.call("look_gallery", { query: wanted })]);
    if (turn !== asked) return;
    wall.ids = ids;
    if (counted) wall.counts = page.counts;
    fresh = new Set();
    keep(page.tiles);
    const known = new Set(ids);
    for (const id of [...wall.picked]) if (!known.has(id)) wall.picked.delete(id);
    if (!known.has(wall.chosen)) { wall.chosen = ids[0] || 0; if (wall.chosen && !wall.picked.size) wall.picked.add(wall.chosen); }
    await lookAt(wall.chosen);
  }

  function keep(tiles) {
    for (const tile of tiles) { wall.tiles.set(tile.id, tile); fresh.add(tile.id); }
  }

  // Tiles of ids that come into view, a page at a time.
  let needing = false;
  async function need(ids) {
    const missing = ids.filter(id => !fresh.has(id)).slice(0, PAGE);
    if (!missing.length || needing || !wall.data) return;
    needing = true;
    try {
      keep(await studio.call("look_tiles", { dataset: wall.data.id, pictures: missing, resolution: resolution() }));
    } catch (error) { console.warn(error.message); } finally { needing = false; }
    grid.show();
  }

  async function lookAt(id) {
    if (!id) { wall.detail = null; return; }
    const found = await studio.call("look_image", { picture: id, resolution: resolution() }).catch(() => null);
    if (id === wall.chosen) wall.detail = found;
  }

  // Another filter, search or order.
  async function seek(change) {
    Object.assign(wall.look, change);
    grid.top();
    await find("search" in change);
    show();
  }

  // ── drawing ────────────────────────────────────────────────────────
  function show() {
    const any = Boolean(wall.data?.pictures);
    shelf.show(sets);
    more.hidden = !any;
    nothing.hidden = any || bring.busy();
    if (!any) { grid.show(); drawNothing(); return; }
    tools.show();
    checks.show();
    grid.show();
    side.show();
    bar.show();
  }

  function drawNothing() {
    const drawing = h("svg", { viewBox: "0 0 240 120", class: "drawing", "aria-hidden": "true" },
      h("rect", { x: 22, y: 26, width: 70, height: 70, rx: 4, transform: "rotate(-7 57 61)" }),
      h("rect", { x: 85, y: 20, width: 74, height: 74, rx: 4 }), h("circle", { cx: 122, cy: 50, r: 13 }), h("path", { d: "M98 88c4-16 14-22 24-22s20 6 24 22" }),
      h("rect", { x: 152, y: 28, width: 68, height: 68, rx: 4, transform: "rotate(8 186 62)" }), h("path", { d: "M20 108h200" }));
    nothing.replaceChildren(studio.empty(drawing, w(wall.data ? "wall.empty_set" : "wall.empty", { name: wall.data?.name }), w("wall.empty_hint"),
      h("button", { class: "main", onclick: () => bring.files() }, w("wall.choose")), h("button", { class: "plain", onclick: () => bring.folder() }, w("wall.folder"))));
  }

  // ── choosing and doing ─────────────────────────────────────────────
  async function choose(id, redraw = true) {
    wall.chosen = id;
    studio.picture = id;
    if (redraw) { grid.show(); bar.show(); }
    await lookAt(id);
    side.show();
  }

  // Do one thing to pictures; what was done is told with its undo.
  async function step(name, given) {
    const made = await studio.act(name, given);
    if (made === undefined) return false;
    await load();
    studio.changed();
    if (made) studio.toast(made.say, { kind: "good", undo: () => undo(made.change) });
    return true;
  }

  async function undo(change) {
    const found = await studio.act("undo_change", { change });
    if (!found) return;
    await load();
    studio.changed();
    studio.toast(w(found.kept ? "wall.undone_some" : "wall.undone", { n: found.back, kept: found.kept }), { kind: found.kept ? "attention" : "good" });
  }
  wall.undo = undo;

  function words(id) {
    studio.picture = id;
    studio.go("captions");
    studio.tell("picture", id);
  }

  // The chosen data set; a first one is made for whoever drops pictures before there is any.
  async function into() {
    if (wall.data) return wall.data.id;
    const dataset = await studio.act("create_dataset", { project: place.project, name: w("wall.first_name") });
    if (dataset) await studio.move({ dataset });
    return dataset;
  }
});
