"use strict";
// Changing many captions at once: a form for each kind of edit, and exactly what it would change before it does.

// Rows with before and after in two colours, each with a mark that takes it out; `rows` have {picture, name, file, says}.
studio.penRows = (rows, left, renew) => {
  const { h } = studio;
  return h("ul", { class: "previews" }, rows.map(row => {
    const mark = h("input", { type: "checkbox", "aria-label": row.name, onchange: () => { mark.checked ? left.delete(row.picture) : left.add(row.picture); renew(); } });
    mark.checked = !left.has(row.picture);
    return h("li", {}, h("label", {}, mark, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.name, title: row.name }), h("div", {}, row.says)));
  }));
};

studio.penBulk = (pen, open) => {
  const { h, w } = studio;
  const KINDS = ["replace", "affix", "template", "tags", "trigger", "shots", "tidy"];
  const FIELDS = ["caption", "trigger", "name", "stem", "person", "framing", "split", "dataset", "number"];
  let kind = "replace", timer = 0, found = null, given = null, asked = 0;
  const left = new Set();

  // ── fields of each kind ────────────────────────────────────────────
  const line = (name, more = {}) => h("input", { type: "text", id: `bulk-${name}`, "aria-label": w(`bulk.${name}`), placeholder: w(`bulk.${name}`), oninput: later, ...more });
  const tick = name => { const box = h("input", { type: "checkbox", id: `bulk-${name}`, onchange: later }); return { box, node: h("label", { class: "tick-label" }, box, w(`bulk.${name}`)) }; };
  const pick = (name, options) => h("select", { id: `bulk-${name}`, "aria-label": w(`bulk.${name}`), onchange: later }, options.map(option => h("option", { value: option }, w(`bulk.${name}_is.${option || "none"}`))));
  const find = line("find"), put = line("put"), regex = tick("regex"), letters = tick("case"), whole = tick("whole");
  const does = pick("does", ["add", "remove"]), end = pick("end", ["prefix", "suffix"]), affix = line("affix");
  const template = line("template", { value: "{trigger}, {caption}" });
  const order = pick("order", ["", "common", "alphabet"]), first = line("first"), drop = line("drop"), once = tick("once");
  const shots = { "close-up": "<cu_trg>", medium: "<ms_trg>", full: "<fs_trg>" };
  const tokens = Object.entries(shots).map(([framing, token]) => h("label", { class: "shot-token" }, w(`wall.filter.${framing}`), line(`shot-${framing}`, { value: token, placeholder: token, "aria-label": w(`wall.filter.${framing}`) })));
  const form = pick("form", ["worked in", "comma", "space", "remove"]);
  const FORMS = {
    replace: [find, put, regex.node, letters.node, whole.node],
    affix: [does, end, affix],
    template: [template, h("div", { class: "chips" }, FIELDS.map(name => h("button", { class: "chip", title: w(`bulk.field.${name}`), onclick: () => { template.setRangeText(`{${name}}`, template.selectionStart, template.selectionEnd, "end"); template.focus(); later(); } }, `{${name}}`)))],
    tags: [order, first, drop, once.node],
    trigger: [form],
    shots: [...tokens, h("p", { class: "dim" }, w("bulk.shots_hint"))],
    tidy: [h("p", { class: "dim" }, w("bulk.tidy_hint"))],
  };
  const list = text => text.split(",").map(part => part.trim()).filter(Boolean);
  const EDITS = {
    replace: () => find.value && { kind: "replace", find: find.value, put: put.value, regex: regex.box.checked, case: letters.box.checked, words: whole.box.checked },
    affix: () => affix.value.trim() && { kind: end.value, text: affix.value, remove: does.value === "remove" },
    template: () => template.value.trim() && { kind: "template", text: template.value },
    tags: () => (order.value || first.value.trim() || drop.value.trim() || once.box.checked) && { kind: "tags", order: order.value, first: list(first.value), drop: list(drop.value), once: once.box.checked },
    trigger: () => form.value === "remove" ? { kind: "trigger", remove: true } : { kind: "trigger", form: form.value },
    shots: () => ({ kind: "shots", tokens: Object.fromEntries(Object.keys(shots).map((framing, at) => [framing, tokens[at].querySelector("input").value])) }),
    tidy: () => ({ kind: "tidy" }),
  };
  once.box.checked = true;

  // ── the frame ──────────────────────────────────────────────────────
  const chips = h("div", { class: "chips", role: "radiogroup" }, KINDS.map(name => h("button", { class: "chip", data: { name }, onclick: () => { kind = name; draw(); preview(); } }, w(`bulk.kind.${name}`))));
  const fields = h("div", { class: "bulk-fields" });
  const scope = h("select", { class: "scope", "aria-label": w("bulk.scope"), onchange: () => { left.clear(); preview(); } });
  const say = h("span", { class: "dim", "aria-live": "polite" });
  const go = h("button", { class: "plain strong", id: "bulk-go", onclick: apply });
  const shown = h("div", {});
  const node = h("div", { class: "bulk" }, h("div", { class: "row wrap" }, chips, h("span", { class: "fill" }), scope), fields, h("div", { class: "row wrap" }, go, say), shown);
  studio.on("pen chosen", scopes);

  function draw() {
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.name === kind));
    fields.replaceChildren(...FORMS[kind]);
    scopes();
  }

  function scopes() {
    if (!pen.data) return;
    const was = scope.value, sizes = { all: pen.data.images.length, shown: pen.strip.matching().length, chosen: pen.strip.chosen.length, given: given?.length || 0 };
    const rows = Object.entries(sizes).filter(([name, n]) => name === "all" || (n && (name !== "shown" || n < sizes.all)));
    scope.replaceChildren(...rows.map(([name, n]) => h("option", { value: name }, w(`bulk.scope_is.${name}`, { n }))));
    scope.value = rows.some(([name]) => name === was) ? was : sizes.chosen ? "chosen" : "all";
  }

  function pictures() {
    const whose = { shown: () => pen.strip.matching().map(image => image.id), chosen: () => pen.strip.chosen, given: () => given };
    return whose[scope.value]?.() || [];
  }

  function later() { clearTimeout(timer); timer = setTimeout(preview, 250); }

  // ── looking and doing ──────────────────────────────────────────────
  async function preview() {
    const edit = EDITS[kind](), mine = ++asked, data = pen.data;
    found = null;
    if (!data) return;
    if (!edit) { say.textContent = w(`bulk.hint.${kind}`); say.className = "dim"; shown.replaceChildren(); tell(); return; }
    try {
      const answer = await studio.call("preview_wording", { dataset: data.id, edit, pictures: pictures() });
      if (mine !== asked || pen.data?.id !== data.id) return;
      found = { ...answer, edit, pictures: pictures() };
      for (const id of [...left]) if (!answer.rows.some(row => row.picture === id)) left.delete(id);
      say.className = "dim";
      say.textContent = answer.n ? w("bulk.changes", { n: answer.n, of: answer.looked }) : w("bulk.nothing");
      shown.replaceChildren(studio.penRows(answer.rows.map(row => ({ ...row, says: studio.difference(row.pieces) })), left, tell), answer.n > answer.rows.length ? h("p", { class: "dim" }, w("bulk.more", { n: answer.n - answer.rows.length })) : "");
    } catch (error) {
      if (mine !== asked) return;
      say.className = "wrong";
      say.textContent = error.message;
      shown.replaceChildren();
    }
    tell();
  }

  function tell() {
    const n = found ? found.n - left.size : 0;
    go.disabled = !n;
    go.textContent = n ? w("bulk.go", { n }) : w("bulk.go_none");
  }

  async function apply() {
    if (!found) return;
    const made = await studio.act("apply_wording", { dataset: pen.data.id, edit: found.edit, pictures: found.pictures, leave: [...left], seen: found.version });
    if (!made) { preview(); return; }
    left.clear();
    studio.told(made);
    await studio.changed();
    preview();
  }

  // What advice proposes, ready to be looked at.
  function offer(wanted) {
    kind = wanted.kind;
    given = wanted.pictures || null;
    if (kind === "replace") { find.value = wanted.find; put.value = wanted.put; whole.box.checked = Boolean(wanted.words); regex.box.checked = false; }
    if (kind === "trigger") form.value = "worked in";
    draw();
    scope.value = given ? "given" : "all";
    left.clear();
  }

  function load(wanted) {
    if (!pen.data) return;
    if (wanted) offer(wanted);
    else draw();
    preview();
  }

  return { node, load };
};
