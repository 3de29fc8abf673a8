"use strict";
// Captions: the picture left, its words right, the neighbours as a film strip below, and what is done to many at once.
// Nothing typed is lost: every key goes to a draft in the browser, a pause or leaving writes it to the store.
studio.part("pen", box => {
  const { h, w, place } = studio;
  const PAUSE = 1500;
  let data = null, now = null, timer = 0, meterTimer = 0;
  const writing = new Set();

  // ── the frame ──────────────────────────────────────────────────────
  const picture = h("img", { alt: "" });
  const text = h("textarea", { rows: 5, spellcheck: "true", id: "pen-text", disabled: true, "aria-label": w("pen.caption"), placeholder: w("pen.placeholder"), "aria-keyshortcuts": "Enter Alt+ArrowLeft Alt+ArrowRight Control+D" });
  const trigger = h("button", { class: "chip trigger", onclick: setTrigger });
  const meter = h("div", { class: "meter", hidden: true }, h("i"), h("span"));
  const by = h("button", { class: "chip by", onclick: chooseBase, title: w("pen.by_hint") });
  const state = h("span", { class: "dim small state", "aria-live": "polite" });
  const count = h("span", { class: "dim small facts" });
  const work = h("div", { class: "doing" });
  const nothing = h("div", {});
  const pen = {
    box, get data() { return data; }, get now() { return now; },
    open: id => { const image = row(id); if (image) open(image); },
    use: words => { text.value = words; typed(); return save(); },
    strip: null,
  };
  const frequent = studio.penWords(pen, text, typed);
  const past = studio.penHistory(pen);
  const strip = pen.strip = studio.penStrip(pen);
  const panels = studio.penPanels(pen);
  const desk = h("div", { class: "pen-desk", hidden: true },
    h("div", { class: "pen-picture" }, picture),
    h("div", { class: "pen-words" },
      h("div", { class: "row wrap" }, trigger, h("span", { class: "fill" }), count),
      text,
      h("div", { class: "row wrap" }, meter, by, h("span", { class: "fill" }), state),
      frequent.node,
      h("div", { class: "row wrap" },
        h("button", { class: "plain", onclick: () => step(-1), title: "Alt ←" }, `← ${w("pen.back")}`),
        h("button", { class: "plain strong", id: "pen-next", onclick: () => step(1), title: "Enter" }, `${w("pen.next")} ↵`),
        h("button", { class: "plain", id: "pen-copy", onclick: copyBefore, title: "Ctrl D" }, w("pen.copy"))),
      h("h4", {}, w("pen.history")), past.node));
  box.append(work, nothing, desk, strip.node, panels.node);

  text.addEventListener("input", typed);
  text.addEventListener("blur", () => save());
  text.addEventListener("keydown", key);
  addEventListener("pagehide", () => { if (now && dirty()) studio.post("write_caption", [now.id, text.value], { keepalive: true }).catch(() => {}); });

  studio.follow(box, load);
  studio.on("asked", task => { if (task === "caption") studio.toast(w("pen.asked"), { kind: "good" }); });
  studio.on("picture", pen.open);
  studio.on("place", () => { if (data && data.id !== place.dataset) leave(); });

  // ── loading ────────────────────────────────────────────────────────
  const row = id => data?.images.find(image => image.id === id);

  async function load() {
    await rescue();
    if (!place.dataset) data = null;
    else {
      const seen = data?.id === place.dataset ? data.mark : "";
      const found = await studio.call("look_captions", { dataset: place.dataset, base: chosenBase(), seen });
      if (found.images) { data = found; strip.renew(); strip.adopt(); studio.chosen = data; studio.tell("dataset", data); }
    }
    const busy = await progress();
    const wanted = now?.id || studio.picture || Number(localStorage.getItem(`studio.pen.${place.dataset}`));
    const image = row(wanted) || data?.images.find(image => !image.caption) || data?.images[0];
    show();
    if (!image) now = null;
    else if (!now || now.id !== image.id) open(image, false);
    else if (!dirty() && image.caption !== now.caption) { now = image; text.value = image.caption; measure(); past.load(); }
    else now = { ...image, caption: now.caption === image.caption ? image.caption : now.caption };
    if (!data || busy) return; // what is counted over all captions waits until the model has done its work
    await frequent.learn();
    panels.renew();
  }

  async function progress() {
    const job = await studio.call("look_captioning", { project: place.project });
    const here = job.dataset === data?.name;
    const doing = (does, task) => h("button", { class: "link", onclick: async () => { await studio.act(task, { job: job.id }); studio.changed(); } }, does);
    const busy = here && ["queued", "running"].includes(job.state);
    if (busy) {
      work.replaceChildren(
        h("progress", job.state === "running" ? { max: 1, value: job.progress } : {}),
        h("span", {}, job.state === "running" ? w("pen.describing", { done: job.step, n: job.steps, left: studio.span(job.left) }) : w("pen.waiting")),
        doing(w("stop"), "stop_job"));
    } else if (here && job.state === "failed" && Number(sessionStorage.getItem("studio.caption.seen")) !== job.id) {
      work.replaceChildren(h("span", { class: "wrong" }, `✕ ${job.error}`), doing(w("try_again"), "resume_job"),
        h("button", { class: "bare", "aria-label": w("close"), onclick: () => { sessionStorage.setItem("studio.caption.seen", job.id); work.replaceChildren(); } }, "×"));
    } else work.replaceChildren();
    return busy;
  }

  // Another data set is coming: nothing can be typed until it is there.
  function leave() {
    save();
    now = data = null;
    text.value = "";
    text.disabled = true;
    strip.clear();
  }

  // ── drawing ────────────────────────────────────────────────────────
  function show() {
    const any = Boolean(data?.images.length);
    desk.hidden = strip.node.hidden = panels.node.hidden = !any;
    nothing.replaceChildren();
    document.getElementById("auto")?.classList.toggle("idle", !any);
    if (!any) {
      nothing.replaceChildren(studio.empty(
        h("svg", { viewBox: "0 0 240 100", class: "drawing", "aria-hidden": "true" }, h("rect", { x: 40, y: 16, width: 68, height: 68, rx: 4 }), h("path", { d: "M126 30h72M126 46h60M126 62h68M126 78h32" })),
        w("pen.empty"), w("pen.empty_hint"), h("button", { class: "main", onclick: () => studio.go("dataset") }, w("pen.empty_do"))));
      return;
    }
    trigger.textContent = data.trigger ? data.trigger : `+ ${w("pen.trigger")}`;
    trigger.classList.toggle("unset", !data.trigger);
    trigger.title = w("pen.trigger_hint");
    by.hidden = !data.counted;
    by.textContent = w(`pen.by.${data.counted || "own"}`, { name: data.base });
    strip.show();
  }

  function open(image, focus = true) {
    if (now && now.id !== image.id) save();
    now = image;
    studio.picture = image.id;
    localStorage.setItem(`studio.pen.${place.dataset}`, image.id);
    picture.src = studio.file(image.file);
    picture.alt = image.caption || image.name;
    text.value = draft(image.id) ?? image.caption;
    text.disabled = false;
    state.textContent = "";
    count.textContent = [image.likeness !== null && w("pen.likeness", { n: image.likeness.toFixed(2) }), `${data.images.findIndex(other => other.id === image.id) + 1} / ${data.images.length}`].filter(Boolean).join(" · ");
    count.title = image.likeness !== null ? w("pen.likeness_hint") : "";
    strip.show(true);
    measure();
    frequent.show();
    past.load();
    if (focus && studio.visible(box)) text.focus({ preventScroll: true });
  }

  function measure() {
    clearTimeout(meterTimer);
    meterTimer = setTimeout(async () => {
      const found = await studio.call("count_tokens", { text: text.value, base: data?.base || "" }).catch(() => ({}));
      meter.hidden = !found?.most;
      if (meter.hidden) return;
      const over = found.tokens > found.most;
      meter.classList.toggle("attention", over);
      meter.querySelector("i").style.setProperty("--share", Math.min(1, found.tokens / found.most));
      meter.querySelector("span").textContent = over ? w("pen.cut", { n: found.tokens, most: found.most, cut: found.cut.trim().slice(0, 40) }) : w("pen.tokens", { n: found.tokens, most: found.most });
    }, 150);
  }

  // ── writing ────────────────────────────────────────────────────────
  const tidy = words => words.split(/\s+/).filter(Boolean).join(" ");
  const dirty = () => now && tidy(text.value) !== now.caption;
  const draftKey = id => `studio.draft.${id}`;
  const draft = id => localStorage.getItem(draftKey(id));

  function typed() {
    localStorage.setItem(draftKey(now.id), text.value);
    state.textContent = "…";
    measure();
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  async function save() {
    clearTimeout(timer);
    if (!now || !dirty()) { if (now && !writing.has(now.id)) localStorage.removeItem(draftKey(now.id)); return; }
    const image = now, said = tidy(text.value), before = image.caption;
    image.caption = said;
    writing.add(image.id);
    try {
      await studio.call("write_caption", { picture: image.id, text: said });
      if (draft(image.id) !== null && tidy(draft(image.id)) === said) localStorage.removeItem(draftKey(image.id));
      const same = row(image.id);
      if (same) same.caption = said;
      if (now?.id === image.id) { state.textContent = `✓ ${w("pen.saved")}`; past.load(); frequent.show(); }
      show();
      studio.beat();
    } catch (error) {
      image.caption = before;
      state.textContent = w("pen.unsaved");
      studio.toast(error.message, { kind: "wrong" });
    } finally {
      writing.delete(image.id);
    }
  }

  // What a closed or broken page left behind is written now.
  async function rescue() {
    for (const name of Object.keys(localStorage).filter(name => name.startsWith("studio.draft."))) {
      const id = Number(name.slice(13));
      if (now?.id === id) continue;
      const said = localStorage.getItem(name);
      if ((await studio.call("write_caption", { picture: id, text: tidy(said) }).catch(() => undefined)) !== undefined) localStorage.removeItem(name);
    }
  }

  // ── keys ───────────────────────────────────────────────────────────
  const JUMPS = { KeyM: "bare", KeyL: "long", KeyR: "review", KeyA: "all" };

  function key(event) {
    if (event.isComposing) return;
    const { code, altKey, shiftKey } = event, control = event.ctrlKey || event.metaKey;
    const does =
      event.key === "Enter" && !shiftKey && !control ? () => step(1)
      : event.key === "Escape" ? () => { text.blur(); strip.focus(); }
      : altKey && code === "ArrowLeft" ? () => step(-1)
      : altKey && code === "ArrowRight" ? () => step(1)
      : altKey && /^(Digit|Numpad)[1-9]$/.test(code) ? () => frequent.take(Number(code.at(-1)))
      : altKey && JUMPS[code] ? () => jump(JUMPS[code])
      : control && code === "KeyD" ? copyBefore
      : null;
    if (does) { event.preventDefault(); does(); }
  }

  async function jump(filter) {
    await save();
    const first = strip.filter(filter)[0];
    if (first) open(first);
    else studio.toast(w(`pen.none.${filter}`), { kind: "good" });
  }

  async function step(by) {
    const next = strip.beside(by);
    await save();
    if (next) open(next);
    else if (by > 0) studio.toast(w("pen.end"), { kind: "good" });
  }

  function copyBefore() {
    const other = strip.beside(-1);
    if (!other?.caption) { studio.toast(w("pen.nothing_before")); return; }
    text.focus();
    text.setRangeText(other.caption, 0, text.value.length, "end");
    typed();
    frequent.show();
  }

  // ── what the data set is ───────────────────────────────────────────
  const baseKey = () => `studio.base.${place.dataset}`;
  const chosenBase = () => localStorage.getItem(baseKey()) || "";

  async function chooseBase() {
    const known = (await studio.act("choices", { kind: "bases", project: place.project })) || [];
    studio.menu(by, known.map(option => ({ say: option.label, mark: option.value === data.base, do: () => { localStorage.setItem(baseKey(), option.value); load().then(measure); } })));
  }

  async function setTrigger() {
    const word = await studio.line(w("pen.trigger"), data.trigger, { hint: w("pen.trigger_hint") });
    if (word !== null && (await studio.act("set_trigger", { dataset: data.id, trigger: word })) !== undefined) studio.changed();
  }
});
