"use strict";
// The round trip: captions out as a table for a spreadsheet or a language model, and in again after a look at what differs.
studio.penTable = pen => {
  const { h, w } = studio;
  let table = null, found = null;
  const left = new Set();

  const input = h("input", { type: "file", hidden: true, id: "table-file", accept: ".csv,.tsv,.txt,text/csv", onchange: () => { if (input.files[0]) take(input.files[0]); input.value = ""; } });
  const shown = h("div", {});
  const node = h("div", { class: "table", ondragover: event => event.preventDefault(), ondrop: event => { event.preventDefault(); if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]); } }, input,
    h("p", { class: "dim" }, w("table.hint")),
    h("div", { class: "row wrap" }, h("button", { class: "plain", id: "table-save", onclick: save }, w("table.save")), h("button", { class: "plain", onclick: () => input.click() }, w("table.choose"))), shown);

  studio.on("place", () => { if (table) { found = table = null; shown.replaceChildren(); } });

  async function save() {
    const made = await studio.act("export_captions", { dataset: pen.data.id });
    if (!made) return;
    const link = h("a", { href: URL.createObjectURL(new Blob([made.text], { type: "text/csv;charset=utf-8" })), download: made.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async function take(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let letters = "";
    for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    table = { table: btoa(letters), name: file.name };
    left.clear();
    await compare();
  }

  const compare = studio.inTurn(async () => {
    try {
      found = await studio.call("compare_table", { dataset: pen.data.id, ...table });
      draw();
    } catch (error) {
      found = null;
      shown.replaceChildren(h("p", { class: "wrong", role: "alert" }, error.message));
    }
  });

  const value = (column, said) => (column === "split" && studio.has(`split.${said}`) ? w(`split.${said}`) : said);
  const cell = one => one.column === "caption" ? h("span", {}, studio.difference(one.pieces)) : h("span", { class: "cell" }, `${w(`table.column.${one.column}`)}: `, h("del", {}, value(one.column, one.before)), " ", h("ins", {}, value(one.column, one.after)));

  function named(key, names) {
    if (!names.length) return null;
    return h("details", { class: "named" }, h("summary", {}, w(`table.${key}`, { n: names.length })), h("p", { class: "dim small" }, names.slice(0, 60).join(", "), names.length > 60 ? " …" : ""));
  }

  function draw() {
    const go = h("button", { class: "plain strong", id: "table-go", onclick: apply });
    const tell = () => { const n = found.n - left.size; go.disabled = !n; go.textContent = n ? w("table.go", { n }) : w("table.go_none"); };
    const rows = found.rows.map(row => ({ ...row, says: [h("b", { class: "small" }, row.name), " ", row.cells.map(cell)] }));
    shown.replaceChildren(...[
      h("p", {}, h("b", {}, table.name), ` · ${w("table.found", { n: found.n, same: found.same })}`),
      found.refused.length ? h("ul", { class: "attention small" }, found.refused.slice(0, 20).map(row => h("li", {}, `! ${row.why}`))) : null,
      named("unknown", found.unknown), named("missing", found.missing), named("ignored", found.ignored),
      studio.penRows(rows, left, tell),
      found.n > found.rows.length ? h("p", { class: "dim" }, w("bulk.more", { n: found.n - found.rows.length })) : null,
      h("div", { class: "row" }, go, h("button", { class: "plain", onclick: () => { found = table = null; shown.replaceChildren(); } }, w("cancel"))),
    ].filter(Boolean));
    tell();
  }

  async function apply() {
    const made = await studio.act("take_table", { dataset: pen.data.id, ...table, leave: [...left] });
    if (!made) return;
    studio.told(made);
    found = table = null;
    shown.replaceChildren();
    studio.changed();
  }

  return { node, load: () => { if (table) compare(); } };
};
