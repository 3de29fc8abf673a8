"use strict";
// Where a picture or a LoRA comes from, and what came of a data set: pictures, LoRAs, trainings, data sets as they were.
//   of: {picture} | {lora} | {dataset}, a number each. One leads to the other.
studio.origins = async of => {
  const { h, w } = studio;
  document.querySelector("dialog.origins")?.close();
  const title = h("h3"), inside = h("div", { class: "origin" }, h("p", { class: "dim" }, "…"));
  const back = h("button", { type: "button", class: "plain", hidden: true, onclick: () => { trail.pop(); draw(trail.at(-1)); } }, `← ${w("pen.back")}`);
  const box = h("dialog", { class: "ask part origins", "aria-label": w("origin_of.title"), onclose: () => box.remove() }, title, inside,
    h("form", { method: "dialog", class: "row end" }, back, h("span", { class: "fill" }), h("button", { class: "plain" }, w("close"))));
  const trail = [of];
  const section = (name, ...kids) => h("section", {}, h("h4", {}, name), kids);
  const pictures = found => section(w("origin_of.pictures", { n: found.total }), found.pictures.length ? strip(found.pictures) : h("p", { class: "dim" }, w("origin_of.no_pictures")));
  const cover = row => h("i", { class: "face", style: row.preview ? `background-image:url(${studio.thumb(row.preview)})` : "" });
  const named = row => (row.final === false ? `${row.name} · ${w("run.step", { n: row.step })}` : row.name);
  document.body.append(box);
  box.showModal();
  await draw(of);

  function go(to) { trail.push(to); draw(to); }

  async function draw(to) {
    back.hidden = trail.length < 2;
    const drawn = to.picture ? await ofPicture(to.picture) : to.lora ? await ofLora(to.lora) : await ofDataset(to.dataset);
    if (drawn) { inside.replaceChildren(...drawn.filter(Boolean)); box.scrollTop = 0; } else if (trail.length === 1) box.close();
  }

  async function ofPicture(number) {
    const found = await studio.act("look_origin", { picture: number });
    if (!found) return null;
    title.textContent = w("origin_of.picture");
    return [
      head(found.picture),
      found.parents.length && section(w("origin_of.parents"), strip(found.parents)),
      section(w("origin_of.loras"), ...(found.loras.length ? found.loras.map(lora) : [h("p", { class: "dim" }, w("origin_of.no_loras", { base: found.picture.base }))])),
      found.children.length && section(w("origin_of.children"), strip(found.children)),
    ];
  }

  async function ofLora(number) {
    const found = await studio.act("look_lora_origin", { lora: number });
    if (!found) return null;
    title.textContent = found.lora.name;
    return [lora(found.lora), pictures(found)];
  }

  async function ofDataset(number) {
    const found = await studio.act("look_offspring", { dataset: number });
    if (!found) return null;
    title.textContent = w("origin_of.came", { name: found.dataset.name });
    return [
      found.dataset.gone && gone("restore_dataset", { dataset: found.dataset.id }),
      section(w("origin_of.loras"), ...(found.loras.length ? found.loras.map(row => brief(row)) : [h("p", { class: "dim" }, w("origin_of.nothing"))])),
      pictures(found),
    ];
  }


  // What was taken away says so, and comes back by a click.
  function gone(action, given) {
    return h("span", { class: "row gone small" }, h("span", { class: "attention" }, w("origin_of.gone")), h("button", { type: "button", class: "link", onclick: async () => { if ((await studio.act(action, given)) !== undefined) { studio.changed(); studio.tell("made"); draw(trail.at(-1)); } } }, w("undo")));
  }

  function head(row) {
    return h("div", { class: "origin-head" }, h("img", { src: studio.thumb(row.file), alt: "" }), h("div", {}, h("p", {}, row.prompt || w("origin_of.given")), h("p", { class: "dim small facts" }, studio.pictureFacts(row)), h("p", { class: "dim small" }, studio.ago(row.when)), row.gone && gone("restore_made", { made: [row.id] })));
  }

  function strip(rows) {
    return h("div", { class: "film" }, rows.map(row => h("button", { type: "button", class: `tile${row.gone ? " aside" : ""}`, title: row.gone ? `${w("origin_of.gone")}\n${row.prompt}` : row.prompt || w("origin_of.given"), onclick: () => go({ picture: row.id }) }, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.prompt }))));
  }

  function brief(row) {
    return h("div", { class: "origin-lora" }, cover(row), h("div", {}, h("button", { type: "button", class: "link", onclick: () => go({ lora: row.id }) }, named(row)), facts(row), row.gone && gone("restore_lora", { lora: row.id })));
  }

  function facts(row) {
    const hash = (row.file || "").slice(0, 12);
    return h("p", { class: "dim small facts" }, [row.weight !== null && row.weight !== undefined && w("origin_of.weight", { weight: row.weight }), row.text !== null && row.text !== undefined && `${w("desk.words")} ${row.text}`, row.rank && w("run.rank", { n: row.rank })].filter(Boolean).join(" · "),
      hash && h("span", {}, ` · ${w("origin_of.hash")} `, h("code", { title: row.file }, hash)));
  }

  function lora(row) {
    if (!row.id) return h("div", { class: "origin-lora" }, cover(row), h("div", {}, h("b", {}, row.name || w("desk.gone")), facts(row), h("p", { class: "dim small" }, w("origin_of.lost"))));
    return h("div", { class: "origin-lora" }, cover(row), h("div", {},
      of.lora === row.id && trail.length === 1 ? h("b", {}, named(row)) : h("button", { type: "button", class: "link", onclick: () => go({ lora: row.id }) }, named(row)), facts(row), row.gone && gone("restore_lora", { lora: row.id }),
      row.before && h("p", { class: "small" }, `${w("origin_of.before")} `, h("button", { type: "button", class: "link", onclick: () => go({ lora: row.before.id }) }, named(row.before))),
      row.job ? training(row) : h("p", { class: "dim small" }, w("shelf.no_run")), row.snapshot && snapshot(row)));
  }

  function training(row) {
    return h("p", { class: "small" }, `${w("origin_of.trained", { when: new Date(row.job.when).toLocaleDateString(document.documentElement.lang), n: row.step })} `,
      h("button", { type: "button", class: "link", onclick: () => { box.close(); studio.go("train"); studio.tell("show run", row.job.id); } }, w("origin_of.run")));
  }

  function snapshot(row) {
    const { pictures: n, rows } = row.snapshot, set = row.dataset;
    return h("details", { class: "snapshot", open: true }, h("summary", {}, w("origin_of.learned", { n, name: set?.name || row.job.dataset || "" })),
      set && h("p", { class: "row small" }, h("button", { type: "button", class: "link came", onclick: () => go({ dataset: set.id }) }, w("origin_of.came_of")), set.gone && gone("restore_dataset", { dataset: set.id })),
      h("ul", { class: "frozen" }, rows.map(one => h("li", {}, one.here ? h("img", { src: studio.thumb(one.file), loading: "lazy", alt: "" }) : h("i", { class: "face" }), h("span", {}, h("span", { class: "dim small" }, one.name), h("span", { class: one.caption ? "" : "dim" }, one.caption || w("wall.no_caption")))))),
      n > rows.length && h("p", { class: "dim small" }, w("plan.more", { n: n - rows.length })));
  }
};
