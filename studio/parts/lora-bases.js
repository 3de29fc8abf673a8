"use strict";
// The base models: what is there, what it takes, another VAE, downloading, and a line to add one.
studio.part("bases", box => {
  const { h, w, place } = studio;
  const rows = h("div", { class: "base-list" });
  const source = h("input", { type: "text", placeholder: w("bases.source"), "aria-label": w("bases.source"), id: "base-source" });
  const name = h("input", { type: "text", placeholder: w("bases.name"), "aria-label": w("bases.name"), id: "base-name" });
  const vae = h("input", { type: "text", placeholder: w("bases.vae"), "aria-label": w("bases.vae"), id: "base-vae" });
  const said = h("p", { class: "wrong", role: "alert", hidden: true });
  const form = h("form", { class: "row wrap add-base", onsubmit: add }, source, name, vae, h("button", { class: "plain", id: "base-add" }, w("bases.add")));
  box.append(h("h2", {}, w("bases.title")), rows, form, said, h("p", { class: "dim small" }, w("bases.hint")));
  let fetching = false;

  const load = studio.follow(box, async () => {
    const known = await studio.call("list_bases", {});
    fetching = known.some(row => ["queued", "running"].includes(row.fetching?.state));
    studio.list(rows, known, row => row.id, make, dress);
  }, () => fetching);

  function make() {
    return h("div", { class: "base" }, h("div", { class: "row" }, h("b"), h("span", { class: "chip still" }), h("span", { class: "dim small path" }), h("span", { class: "fill" }), h("span", { class: "small here" }), h("button", { class: "plain fetch" }, w("bases.fetch")), h("button", { class: "bare", "aria-label": w("more"), title: w("more"), "aria-haspopup": "menu" }, "⋯")),
      h("p", { class: "dim small takes" }), h("div", { class: "doing" }));
  }

  function dress(node, row) {
    const q = selector => node.querySelector(selector), job = row.fetching, open = ["queued", "running"].includes(job?.state);
    q("b").textContent = row.name;
    q(".chip").textContent = w(`family.${row.family}`);
    q(".path").textContent = row.name === "mini" ? w("bases.bundled") : row.source;
    q(".path").title = row.source;
    q(".here").textContent = row.here ? `✓ ${w("bases.here")}` : `○ ${w(row.hub ? "bases.hub" : "bases.gone")}`;
    q(".here").classList.toggle("good", row.here);
    q(".fetch").hidden = row.here || !row.hub || open;
    q(".fetch").onclick = async () => { if (await studio.act("fetch_base", { project: place.project, base: row.id })) { await studio.changed(); load(); } };
    q(".takes").textContent = [row.bytes && w("bases.disk", { size: studio.bytes(row.bytes) }), w("bases.memory", { draw: studio.bytes(row.draws), train: studio.bytes(row.trains) }), w("bases.native", { n: row.native }), row.vae && w("bases.with_vae", { vae: row.vae })].filter(Boolean).join(" · ");
    q(".doing").replaceChildren(...(!job || row.here && !open ? [] : job.state === "failed" ? [h("p", { class: "wrong small" }, `✕ ${job.error}`)] :
      [h("progress", job.state === "running" && job.progress ? { max: 1, value: job.progress } : {}), h("span", { class: "dim small" }, [job.note || w("bases.waiting"), job.left ? studio.span(job.left) : ""].filter(Boolean).join(" · ")), h("button", { class: "link", onclick: async () => { await studio.act("stop_job", { job: job.id }); await studio.changed(); load(); } }, w("stop"))]));
    q(".bare").onclick = () => studio.menu(q(".bare"), [{ say: w("bases.set_vae"), do: () => other(row) }, ...(row.name === "mini" ? [] : [null, { say: w("bases.forget"), do: () => forget(row) }])]);
  }

  async function add(event) {
    event.preventDefault();
    said.hidden = true;
    try {
      await studio.call("add_base", { name: name.value, source: source.value, vae: vae.value });
      name.value = source.value = vae.value = "";
      load();
    } catch (error) {
      said.textContent = `✕ ${error.message}`;
      said.hidden = false;
    }
  }

  async function other(row) {
    const found = await studio.lines(w("bases.vae_of", { name: row.name }), [{ name: "vae", label: w("bases.vae"), value: row.vae, most: 400 }], { hint: w("bases.vae_hint") });
    if (found && (await studio.act("set_vae", { base: row.id, vae: found.vae })) !== undefined) load();
  }

  async function forget(row) {
    if ((await studio.act("remove_base", { base: row.id })) === undefined) return;
    await load();
    studio.toast(w("bases.forgotten", { name: row.name }), { undo: async () => { await studio.act("restore_base", { base: row.id }); load(); } });
  }
});
