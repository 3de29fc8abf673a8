"use strict";
// The picture large, with the work on it; and the film strip of everything made, newest first.
(() => {
  const { h, w, place } = studio;
  let shown = null; // the picture on the stage

  studio.part("stage", (box, { props }) => {
    const image = h("img", { alt: "", hidden: true });
    const live = h("img", { alt: "", hidden: true, class: "live" });
    const frame = h("div", { class: "frame" }, image, live);
    const nothing = h("div", { class: "nothing" });
    const veil = h("div", { class: "veil", hidden: true });
    const facts = h("p", { class: "facts dim small" });
    const tools = h("div", { class: "row wrap tools" });
    box.append(h("div", { class: "stage" }, frame, nothing, veil), h("div", { class: "row wrap under" }, facts, h("span", { class: "fill" }), tools));
    let drawing = [], waiting = 0;

    studio.on("stage", picture => {
      shown = picture;
      image.hidden = !picture;
      nothing.hidden = Boolean(picture) || !drawing.length === false;
      if (picture) {
        image.src = studio.file(picture.file);
        image.alt = picture.prompt;
        image.style.aspectRatio = `${picture.width} / ${picture.height}`;
        describe(picture);
      } else { facts.textContent = ""; tools.replaceChildren(); }
      emptiness();
    });

    function emptiness() {
      const any = shown || drawing.length;
      nothing.hidden = Boolean(any);
      if (!any && !nothing.firstChild) nothing.append(studio.empty(
        h("svg", { viewBox: "0 0 240 110", class: "drawing", "aria-hidden": "true" }, h("rect", { x: 72, y: 8, width: 96, height: 96, rx: 4 }), h("circle", { cx: 120, cy: 48, r: 17 }), h("path", { d: "M86 98c5-22 18-30 34-30s29 8 34 30" })),
        w("stage.empty"), w("stage.empty_hint")));
    }

    function describe(picture) {
      const blend = (picture.blend || []).filter(part => part.weight).map(part => `${part.name || w("desk.gone")} ${part.weight}`);
      facts.textContent = [w("stage.seed", { seed: picture.seed }), `${picture.width} × ${picture.height}`, picture.base, ...blend].filter(Boolean).join(" · ");
      tools.replaceChildren(
        h("button", { class: "plain", id: "stage-start", onclick: async () => { const given = await studio.act("start_from", { project: place.project, file: picture.file }); if (given) studio.tell("give", given); } }, w("stage.start")),
        h("a", { class: "plain", href: studio.file(picture.file), download: `${(picture.prompt || "picture").replace(/[^\p{L}\p{N} ]/gu, "").trim().slice(0, 40) || "picture"} ${picture.seed}.png` }, w("download")),
        h("button", { class: "plain", id: "stage-delete", onclick: () => studio.tell("delete picture", picture) }, w("delete")));
    }

    const load = studio.follow(box, async () => {
      drawing = await studio.call("look_drawing", { project: place.project });
      const job = drawing.find(row => row.state === "running") || drawing.find(row => row.state === "queued") || drawing.at(-1);
      const failed = job?.state === "failed" && Number(sessionStorage.getItem("studio.failed.seen")) === job.id;
      veil.hidden = !job || failed;
      box.querySelector(".stage").classList.toggle("busy", Boolean(job) && ["running", "queued"].includes(job?.state));
      if (job && !failed) busy(job);
      preview(job?.state === "running" ? job : null);
      emptiness();
      const ids = drawing.filter(row => row.state !== "failed").map(row => row.id).join();
      if (waiting && waiting !== ids) studio.tell("made");
      waiting = ids;
    });

    function busy(job) {
      const open = drawing.filter(row => row.state === "queued").length;
      const said = job.state === "running" ? (job.note || w("stage.drawing")) : w("stage.waiting");
      if (job.state === "failed") {
        veil.replaceChildren(h("p", { class: "wrong" }, `✕ ${job.error}`), h("div", { class: "row center" },
          h("button", { class: "plain", onclick: async () => { await studio.act("resume_job", { job: job.id }); studio.changed(); } }, w("try_again")),
          h("button", { class: "plain", onclick: () => { sessionStorage.setItem("studio.failed.seen", job.id); load(); } }, w("close"))));
        return;
      }
      veil.replaceChildren(
        h("progress", job.state === "running" ? { max: 1, value: job.progress } : {}),
        h("div", { class: "row" }, h("span", {}, said), h("span", { class: "dim" }, job.left ? studio.span(job.left) : ""), open > 1 && h("span", { class: "dim" }, w("stage.more", { n: open })), h("span", { class: "fill" }),
          h("button", { class: "plain", id: "stage-cancel", onclick: async () => { await studio.act("stop_job", { job: job.id }); studio.changed(); } }, w("cancel"))));
    }

    async function preview(job) {
      if (!job) { live.hidden = true; return; }
      const answer = await fetch(`/preview/${job.id}`).catch(() => null);
      if (!answer || answer.status !== 200) { live.hidden = true; return; }
      const url = URL.createObjectURL(await answer.blob());
      live.onload = () => URL.revokeObjectURL(url);
      live.src = url;
      live.hidden = false;
    }

    studio.on("asked", task => { if (task === "generate") { load(); if (innerWidth < 720) box.scrollIntoView({ block: "start", behavior: "smooth" }); } });
    props.value = props.value || 0;
  });

  studio.part("film", (box, { props, trigger }) => {
    const PAGE = 60;
    const strip = h("div", { class: "film", role: "listbox", "aria-label": w("film.title"), tabindex: 0, onkeydown: key });
    const more = h("button", { class: "plain", hidden: true, onclick: () => load(true) }, w("film.more"));
    const title = h("h4", {}, w("film.title"));
    box.append(title, h("div", { class: "film-row" }, strip, more));
    let made = [], chosen = 0, first = true;

    studio.follow(box, () => load(false));
    studio.on("made", () => load(false, true));
    studio.on("place", () => { made = []; chosen = 0; first = true; studio.tell("stage", null); });
    studio.on("delete picture", remove);

    async function load(older = false, fresh = false) {
      const newest = made[0]?.id || 0;
      const found = await studio.call("list_made", { project: place.project, offset: older ? made.length : 0, limit: older ? PAGE : Math.max(PAGE, made.length) });
      more.hidden = found.length < PAGE;
      made = older ? [...made, ...found] : found;
      title.hidden = !made.length;
      const arrived = !first && made[0] && made[0].id > newest;
      if (first || arrived || fresh && !chosen || !made.some(row => row.id === chosen)) { chosen = made[0]?.id || 0; studio.tell("stage", made[0] || null); }
      first = false;
      show();
      if (arrived) strip.scrollLeft = 0;
    }

    function show() {
      studio.list(strip, made, row => row.id, row => h("button", { class: "tile", role: "option", tabindex: -1, onclick: () => choose(row, true) }, h("img", { src: studio.thumb(row.file), loading: "lazy", alt: row.prompt, draggable: "false" })), (node, row) => {
        node.setAttribute("aria-selected", String(row.id === chosen));
        const blend = (row.blend || []).filter(part => part.weight).map(part => `${part.name || ""} ${part.weight}`).join(" · ");
        node.title = [w("stage.seed", { seed: row.seed }), blend, row.prompt].filter(Boolean).join("\n");
      });
    }

    // Look at a picture; `settings` puts everything that made it back into the form.
    function choose(row, settings) {
      chosen = row.id;
      studio.tell("stage", row);
      show();
      strip.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
      if (!settings) return;
      props.value = row.id;
      trigger("select");
    }

    function key(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = made.findIndex(row => row.id === chosen);
      if (by && made[at + by]) { event.preventDefault(); choose(made[at + by], false); }
      else if (event.key === "Enter" && made[at]) choose(made[at], true);
      else if (["Delete", "Backspace"].includes(event.key) && made[at]) remove(made[at]);
    }
    document.addEventListener("keydown", event => {
      if (studio.visible(box) && ["ArrowLeft", "ArrowRight"].includes(event.key) && !event.target.closest("input, textarea, select, dialog, [role=listbox], [role=tab], [role=radio]")) key(event);
    });

    async function remove(row) {
      if ((await studio.act("delete_made", { made: [row.id] })) === undefined) return;
      const at = made.findIndex(other => other.id === row.id);
      made = made.filter(other => other.id !== row.id);
      const next = made[Math.min(at, made.length - 1)];
      chosen = next?.id || 0;
      studio.tell("stage", next || null);
      show();
      studio.toast(w("film.deleted"), { undo: async () => { await studio.act("restore_made", { made: [row.id] }); await load(); choose(row, false); } });
    }
  });
})();
