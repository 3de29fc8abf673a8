"use strict";
// Above the wall: filters that have hits, search, order, size, adding, and the list of what can be taken back.
studio.wallTools = (wall, { bring }) => {
  const { h, w } = studio;
  const FILTERS = ["all", "problem", "bare", "small", "under", "twin", "blurred", "dark", "bright", "flat", "odd", "intruder", "faceless", "several", "close-up", "medium", "full", "unlike", "long", "untriggered", "out", "train", "held", "reference", "regularisation", "edited", "unlooked"];
  const SORTS = ["added", "name", "size", "sharpness", "brightness", "face", "likeness", "words", "caption"];
  const FEW = 9;
  let typing = 0, unfolded = false;

  const chips = h("div", { class: "chips" });
  const find = h("input", { type: "search", class: "search", placeholder: w("wall.search"), "aria-label": w("wall.search"), "data-search": "", oninput: () => { clearTimeout(typing); typing = setTimeout(() => wall.seek({ search: find.value }), 180); } });
  const order = h("select", { class: "order", "aria-label": w("wall.order"), onchange: () => wall.seek({ sort: order.value }) }, SORTS.map(sort => h("option", { value: sort }, w(`wall.sort.${sort}`))));
  const turn = h("button", { class: "plain turn", onclick: () => wall.seek({ descending: !wall.look.descending }) });
  const size = h("input", { type: "range", min: 72, max: 260, value: localStorage.getItem("studio.size") || 132, class: "size", "aria-label": w("wall.size"), title: w("wall.size"), oninput: resize });
  const several = h("button", { class: "plain", "aria-pressed": "false", title: w("wall.several_hint"), onclick: () => { wall.several = !wall.several; several.setAttribute("aria-pressed", String(wall.several)); wall.choose(wall.chosen); } }, w("wall.several"));
  const steps = h("button", { class: "plain", title: w("wall.steps_hint"), onclick: past }, `↶ ${w("wall.steps")}`);
  const add = h("button", { class: "main", id: "wall-add", onclick: () => studio.menu(add, [{ say: w("wall.choose"), do: () => bring.files() }, { say: w("wall.folder"), do: () => bring.folder() }]) }, w("wall.add"));
  const box = h("div", {}, h("div", { class: "tools" }, find, order, turn, size, h("span", { class: "fill" }), several, steps, add), chips);
  const none = h("div", { class: "none-found", hidden: true }, h("p", { class: "dim" }, w("wall.none")), h("button", { class: "link", onclick: () => { find.value = ""; wall.seek({ filter: "all", search: "" }); } }, w("wall.show_all")));

  document.addEventListener("keydown", event => {
    if (!studio.visible(box) || event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey) || event.target.closest?.("input, textarea, select, dialog")) return;
    event.preventDefault();
    last();
  });

  // Filters that find something and do not find everything, people after the rest.
  function kinds() {
    const all = wall.counts.all || 0, now = wall.look.filter;
    const same = { under: wall.counts.small, train: all, unlooked: all };
    const plain = FILTERS.filter(kind => kind === "all" || kind === now || (wall.counts[kind] && wall.counts[kind] !== same[kind]));
    const people = Object.keys(wall.counts).filter(kind => /^(who|person):/.test(kind)).filter(kind => kind === now || wall.counts[kind] > 1);
    return [...plain, ...people].map(kind => ({ kind, n: wall.counts[kind] || 0 }));
  }

  function called(kind) {
    const [family, value] = kind.split(/:(.*)/s);
    return value === undefined ? w(`wall.filter.${kind}`) : family === "who" ? w("wall.filter.who", { n: value }) : value;
  }

  function show() {
    const rows = kinds(), folded = !unfolded && rows.length > FEW + 1;
    const shown = folded ? rows.filter((row, at) => at < FEW || row.kind === wall.look.filter) : rows;
    if (rows.length > FEW + 1) shown.push({ kind: "+", n: rows.length - shown.length });
    studio.list(chips, shown, row => row.kind, () => h("button", { class: "chip" }), (node, row) => {
      const fold = row.kind === "+";
      node.textContent = fold ? (folded ? w("wall.more_filters", { n: row.n }) : w("wall.fewer_filters")) : `${called(row.kind)} ${row.n}`;
      node.classList.toggle("unfold", fold);
      fold ? node.removeAttribute("aria-pressed") : node.setAttribute("aria-pressed", String(row.kind === wall.look.filter));
      node.onclick = () => { if (fold) { unfolded = folded; show(); } else wall.seek({ filter: row.kind }); };
    });
    order.value = wall.look.sort;
    turn.textContent = wall.look.descending ? "↓" : "↑";
    turn.title = w(wall.look.descending ? "wall.descending" : "wall.ascending");
    turn.setAttribute("aria-label", turn.title);
    none.hidden = wall.ids.length > 0;
  }

  async function past() {
    const rows = (await studio.act("list_changes", { dataset: wall.data.id })) || [];
    if (!rows.length) { studio.toast(w("wall.no_steps")); return; }
    studio.menu(steps, rows.slice(0, 12).map(row => ({ say: `↶ ${row.say} · ${studio.ago(row.when)}`, do: () => wall.undo(row.id) })));
  }

  async function last() {
    const rows = (await studio.act("list_changes", { dataset: wall.data.id })) || [];
    rows.length ? wall.undo(rows[0].id) : studio.toast(w("wall.no_steps"));
  }

  function resize() {
    wall.size = Number(size.value);
    localStorage.setItem("studio.size", size.value);
    dispatchEvent(new Event("scroll"));
  }
  wall.size = Number(size.value);
  return { box, show, none };
};
