"use strict";
// A short form: what is compared, on which words, measured how; what it costs stands above the button.
studio.evalAsk = desk => {
  const { h, w, place } = studio;
  const { kind } = desk.at;
  const KEPT = `studio.eval.ask.${place.project}.${kind}`;
  let offer = null, typed = "", timer = 0;
  const off = new Set(); // metrics that are left out

  const labelled = (label, node, help = "") => h("label", { class: "pick" }, h("span", { class: "label" }, label), node, help && h("span", { class: "help" }, help));
  const number = (name, value, facts = {}) => h("input", { type: "number", name, value, ...facts, oninput: soon });
  const select = name => h("select", { name, onchange: soon });
  const fill = (node, rows, wanted) => {
    const before = wanted ?? node.value;
    node.replaceChildren(...rows.map(([value, say]) => h("option", { value }, say)));
    node.value = rows.some(([value]) => String(value) === String(before)) ? before : rows[0]?.[0] ?? "";
  };

  const subject = studio.evalSubject(kind, { labelled, number, select, fill, soon, changed: follow, words: lines => { prompts.value = lines; typed = "1"; soon(); } });
  const dataset = select("dataset"), base = select("base"), sampler = select("sampler");
  dataset.addEventListener("change", () => suggest());
  base.addEventListener("change", () => { base.dataset.typed = "1"; });
  const prompts = h("textarea", { name: "prompts", id: "eval-prompts", rows: 6, "aria-label": w("eval.prompts"), oninput: () => { typed = "1"; soon(); } });
  const source = h("span", { class: "dim small" }), held = h("div", { class: "eval-held" });
  const seeds = number("seeds", 2, { min: 1, max: 64 });
  const fields = { steps: number("steps", 20, { min: 1, max: 200 }), guidance: number("guidance", 5, { min: 0, max: 30, step: 0.5 }), seed: number("seed", 1, { min: 0 }), width: number("width", 0, { min: 0, step: 8 }), height: number("height", 0, { min: 0, step: 8 }) };
  const name = h("input", { type: "text", name: "name", maxlength: 80, placeholder: w(`eval.kind.${kind}`), oninput: soon });
  const negative = h("textarea", { name: "negative", rows: 2, oninput: soon });
  const metrics = h("div", { class: "eval-metrics" });
  const cost = h("p", { class: "facts eval-cost", role: "status" }), wrong = h("p", { class: "wrong", role: "alert", hidden: true }), unlike = h("p", { class: "attention small", id: "eval-unlike", role: "status", hidden: true });
  const go = h("button", { class: "main", id: "eval-go", disabled: true, onclick: start }, w("eval.go"));
  const nothing = h("div"), form = h("div", { class: "eval-form", hidden: true },
    h("div", { class: "eval-side" }, subject.node, kind === "folder" ? labelled(w("eval.dataset"), dataset) : h("div", { class: "pair" }, labelled(w("eval.dataset"), dataset), labelled(w("eval.seeds"), seeds)), held,
      h("div", {}, h("div", { class: "row" }, h("span", { class: "label small dim" }, w("eval.prompts")), h("span", { class: "fill" }), source), prompts),
      h("details", { class: "eval-more" }, h("summary", {}, w("eval.more")), h("div", { class: "eval-fields" }, labelled(w("eval.name"), name), kind !== "folder" && [labelled(w("eval.base"), base), ...Object.entries(fields).map(([field, node]) => labelled(w(`eval.${field}`), node)), labelled(w("eval.sampler"), sampler), h("div", { class: "wide" }, labelled(w("eval.negative"), negative))]))),
    h("div", { class: "eval-side" }, h("h4", {}, w("eval.metrics")), metrics, cost, unlike, wrong, h("div", { class: "row wrap" }, go)));
  const node = h("div", {}, studio.evalHead({ back: () => desk.go({ view: "home" }), title: w(`eval.ask.${kind}`), about: w(`eval.about.${kind}`) }), nothing, form);

  async function load() {
    const first = !offer, found = await studio.call("offer_evaluation", { project: place.project });
    found.recipes = kind === "resolutions" ? (await studio.call("list_recipes", {})).filter(row => !row.own) : [];
    if (!first && JSON.stringify(found) === JSON.stringify(offer)) return;
    offer = found;
    const lacks = subject.lacks(offer);
    form.hidden = Boolean(lacks);
    nothing.replaceChildren(...(lacks ? [lacking(lacks)] : []));
    if (lacks) return;
    const kept = first && !desk.at.lora && !desk.at.job && !desk.at.blend ? draft() : null;
    subject.fill(offer, first ? kept?.subject || desk.at : null);
    fill(base, offer.bases.map(row => [row.name, row.name]), kept?.base);
    fill(sampler, [["", w("choice.generate.sampler.own")], ...offer.samplers.map(one => [one, one])], kept?.sampler);
    fill(dataset, [["", w("eval.no_dataset")], ...offer.datasets.map(row => [row.name, `${row.name} · ${w("wall.count", { n: row.pictures })}`])], kept?.dataset);
    if (first) restore(kept);
    drawMetrics();
    suggest();
    look();
  }

  function lacking(what) {
    const go = { loras: [["train", "next.train.do"], ["library", "eval.lack.bring"]], runs: [["train", "next.train.do"]], datasets: [["dataset", "next.begin.do"]] }[what];
    return studio.empty(h("svg", { viewBox: "0 0 240 100", class: "drawing", "aria-hidden": "true" }, h("g", { transform: "translate(75 24)" }, studio.evalQuestions[kind].map(d => h("path", { d })))),
      w(`eval.lack.${kind}`), w(`eval.lack_hint.${what}`), go.map(([tab, say], at) => h("button", { class: at ? "link" : "main", onclick: () => studio.go(tab) }, w(say))));
  }

  // What the chosen LoRA, run or data set suggests for the other fields, until a person says otherwise.
  function follow(facts) {
    if (facts.base && !base.dataset.typed && [...base.options].some(option => option.value === facts.base)) base.value = facts.base;
    if (facts.dataset !== undefined && !dataset.dataset.typed && [...dataset.options].some(option => option.value === facts.dataset)) dataset.value = facts.dataset;
    run = facts.run || 0;
    suggest(facts.trigger);
  }
  dataset.addEventListener("change", () => { dataset.dataset.typed = "1"; });

  let word = "", run = 0;
  function suggest(trigger = word) {
    word = trigger || "";
    const row = offer?.datasets.find(one => one.name === dataset.value);
    source.textContent = row ? w(row.held_out.length ? "eval.from_held" : "eval.from_training", { n: row.captions.length, name: row.name }) : "";
    held.replaceChildren(...honest(row));
    if (typed || !row) return;
    const called = word || row.trigger, begin = caption => (called && !caption.toLowerCase().includes(called.toLowerCase()) ? `${called}, ${caption}` : caption);
    prompts.value = row.captions.map(begin).join("\n");
    soon();
  }

  // Whether the pictures that are measured against were ever learned from, and what can be done about it.
  function honest(row) {
    if (!row || kind === "folder") return [];
    const warn = text => h("p", { class: "attention small" }, `! ${text}`);
    if (row.held_out.length) {
      const seen = new Set(offer.seen[run] || []), known = row.held_out.filter(file => seen.has(file)).length;
      return known ? [warn(w("eval.seen", { n: known, all: row.held_out.length }))] : [];
    }
    const count = Math.min(row.train.length - 1, Math.max(2, Math.round(row.train.length / 6)));
    return [warn(w("eval.not_held", { name: row.name })), h("div", { class: "row wrap" }, count > 1 && h("button", { class: "link", id: "eval-hold", onclick: () => hold(row, count) }, w("eval.hold", { n: count })), h("span", { class: "dim small" }, w("eval.hold_hint")))];
  }

  async function hold(row, count) {
    const pictures = Array.from({ length: count }, (_, at) => row.train[Math.floor(((at + 0.5) * row.train.length) / count)]);
    if ((await studio.act("set_split", { pictures, split: "held-out" })) === undefined) return;
    await studio.changed();
    studio.toast(w("eval.held", { n: count, name: row.name }), { undo: async () => { await studio.act("set_split", { pictures, split: "train" }); studio.changed(); } });
  }

  function drawMetrics() {
    metrics.replaceChildren(...offer.metrics.map(metric => {
      const chip = h("button", { class: "chip", type: "button", "data-metric": metric.name, "aria-pressed": String(!off.has(metric.name)), onclick: () => { off.has(metric.name) ? off.delete(metric.name) : off.add(metric.name); chip.setAttribute("aria-pressed", String(!off.has(metric.name))); soon(); } }, metric.title);
      return h("div", { class: "eval-metric" }, chip, h("span", { class: "dim small" }, metric.says));
    }));
  }

  // ── what it will be ──────────────────────────────────────────────────
  function values() {
    const chosen = offer.metrics.map(metric => metric.name).filter(metric => !off.has(metric));
    const asked = kind === "folder" ? {} : Object.fromEntries(Object.entries(fields).map(([field, input]) => [field, Number(input.value)]));
    return { kind, name: name.value.trim(), base: base.value, dataset: dataset.value, prompts: prompts.value.trim(), seeds: kind === "folder" ? 1 : Number(seeds.value), sampler: sampler.value, negative: negative.value.trim(), metrics: off.size ? chosen : [], ...asked, ...subject.read() };
  }

  function soon() {
    if (!offer) return;
    remember(values()); // at once: a reload may follow
    clearTimeout(timer);
    timer = setTimeout(look, 200);
  }

  const look = studio.inTurn(async () => {
    const given = values();
    if (off.size === offer.metrics.length) { say({ wrong: w("eval.needs.metrics") }); return; }
    try {
      say(await studio.call("reckon_evaluation", { project: place.project, values: given }));
    } catch (error) { say({ wrong: error.message }); }
  });

  function say(found) {
    wrong.hidden = true;
    go.disabled = Boolean(found.wrong);
    cost.className = `eval-cost facts ${found.wrong ? "dim" : ""}`;
    unlike.hidden = !found.unlike;
    unlike.textContent = found.unlike ? `! ${found.unlike}` : "";
    cost.textContent = found.wrong || (kind === "folder" ? [w("eval.cost_folder", { n: found.rivals }), !found.prompts && w("eval.no_prompts")].filter(Boolean).join(" · ") :
      [w("eval.cost", { rivals: found.rivals, prompts: found.prompts, seeds: seeds.value, n: found.pictures }), found.seconds ? w("eval.cost_time", { span: studio.span(found.seconds) }) : w("eval.cost_unknown")].join(" · "));
  }

  async function start() {
    go.disabled = true;
    clearTimeout(timer);
    try {
      const job = await studio.call("evaluate", { project: place.project, values: values() });
      try { sessionStorage.removeItem(KEPT); } catch { /* a private window keeps nothing */ }
      studio.asked("evaluate");
      await desk.go({ view: "see", job });
    } catch (error) {
      wrong.hidden = false;
      wrong.textContent = `✕ ${error.message}`;
      go.disabled = false;
    }
  }

  // ── what was begun is there again after a reload ─────────────────────
  function remember(given) {
    try { sessionStorage.setItem(KEPT, JSON.stringify({ ...given, typed, off: [...off], subject: subject.read() })); } catch { /* a private window keeps nothing */ }
  }
  function draft() {
    try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
  }
  function restore(kept) {
    if (!kept) { subject.tell(); return; }
    typed = kept.typed;
    for (const metric of kept.off) off.add(metric);
    for (const [field, input] of Object.entries({ ...fields, seeds, name, prompts, negative })) if (kept[field] !== undefined) input.value = kept[field];
    dataset.dataset.typed = base.dataset.typed = "1";
    suggest();
  }

  return { node, load, take: subject.take };
};

// The line above everything that is not the list: back, what it is, what can be done with it.
studio.evalHead = ({ back, title, about = "", tools = [] }) => {
  const { h, w } = studio;
  return h("div", { class: "eval-head" }, h("button", { class: "link", id: "eval-back", onclick: back }, `← ${w("eval.all")}`), h("div", { class: "row wrap" }, h("h2", { class: "fill" }, title), ...tools), about && h("p", { class: "dim" }, about));
};
