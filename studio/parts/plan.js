"use strict";
// What will train. On the Train tab it follows the form; below the wall it asks for the chosen data set by a recipe.

// What a run will cost, above its button; the plan it came with is told to whoever shows it.
studio.part("cost", (box, { props, watch }) => {
  const { h, w } = studio;
  const facts = h("dl", { class: "cost" });
  const words = h("p", { class: "attention small", hidden: true });
  box.append(h("h3", {}, w("cost.title")), facts, words);

  function show() {
    const plan = props.value || {};
    const time = plan.seconds ? w("cost.about", { span: studio.span(plan.seconds) }) : w("cost.unknown");
    const rows = [["pictures", plan.pictures ?? "–"], ["steps", plan.by_epochs && plan.steps ? w("cost.by_epochs", { n: plan.steps, epochs: plan.by_epochs }) : plan.steps ?? "–"], ["seen", plan.epochs ? w("cost.times", { n: plan.epochs }) : "–"],
      ["time", time], ["memory", plan.memory ? w("cost.about", { span: studio.bytes(plan.memory) }) : "–"]];
    facts.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, w(`cost.${name}`)), h("dd", {}, String(value))]));
    words.hidden = !plan.problem && !plan.wordless;
    words.textContent = `! ${plan.problem || w("cost.missing", { n: plan.wordless })}`;
    const steps = document.getElementById("train-steps");
    steps?.classList.toggle("gives-way", Boolean(plan.by_epochs));
    if (steps) steps.title = plan.by_epochs ? w("cost.epochs_rule") : "";
    studio.tell("plan", props.value);
  }
  watch("value", show);
  show();
});

studio.part("plan", (box, { props }) => {
  const { h, w, place } = studio;
  const alone = !props.follows, load = studio.inTurn(ask);
  const said = h("span", { class: "sentence" });
  const inside = h("div", { class: "plan-inside" });
  const recipe = h("select", { "aria-label": w("plan.recipe"), onchange: load });
  const base = h("select", { "aria-label": w("plan.base"), onchange: load });
  const fold = h("details", { class: "plan", ontoggle: () => fold.open && known() && draw() }, h("summary", {}, h("h3", {}, w("plan.title")), said),
    alone && h("div", { class: "row wrap plan-by" }, h("span", { class: "dim" }, w("plan.by")), recipe, h("span", { class: "dim" }, w("plan.on")), base), inside);
  box.append(fold);
  let plan = null;

  if (alone) {
    Promise.all([studio.call("list_recipes"), studio.call("choices", { kind: "bases", project: place.project })]).then(([known, models]) => {
      recipe.replaceChildren(...known.map(row => h("option", { value: row.name }, row.title)));
      base.replaceChildren(...models.map(row => h("option", { value: row.value }, row.label)));
      load();
    }).catch(error => studio.toast(error.message, { kind: "wrong" }));
    studio.on("dataset", load);
  } else studio.on("plan", found => { plan = found; show(); });

  async function ask() {
    const name = studio.chosen?.name;
    if (!alone || !name || !recipe.value) return;
    plan = await studio.act("look_plan", { project: place.project, settings: { dataset: name, base: base.value }, recipe: recipe.value });
    show();
  }

  const known = () => Boolean(plan?.pictures || plan?.left_count);

  function show() {
    fold.hidden = !known();
    if (fold.hidden) return;
    const parts = [w("plan.sees", { n: plan.pictures }), w("plan.buckets", { n: plan.buckets.length }), w("plan.epoch", { n: plan.epoch }), w("plan.steps", { n: plan.steps, epochs: plan.epochs })];
    if (plan.seconds) parts.push(w("cost.about", { span: studio.span(plan.seconds) }));
    if (plan.memory) parts.push(studio.bytes(plan.memory));
    said.textContent = parts.join(" · ");
    if (fold.open) draw();
  }

  function draw() {
    inside.replaceChildren(...[
      plan.problem && h("p", { class: "attention" }, `! ${plan.problem}`),
      plan.enlarged ? h("p", { class: "attention small" }, `! ${w("plan.enlarged", { n: plan.enlarged })}`) : null,
      h("div", { class: "plan-buckets" }, plan.buckets.map(bar)),
      h("h4", {}, w("plan.lessons")),
      h("div", { class: "plan-rows" }, plan.lessons.map(lesson)),
      plan.pictures > plan.lessons.length ? h("p", { class: "dim" }, w("plan.more", { n: plan.pictures - plan.lessons.length })) : null,
      plan.left_count ? h("h4", {}, w("plan.left", { n: plan.left_count })) : null,
      h("div", { class: "plan-rows left" }, plan.left.map(row => h("div", { class: "plan-row" },
        h("img", { src: studio.thumb(row.file), alt: "", loading: "lazy" }), h("p", {}, h("b", {}, row.name), h("span", { class: "dim" }, row.why))))),
    ].filter(Boolean));
  }

  // A bucket as a bar: its shape, how many fall into it.
  function bar(row) {
    const most = Math.max(...plan.buckets.map(other => other.n));
    const long = Math.max(row.width, row.height);
    return h("div", { class: "plan-bucket" },
      h("i", { style: `width:${(row.width / long) * 22}px;height:${(row.height / long) * 22}px` }), h("span", {}, `${row.width} × ${row.height}`),
      h("u", { style: `width:${(row.n / most) * 100}%` }), h("b", {}, String(row.n)));
  }

  // A picture with what is cut away in shade, and the words it is learned under.
  function lesson(row) {
    const [left, top, right, bottom] = row.box.map(share => `${(share * 100).toFixed(2)}%`);
    const frame = h("i", { class: "seen", style: `left:${left};top:${top};right:calc(100% - ${right});bottom:calc(100% - ${bottom})` });
    const facts = [`${row.bucket[0]} × ${row.bucket[1]}`, row.repeats > 1 && w("plan.repeats", { n: row.repeats }), row.enlarged && w("plan.blown")].filter(Boolean);
    return h("div", { class: "plan-row" },
      h("span", { class: "cutting", title: `${row.name} · ${row.size[0]} × ${row.size[1]}` }, h("img", { src: studio.thumb(row.file), alt: row.name, loading: "lazy" }), frame),
      h("p", {}, h("span", { class: row.caption ? "" : "attention" }, row.caption || w("plan.wordless")), h("span", { class: "dim small" }, facts.join(" · "))));
  }
});
