"use strict";
// Bringing files into a data set: by dialog or by drag and drop, sent up, then read at the server; both are told with
// what is being done, how long it still takes and a stop. The report names what was refused and the format it was read as.
//   box: where files may be dropped; doing, report: where it is told; into(): the data set's number; reload(): draw what came.
studio.bringing = ({ box, doing, report, into, reload, undo }) => {
  const { h, w, place } = studio;
  const LOOK = 350;
  let known = null, sending = null, tray = "", timer = 0;
  const pick = (id, more) => h("input", { type: "file", multiple: true, hidden: true, id, ...more, onchange: event => { const rows = studio.given.chosen(event.target); event.target.value = ""; bring(rows); } });
  const files = pick("wall-files", { accept: "image/*,.zip,.txt,.caption,.json,.jsonl,.csv,.heic,.heif,.avif" }), folder = pick("wall-folder", { webkitdirectory: "" });
  const inputs = h("div", { hidden: true }, files, folder);
  const layouts = async () => (known ||= (await studio.act("list_layouts")) || []);

  async function bring(rows) {
    if (!rows.length) { studio.toast(w("bring.nothing"), { kind: "attention" }); return; }
    if (sending || tray) { studio.toast(w("bring.busy"), { kind: "attention" }); return; }
    const dataset = await into();
    if (!dataset) return;
    report.replaceChildren();
    const names = rows.map(row => row.name), choice = await chooser(await studio.act("recognise_files", { names: names.slice(0, 20000) }));
    try {
      const paths = await sent(rows, choice);
      tray = await studio.call("begin_import", { dataset, files: paths, names, format: choice.value });
      look(dataset);
    } catch (error) {
      doing.replaceChildren();
      if (error.message) studio.toast(error.message, { kind: "wrong", long: true });
    } finally { sending = null; }
  }

  // A choice of the format, the recognised one first.
  async function chooser(found) {
    const rows = await layouts();
    const choice = h("select", { class: "format", "aria-label": w("bring.format"), title: w("bring.format") },
      found ? null : h("option", { value: "" }, w("bring.unseen")), rows.map(row => h("option", { value: row.name }, row.name === found ? w("bring.recognised", { format: row.say }) : row.say)));
    choice.value = found || "";
    return choice;
  }

  // Send the files up; answers their paths there.
  function sent(rows, choice) {
    const whole = rows.reduce((sum, row) => sum + row.file.size, 0) || 1, began = performance.now();
    const line = h("progress", { max: 1, value: 0 }), said = h("span", { class: "facts" });
    doing.replaceChildren(line, said, choice, h("button", { class: "link", id: "bring-stop", onclick: () => sending.stop() }, w("stop")));
    sending = studio.given.send(rows, bytes => {
      const share = bytes / whole, left = share ? ((performance.now() - began) / 1000) * (1 / share - 1) : null;
      line.value = share;
      said.textContent = [w("bring.sending", { n: rows.length, done: studio.bytes(bytes), whole: studio.bytes(whole) }), left > 1 ? w("bring.left", { span: studio.span(left) }) : ""].filter(Boolean).join(" · ");
    });
    return sending;
  }

  // Watch the import at the server until it has ended.
  async function look(dataset) {
    clearTimeout(timer);
    const rows = await studio.call("look_imports", { dataset }).catch(() => null);
    const now = rows?.find(row => row.tray === tray);
    if (rows && !now) { tray = ""; doing.replaceChildren(); return; }
    if (!now || now.state === "running") {
      if (now) running(now);
      timer = setTimeout(() => look(dataset), LOOK);
      return;
    }
    tray = "";
    doing.replaceChildren();
    await told(now, dataset);
    await reload();
    studio.changed();
  }

  function running(now) {
    const stop = h("button", { class: "link", id: "bring-stop", onclick: () => studio.act("stop_import", { tray: now.tray }) }, w("stop"));
    doing.replaceChildren(h("progress", now.total ? { max: now.total, value: now.done } : {}),
      h("span", { class: "facts" }, [now.total ? w("wall.bringing", { done: now.done, n: now.total }) : w("bring.opening"), now.left > 1 ? w("bring.left", { span: studio.span(now.left) }) : ""].filter(Boolean).join(" · ")),
      h("span", { class: "dim small reading-now" }, now.name), stop);
  }

  // ── the report ─────────────────────────────────────────────────────
  async function told(now, dataset) {
    const said = [w("wall.added", { n: now.added || 0 })];
    if (now.captions) said.push(w("wall.with_captions", { n: now.captions }));
    if (now.known) said.push(w("wall.known", { n: now.known }));
    if (now.state === "stopped") said.unshift(w("bring.stopped"));
    const close = () => { report.replaceChildren(); studio.act("close_import", { tray: now.tray }); };
    const good = now.state === "done" && !now.refused.length, rows = [...now.refused, ...now.noted];
    studio.toast(now.state === "failed" ? now.error : said.join(" · "), { kind: now.state === "failed" ? "wrong" : now.added ? "good" : "attention", undo: now.change ? () => undo(now.change) : null });
    if (good && now.format === "pictures" && !now.noted.length) { close(); return; }
    report.replaceChildren(h("div", { class: "row wrap" },
      h("b", { class: good ? "good" : "wrong" }, good ? `✓ ${said.join(" · ")}` : `✕ ${now.state === "failed" ? now.error : now.refused.length ? w("wall.refused", { n: now.refused.length }) : said.join(" · ")}`),
      h("span", { class: "fill" }), ...(await again(now, dataset)),
      rows.length ? h("button", { class: "link", id: "bring-copy", onclick: () => copy(rows) }, w("bring.copy")) : null,
      h("button", { class: "bare", "aria-label": w("close"), onclick: close }, "×")),
    list(now.refused, ""), list(now.noted, "dim"));
    report.classList.toggle("all-good", good);
  }

  const list = (rows, kind) => rows.length ? h("ul", { class: kind }, rows.slice(0, 200).map(row => h("li", {}, row.why)), rows.length > 200 ? h("li", { class: "dim" }, w("bring.more", { n: rows.length - 200 })) : null) : "";

  // What it was read as, and the choice to read the same files as something else.
  async function again(now, dataset) {
    const rows = await layouts(), choice = h("select", { class: "format", id: "bring-format", "aria-label": w("bring.read_as"), onchange: async () => {
      report.replaceChildren();
      if ((await studio.act("again_import", { tray: now.tray, format: choice.value })) === undefined) return;
      tray = now.tray;
      look(dataset);
    } }, rows.map(row => h("option", { value: row.name }, row.say)));
    choice.value = now.format;
    return now.state === "failed" && !now.format ? [] : [h("label", { class: "row dim small" }, w("bring.read_as"), choice)];
  }

  async function copy(refused) {
    const text = refused.map(row => `${row.name}\t${row.why}`).join("\n");
    try { await navigator.clipboard.writeText(text); } catch {
      const area = document.body.appendChild(h("textarea", { value: text }));
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    studio.toast(w("bring.copied", { n: refused.length }), { kind: "good" });
  }

  // An import that another visit began is found again.
  async function resume() {
    if (!place.dataset || tray || sending) return;
    report.replaceChildren();
    const rows = (await studio.call("look_imports", { dataset: place.dataset }).catch(() => [])) || [];
    const running = rows.find(row => row.state === "running");
    if (running) { tray = running.tray; look(place.dataset); }
  }
  resume();

  // ── dropping ───────────────────────────────────────────────────────
  let depth = 0;
  const cover = on => box.classList.toggle("dropping", on);
  addEventListener("dragenter", event => { if (studio.visible(box) && event.dataTransfer?.types.includes("Files")) { depth += 1; cover(true); } });
  addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) cover(false); });
  addEventListener("dragover", event => { if (studio.visible(box)) event.preventDefault(); });
  addEventListener("drop", async event => {
    if (!studio.visible(box) || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    depth = 0;
    cover(false);
    bring(await studio.given.dropped(event.dataTransfer));
  });
  return { inputs, layouts, resume, files: () => files.click(), folder: () => folder.click(), busy: () => Boolean(sending || tray) };
};
