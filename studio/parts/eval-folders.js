"use strict";
// Pictures from elsewhere: folders and pictures chosen or dropped here, or paths on the studio's own disk; the first is
// what the others are compared with. `words(lines)` gets prompts that came along; `soon()` hears that something changed.
studio.evalFolders = ({ soon, words }) => {
  const { h, w } = studio;
  let rows = [], sending = null, awaited = []; // awaited: folders asked for before, until the server has told of them
  const pick = (id, more) => h("input", { type: "file", multiple: true, hidden: true, id, ...more, onchange: event => { const some = studio.given.chosen(event.target); event.target.value = ""; take(some); } });
  const files = pick("eval-give-files", { accept: "image/*,.heic,.heif,.avif,.txt" }), folder = pick("eval-give-folder", { webkitdirectory: "" });
  const doing = h("div", { class: "doing" }), list = h("ol", { class: "eval-given" });
  const places = h("textarea", { name: "folders", id: "eval-folders", rows: 2, placeholder: w("eval.folders_hint"), "aria-label": w("eval.folders"), oninput: soon });
  const disk = h("details", { class: "eval-more" }, h("summary", {}, w("eval.folders")), places);
  const node = h("div", { class: "eval-grid" }, files, folder,
    h("div", { class: "eval-drop" }, h("span", {}, w("eval.given.drop")), h("div", { class: "row wrap center" }, h("button", { class: "plain", type: "button", id: "eval-give-folder-do", onclick: () => folder.click() }, w("eval.given.folder")), h("button", { class: "plain", type: "button", onclick: () => files.click() }, w("eval.given.files")))),
    doing, list, h("p", { class: "help dim small" }, w("eval.folders_help")), disk);

  // ── what a person gives ──────────────────────────────────────────────
  async function take(given) {
    if (!given.length) { studio.toast(w("bring.nothing"), { kind: "attention" }); return; }
    if (sending) { studio.toast(w("bring.busy"), { kind: "attention" }); return; }
    const texts = given.filter(row => /\.txt$/i.test(row.name)), pictures = given.filter(row => !/\.txt$/i.test(row.name));
    const before = rows.length;
    if (pictures.length && !(await send(pictures))) return;
    const lines = await spoken(texts, rows[before]);
    if (lines) words(lines);
    else if (!pictures.length) studio.toast(w("eval.given.no_lines"), { kind: "attention" });
  }

  async function send(pictures) {
    const whole = pictures.reduce((sum, row) => sum + row.file.size, 0) || 1, bar = h("progress", { max: 1, value: 0 }), said = h("span", { class: "facts small" });
    doing.replaceChildren(bar, said, h("button", { class: "link", type: "button", id: "eval-give-stop", onclick: () => sending?.stop() }, w("stop")));
    try {
      sending = studio.given.send(pictures, bytes => { bar.value = bytes / whole; said.textContent = w("bring.sending", { n: pictures.length, done: studio.bytes(bytes), whole: studio.bytes(whole) }); });
      const paths = await sending;
      const came = await studio.call("give_folders", { files: paths, names: pictures.map(row => row.name), taken: rows.map(row => row.name) });
      rows.push(...came);
      draw();
      soon();
      return true;
    } catch (error) {
      if (error.message) studio.toast(error.message, { kind: "wrong", long: true });
      return false;
    } finally { sending = null; doing.replaceChildren(); }
  }

  // A file of prompts, one a line; or a file for each picture of a folder, in the order of the pictures.
  async function spoken(texts, folder) {
    const stem = name => name.split("/").at(-1).replace(/\.[^.]+$/, ""), one = new Map(texts.map(row => [stem(row.name), row]));
    const own = folder?.pictures.map(name => one.get(stem(name))) || [];
    if (own.length && own.every(Boolean)) return (await Promise.all(own.map(read))).map(text => text.split(/\s*\n\s*/).join(" ")).join("\n");
    return texts.length ? read(texts.find(row => /prompt/i.test(row.name)) || texts[0]) : "";
  }
  const read = async row => new TextDecoder().decode(await row.file.arrayBuffer()).replace(/\r/g, "").trim();

  // ── what is compared ─────────────────────────────────────────────────
  function draw() {
    studio.list(list, rows, row => row.path, make, (line, row) => line.dress(row));
  }

  function make(row) {
    const up = h("button", { class: "bare", type: "button", "aria-label": `${w("eval.given.first")}: ${row.name}`, title: w("eval.given.first"), onclick: () => { rows = [row, ...rows.filter(one => one !== row)]; draw(); soon(); } }, "↑");
    const out = h("button", { class: "bare", type: "button", "aria-label": `${w("board.leave_out")}: ${row.name}`, title: w("board.leave_out"), onclick: () => { rows = rows.filter(one => one !== row); draw(); soon(); (list.querySelector("button:not([hidden])") || node.querySelector("#eval-give-folder-do")).focus(); } }, "×");
    const facts = h("span", { class: "dim small facts" }), line = h("li", { class: "row" }, h("span", { class: "fill" }, h("b", {}, row.name), " ", facts), up, out);
    line.dress = () => {
      const first = rows[0] === row;
      facts.className = `small facts ${row.wrong ? "wrong" : "dim"}`;
      facts.textContent = row.wrong || [w("wall.count", { n: row.pictures.length }), first && rows.length > 1 && w("eval.is_baseline")].filter(Boolean).join(" · ");
      up.hidden = first;
    };
    return line;
  }

  // What was asked before: folders that were sent are rows again, others are paths.
  async function fill(given) {
    if (!given?.length) return;
    awaited = given;
    const known = await studio.call("look_folders", { places: given });
    awaited = [];
    rows = [...known.filter(row => row.sent), ...rows];
    places.value = known.filter(row => !row.sent).map(row => row.path).join("\n");
    disk.open = Boolean(places.value);
    draw();
    soon();
  }

  return { node, fill, take, read: () => [...awaited, ...rows.map(row => row.path), ...places.value.split("\n").map(line => line.trim()).filter(Boolean)] };
};
