"use strict";
// Everything made, newest first: a film strip, and opened a wall with filters where many are chosen at once.
// Its value is the number of the picture whose settings go back into the form.
studio.part("film", (box, { props, trigger }) => {
  const { h, w, place } = studio;
  const PAGE = 60;
  const strip = h("div", { class: "film", role: "listbox", "aria-multiselectable": "true", "aria-label": w("film.title"), tabindex: 0, onkeydown: key });
  const more = h("button", { class: "plain", hidden: true, onclick: () => load({ older: true }) }, w("film.more"));
  const title = h("h4", {}, w("film.title"));
  const opener = h("button", { class: "link", id: "film-open", hidden: true, onclick: () => open(!wide) });
  const filters = studio.filmFilters(() => load());
  const none = h("p", { class: "dim none-found", hidden: true }, w("wall.none"));
  const bar = h("div", { class: "picked", role: "toolbar", hidden: true, "aria-label": w("wall.selection") });
  box.append(h("div", { class: "row film-head" }, title, h("span", { class: "fill" }), opener), filters.box, none, h("div", { class: "film-row" }, strip, more), bar);
  let made = [], total = 0, chosen = 0, anchor = 0, first = true, wide = false, packing = "";
  const picked = new Set();

  const load = studio.inTurn(ask);
  studio.follow(box, () => load());
  studio.on("made", () => load({ fresh: true }));
  studio.on("rated", () => load());
  studio.on("place", () => { made = []; chosen = 0; first = true; picked.clear(); filters.clear(); studio.tell("stage", null); });
  studio.on("delete pictures", remove);
  studio.on("close wall", () => open(false));
  studio.on("compare", compare);
  new IntersectionObserver(seen => { if (wide && !more.hidden && seen.some(one => one.isIntersecting)) load({ older: true }); }, { rootMargin: "400px" }).observe(more);

  async function ask({ older = false, fresh = false } = {}) {
    const newest = made[0]?.id || 0;
    const found = await studio.call("look_album", { query: { project: place.project, ...(wide ? filters.query : {}), offset: older ? made.length : 0, limit: older ? PAGE : Math.max(PAGE, made.length) } });
    made = older ? [...made, ...found.pictures.filter(row => !made.some(other => other.id === row.id))] : found.pictures;
    total = found.total;
    filters.show(found);
    more.hidden = made.length >= total;
    const arrived = !first && made[0] && made[0].id > newest;
    if (arrived) studio.tell("arrived", made[0]);
    if (!wide && (first || arrived || fresh && !chosen || !made.some(row => row.id === chosen))) { chosen = made[0]?.id || 0; studio.tell("stage", made[0] || null); }
    first = false;
    show();
    if (arrived && !wide) strip.scrollLeft = 0;
  }

  function show() {
    title.hidden = !total && !wide;
    title.textContent = total ? `${w("film.title")} · ${w("wall.count", { n: total })}` : w("film.title");
    opener.hidden = !made.length && !wide;
    opener.textContent = w(wide ? "film.close" : "film.open");
    none.hidden = !wide || made.length > 0;
    studio.list(strip, made, row => row.id, row => h("button", { class: "tile", role: "option", tabindex: -1, onclick: event => pick(row, event), ondblclick: () => { if (wide) { open(false); choose(row, true); } } }, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.prompt, draggable: "false" }), h("span", { class: "mark" })), (node, row) => {
      node.setAttribute("aria-selected", String(wide ? picked.has(row.id) : row.id === chosen));
      node.classList.toggle("chosen", row.id === chosen);
      node.querySelector(".mark").textContent = row.rating ? "★".repeat(row.rating) : "";
      node.title = [studio.pictureFacts(row), row.prompt].filter(Boolean).join("\n");
    });
    toolbar();
  }

  // ── the wall ─────────────────────────────────────────────────────────
  function open(on) {
    if (wide === on) return;
    wide = on;
    picked.clear();
    box.classList.toggle("wide", wide);
    filters.box.hidden = !wide;
    document.getElementById("bench")?.classList.toggle("away", wide);
    filters.clear();
    load();
    if (!wide) { scrollTo(0, 0); const row = made.find(one => one.id === chosen); if (row) studio.tell("stage", row); }
  }

  function pick(row, event) {
    if (!wide) { choose(row, true); return; }
    const at = made.findIndex(one => one.id === row.id), from = made.findIndex(one => one.id === anchor);
    if (event.shiftKey && from >= 0) made.slice(Math.min(at, from), Math.max(at, from) + 1).forEach(one => picked.add(one.id));
    else if (event.ctrlKey || event.metaKey || filters.several) picked.has(row.id) ? picked.delete(row.id) : picked.add(row.id);
    else { picked.clear(); picked.add(row.id); }
    if (!event.shiftKey) anchor = row.id;
    chosen = row.id;
    show();
  }

  function toolbar() {
    const rows = made.filter(row => picked.has(row.id));
    bar.hidden = !wide || !rows.length;
    const mark = [...rows.map(row => `${row.id}:${row.rating}`), packing].join();
    if (bar.hidden || bar.dataset.mark === mark) return;
    bar.dataset.mark = mark;
    const one = rows.length === 1, two = rows.length === 2;
    bar.replaceChildren(h("b", { class: "facts" }, w("wall.selected", { n: rows.length })), h("span", { class: "fill" }),
      ...(one ? studio.pictureTools(rows[0]) : [studio.stars(rows),
        two && h("button", { class: "plain", onclick: () => studio.compare(rows[1], rows[0]) }, w("stage.compare")),
        h("button", { class: "plain", id: "album-zip", disabled: Boolean(packing), onclick: () => zip(rows) }, packing || w("album.zip")),
        h("button", { class: "plain", onclick: () => remove(rows) }, w("delete"))].filter(Boolean)),
      h("button", { class: "bare", "aria-label": w("wall.unpick"), title: w("wall.unpick"), onclick: () => { picked.clear(); show(); } }, "×"));
  }

  async function zip(rows) {
    const KEPT = "studio.album.template";
    const template = await studio.line(w("album.zip_title", { n: rows.length }), localStorage.getItem(KEPT) || "{date}-{seed}-{prompt}", { does: w("download"), hint: w("album.zip_hint") });
    let packed = template && (await studio.act("zip_made", { made: rows.map(row => row.id), template }));
    if (!packed) return;
    localStorage.setItem(KEPT, template);
    if (packed.job) packed = await written(packed.job, rows.length);
    if (!packed) return;
    h("a", { href: packed.url, download: packed.name }).click();
    studio.toast(w("wall.exported", { n: packed.pictures, name: packed.name, size: studio.bytes(packed.bytes) }), { kind: "good" });
  }

  // Many are packed by a job: the button says how far it is; it is stopped among the jobs, which keep the file.
  async function written(job, n) {
    studio.asked("pack");
    packing = w("album.packing");
    const now = await studio.ended(job, at => { packing = [w("album.packing"), at.progress ? `${Math.round(at.progress * 100)} %` : "", at.left ? studio.span(at.left) : ""].filter(Boolean).join(" "); toolbar(); });
    packing = "";
    toolbar();
    if (now.state === "done") return { url: `/made/${job}`, name: now.result.file, bytes: now.result.bytes, pictures: n };
    if (now.error) studio.toast(now.error, { kind: "wrong" });
    return null;
  }

  // Beside its parent where it has one, else beside the one made before it.
  async function compare(row) {
    const parent = row.parent ? await studio.act("look_picture", { picture: row.parent }) : null;
    const at = made.findIndex(one => one.id === row.id);
    const others = [parent, ...made.slice(Math.max(0, at - 12), at + 24).filter(one => one.id !== row.id)].filter(Boolean);
    if (!others.length) { studio.toast(w("compare.alone")); return; }
    studio.compare(parent || made[at + 1] || others[0], row, others);
  }

  // ── one picture ──────────────────────────────────────────────────────
  // Look at a picture; `settings` puts everything that made it back into the form.
  function choose(row, settings) {
    chosen = row.id;
    studio.tell("stage", row);
    show();
    strip.querySelector(".chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (!settings) return;
    props.value = row.id;
    trigger("select");
  }

  function key(event) {
    const across = wide ? Math.max(1, Math.round(strip.clientWidth / (strip.firstChild?.offsetWidth + 8 || 100))) : 0;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    const at = made.findIndex(row => row.id === chosen), row = made[at];
    if (by && made[at + by]) {
      event.preventDefault();
      if (!wide) { choose(made[at + by], false); return; }
      pick(made[at + by], { shiftKey: event.shiftKey });
      strip.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && row) { if (wide) open(false); choose(row, true); }
    else if (["Delete", "Backspace"].includes(event.key) && row) remove(wide ? made.filter(one => picked.has(one.id)) : [row]);
    else if (wide && event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); made.forEach(one => picked.add(one.id)); show(); }
    else if (wide && /^[0-5]$/.test(event.key) && picked.size) { event.preventDefault(); event.stopPropagation(); rate(Number(event.key)); }
    else if (wide && event.key === "Escape") picked.size ? (picked.clear(), show()) : open(false);
  }
  document.addEventListener("keydown", event => {
    if (studio.visible(box) && !wide && ["ArrowLeft", "ArrowRight"].includes(event.key) && !event.target.closest("input, textarea, select, dialog, [role=listbox], [role=tab], [role=radio]")) key(event);
  });

  async function rate(rating) {
    if ((await studio.act("rate_made", { made: [...picked], rating })) !== undefined) load();
  }

  async function remove(rows) {
    const gone = rows.map(row => row.id);
    if (!gone.length || (await studio.act("delete_made", { made: gone })) === undefined) return;
    const at = made.findIndex(other => other.id === gone[0]);
    made = made.filter(other => !gone.includes(other.id));
    total -= gone.length;
    const next = made[Math.min(at, made.length - 1)];
    chosen = next?.id || 0;
    picked.clear();
    studio.tell("stage", next || null);
    show();
    load(); // an answer on its way may still hold what is gone
    studio.toast(gone.length === 1 ? w("film.deleted") : w("film.deleted_many", { n: gone.length }), { undo: async () => { await studio.act("restore_made", { made: gone }); await load(); const row = made.find(one => one.id === gone[0]); if (row && !wide) choose(row, false); } });
  }
});

// What the wall can be asked for: words, stars, base model, LoRA, where a picture began.
//   ask(): called when a filter changed. Answers {box, query, several, show(found), clear()}.
studio.filmFilters = ask => {
  const { h, w } = studio;
  let timer = 0;
  const search = h("input", { type: "search", class: "search", placeholder: w("album.search"), "aria-label": w("album.search"), "data-search": "", oninput: () => { clearTimeout(timer); timer = setTimeout(ask, 200); } });
  const pick = (name, options) => h("select", { "aria-label": w(`album.${name}`), "data-filter": name, onchange: ask }, options.map(([value, say]) => h("option", { value }, say)));
  const rating = pick("rating", [[0, w("album.any_rating")], ...[1, 2, 3, 4, 5].map(n => [n, "★".repeat(n) + (n < 5 ? " +" : "")])]);
  const source = pick("source", ["", "text", "image", "sweep"].map(name => [name, w(`album.from.${name || "any"}`)]));
  const base = pick("base", [["", w("album.any_base")]]), lora = pick("lora", [["", w("album.any_lora")]]);
  const several = h("button", { class: "chip", type: "button", "aria-pressed": "false", title: w("wall.several_hint"), onclick: () => several.setAttribute("aria-pressed", String(several.ariaPressed !== "true")) }, w("wall.several"));
  const box = h("div", { class: "tools", hidden: true }, search, rating, source, base, lora, several);

  function fill(choose, any, found) {
    const now = choose.value, known = Object.entries(found).sort(([a], [b]) => a.localeCompare(b));
    const mark = JSON.stringify(known);
    if (choose.dataset.mark === mark) return;
    choose.dataset.mark = mark;
    choose.replaceChildren(h("option", { value: "" }, any), ...known.map(([name, n]) => h("option", { value: name }, `${name} · ${n}`)));
    choose.value = now in found ? now : "";
  }

  return {
    box,
    get several() { return several.ariaPressed === "true"; },
    get query() { return { search: search.value, rating: Number(rating.value), source: source.value, base: base.value, lora: lora.value }; },
    show(found) { fill(base, w("album.any_base"), found.bases); fill(lora, w("album.any_lora"), found.loras); },
    clear() { search.value = source.value = base.value = lora.value = ""; rating.value = "0"; several.setAttribute("aria-pressed", "false"); },
  };
};
