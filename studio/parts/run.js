"use strict";
// A training run where the form was: how far, its curves, the samples by step and prompt, and what can be asked of it.
studio.part("run", box => {
  const { h, w, place } = studio;
  const LIVE = ["queued", "running", "paused"], ENDING = ["pause", "stop", "quit"];
  let data = null, wanted = 0, watched = Number(localStorage.getItem("studio.run.watched")) || 0;

  const title = h("h2"), state = h("span", { class: "state" }), note = h("p", { class: "wrong", hidden: true });
  const bar = h("progress", { max: 1, value: 0 });
  const facts = h("p", { class: "facts" });
  const buttons = h("div", { class: "row wrap" });
  const tells = h("ul", { class: "notes" }), pace = h("p", { class: "facts dim small" });
  const chart = h("div");
  const samples = h("div", { class: "samples" });
  const runs = h("select", { class: "runs", "aria-label": w("run.runs"), onchange: () => { wanted = Number(runs.value); load(); } });
  const panel = h("section", { class: "run", hidden: true },
    h("div", { class: "row" }, title, state, h("span", { class: "fill" }), runs),
    bar, h("div", { class: "row wrap" }, facts, h("span", { class: "fill" }), buttons), note, tells,
    h("div", { class: "run-split" }, h("div", {}, chart, pace), h("div", {}, h("h4", {}, w("run.samples")), samples)));
  box.append(panel);
  const curves = studio.curves(chart);

  const load = studio.inTurn(look);
  studio.follow(box, load, () => studio.last.jobs.some(job => job.task === "train"));
  studio.on("asked", task => { if (task === "train") { wanted = 0; load(); box.scrollIntoView({ block: "start" }); } });
  studio.on("place", () => { wanted = 0; });
  studio.on("show run", id => { wanted = id; load(); });

  async function look() {
    data = await studio.call("look_training", { project: place.project, job: wanted });
    const job = data.job;
    if (job && LIVE.includes(job.state)) watch(job.id);
    const seen = job && (wanted || job.id === watched);
    panel.hidden = !seen;
    document.getElementById("train-form")?.classList.toggle("folded", Boolean(seen));
    if (seen) show(job);
    studio.tell("runs", data.runs);
  }

  // A run that was seen alive stays in sight when it ends, until the person begins a new one.
  function watch(id) {
    watched = id;
    localStorage.setItem("studio.run.watched", id);
  }

  function show(job) {
    title.textContent = job.name || job.title;
    const wish = ENDING.includes(job.wish) ? `wish.${job.wish}` : `state.${job.state}`;
    state.textContent = w(wish);
    state.className = `state ${job.state}`;
    bar.value = job.progress;
    bar.classList.toggle("still", job.state !== "running");
    const steps = job.steps || job.wanted;
    const said = [steps ? w("run.of", { step: job.step, steps }) : w("run.step", { n: job.step })];
    if (job.state === "running" && job.left) said.push(w("run.left", { span: studio.span(job.left) }));
    said.push(`${job.dataset} → ${data.base}`, w("run.rank", { n: job.rank }));
    if (job.note && job.state !== "failed") said.push(job.note);
    facts.textContent = said.join(" · ");
    note.textContent = job.state === "failed" ? job.error : "";
    note.hidden = job.state !== "failed";
    drawButtons(job);
    drawRuns(job);
    curves(data.curves, steps);
    pace.textContent = costs();
    studio.list(tells, data.notes, row => row.when + row.text, row => h("li", {}, h("span", { class: "attention" }, "! "), row.text, h("time", { class: "dim small" }, ` ${studio.ago(row.when)}`)));
    drawSamples(job);
  }

  // The newest numbers that a run is not steered by: seconds a step, memory, the learning rate.
  function costs() {
    const newest = name => data.curves[name]?.raw.at(-1)?.[1];
    const seconds = newest("seconds"), memory = newest("memory"), rate = newest("learning rate");
    return [seconds && w("run.seconds", { n: seconds < 10 ? seconds.toFixed(2) : Math.round(seconds) }), memory && w("run.memory", { size: studio.bytes(memory * 2 ** 30) }),
      rate && w("run.rate", { rate: studio.curve.nice(rate) })].filter(Boolean).join(" · ");
  }

  function drawButtons(job) {
    const lora = data.loras.find(row => row.final) || data.loras.at(-1);
    const mark = [job.id, job.state, job.wish, lora?.id, data.loras.length > 1].join();
    if (buttons.dataset.mark === mark) return;
    buttons.dataset.mark = mark;
    const does = (name, action, main = false, extra = {}) => h("button", { class: main ? "main" : "plain", id: `run-${name}`, onclick: () => ask(action, { job: job.id, ...extra }) }, w(`run.${name}`));
    const rows = [];
    const now = () => { const made = does("quit", "quit_job"); made.title = w("run.quit_hint"); return made; };
    if (job.state === "running" && !job.wish) rows.push(does("sample", "ask_job", false, { wish: "sample" }), does("save", "ask_job", false, { wish: "save" }), does("pause", "pause_job"), does("stop", "stop_job"));
    if (job.state === "running") rows.push(job.wish === "pause" ? does("resume", "resume_job") : null, job.wish === "quit" ? null : now());
    if (job.state === "queued") rows.push(does("stop", "stop_job"));
    if (["paused", "stopped"].includes(job.state)) rows.push(does("resume", "resume_job", true));
    if (job.state === "failed") rows.push(does("retry", "resume_job", true));
    if (job.state === "paused") rows.push(does("stop", "stop_job"));
    if (["done", "stopped"].includes(job.state) && lora) rows.push(h("button", { class: job.state === "done" ? "main" : "plain", id: "run-draw", onclick: () => { studio.go("generate"); studio.tell("use", lora.id); } }, w("run.draw")));
    if (["done", "stopped"].includes(job.state) && data.loras.length > 1) rows.push(h("button", { class: "plain", id: "run-measure", onclick: () => { studio.go("evaluate"); studio.tell("measure", { kind: "checkpoints", job: job.id }); } }, w("eval.which_best")));
    if (!LIVE.includes(job.state)) rows.push(h("button", { class: "plain", id: "run-new", onclick: again }, w("run.new")));
    for (const made of rows) if (made?.id === "run-stop" && job.state === "running") { made.textContent = w("run.stop_step"); made.title = w("run.stop_hint"); }
    buttons.replaceChildren(...rows.filter(Boolean));
  }

  function drawRuns(job) {
    runs.hidden = data.runs.length < 2;
    runs.replaceChildren(...data.runs.map(row => h("option", { value: row.id }, `${row.name} · ${w(`state.${row.state}`)}`)));
    runs.value = job.id;
  }

  // One row a step, one column a prompt, the newest row on top; the prompts are the columns' heads.
  function drawSamples(job) {
    const steps = [...new Set(data.samples.map(row => row.step))].sort((a, b) => b - a);
    if (!steps.length) {
      samples.replaceChildren(h("p", { class: "dim center" }, w(job.state === "running" ? "run.no_samples" : "run.no_samples_ever")));
      return;
    }
    samples.querySelector("p.dim")?.remove();
    const column = row => `${row.seed} ${row.prompt}`;
    const prompts = [...new Map(data.samples.map(row => [column(row), row])).values()].sort((a, b) => a.seed - b.seed);
    samples.style.setProperty("--prompts", prompts.length);
    const rows = [{ head: true, step: "" }, ...steps.map(step => ({ step }))];
    studio.list(samples, rows, row => `row ${row.step}`, row => h("div", { class: row.head ? "sample-row heads" : "sample-row" }, h("span", { class: "dim small" }, row.head ? "" : String(row.step)), h("div", { class: "strip" })), (node, row) => {
      const cells = prompts.map(head => (row.head ? head : data.samples.findLast(one => one.step === row.step && column(one) === column(head)) || { id: column(head) }));
      studio.list(node.querySelector(".strip"), cells, cell => cell.id, cell => (row.head ? h("p", { class: "small", title: cell.prompt, tabindex: 0, onclick: event => event.target.classList.toggle("whole") }, cell.prompt) : cell.file
        ? h("a", { href: studio.file(cell.file), target: "_blank", rel: "noopener", title: `${w("run.step", { n: cell.step })} · ${cell.prompt}` }, h("img", { src: studio.thumb(cell.file), alt: cell.prompt, loading: "lazy" }))
        : h("span", { class: "hole" })));
    });
  }

  async function ask(action, facts) {
    if ((await studio.act(action, facts)) === undefined) return;
    await studio.changed();
  }

  function again() {
    watch(0);
    wanted = 0;
    load();
  }
});
