"use strict";
// The pictures themselves: only the rows in view (and some around them) are in the page, however many there are.
//   need(ids): asks for tiles that have not come; words(id): opens the caption. Answers {box, show, range, top}.
studio.wallGrid = (wall, { need, words }) => {
  const { h, w } = studio;
  const GAP = 8, AROUND = 0.8;
  let anchor = 0, waiting = 0;
  const box = h("div", { class: "wall", tabindex: 0, role: "listbox", "aria-multiselectable": "true", "aria-label": w("wall.pictures"), onkeydown: key });
  const again = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; show(); }); };
  addEventListener("scroll", again, { passive: true });
  new ResizeObserver(again).observe(box);

  // Columns, and the height of a row in pixels.
  function shape() {
    const width = box.clientWidth, side = Math.min(wall.size || 132, width * 0.47);
    const columns = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
    return { columns, high: (width - GAP * (columns - 1)) / columns + GAP };
  }

  // Which of the ids are in view or near it: from, to.
  function range() {
    if (!box.clientWidth) return [0, 60];
    const { columns, high } = shape(), top = box.getBoundingClientRect().top, spare = innerHeight * AROUND;
    const first = Math.max(0, Math.floor((-top - spare) / high)), last = Math.ceil((innerHeight - top + spare) / high);
    return [Math.min(first * columns, Math.max(0, wall.ids.length - 1)), Math.max(columns, last * columns)];
  }

  function show() {
    box.classList.toggle("bare", !wall.ids.length);
    if (!wall.ids.length) box.replaceChildren();
    if (!box.clientWidth || !wall.data) return;
    const { columns, high } = shape(), rows = Math.ceil(wall.ids.length / columns);
    let [from, to] = range();
    from -= from % columns;
    to = Math.min(to, wall.ids.length);
    const before = Math.floor(from / columns), after = Math.max(0, rows - Math.ceil(to / columns));
    box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    box.style.paddingTop = `${before * high}px`;
    box.style.paddingBottom = `${after * high}px`;
    box.setAttribute("aria-rowcount", rows);
    const ids = wall.ids.slice(from, to), kept = new Set(ids);
    for (const node of [...box.children]) if (!kept.has(Number(node.dataset.key))) node.remove();
    studio.list(box, ids, id => id, tile, dress);
    need(ids);
  }

  function tile(id) {
    return h("button", { class: "tile", role: "option", tabindex: -1, "data-id": id, onclick: event => pick(id, event), ondblclick: () => words(id) },
      h("img", { alt: "", draggable: "false", decoding: "async" }), h("span", { class: "badges" }), h("span", { class: "mark" }));
  }

  function dress(node, id) {
    const row = wall.tiles.get(id), img = node.firstChild;
    node.setAttribute("aria-selected", String(wall.picked.has(id)));
    node.classList.toggle("chosen", id === wall.chosen);
    if (!row) return;
    const mark = JSON.stringify(row);
    if (node.dataset.mark === mark) return;
    node.dataset.mark = mark;
    const source = studio.thumb(row.file);
    if (img.getAttribute("src") !== source) img.src = source;
    img.alt = row.name;
    node.classList.toggle("aside", row.out || row.split !== "train");
    node.title = row.caption || `${row.name} · ${w("wall.no_caption")}`;
    node.querySelector(".badges").replaceChildren(...studio.badges(row.signs));
    node.querySelector(".mark").textContent = row.repeats > 1 ? `${row.repeats} ×` : "";
  }

  // ── choosing ───────────────────────────────────────────────────────
  function pick(id, event = {}) {
    const at = wall.ids.indexOf(id), from = wall.ids.indexOf(anchor);
    if (event.shiftKey && from >= 0) {
      if (!event.ctrlKey && !event.metaKey) wall.picked.clear();
      wall.ids.slice(Math.min(at, from), Math.max(at, from) + 1).forEach(other => wall.picked.add(other));
    } else if (event.ctrlKey || event.metaKey || wall.several) {
      wall.picked.has(id) ? wall.picked.delete(id) : wall.picked.add(id);
      anchor = id;
    } else {
      wall.picked.clear();
      wall.picked.add(id);
      anchor = id;
    }
    wall.choose(id);
  }

  function key(event) {
    const { columns } = shape(), ids = wall.ids;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const end = { Home: 0, End: ids.length - 1 }[event.key];
    if (step || end !== undefined) {
      event.preventDefault();
      if (!ids.length) return;
      const at = end ?? Math.min(Math.max(ids.indexOf(wall.chosen) + step, 0), ids.length - 1);
      if (event.shiftKey && !anchor) anchor = wall.chosen;
      pick(ids[at], { shiftKey: event.shiftKey });
      reveal(at);
    } else if ((event.key === "Delete" || event.key === "Backspace") && wall.picked.size) { event.preventDefault(); remove(); }
    else if (event.key === "Enter" && wall.chosen) { event.preventDefault(); words(wall.chosen); }
    else if (event.key === "Escape") { wall.picked.clear(); if (wall.chosen) wall.picked.add(wall.chosen); wall.choose(wall.chosen); }
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); all(); }
    else if (event.key === "o" && !event.ctrlKey && !event.metaKey) wall.step("keep_out", { pictures: [...wall.picked], out: !wall.tiles.get(wall.chosen)?.out });
  }

  // Everything that the filter finds, also what was never scrolled to.
  function all() {
    wall.ids.forEach(id => wall.picked.add(id));
    wall.choose(wall.chosen || wall.ids[0]);
  }

  async function remove() {
    const at = wall.ids.indexOf(wall.chosen), gone = new Set(wall.picked);
    const next = wall.ids.slice(at).find(id => !gone.has(id)) || wall.ids.slice(0, at).reverse().find(id => !gone.has(id)) || 0;
    wall.picked.clear();
    if (next) { wall.picked.add(next); wall.chosen = anchor = next; }
    await wall.step("remove_pictures", { pictures: [...gone] });
  }

  function reveal(at) {
    const { columns, high } = shape(), top = box.getBoundingClientRect().top + Math.floor(at / columns) * high;
    if (top < 70) scrollBy(0, top - 70);
    else if (top + high > innerHeight - 70) scrollBy(0, top + high - innerHeight + 70);
    show();
  }

  // Back to the first row, where another query begins.
  function top() {
    const at = box.getBoundingClientRect().top;
    if (at < 0) scrollBy(0, at - 120);
  }

  Object.assign(wall, { all, remove });
  return { box, show, range, top };
};

// A badge for each sign, at most four: the gravest first, the rest as a number.
studio.badges = signs => {
  const { h, w } = studio;
  const shown = signs.filter(sign => sign in studio.SIGNS).slice(0, signs.length > 4 ? 3 : 4);
  const rest = signs.slice(shown.length);
  return [...shown.map(sign => h("i", { class: `badge ${sign}`, title: w(`wall.badge.${sign}`) }, studio.icon(...studio.SIGNS[sign]))),
    rest.length ? h("i", { class: "badge more", title: rest.map(sign => w(`wall.badge.${sign}`)).join("\n") }, `+${rest.length}`) : null].filter(Boolean);
};

studio.SIGNS = {
  problem: ["M4 4l8 8M12 4l-8 8"], intruder: ["M8 7.5a2.2 2.2 0 100-4.4 2.2 2.2 0 000 4.4zM3.5 13c.5-3 2-4.4 4.5-4.4M10 10l3 3M13 10l-3 3"],
  bare: ["M4 5h8M4 8h8M4 11h5"], small: ["M6 6h4v4H6zM3 3l2 2M13 3l-2 2M3 13l2-2M13 13l-2-2"], twin: ["M3 3h7v7H3zM6 6h7v7H6z"],
  blurred: ["M8 3c3 3.5 4 5 4 6.5a4 4 0 01-8 0C4 8 5 6.500 8 3z"], dark: ["M11.500 10.500A5 5 0 016 4.500 4.500 4.500 0 1011.500 10.500z"],
  bright: ["M8 5.500a2.500 2.500 0 100 5 2.500 2.500 0 000-5zM8 2v1.500M8 12.500V14M2 8h1.500M12.500 8H14M4 4l1 1M11 11l1 1M12 4l-1 1M5 11l-1 1"],
  flat: ["M3 8h10M3 6h10M3 10h10"], odd: ["M2 6h12v4H2z"], several: ["M6 8a2 2 0 100-4 2 2 0 000 4zM2.500 13c.3-2.600 1.500-3.800 3.500-3.800s3.200 1.200 3.500 3.800M10.500 8.500a1.800 1.800 0 000-3.600M11 9.300c1.600.2 2.400 1.300 2.600 3.300"],
  unlike: ["M4 6.500h8M4 9.500h8M10.500 4l-5 8"], long: ["M3 5h10M3 8h10M3 11h6M11 11h.5M13 11h.5"], untriggered: ["M6 3l-1 10M11 3l-1 10M3 6h10M3 10h10"],
  out: ["M8 3a5 5 0 100 10A5 5 0 008 3zM4.500 4.500l7 7"], held: ["M8 3l5 5-5 5-5-5z"], reference: ["M8 3l1.500 3.200 3.500.4-2.600 2.400.7 3.500L8 10.800l-3.100 1.700.7-3.500L3 6.600l3.500-.4z"],
  regularisation: ["M3 8h3l1.500-4 2 8L11 8h2"], edited: ["M5 2v9h9M2 5h9v9"],
};
