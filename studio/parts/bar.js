"use strict";
// The bar: project, running work, language, light and dark. Its value is the number of the project.
studio.part("bar", (box, { props, trigger }) => {
  const { h, w, place } = studio;
  const name = h("button", { class: "plain project", "aria-haspopup": "menu", onclick: projects });
  const chip = h("button", { class: "chip work", hidden: true, onclick: () => studio.go("jobs") });
  const korean = document.documentElement.lang === "ko";
  const language = h("button", { class: "plain", id: "language", title: w("bar.language"), onclick: speak },
    h("span", { class: korean ? "on" : "" }, "한"), "/", h("span", { class: korean ? "" : "on" }, "EN"));
  const mode = h("button", { class: "plain", id: "mode", title: w("bar.mode"), "aria-label": w("bar.mode"), onclick: flip }, "◐");
  const keys = h("button", { class: "plain keys", title: w("keys.title"), "aria-label": w("keys.title"), onclick: () => studio.keys() }, "?");
  box.append(
    h("a", { class: "brand", href: location.pathname }, h("i"), w("brand")), name, h("span", { class: "fill" }), chip, language, mode, keys);

  studio.on("pulse", now => {
    const here = now.projects.find(row => row.id === now.project);
    name.textContent = `${here?.name ?? ""} ▾`;
    work(now.jobs);
    if (props.value !== now.project) { props.value = now.project; trigger("change"); }
  });

  function work(jobs) {
    const running = jobs.find(job => job.state === "running" && job.lane === "train") || jobs.find(job => job.state === "running") || jobs[0];
    chip.hidden = !running;
    if (!running) return;
    const facts = [running.title];
    if (running.state === "running") facts.push(`${Math.round(running.progress * 100)} %`, studio.span(running.left));
    else facts.push(w(`state.${running.state}`));
    if (jobs.length > 1) facts.push(`+${jobs.length - 1}`);
    chip.replaceChildren(h("i", { class: `dot ${running.state}` }), h("span", { class: "long" }, facts.filter(Boolean).join(" · ")));
    chip.title = facts.filter(Boolean).join(" · ");
  }

  function projects() {
    const known = studio.last.projects;
    studio.menu(name, [
      ...known.map(row => ({ say: row.name, mark: row.id === place.project, do: () => studio.move({ project: row.id }) })),
      null,
      { say: w("bar.create"), do: create },
      { say: w("bar.rename"), do: rename },
    ]);
  }

  async function create() {
    const called = await studio.line(w("bar.create"), "", { does: w("create"), hint: w("bar.create_hint") });
    const made = called && (await studio.act("create_project", { name: called }));
    if (made) { await studio.move({ project: made, dataset: 0 }); studio.go("dataset"); }
  }

  async function rename() {
    const here = studio.last.projects.find(row => row.id === place.project);
    const called = await studio.line(w("bar.rename"), here?.name, { does: w("rename") });
    if (called && (await studio.act("rename_project", { project: place.project, name: called })) !== undefined) studio.changed();
  }

  function speak() {
    document.cookie = `studio_language=${korean ? "en" : "ko"}; path=/; max-age=31536000; samesite=lax`;
    location.href = (korean ? "/" : "/ko/") + location.search;
  }

  function flip() {
    const next = window.studioMode() === "dark" ? "light" : "dark";
    try { localStorage.setItem("studio.mode", next); } catch { /* a private window keeps nothing */ }
    document.documentElement.dataset.mode = next;
    document.body.classList.toggle("dark", next === "dark");
    studio.tell("mode", next);
  }
});
