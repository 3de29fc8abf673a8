"use strict";
// Blends kept by name: a dialog to take one, keep the desk as one, rename and delete.
//   blend: what the desk holds now; take(parts): puts a blend on the desk.
studio.presets = async ({ blend, take }) => {
  const { h, w, place } = studio;
  const rows = h("div", { class: "preset-list" });
  const name = h("input", { type: "text", maxlength: 80, id: "preset-name", placeholder: w("preset.name"), "aria-label": w("preset.name") });
  const box = h("dialog", { class: "ask part", "aria-label": w("preset.title"), onclose: () => box.remove() }, h("h3", {}, w("preset.title")), h("p", { class: "dim" }, w("preset.hint")), rows,
    h("form", { class: "row", onsubmit: save }, name, h("button", { class: "main", id: "preset-save" }, w("save"))),
    h("form", { method: "dialog", class: "row end" }, h("button", { class: "plain" }, w("close"))));
  document.body.append(box);
  box.showModal();
  await load();

  async function load() {
    const known = (await studio.act("list_presets", { project: place.project })) || [];
    if (!known.length) { rows.replaceChildren(h("p", { class: "dim small" }, w("preset.none"))); return; }
    rows.replaceChildren(...known.map(row => h("div", { class: "row preset" },
      h("button", { class: "link use", onclick: () => { box.close(); take(row.blend); } }, row.name),
      h("span", { class: "dim small fill facts" }, row.blend.map(part => `${part.name} ${part.weight}`).join(" · ")),
      h("button", { class: "plain", onclick: () => rename(row) }, w("rename")),
      h("button", { class: "bare", "aria-label": w("delete"), title: w("delete"), onclick: () => remove(row) }, "×"))));
  }

  async function save(event) {
    event.preventDefault();
    if ((await studio.act("save_preset", { project: place.project, name: name.value, blend })) === undefined) return;
    studio.toast(w("preset.kept", { name: name.value.trim() }), { kind: "good" });
    name.value = "";
    load();
  }

  async function rename(row) {
    const called = await studio.line(w("preset.rename"), row.name, { does: w("rename") });
    if (called && (await studio.act("rename_preset", { preset: row.id, name: called })) !== undefined) load();
  }

  async function remove(row) {
    if ((await studio.act("delete_preset", { preset: row.id })) === undefined) return;
    load();
    studio.toast(w("preset.deleted", { name: row.name }), { undo: async () => { await studio.act("restore_preset", { preset: row.id }); if (box.isConnected) load(); } });
  }
};
