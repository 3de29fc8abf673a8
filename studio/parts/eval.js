"use strict";
// Evaluate: the questions and what was found so far; asking one; looking at one; two beside each other.
studio.part("eval", box => {
  const { h, w, place } = studio;
  const KEPT = "studio.eval";
  const work = h("div", { class: "eval-work" }), stage = h("div");
  box.append(work, stage);
  let at = { view: "home" }, view = null, now = { rows: [], jobs: [] }, begun = 0;

  const desk = { go, load: () => load(), get rows() { return now.rows; }, get jobs() { return now.jobs; }, rename, remove };
  const VIEWS = { home: studio.evalHome, ask: studio.evalAsk, see: studio.evalSee, versus: studio.evalVersus };

  const load = studio.follow(box, async () => {
    if (begun !== place.project) { begun = place.project; show(recall()); }
    const found = await studio.call("look_evaluations", { project: place.project });
    if (found.project !== place.project) return;
    now = found;
    progress();
    const asked = view;
    try { await asked.load(); } catch (error) { if (asked === view) await leave(error); }
  }, () => now.jobs.some(job => ["queued", "running"].includes(job.state)) || studio.last.jobs.some(job => job.task === "evaluate"));
  studio.on("place", () => { if (begun && begun !== place.project) { now = { rows: [], jobs: [] }; load(); } });
  studio.on("measure", given => { begun = place.project; go({ view: "ask", ...given }); });

  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT)) || {};
      return kept.project === place.project ? kept.at : { view: "home" };
    } catch { return { view: "home" }; }
  }

  function go(where) {
    show(where);
    try { localStorage.setItem(KEPT, JSON.stringify({ project: place.project, at })); } catch { /* a private window keeps nothing */ }
    if (box.getBoundingClientRect().top < 0) box.scrollIntoView({ block: "start" });
    return load();
  }

  // What was looked at last may be gone, or lie in another store: say so, and begin with the list.
  async function leave(error) {
    if (at.view === "home" || error.message === w("error.away")) throw error;
    studio.toast(error.message, { kind: "wrong" });
    show({ view: "home" });
    await view.load();
  }

  function show(where) {
    at = where;
    view = VIEWS[at.view](Object.assign(Object.create(desk), { at }));
    stage.replaceChildren(view.node);
  }

  // ── files dropped anywhere on a form that takes some ─────────────────
  const takes = event => view?.take && event.dataTransfer?.types.includes("Files");
  box.addEventListener("dragover", event => { if (takes(event)) { event.preventDefault(); box.classList.add("over"); } });
  box.addEventListener("dragleave", event => { if (!box.contains(event.relatedTarget)) box.classList.remove("over"); });
  box.addEventListener("drop", async event => {
    box.classList.remove("over");
    if (!takes(event)) return;
    event.preventDefault();
    view.take(await studio.given.dropped(event.dataTransfer));
  });

  // ── work in progress, wherever one looks ─────────────────────────────
  function progress() {
    const jobs = now.jobs.filter(job => !view.own?.(job));
    studio.list(work, jobs, job => job.id, job => studio.evalWork(job, desk), (node, job) => node.dress(job));
  }

  async function rename(row) {
    const name = await studio.line(w("eval.rename"), row.name, { does: w("rename") });
    if (name && (await studio.act("rename_evaluation", { evaluation: row.id, name })) !== undefined) await load();
  }

  async function remove(row) {
    if ((await studio.act("delete_evaluation", { evaluation: row.id })) === undefined) return;
    if (at.view === "home") await load(); else await go({ view: "home" });
    studio.toast(w("eval.deleted", { name: row.name }), { undo: async () => { await studio.act("restore_evaluation", { evaluation: row.id }); load(); } });
  }
});

// How far one evaluation is, with what can be asked of it.
studio.evalWork = (job, desk) => {
  const { h, w } = studio;
  const bar = h("progress", { max: 1 }), say = h("span", { class: "say small facts" }), buttons = h("span", { class: "row" });
  const ask = action => async () => { if ((await studio.act(action, { job: job.id })) !== undefined) { await studio.changed(); desk.load(); } };
  const button = (name, action) => h("button", { class: "plain", id: `eval-${name}`, onclick: ask(action) }, w(name === "stop" ? "stop" : `run.${name}`));
  const node = h("div", { class: "doing", role: "status" }, bar, say, buttons);
  node.dress = fresh => {
    const live = ["queued", "running"].includes(fresh.state);
    bar.hidden = fresh.state === "failed";
    bar.value = fresh.progress;
    bar.classList.toggle("still", fresh.state !== "running");
    say.className = `say small ${fresh.state === "failed" ? "wrong" : "facts"}`;
    const state = fresh.state === "running" ? [fresh.note || w("state.running"), fresh.left && w("run.left", { span: studio.span(fresh.left) })] : [w(`state.${fresh.state}`)];
    say.textContent = fresh.state === "failed" ? `✕ ${fresh.error}` : [fresh.title, ...state].filter(Boolean).join(" · ");
    say.setAttribute("role", fresh.state === "failed" ? "alert" : "status");
    const mark = [fresh.state, fresh.wish].join();
    if (buttons.dataset.mark === mark) return;
    buttons.dataset.mark = mark;
    buttons.replaceChildren(...[live && fresh.wish !== "stop" && button("stop", "stop_job"), fresh.wish === "stop" && h("span", { class: "dim small" }, w("wish.stop")), fresh.state === "paused" && button("resume", "resume_job"), ["failed", "stopped"].includes(fresh.state) && button("retry", "resume_job")].filter(Boolean));
  };
  return node;
};
