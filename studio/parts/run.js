"use strict";
// A training run where the form was: how far, the curve, the samples row by row, and what can be asked of it.
studio.part("run", box => {
  const { h, w, place } = studio;
  const LIVE = ["queued", "running", "paused"];
  let data = null, wanted = 0, watched = Number(localStorage.getItem("studio.run.watched")) || 0;

  const title = h("h2"), state = h("span", { class: "state" }), note = h("p", { class: "wrong", hidden: true });
  const bar = h("progress", { max: 1, value: 0 });
  const facts = h("p", { class: "facts" });
  const buttons = h("div", { class: "row wrap" });
  const chart = h("div", { class: "chart" });
  const samples = h("div", { class: "samples" });
  const runs = h("select", { class: "runs", "aria-label": w("run.runs"), onchange: () => { wanted = Number(runs.value); load(); } });
  const panel = h("section", { class: "run", hidden: true },
    h("div", { class: "row" }, title, state, h("span", { class: "fill" }), runs),
    bar, h("div", { class: "row wrap" }, facts, h("span", { class: "fill" }), buttons), note,
    h("div", { class: "run-split" }, h("div", {}, h("h4", {}, w("run.curve")), chart), h("div", {}, h("h4", {}, w("run.samples")), samples)));
  box.append(panel);

  studio.follow(box, load, () => studio.last.jobs.some(job => job.task === "train"));
  studio.on("asked", task => { if (task === "train") { wanted = 0; load(); box.scrollIntoView({ block: "start" }); } });
  studio.on("place", () => { wanted = 0; });
  studio.on("show run", id => { wanted = id; load(); });

  async function load() {
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
    const wish = job.wish === "pause" || job.wish === "stop" ? `wish.${job.wish}` : `state.${job.state}`;
    state.textContent = w(wish);
    state.className = `state ${job.state}`;
    bar.value = job.progress;
    bar.classList.toggle("still", job.state !== "running");
    const steps = job.steps || job.wanted;
    const said = [w("run.of", { step: job.step, steps })];
    if (job.state === "running" && job.left) said.push(w("run.left", { span: studio.span(job.left) }));
    said.push(`${job.dataset} → ${data.base}`, w("run.rank", { n: job.rank }));
    if (job.note && job.state !== "failed") said.push(job.note);
    facts.textContent = said.join(" · ");
    note.textContent = job.state === "failed" ? job.error : "";
    note.hidden = job.state !== "failed";
    drawButtons(job);
    drawRuns(job);
    const loss = data.curves.loss || Object.entries(data.curves).find(([name]) => name.startsWith("loss"))?.[1] || { raw: [], trend: [] };
    studio.curve(chart, loss, steps);
    drawSamples(job);
  }

  function drawButtons(job) {
    const lora = data.loras.find(row => row.final) || data.loras.at(-1);
    const mark = [job.id, job.state, job.wish, lora?.id].join();
    if (buttons.dataset.mark === mark) return;
    buttons.dataset.mark = mark;
    const does = (name, action, main = false, extra = {}) => h("button", { class: main ? "main" : "plain", id: `run-${name}`, onclick: () => ask(action, { job: job.id, ...extra }) }, w(`run.${name}`));
    const rows = [];
    if (job.state === "running" && !job.wish) rows.push(does("sample", "ask_job", false, { wish: "sample" }), does("pause", "pause_job"), does("stop", "stop_job"));
    if (job.state === "queued") rows.push(does("stop", "stop_job"));
    if (["paused", "stopped"].includes(job.state)) rows.push(does("resume", "resume_job", true));
    if (job.state === "failed") rows.push(does("retry", "resume_job", true));
    if (job.state === "paused") rows.push(does("stop", "stop_job"));
    if (["done", "stopped"].includes(job.state) && lora) rows.push(h("button", { class: job.state === "done" ? "main" : "plain", id: "run-draw", onclick: () => { studio.go("generate"); studio.tell("use", lora.id); } }, w("run.draw")));
    if (!LIVE.includes(job.state)) rows.push(h("button", { class: "plain", id: "run-new", onclick: again }, w("run.new")));
    buttons.replaceChildren(...rows);
  }

  function drawRuns(job) {
    runs.hidden = data.runs.length < 2;
    runs.replaceChildren(...data.runs.map(row => h("option", { value: row.id }, `${row.name} · ${w(`state.${row.state}`)}`)));
    runs.value = job.id;
  }

  // One row a step, one column a prompt; the newest row on top.
  function drawSamples(job) {
    const steps = [...new Set(data.samples.map(row => row.step))].sort((a, b) => b - a);
    if (!steps.length) {
      samples.replaceChildren(h("p", { class: "dim center" }, w(job.state === "running" ? "run.no_samples" : "run.no_samples_ever")));
      return;
    }
    samples.querySelector("p.dim")?.remove();
    studio.list(samples, steps, step => step, step => h("div", { class: "sample-row" }, h("span", { class: "dim small" }, w("run.step", { n: step })), h("div", { class: "strip" })), (node, step) =>
      studio.list(node.querySelector(".strip"), data.samples.filter(row => row.step === step), row => row.id, row =>
        h("a", { href: studio.file(row.file), target: "_blank", rel: "noopener", title: row.prompt }, h("img", { src: studio.thumb(row.file), alt: row.prompt, loading: "lazy" }))));
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
