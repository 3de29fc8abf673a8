"use strict";
// The picture large, with the work on it, everything that waits, and what can be done with the picture.
(() => {
  const { h, w, place } = studio;

  studio.part("stage", (box, { props }) => {
    let shown = null, drawing = [], waiting = "";
    const image = h("img", { alt: "", hidden: true });
    const live = h("img", { alt: "", hidden: true, class: "live" });
    const nothing = h("div", { class: "nothing" });
    const veil = h("div", { class: "veil", hidden: true });
    const facts = h("p", { class: "facts dim small" });
    const tools = h("div", { class: "row wrap tools" });
    box.append(h("div", { class: "stage" }, h("div", { class: "frame" }, image, live), nothing, veil), h("div", { class: "row wrap under" }, facts, h("span", { class: "fill" }), tools));

    studio.on("stage", picture => {
      shown = picture;
      image.hidden = !picture;
      if (picture) {
        image.src = studio.file(picture.file);
        image.alt = picture.prompt;
        image.style.aspectRatio = `${picture.width} / ${picture.height}`;
      }
      facts.textContent = picture ? studio.pictureFacts(picture) : "";
      tools.replaceChildren(...(picture ? studio.pictureTools(picture, true) : []));
      emptiness();
    });

    function emptiness() {
      const any = shown || drawing.length;
      nothing.hidden = Boolean(any);
      if (!any && !nothing.firstChild) nothing.append(studio.empty(
        h("svg", { viewBox: "0 0 240 110", class: "drawing", "aria-hidden": "true" }, h("rect", { x: 72, y: 8, width: 96, height: 96, rx: 4 }), h("circle", { cx: 120, cy: 48, r: 17 }), h("path", { d: "M86 98c5-22 18-30 34-30s29 8 34 30" })),
        w("stage.empty"), w("stage.empty_hint")));
    }

    const load = studio.follow(box, async () => {
      drawing = await studio.call("look_drawing", { project: place.project });
      const failed = drawing.find(row => row.state === "failed" && Number(sessionStorage.getItem("studio.failed.seen")) !== row.id);
      const open = drawing.filter(row => row.state !== "failed");
      veil.hidden = !open.length && !failed;
      box.querySelector(".stage").classList.toggle("busy", open.length > 0);
      if (open.length) busy(open);
      else if (failed) broken(failed);
      preview(open.find(row => row.state === "running" && row.task !== "describe"));
      emptiness();
      const ids = open.map(row => row.id).join();
      if (waiting && waiting !== ids) studio.tell("made");
      waiting = ids;
    });

    function broken(job) {
      veil.replaceChildren(h("p", { class: "wrong" }, `✕ ${job.error}`), h("div", { class: "row center" },
        h("button", { class: "plain", onclick: async () => { await studio.act("resume_job", { job: job.id }); studio.changed(); } }, w("try_again")),
        h("button", { class: "plain", onclick: () => { sessionStorage.setItem("studio.failed.seen", job.id); load(); } }, w("close"))));
    }

    // The running request with its progress; below it those that wait, each with a way to call it off.
    function busy(open) {
      const first = open.find(row => row.state === "running") || open[0], rest = open.filter(row => row !== first);
      if (!veil.querySelector(".now")) veil.replaceChildren(h("progress", { max: 1 }), h("div", { class: "row now" }, h("span", { class: "said" }), h("span", { class: "dim left" }), h("span", { class: "fill" }), h("button", { class: "plain", id: "stage-cancel" })), h("div", { class: "queue" }));
      const bar = veil.querySelector("progress"), cancel = veil.querySelector("#stage-cancel"), stopping = first.wish === "stop";
      first.state === "running" ? bar.value = first.progress : bar.removeAttribute("value");
      veil.querySelector(".said").textContent = stopping ? w("wish.stop") : first.state === "running" ? (first.note || w("stage.drawing")) : w("stage.waiting");
      veil.querySelector(".left").textContent = first.left && !stopping ? studio.span(first.left) : "";
      cancel.textContent = stopping ? w("run.quit") : w("cancel");
      cancel.hidden = first.wish === "quit";
      cancel.onclick = () => call_off(first, stopping);
      studio.list(veil.querySelector(".queue"), rest.slice(0, 6), row => row.id, row => h("div", { class: "row waits" }, h("span", { class: "dim say" }), h("span", { class: "fill" }), h("button", { class: "bare", "aria-label": w("stage.call_off"), title: w("stage.call_off"), onclick: () => call_off(row) }, "×")), (node, row) => { node.querySelector(".say").textContent = row.title; });
      let more = veil.querySelector(".over");
      if (rest.length > 6) { more ||= veil.appendChild(h("p", { class: "dim small over" })); more.textContent = w("stage.more", { n: rest.length - 6 }); } else more?.remove();
    }

    async function call_off(row, at_once = false) {
      await studio.act(at_once ? "quit_job" : "stop_job", { job: row.id });
      studio.changed();
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

  // Stars that are given by a click; the same star again takes them off.
  studio.stars = (rows, after) => {
    const rating = Math.min(...rows.map(row => row.rating || 0));
    const box = h("span", { class: "stars", role: "group", "aria-label": w("album.rating") });
    const draw = now => box.replaceChildren(...[1, 2, 3, 4, 5].map(n => h("button", { type: "button", class: n <= now ? "on" : "", "aria-pressed": String(n <= now), "aria-label": w("album.stars", { n }), title: w("album.stars", { n }), onclick: () => give(n === now ? 0 : n) }, n <= now ? "★" : "☆")));
    async function give(rating) {
      if ((await studio.act("rate_made", { made: rows.map(row => row.id), rating })) === undefined) return;
      for (const row of rows) row.rating = rating;
      draw(rating);
      (after || (() => studio.tell("rated")))();
    }
    draw(rating);
    return box;
  };

  // What can be done with one picture.
  const varied = new Map(); // picture → how often it was varied: each time the next seed
  studio.pictureTools = (picture, ids = false) => {
    const id = name => (ids ? `stage-${name}` : null);
    const button = (name, title, onclick, say = w(`stage.${name}`)) => h("button", { class: "plain", type: "button", id: id(name), title, onclick }, say);
    async function again(by) {
      if (await studio.act("again_made", { picture: picture.id, by })) studio.asked("again");
    }
    return [
      studio.stars([picture]),
      button("again", w("stage.again_hint"), () => again(0)),
      button("vary", w("stage.vary_hint"), () => { varied.set(picture.id, (varied.get(picture.id) || 0) + 1); again(varied.get(picture.id)); }),
      button("start", w("stage.start_hint"), async () => { const given = await studio.act("start_from", { project: place.project, file: picture.file }); if (given) { studio.tell("close wall"); studio.tell("give", given); } }),
      button("compare", w("stage.compare_hint"), () => studio.tell("compare", picture)),
      button("origin", w("stage.origin_hint"), () => studio.origins({ picture: picture.id })),
      h("a", { class: "plain", href: studio.file(picture.file), download: `${(picture.prompt || "picture").replace(/[^\p{L}\p{N} ]/gu, "").trim().slice(0, 40) || "picture"} ${picture.seed}.${picture.file.split(".").pop()}` }, w("download")),
      button("delete", null, () => studio.tell("delete pictures", [picture]), w("delete")),
    ];
  };
})();
