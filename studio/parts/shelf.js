"use strict";
// The shelf of LoRAs: each with its picture, where it came from, and what can be done with it.
studio.part("shelf", box => {
  const { h, w, place } = studio;
  let known = [], formats = [], every = false;
  const cards = h("div", { class: "shelf" });
  const nothing = h("div");
  const find = h("input", { type: "search", class: "search", placeholder: w("shelf.search"), "aria-label": w("shelf.search"), "data-search": "", oninput: show });
  const all = h("button", { class: "chip", "aria-pressed": "false", onclick: () => { every = !every; all.setAttribute("aria-pressed", String(every)); load(); } }, w("shelf.checkpoints"));
  const tools = h("div", { class: "tools" }, find, all);
  box.append(h("h2", {}, w("shelf.title")), tools, nothing, cards);

  const load = studio.follow(box, async () => {
    known = await studio.call("list_loras", { project: place.project, checkpoints: every });
    formats = formats.length ? formats : await studio.call("list_formats");
    show();
  }, () => false);

  function show() {
    tools.hidden = !known.length && !every;
    nothing.replaceChildren(...(known.length ? [] : [studio.empty(
      h("svg", { viewBox: "0 0 240 100", class: "drawing", "aria-hidden": "true" }, h("path", { d: "M30 88h180" }), h("rect", { x: 46, y: 22, width: 34, height: 66 }), h("rect", { x: 84, y: 14, width: 34, height: 74 }), h("rect", { x: 122, y: 26, width: 34, height: 62 }), h("path", { d: "M164 86l22-62 14 5-22 62z" })),
      w("shelf.empty"), w("shelf.empty_hint"), h("button", { class: "main", onclick: () => studio.go("train") }, w("shelf.empty_do")))]));
    const wanted = find.value.toLowerCase();
    const shown = known.filter(row => !wanted || `${row.name} ${row.trigger} ${row.dataset}`.toLowerCase().includes(wanted));
    studio.list(cards, shown, row => row.id, make, dress);
  }

  function make(row) {
    return h("article", { class: "record" }, h("div", { class: "cover" }), h("div", { class: "row" }, h("b"), h("button", { class: "bare", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu" }, "⋯")),
      h("p", { class: "word" }), h("p", { class: "dim small facts" }), h("div", { class: "row wrap" },
        h("button", { class: "plain use", onclick: () => { studio.go("generate"); studio.tell("use", row.id); } }, w("shelf.use")), h("button", { class: "plain download", "aria-haspopup": "menu" }, `${w("download")} ▾`)));
  }

  function dress(node, row) {
    node.querySelector(".cover").style.backgroundImage = row.preview ? `url(${studio.thumb(row.preview)})` : "";
    node.querySelector(".cover").classList.toggle("blank", !row.preview);
    node.querySelector("b").textContent = row.final ? row.name : `${row.name} · ${w("run.step", { n: row.step })}`;
    const word = node.querySelector(".word");
    word.replaceChildren(...(row.trigger ? [h("span", { class: "chip still" }, row.trigger)] : []));
    node.querySelector(".facts").textContent = [row.base, w("run.rank", { n: row.rank }), studio.bytes(row.bytes), row.dataset && w("shelf.from", { name: row.dataset, step: row.step }), studio.ago(row.when)].filter(Boolean).join(" · ");
    const down = node.querySelector(".download");
    down.onclick = () => studio.menu(down, [
      ...formats.map(form => ({ say: studio.has(`format.${form.name}`) ? w(`format.${form.name}`) : form.about, do: () => fetchFile(`/lora/${row.id}/${form.name}`) })), null,
      { say: w("shelf.bundle"), do: () => fetchFile(`/share/${row.id}/kohya`) }]);
    const menu = node.querySelector(".bare");
    menu.onclick = () => studio.menu(menu, [
      { say: w("rename"), do: () => rename(row) },
      { say: w("shelf.word"), do: () => word_(row) },
      row.job ? { say: w("shelf.run"), do: () => studio.go("jobs") } : { say: w("shelf.no_run"), do: () => {} },
      { say: w("shelf.check"), do: () => check(row) },
      null,
      { say: w("delete"), do: () => remove(row) },
    ]);
  }

  function fetchFile(address) {
    const link = h("a", { href: address, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  // What other tools make of it: the doctor works in a job of its own, its report comes here.
  async function check(row) {
    const job = await studio.act("check_lora", { project: place.project, lora: row.id });
    if (!job) return;
    const inside = h("div", { class: "report-lines" }, h("p", { class: "dim" }, w("shelf.checking"))), verdict = h("p");
    const box = h("dialog", { class: "ask checked", "aria-label": w("shelf.check") }, h("h3", {}, w("shelf.check_of", { name: row.name })), verdict, inside,
      h("form", { method: "dialog", class: "row end" }, h("button", { class: "plain" }, w("close"))));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    studio.changed();
    while (box.isConnected) {
      const now = await studio.act("look_check", { job });
      if (!now || !["queued", "running"].includes(now.state)) { tell(now || { report: [] }); return; }
      if (now.note) inside.replaceChildren(h("p", { class: "dim" }, `${now.note} …`));
      await new Promise(yes => setTimeout(yes, 500));
    }

    function tell({ report, error }) {
      const bad = report.filter(line => !line.ok).length;
      verdict.className = bad || error ? "wrong" : "good";
      verdict.textContent = error || (report.length ? (bad ? `✗ ${w("shelf.check_bad", { n: bad })}` : `✓ ${w("shelf.check_good")}`) : w("shelf.check_stopped"));
      inside.replaceChildren(...[...new Set(report.map(line => line.tool))].map(tool => h("section", {}, h("h4", {}, tool), h("ul", {},
        report.filter(line => line.tool === tool).map(line => h("li", { class: line.ok ? "" : "wrong" }, h("b", { class: line.ok ? "good" : "wrong", "aria-label": w(line.ok ? "shelf.fine" : "shelf.amiss") }, line.ok ? "✓" : "✗"), h("span", {}, line.said, line.keys?.length > 1 && h("details", { class: "dim small" }, h("summary", {}, w("shelf.check_keys", { n: line.keys.length })), h("ul", {}, line.keys.map(key => h("p", {}, key)))))))))));
    }
  }

  async function rename(row) {
    const name = await studio.line(w("shelf.rename"), row.name, { does: w("rename") });
    if (name && (await studio.act("rename_lora", { lora: row.id, name })) !== undefined) load();
  }

  async function word_(row) {
    const trigger = await studio.line(w("shelf.word"), row.trigger, { hint: w("pen.trigger_hint") });
    if (trigger !== null && (await studio.act("set_lora", { lora: row.id, trigger })) !== undefined) load();
  }

  async function remove(row) {
    if ((await studio.act("delete_lora", { lora: row.id })) === undefined) return;
    studio.changed();
    studio.toast(w("shelf.deleted", { name: row.name }), { undo: async () => { await studio.act("restore_lora", { lora: row.id }); studio.changed(); } });
  }
});

// The base models: what is there, and a line to add one.
studio.part("bases", box => {
  const { h, w } = studio;
  const rows = h("div", { class: "base-list" });
  const source = h("input", { type: "text", placeholder: w("bases.source"), "aria-label": w("bases.source"), id: "base-source" });
  const name = h("input", { type: "text", placeholder: w("bases.name"), "aria-label": w("bases.name"), id: "base-name" });
  const said = h("p", { class: "wrong", role: "alert", hidden: true });
  const form = h("form", { class: "row wrap add-base", onsubmit: add }, source, name, h("button", { class: "plain", id: "base-add" }, w("bases.add")));
  box.append(h("h2", {}, w("bases.title")), rows, form, said, h("p", { class: "dim small" }, w("bases.hint")));

  const load = studio.follow(box, async () => {
    const known = await studio.call("list_bases", {});
    studio.list(rows, known, row => row.id, row => h("div", { class: "base row" }, h("b"), h("span", { class: "chip still" }), h("span", { class: "dim small path" }), h("span", { class: "fill" }), h("span", { class: "small here" }), h("button", { class: "bare", "aria-label": w("bases.forget"), title: w("bases.forget"), onclick: () => forget(row) }, "×")), (node, row) => {
      node.querySelector("b").textContent = row.name;
      node.querySelector(".chip").textContent = w(`family.${row.family}`);
      node.querySelector(".path").textContent = row.name === "mini" ? w("bases.bundled") : row.source;
      node.querySelector(".here").textContent = row.here ? `✓ ${w("bases.here")}` : `○ ${w("bases.hub")}`;
      node.querySelector(".here").classList.toggle("good", row.here);
      node.querySelector(".bare").style.visibility = row.name === "mini" ? "hidden" : "";
    });
  }, () => false);

  async function add(event) {
    event.preventDefault();
    said.hidden = true;
    try {
      await studio.call("add_base", { name: name.value, source: source.value });
      name.value = source.value = "";
      load();
    } catch (error) {
      said.textContent = `✕ ${error.message}`;
      said.hidden = false;
    }
  }

  async function forget(row) {
    if ((await studio.act("remove_base", { base: row.id })) === undefined) return;
    await load();
    studio.toast(w("bases.forgotten", { name: row.name }), { undo: async () => { await studio.act("restore_base", { base: row.id }); load(); } });
  }
});
