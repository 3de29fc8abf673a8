"use strict";
// The data sets of a project, side by side: choose one, make, rename, export or delete one.
studio.wallSets = (wall, { bring }) => {
  const { h, w, place } = studio;
  const shelf = h("div", { class: "sets", role: "tablist", "aria-label": w("wall.sets") });
  const box = h("div", { class: "row sets-row" }, shelf, h("button", { class: "plain", onclick: create }, `+ ${w("wall.new")}`));

  function show(sets) {
    studio.list(shelf, sets, row => row.id, row => h("button", { class: "set", role: "tab" }, h("i"), h("span", {}, h("b"), h("small"))), (node, row) => {
      const here = row.id === wall.data?.id;
      node.setAttribute("aria-selected", String(here));
      node.querySelector("b").textContent = row.name + (here ? " ▾" : "");
      node.querySelector("small").textContent = w("wall.count", { n: row.pictures }) + (row.missing ? ` · ${w("wall.bare", { n: row.missing })}` : "");
      node.querySelector("i").style.backgroundImage = row.cover ? `url(${studio.thumb(row.cover)})` : "";
      node.onclick = () => (here ? menu(node, row) : studio.move({ dataset: row.id }));
      node.title = here ? w("wall.set_menu") : "";
    });
  }

  function menu(button, row) {
    studio.menu(button, [
      { say: w("wall.export"), do: () => take(row) },
      { say: w("origin_of.came_of"), do: () => studio.origins({ dataset: row.id }) },
      { say: w("rename"), do: () => rename(row) },
      { say: w("delete"), do: () => remove(row) },
    ]);
  }

  async function create() {
    const name = await studio.line(w("wall.new"), "", { does: w("create"), hint: w("wall.new_hint") });
    const made = name && (await studio.act("create_dataset", { project: place.project, name }));
    if (made) await studio.move({ dataset: made });
  }

  async function rename(row) {
    const name = await studio.line(w("wall.rename"), row.name, { does: w("rename") });
    if (name && (await studio.act("rename_dataset", { dataset: row.id, name })) !== undefined) studio.changed();
  }

  async function remove(row) {
    if ((await studio.act("delete_dataset", { dataset: row.id })) === undefined) return;
    await studio.move({ dataset: 0 });
    studio.changed();
    studio.toast(w("wall.deleted", { name: row.name }), { undo: async () => { await studio.act("restore_dataset", { dataset: row.id }); studio.move({ dataset: row.id }); } });
  }

  // Export: choose a format, wait while the zip is written, download it.
  async function take(row) {
    const formats = await bring.layouts();
    const choice = h("select", { "aria-label": w("wall.format"), id: "export-format" }, formats.map(one => h("option", { value: one.name }, one.say)));
    choice.value = localStorage.getItem("studio.export") || "metadata_jsonl";
    const said = h("p", { class: "dim small", role: "status" });
    const go = h("button", { type: "submit", class: "main", id: "export-go" }, w("wall.export_do"));
    const dialog = h("dialog", { class: "ask", onclose: () => dialog.remove() }, h("form", { method: "dialog", onsubmit: async event => {
      event.preventDefault();
      localStorage.setItem("studio.export", choice.value);
      go.disabled = true;
      said.textContent = w("wall.exporting", { n: row.pictures });
      const made = await studio.act("export_dataset", { dataset: row.id, format: choice.value });
      go.disabled = false;
      if (!made) { said.textContent = ""; return; }
      dialog.close();
      h("a", { href: made.url, download: made.name }).click();
      studio.toast(w("wall.exported", { n: made.pictures, name: made.name, size: studio.bytes(made.bytes) }), { kind: "good" });
    } }, h("h3", {}, w("wall.export_title", { name: row.name })), h("p", { class: "dim" }, w("wall.export_hint")), choice, said,
      h("div", { class: "row end" }, h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, w("cancel")), go)));
    document.body.append(dialog);
    dialog.showModal();
    choice.focus();
  }

  return { box, show };
};
