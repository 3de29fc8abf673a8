"use strict";
// What is compared, by kind: {node, lacks(offer), fill(offer, given), read(), tell()}; `changed` hears what a choice suggests.
studio.evalSubject = (kind, { labelled, number, select, fill, soon, changed, words }) => {
  const { h, w } = studio;
  let offer = { loras: [], runs: [], datasets: [] };
  const named = row => row && { base: row.base, dataset: row.dataset, trigger: row.trigger, run: row.job || 0 };
  const lora = id => offer.loras.find(row => row.id === Number(id));
  const list = (name, value, label) => { const input = h("input", { type: "text", name, value, inputmode: "decimal", oninput: soon }); return { input, node: labelled(label, input, w("eval.list_hint")), read: () => input.value.split(/[\s,;]+/).filter(Boolean).map(Number) }; };
  const options = () => offer.loras.map(row => [row.id, row.name]);

  // ── the base alone against blends ────────────────────────────────────
  function pairs() {
    const rows = h("div", { class: "eval-blends" });
    let blends = [];
    function draw() {
      rows.replaceChildren(...blends.map((blend, at) => h("div", { class: "eval-blend" }, blend.map((part, place) => {
        const choose = h("select", { "aria-label": "LoRA", onchange: () => { part.lora = Number(choose.value); part.weight = lora(part.lora)?.weight ?? 1; draw(); tell(); } });
        fill(choose, options(), part.lora);
        return h("div", { class: "row" }, choose, h("input", { type: "number", step: 0.05, min: -4, max: 4, value: part.weight, "aria-label": w("eval.weight"), oninput: event => { part.weight = Number(event.target.value); soon(); } }),
          h("button", { class: "bare", "aria-label": w("board.leave_out"), title: w("board.leave_out"), disabled: blends.length === 1 && blend.length === 1, onclick: () => { blend.splice(place, 1); blends = blends.filter(one => one.length); draw(); soon(); } }, "×"));
      }), h("button", { class: "link small", onclick: () => { const other = offer.loras.find(row => !blend.some(part => part.lora === row.id)) || offer.loras[0]; blend.push({ lora: other.id, weight: other.weight }); draw(); soon(); } }, `+ ${w("eval.mix")}`))));
    }
    const tell = () => { changed(named(lora(blends[0]?.[0]?.lora)) || {}); soon(); };
    const add = blend => { blends.push(blend); draw(); soon(); };
    return {
      node: h("div", {}, h("p", { class: "small dim" }, w("eval.against")), rows, h("div", { class: "row wrap" }, h("button", { class: "link", id: "eval-add", onclick: () => add([{ lora: offer.loras[0].id, weight: offer.loras[0].weight }]) }, `+ ${w("eval.add_blend")}`), studio.blend && h("button", { class: "link", onclick: () => { const heard = studio.blend().map(part => ({ lora: part.lora, weight: part.weight })); heard.length ? add(heard) : studio.toast(w("eval.desk_empty")); } }, w("board.from_desk")))),
      lacks: () => !offer.loras.length && "loras",
      fill(given) {
        if (given) blends = given.blends || (given.blend?.length ? [given.blend.map(part => ({ lora: part.lora, weight: part.weight }))] : [[{ lora: lora(given.lora)?.id || offer.loras[0].id, weight: lora(given.lora)?.weight ?? offer.loras[0].weight }]]);
        blends = blends.map(blend => blend.filter(part => lora(part.lora))).filter(blend => blend.length);
        if (!blends.length) blends = [[{ lora: offer.loras[0].id, weight: offer.loras[0].weight }]];
        draw();
      },
      tell,
      read: () => ({ blends }),
    };
  }

  function checkpoints() {
    const run = select("job");
    const one = () => offer.runs.find(row => row.id === Number(run.value));
    const tell = () => changed(named(one()) || {});
    run.addEventListener("change", tell);
    return {
      node: labelled(w("eval.run"), run),
      lacks: () => !offer.runs.length && "runs",
      fill: given => fill(run, offer.runs.map(row => [row.id, `${row.name} · ${w("eval.of_run", { n: row.checkpoints })}`]), given?.job || run.value),
      tell, read: () => ({ job: Number(run.value) }),
    };
  }

  function weights() {
    const which = select("lora"), some = list("weights", "0.2, 0.4, 0.6, 0.8, 1, 1.2", w("eval.weights"));
    const tell = () => changed(named(lora(which.value)) || {});
    which.addEventListener("change", tell);
    return {
      node: h("div", { class: "eval-grid" }, labelled("LoRA", which), some.node),
      lacks: () => !offer.loras.length && "loras",
      fill(given) { fill(which, options(), given?.lora || which.value); if (given?.weights) some.input.value = given.weights.join(", "); },
      tell, read: () => ({ lora: Number(which.value), weights: some.read() }),
    };
  }

  function blend() {
    const first = select("lora"), second = select("other"), some = list("weights", "0, 0.5, 1", w("eval.weights_both"));
    const tell = () => changed(named(lora(first.value)) || {});
    first.addEventListener("change", tell);
    return {
      node: h("div", { class: "eval-grid" }, h("div", { class: "pair" }, labelled(w("eval.first"), first), labelled(w("eval.second"), second)), some.node),
      lacks: () => offer.loras.length < 2 && "loras",
      fill(given) {
        fill(first, options(), given?.lora || first.value);
        fill(second, options(), given?.other || second.value || offer.loras.find(row => row.id !== Number(first.value))?.id);
        if (given?.weights) some.input.value = given.weights.join(", ");
      },
      tell, read: () => ({ lora: Number(first.value), other: Number(second.value), weights: some.read() }),
    };
  }

  function resolutions() {
    const which = select("recipe"), steps = number("training", 150, { min: 1, max: 20000 }), sides = list("resolutions", "32, 64, 128", w("eval.sides"));
    const tell = () => { const row = offer.datasets.find(one => one.name === studio.chosen?.name) || offer.datasets[0]; if (row) changed({ dataset: row.name, trigger: row.trigger }); };
    return {
      node: h("div", { class: "eval-grid" }, sides.node, h("div", { class: "pair" }, labelled(w("eval.recipe"), which), labelled(w("eval.training_steps"), steps))),
      lacks: () => !offer.datasets.some(row => row.pictures) && "datasets",
      fill(given) {
        fill(which, offer.recipes.map(row => [row.name, row.title]), given?.training?.recipe || which.value || "style");
        if (given?.training?.steps) steps.value = given.training.steps;
        if (given?.resolutions) sides.input.value = given.resolutions.join(", ");
      },
      tell, read: () => ({ resolutions: sides.read(), training: { recipe: which.value, steps: Number(steps.value) } }),
    };
  }

  function folder() {
    const given = studio.evalFolders({ soon, words });
    return {
      node: given.node, take: given.take,
      lacks: () => false,
      fill(asked) { given.fill(asked?.folders); },
      tell: () => changed({ dataset: "" }), read: () => ({ folders: given.read() }),
    };
  }

  const made = { pairs, checkpoints, weights, blend, resolutions, folder }[kind]();
  return { ...made, lacks(known) { offer = known; return made.lacks(); }, fill(known, given) { offer = known; made.fill(given); } };
};
