"use strict";
// A blend saved as one LoRA: which ones, how strong, exactly or to a rank; the job's end is told here.
studio.shelf.merge = (rows, done) => {
  const { h, w, place } = studio;
  const chosen = new Map(), fits = row => !chosen.size || [...chosen.keys()].every(other => other.family === row.family);
  const list = h("div", { class: "merge-list" }), name = h("input", { type: "text", maxlength: 80, "aria-label": w("shelf.merge_name"), id: "merge-name", oninput: () => { typed = true; look(); } });
  const rank = h("input", { type: "number", min: 1, max: 1024, value: 16, "aria-label": w("shelf.merge_rank"), id: "merge-rank" });
  const exact = h("input", { type: "radio", name: "how", value: "exact", checked: true, onchange: look }), reduced = h("input", { type: "radio", name: "how", value: "rank", onchange: look });
  const said = h("p", { class: "small", role: "status" }), go = h("button", { type: "submit", class: "main", id: "merge-go" }, w("shelf.merge_do"));
  let typed = false, working = false;
  const form = h("form", { onsubmit: start }, list,
    h("label", { class: "pick" }, h("span", { class: "label" }, w("shelf.merge_name")), name),
    h("div", { class: "merge-how" }, h("label", { class: "row" }, exact, h("span", {}, w("shelf.merge_exact"))), h("label", { class: "row" }, reduced, h("span", {}, w("shelf.merge_to")), rank)),
    said, h("div", { class: "row end" }, h("button", { type: "button", class: "plain", onclick: () => box.close() }, w("close")), go));
  const box = h("dialog", { class: "ask checked merging", "aria-label": w("shelf.merge_title") }, h("h3", {}, w("shelf.merge_title")), h("p", { class: "dim small" }, w("shelf.merge_hint")), form);

  for (const row of rows) {
    const weight = h("input", { type: "number", step: 0.05, min: -4, max: 4, value: row.weight, "aria-label": w("desk.weight", { name: row.name }), oninput: () => { if (tick.checked) chosen.set(row, Number(weight.value) || 0); look(); } });
    const tick = h("input", { type: "checkbox", onchange: () => { tick.checked ? chosen.set(row, Number(weight.value) || 0) : chosen.delete(row); look(); } });
    list.append(Object.assign(h("label", { class: "row merge-row" }, tick, h("i", { class: "face" }), h("span", { class: "fill" }, row.name), h("span", { class: "dim small" }, `${w(`family.${row.family}`)} · ${w("run.rank", { n: row.rank })}`), weight), { row, tick }));
    if (row.preview) list.lastChild.querySelector(".face").style.backgroundImage = `url(${studio.thumb(row.preview)})`;
  }

  function look() {
    for (const line of list.children) { line.tick.disabled = !line.tick.checked && !fits(line.row); line.classList.toggle("off", line.tick.disabled); }
    if (!typed) name.value = [...chosen.keys()].map(row => row.name).join(" + ").slice(0, 80);
    rank.disabled = !reduced.checked;
    go.disabled = working || chosen.size < 2 || !name.value.trim();
    if (working) return;
    said.className = "small dim";
    const sum = [...chosen.keys()].reduce((total, row) => total + row.rank, 0);
    said.textContent = chosen.size < 2 ? w("shelf.merge_two") : exact.checked ? w("shelf.merge_size", { n: sum }) : w("shelf.merge_svd");
  }

  async function start(event) {
    event.preventDefault();
    const parts = [...chosen].map(([row, weight]) => ({ lora: row.id, weight }));
    working = true;
    look();
    said.className = "small dim";
    said.textContent = w("shelf.merging");
    const job = await studio.act("merge", { project: place.project, name: name.value.trim(), parts, rank: reduced.checked ? Number(rank.value) || 1 : 0 });
    if (job) { studio.changed(); await wait(job); }
    working = false;
    if (!job) look();
    else go.disabled = chosen.size < 2;
  }

  async function wait(job) {
    while (box.isConnected) {
      const now = await studio.act("look_merge", { job });
      if (!now) return;
      if (!["queued", "running"].includes(now.state)) { tell(now); return; }
      said.textContent = now.state === "queued" ? w("stage.waiting") : `${now.note || w("shelf.merging")} …`;
      await new Promise(yes => setTimeout(yes, 400));
    }
  }

  function tell(now) {
    const good = now.state === "done", { error, rank: of } = now.result || {};
    said.className = `small ${good ? "good" : "wrong"}`;
    said.textContent = good ? `✓ ${error ? w("shelf.merge_done_near", { rank: of, error: studio.shelf.percent(error) }) : w("shelf.merge_done", { rank: of })}` : `✕ ${now.error || w("state.stopped")}`;
    studio.changed();
    done();
  }

  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  look();
};
