"use strict";
// Every job of the project: how far, what it waits for, its log folded, and what can be asked of it.
studio.part("jobs", box => {
  const { h, w, place } = studio;
  const rows = h("div", { class: "job-list" });
  const nothing = h("div");
  let every = false, open = 0;
  const all = h("button", { class: "chip", "aria-pressed": "false", onclick: () => { every = !every; all.setAttribute("aria-pressed", String(every)); load(); } }, w("jobs.every"));
  box.append(h("div", { class: "tools" }, all), nothing, rows);
  const load = studio.follow(box, async () => {
    const jobs = await studio.call("list_jobs", { project: every ? 0 : place.project });
    nothing.replaceChildren(...(jobs.length ? [] : [studio.empty(
      h("svg", { viewBox: "0 0 240 80", class: "drawing", "aria-hidden": "true" }, h("path", { d: "M50 20h140M50 40h140M50 60h90" })), w("jobs.empty"), w("jobs.empty_hint"))]));
    all.hidden = studio.last.projects.length < 2;
    studio.list(rows, jobs, job => job.id, make, dress);
    if (open) log(rows.querySelector(`[data-key="${open}"]`), open);
  });

  function make() {
    return h("article", { class: "job" },
      h("div", { class: "row" }, h("i", { class: "dot" }), h("b"), h("span", { class: "state" }), h("span", { class: "fill" }), h("span", { class: "buttons row" })),
      h("progress", { max: 1 }), h("p", { class: "dim facts" }), h("p", { class: "wrong", hidden: true }),
      h("details", { ontoggle: event => unfold(event.currentTarget) }, h("summary", {}, w("jobs.log")), h("div", { class: "log" })));
  }

  function dress(node, job) {
    const wish = ["pause", "stop", "quit"].includes(job.wish) ? `wish.${job.wish}` : `state.${job.state}`;
    node.className = `job ${job.state}`;
    node.querySelector(".dot").className = `dot ${job.state}`;
    node.querySelector("b").textContent = job.title;
    const state = node.querySelector(".state");
    state.textContent = w(wish);
    state.className = `state ${job.state}`;
    const bar = node.querySelector("progress");
    bar.hidden = !["running", "paused"].includes(job.state);
    bar.value = job.progress;
    node.querySelector(".facts").textContent = facts(job);
    const wrong = node.querySelector(".wrong");
    wrong.hidden = !job.error;
    wrong.textContent = job.error;
    const mark = [job.state, job.wish].join();
    const buttons = node.querySelector(".buttons");
    if (buttons.dataset.mark !== mark) { buttons.dataset.mark = mark; buttons.replaceChildren(...does(job)); }
  }

  function facts(job) {
    const said = [];
    if (job.state === "queued") said.push(job.waits_for ? w("jobs.waits", { title: job.waits_for }) : w("jobs.next"));
    if (job.steps) said.push(`${job.step} / ${job.steps}`);
    if (job.state === "running" && job.left) said.push(w("run.left", { span: studio.span(job.left) }));
    if (job.ended && job.started) said.push(studio.span((new Date(job.ended) - new Date(job.started)) / 1000));
    if (job.note) said.push(job.note);
    said.push(studio.ago(job.ended || job.started || job.created));
    return said.filter(Boolean).join(" · ");
  }

  function does(job) {
    const button = (name, action) => h("button", { class: "plain", onclick: async () => { if ((await studio.act(action, { job: job.id })) !== undefined) studio.changed(); } }, w(`run.${name}`));
    const found = [];
    if (job.task === "evaluate" && job.state !== "queued") found.push(h("button", { class: "plain look", onclick: () => { studio.go("evaluate"); studio.tell("measure", { view: "see", job: job.id }); } }, w("eval.open")));
    if (job.state === "done" && ["board", "pack"].includes(job.task)) found.push(h("a", { class: "plain", href: `/made/${job.id}`, download: "" }, w("download")));
    if (job.state === "running" && !job.wish) found.push(button("pause", "pause_job"), button("stop", "stop_job"));
    if (job.state === "queued") found.push(button("stop", "stop_job"));
    if (job.state === "paused") found.push(button("resume", "resume_job"), button("stop", "stop_job"));
    if (job.known && job.state === "stopped") found.push(button("resume", "resume_job"));
    if (job.known && job.state === "failed") found.push(button("retry", "resume_job"));
    if (job.known && job.state === "done") found.push(button("again", "again_job"));
    return found;
  }

  function unfold(details) {
    const id = Number(details.closest("[data-key]").dataset.key);
    if (details.open) {
      open = id;
      rows.querySelectorAll("details[open]").forEach(other => { if (other !== details) other.open = false; });
      log(details.closest(".job"), id);
    } else if (open === id) open = 0;
  }

  async function log(node, id) {
    if (!node) return;
    const found = await studio.act("look_job", { job: id });
    const place = node.querySelector(".log");
    if (!found) return;
    const end = place.scrollTop + place.clientHeight >= place.scrollHeight - 20;
    place.replaceChildren(...(found.log.length ? found.log.map(line => h("p", {}, h("time", {}, new Date(line.when).toLocaleTimeString()), line.text)) : [h("p", { class: "dim" }, w("jobs.no_log"))]),
      h("details", {}, h("summary", {}, w("jobs.request")), h("pre", {}, Object.entries(found.request).map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join("\n"))));
    if (end) place.scrollTop = place.scrollHeight;
  }
});
