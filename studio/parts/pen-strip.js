"use strict";
// The film strip of the pen: filters, the order, the search, and the pictures chosen for what is done to many.
studio.penStrip = pen => {
  const { h, w } = studio;
  const STEP = 80;
  const chosen = new Set();
  let kind = "all", special = null, least = false, from = 0, to = STEP, found = null;

  const chips = h("div", { class: "chips" });
  const find = h("input", { type: "search", class: "search", placeholder: w("wall.search"), "aria-label": w("wall.search"), "data-search": "", oninput: () => { renew(); show(); } });
  const film = h("div", { class: "film", role: "listbox", "aria-multiselectable": "true", "aria-label": w("wall.pictures"), tabindex: 0, onkeydown: key, onscroll: more });
  const empty = h("p", { class: "dim small none-here", hidden: true }, w("pen.none_here"));
  const node = h("div", { class: "pen-strip" }, h("div", { class: "tools" }, chips, find), film, empty);

  studio.on("picked", ids => choose(ids.length > 1 ? ids : []));

  const TESTS = {
    all: () => true,
    bare: image => !image.caption,
    long: image => image.tokens > pen.data.most,
    chosen: image => chosen.has(image.id),
    review: image => image.likeness !== null,
    special: image => special.test(image),
  };

  // ── what is shown ──────────────────────────────────────────────────
  function renew() { found = null; }

  function matching() {
    if (found) return found;
    const wanted = find.value.toLowerCase();
    found = (pen.data?.images || []).filter(image => TESTS[kind](image) && (!wanted || image.caption.toLowerCase().includes(wanted) || image.name.toLowerCase().includes(wanted)));
    if (kind === "review" || (least && kind !== "special")) found.sort((a, b) => (a.likeness ?? 9) - (b.likeness ?? 9));
    if (kind === "special" && special.order) found.sort((a, b) => special.order.get(a.id) - special.order.get(b.id));
    return found;
  }

  // Change the filter; `other` is {say, test, order}. Answers what it shows.
  function filter(name, other = null) {
    kind = name;
    special = other;
    renew();
    from = 0;
    to = STEP;
    show(true);
    return matching();
  }

  function beside(by) {
    const images = matching(), at = images.findIndex(image => image.id === pen.now?.id);
    return at < 0 ? images[0] : images[at + by];
  }

  // ── drawing ────────────────────────────────────────────────────────
  function show(center = false) {
    if (!pen.data) return;
    drawChips();
    const images = matching(), at = images.findIndex(image => image.id === pen.now?.id);
    if (at >= 0 && (at < from || at >= to)) { from = Math.max(0, at - STEP / 2); to = from + STEP; }
    empty.hidden = images.length > 0;
    film.hidden = !images.length;
    studio.list(film, images.slice(from, to), image => image.id, image => h("button", { class: "tile", role: "option", tabindex: -1 },
      h("img", { src: studio.thumb(image.file), loading: "lazy", alt: image.name, draggable: "false" }), h("i", { class: "badge bare", title: w("wall.badge.bare") }, studio.icon("M4 5h8M4 8h8M4 11h5"))), (tile, image) => {
      tile.setAttribute("aria-selected", String(image.id === pen.now?.id));
      tile.classList.toggle("done", Boolean(image.caption));
      tile.classList.toggle("marked", chosen.has(image.id));
      tile.title = image.caption || image.name;
      tile.onclick = event => click(image, event);
    });
    const frame = center && film.querySelector("[aria-selected=true]");
    if (frame) film.scrollLeft = frame.offsetLeft - film.offsetLeft - film.clientWidth / 2 + frame.clientWidth / 2;
  }

  function drawChips() {
    const images = pen.data.images;
    const rows = ["all", "bare", "long", "review", "chosen"].map(name => ({ name, n: images.filter(TESTS[name]).length })).filter(row => row.n || row.name === "all" || row.name === kind);
    if (kind === "special") rows.push({ name: "special", n: matching().length });
    studio.list(chips, rows, row => row.name, () => h("button", { class: "chip" }), (chip, row) => {
      chip.textContent = row.name === "special" ? `${special.say} ${row.n} ×` : `${w(`pen.filter.${row.name}`)} ${row.n}`;
      chip.title = w(`pen.filter_hint.${row.name}`);
      chip.setAttribute("aria-pressed", String(row.name === kind));
      chip.onclick = () => { filter(row.name === kind && row.name !== "all" ? "all" : row.name, null); };
    });
  }

  function more() {
    const images = matching();
    if (film.scrollLeft + film.clientWidth > film.scrollWidth - 400 && to < images.length) { to += STEP; show(); }
    else if (film.scrollLeft < 400 && from > 0) {
      const before = Math.min(STEP, from), wide = film.scrollWidth;
      from -= before;
      show();
      film.scrollLeft += film.scrollWidth - wide;
    }
  }

  // ── choosing ───────────────────────────────────────────────────────
  function click(image, event) {
    if (event.shiftKey) {
      const images = matching(), ends = [pen.now?.id, image.id].map(id => images.findIndex(row => row.id === id)).sort((a, b) => a - b);
      choose([...chosen, ...images.slice(Math.max(ends[0], 0), ends[1] + 1).map(row => row.id)]);
    } else if (event.ctrlKey || event.metaKey) choose(chosen.has(image.id) ? [...chosen].filter(id => id !== image.id) : [...chosen, image.id]);
    else pen.open(image.id);
  }

  // These pictures are chosen: for describing anew and for changing many.
  function choose(ids) {
    if (!ids.length && !chosen.size) return;
    chosen.clear();
    ids.forEach(id => chosen.add(id));
    renew();
    if (kind === "chosen" && !chosen.size) kind = "all";
    studio.tell("keep", { id: "caption-images", value: [...chosen] });
    studio.tell("pick", { id: "caption-which", value: chosen.size ? "chosen" : "missing", from: chosen.size ? null : "chosen" });
    studio.tell("pen chosen");
    show();
  }

  // Another data set: nothing is chosen or filtered there.
  function clear() {
    choose([]);
    find.value = "";
    film.replaceChildren();
    filter("all");
  }

  // What was chosen on the wall before this tab was ever opened.
  function adopt() {
    const here = (studio.picked || []).filter(id => pen.data.images.some(image => image.id === id));
    if (!chosen.size && here.length > 1) choose(here);
  }

  function key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], now = pen.now;
    if (by) {
      event.preventDefault();
      const next = beside(by);
      if (!next) return;
      if (event.shiftKey && now) choose([...chosen, now.id, next.id]);
      pen.open(next.id);
      film.focus();
    } else if (event.key === "Enter") { event.preventDefault(); document.getElementById("pen-text").focus(); }
    else if (event.key === " " && now) { event.preventDefault(); choose(chosen.has(now.id) ? [...chosen].filter(id => id !== now.id) : [...chosen, now.id]); }
    else if (event.key === "Escape" && chosen.size) choose([]);
  }

  return { node, show, renew, adopt, clear, filter, matching, beside, focus: () => film.focus(), get chosen() { return [...chosen]; }, get kind() { return kind; } };
};
