"use strict";
// The framings are taught from here: pictures sorted into them, with the checks' guess to begin with, become a data set for recipe `storyboard`.
studio.boardTeach = async found => {
  const { h, w, place } = studio;
  const sets = (await studio.act("choices", { kind: "datasets", project: place.project })) || [];
  const framings = found.framings.slice(0, 3), LEFT = "";
  let rows = [], unlooked = 0;
  const from = h("select", { id: "teach-from", "aria-label": w("board.teach_from"), onchange: load }, sets.map(row => h("option", { value: row.value }, row.label)));
  const name = h("input", { type: "text", id: "teach-name", maxlength: 80, value: w("board.teach_called", { name: found.name }).slice(0, 80), "aria-label": w("board.teach_name") });
  const said = h("p", { class: "small dim", role: "status" }), columns = h("div", { class: "teach-columns" });
  const checks = h("button", { class: "link", type: "button", hidden: true, onclick: look }, w("board.look_at"));
  const go = h("button", { class: "main", type: "button", id: "teach-go", onclick: teach }, w("board.teach_go"));
  const box = h("dialog", { class: "ask part teach", "aria-label": w("board.teach_title") },
    h("div", { class: "row" }, h("h3", { class: "fill" }, w("board.teach_title")), h("button", { class: "bare", "aria-label": w("close"), onclick: () => box.close() }, "×")),
    h("p", { class: "dim" }, w("board.teach_hint")),
    sets.length ? h("div", { class: "row wrap" }, h("label", { class: "pick" }, h("span", { class: "label" }, w("board.teach_from")), from), h("label", { class: "pick" }, h("span", { class: "label" }, w("board.teach_name")), name)) : h("p", {}, w("board.teach_none")),
    h("div", { class: "row wrap" }, said, checks), columns, h("div", { class: "row end" }, h("button", { class: "plain", type: "button", onclick: () => box.close() }, w("cancel")), go));
  box.addEventListener("close", () => { clearInterval(timer); box.remove(); });
  document.body.append(box);
  box.showModal();
  let timer = 0;
  await load();

  async function load() {
    if (!sets.length) { go.disabled = true; return; }
    const known = new Map(rows.map(row => [row.id, row]));
    const now = await studio.act("guess_framings", { project: place.project, dataset: from.value });
    if (!now) return;
    rows = now.pictures.map(row => (known.get(row.id)?.moved ? { ...row, framing: known.get(row.id).framing, moved: true } : row));
    unlooked = now.unlooked;
    if (!unlooked) clearInterval(timer);
    show();
  }

  async function look() {
    if ((await studio.act("inspect_pictures", { dataset: rows[0].dataset, which: "new" })) === undefined) return;
    studio.asked("inspect");
    clearInterval(timer);
    timer = setInterval(load, 1500);
    said.textContent = w("board.looking");
  }

  function show() {
    checks.hidden = !unlooked;
    const counts = framings.map(one => rows.filter(row => row.framing === one.name).length);
    said.textContent = unlooked ? w("board.unlooked", { n: unlooked }) : w("board.sorted", { n: counts.reduce((a, b) => a + b, 0) });
    const short = framings.filter((_, at) => counts[at] < 2);
    go.disabled = short.length > 0;
    go.title = short.length ? w("board.teach_few", { names: short.map(one => one.say).join(", ") }) : "";
    columns.replaceChildren(...[...framings, { name: LEFT, say: w("board.teach_out") }].map(column));
  }

  function column(one) {
    const mine = rows.filter(row => (framings.some(known => known.name === row.framing) ? row.framing : LEFT) === one.name);
    const node = h("section", {}, h("h4", {}, `${one.say} · ${mine.length}`), h("div", { class: "teach-tiles" }, mine.slice(0, 200).map(row => tile(row))));
    node.addEventListener("dragover", event => event.preventDefault());
    node.addEventListener("drop", event => { event.preventDefault(); put(Number(event.dataTransfer.getData("text/plain")), one.name); });
    return node;
  }

  // A picture goes on to the next column by a click, or where it is dragged.
  function tile(row) {
    const order = [...framings.map(one => one.name), LEFT];
    const next = () => put(row.id, order[(Math.max(0, order.indexOf(row.framing)) + 1) % order.length]);
    return h("button", { class: "tile", draggable: "true", title: `${row.name} · ${w("board.teach_move")}`, onclick: next, ondragstart: event => event.dataTransfer.setData("text/plain", String(row.id)) }, h("img", { src: studio.thumb(row.file), alt: row.name, loading: "lazy", draggable: "false" }));
  }

  function put(id, framing) {
    const row = rows.find(one => one.id === id);
    if (!row) return;
    Object.assign(row, { framing, moved: true });
    show();
  }

  async function teach() {
    go.disabled = true;
    const sorted = Object.fromEntries(framings.map(one => [one.name, rows.filter(row => row.framing === one.name).map(row => row.id)]));
    const made = await studio.act("teach_framings", { board: found.id, name: name.value, pictures: sorted });
    go.disabled = false;
    if (made === undefined) return;
    box.close();
    studio.go("train");
    studio.tell("teach", { recipe: "storyboard", dataset: made.name });
    await studio.changed();
  }
};
