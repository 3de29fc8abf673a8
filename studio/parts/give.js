"use strict";
// A picture to start from: drop one, and the drawing follows it; describe it, redraw it in one go, or mask a part of it.
// The value is its number.
studio.part("give", (box, { props, trigger, watch, upload }) => {
  const { h, w, place } = studio;
  const PENDING = "studio.describing"; // a description that was asked for outlives a reload
  const input = h("input", { type: "file", accept: "image/*", hidden: true, id: "give-file", onchange: () => { give(input.files[0]); input.value = ""; } });
  const face = h("button", { class: "give-drop", onclick: () => input.click() });
  const off = h("button", { class: "bare", hidden: true, "aria-label": w("give.off"), title: w("give.off"), onclick: () => set(null) }, "×");
  const describe = h("button", { class: "plain", id: "give-describe", title: w("give.describe_hint"), onclick: ask }, w("give.describe"));
  const redraw = h("button", { class: "plain", id: "give-redraw", title: w("give.redraw_hint"), onclick: restyle });
  const mask = h("button", { class: "plain", id: "give-mask", title: w("give.mask_hint"), onclick: paint });
  const tools = h("div", { class: "row wrap give-tools", hidden: true }, describe, redraw, mask);
  const said = h("p", { class: "dim small", role: "status", hidden: true });
  box.append(input, h("div", { class: "give" }, face, off), tools, said);
  let file = "", masked = null, restyling = false;

  function set(row) {
    if (masked) putMask(null);
    file = row?.file || "";
    props.value = row?.id ?? null;
    trigger("change");
    show();
  }

  function show() {
    const given = Boolean(props.value);
    off.hidden = tools.hidden = !given;
    face.classList.toggle("full", given);
    face.replaceChildren(...(given && file ? [h("img", { src: studio.thumb(file), alt: "" }), h("span", {}, w("give.given"))] : [h("span", {}, w("give.drop"))]));
    mask.textContent = w(masked ? "give.masked" : "give.mask");
    mask.setAttribute("aria-pressed", String(Boolean(masked)));
    document.getElementById("strength")?.classList.toggle("wanted", given);
  }

  async function send(name, chosen) {
    const { path } = await upload(chosen);
    return studio.post(name, [place.project, { path, orig_name: chosen.name, meta: { _type: "gradio.FileData" } }]);
  }

  // Take a picture to start from; if it says how it was made, its settings are one click away.
  async function give(chosen) {
    if (!chosen) return;
    face.replaceChildren(h("span", {}, "…"));
    try {
      const row = await send("give_picture", chosen);
      set(row);
      if (row.told) studio.toast(w("restore.offer"), { does: w("restore.do"), do: () => restore(chosen) });
    } catch (error) {
      studio.toast(error.message, { kind: "wrong" });
      show();
    }
  }

  // A picture that says how it was made brings its settings back; any other is one to start from.
  async function restore(chosen) {
    try {
      const found = await send("read_settings", chosen);
      if (!Object.keys(found.values).length) { give(chosen); return; }
      studio.tell("keep", { id: "generate-fill", value: found.values });
      const lost = found.lost.length ? w("restore.lost", { what: found.lost.join("; ") }) : w("restore.done");
      studio.toast(lost, { kind: found.lost.length ? "attention" : "good", long: true, does: w("restore.start"), do: () => give(chosen) });
    } catch (error) {
      studio.toast(error.message, { kind: "wrong" });
    }
  }

  // ── in words ─────────────────────────────────────────────────────────
  async function ask() {
    const captioner = document.querySelector("#describe-with select")?.value || "mini";
    const job = await studio.act("ask_description", { project: place.project, picture: props.value, captioner, blend: studio.blend() });
    if (!job) return;
    sessionStorage.setItem(PENDING, job);
    studio.asked("generate");
    await wait(job);
  }

  async function wait(job) {
    describe.disabled = true;
    say(w("give.describing"));
    const row = await studio.ended(job).catch(() => null);
    sessionStorage.removeItem(PENDING);
    describe.disabled = false;
    say("");
    if (row?.state === "done") studio.prompt.value = row.result.prompt;
    else if (row?.error) studio.toast(row.error, { kind: "wrong" });
  }

  function say(text) {
    said.textContent = text;
    said.hidden = !text;
  }

  function restyle() {
    restyling = true;
    document.querySelector("#restyle-go")?.click();
  }
  studio.on("arrived", picture => { if (restyling && picture.parent === props.value) { restyling = false; studio.prompt.value = picture.prompt; } });
  studio.on("heard", rows => { const names = rows.slice(0, 2).map(row => row.trigger || row.name).join(" + "); redraw.textContent = names ? w("give.redraw_as", { name: names }) : w("give.redraw"); });
  redraw.textContent = w("give.redraw");

  // ── the mask ─────────────────────────────────────────────────────────
  function putMask(number) {
    masked = number;
    studio.tell("keep", { id: "generate-mask", value: number });
    show();
  }

  async function paint() {
    const before = masked ? (await studio.act("look_picture", { picture: masked }))?.file : "";
    const painted = await studio.paintMask({ file, before });
    if (painted === undefined) return;
    if (painted === null) { putMask(null); return; }
    try { putMask((await send("give_mask", new File([painted], "mask.png", { type: "image/png" }))).id); }
    catch (error) { studio.toast(error.message, { kind: "wrong" }); }
  }

  watch("value", async () => {
    if (props.value) file = (await studio.act("look_picture", { picture: props.value }))?.file || "";
    show();
  });
  studio.on("kept", ({ id, value }) => { if (id === "generate-mask") { masked = value || null; show(); } });
  studio.on("give", set);

  // ── dropping ─────────────────────────────────────────────────────────
  addEventListener("dragover", event => { if (studio.visible(box)) { event.preventDefault(); face.classList.add("over"); } });
  addEventListener("dragleave", () => face.classList.remove("over"));
  addEventListener("drop", event => {
    face.classList.remove("over");
    if (!studio.visible(box) || !event.dataTransfer?.files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    const [chosen] = event.dataTransfer.files;
    face.contains(event.target) ? give(chosen) : restore(chosen);
  }, true);
  setTimeout(() => { show(); const job = Number(sessionStorage.getItem(PENDING)); if (job) wait(job); });
});
