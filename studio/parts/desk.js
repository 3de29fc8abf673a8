"use strict";
// The mixing desk: a strip for each LoRA. Its value is the blend: [{lora, weight}] of every strip that is heard.
studio.part("desk", (box, { props, trigger, watch }) => {
  const { h, w, place } = studio;
  const strips = h("div", { class: "strips" });
  const count = h("span", { class: "dim small" });
  const drawer = h("details", { class: "desk", open: innerWidth > 720 }, h("summary", {}, h("h3", {}, w("desk.title")), count), strips);
  box.append(drawer);
  let known = [], sent = "";
  const set = new Map(); // lora id → {weight, mute, solo}

  const fetchKnown = async () => {
    known = await studio.call("list_loras", { project: place.project });
    show();
  };
  studio.follow(box, fetchKnown, () => false);

  watch("value", () => { if (JSON.stringify(props.value) !== sent) take(props.value || []); });
  studio.on("use", async id => { await fetchKnown(); const lora = known.find(row => row.id === id); if (lora) { put(id, { weight: lora.weight, mute: false }); drawer.open = true; } });
    studio.on("place", () => { set.clear(); send(); });
  studio.on("blend", async parts => { await fetchKnown(); for (const part of parts) set.set(part.lora, { ...of(part.lora), weight: part.weight, mute: false }); send(); show(); });

  // A blend from elsewhere: a restored picture.
  function take(blend) {
    set.clear();
    for (const part of blend) set.set(part.lora, { weight: part.weight, mute: false, solo: false });
    sent = JSON.stringify(props.value);
    show();
  }

  const of = id => set.get(id) || { weight: 0, mute: false, solo: false };

  function put(id, change) {
    set.set(id, { ...of(id), ...change });
    send();
    show();
  }

  function blend() {
    const solo = known.some(row => of(row.id).solo);
    return known.filter(row => { const s = of(row.id); return s.weight && !s.mute && (!solo || s.solo); }).map(row => ({ lora: row.id, weight: of(row.id).weight }));
  }

  function send() {
    const value = blend();
    sent = JSON.stringify(value);
    props.value = value;
    trigger("change");
  }

  function show() {
    const heard = new Set(blend().map(part => part.lora));
    count.textContent = known.length ? w("desk.heard", { n: heard.size }) : "";
    drawer.classList.toggle("none", !known.length);
    strips.querySelector(".dim.none")?.remove();
    if (!known.length) {
      strips.replaceChildren(h("p", { class: "dim none" }, w("desk.empty")), h("button", { class: "link none", onclick: () => studio.go("train") }, `→ ${w("desk.empty_do")}`));
      return;
    }
    strips.querySelectorAll(".none").forEach(node => node.remove());
    studio.list(strips, known, row => row.id, make, (node, row) => dress(node, row, heard));
  }

  function make(row) {
    const slide = value => put(row.id, { weight: value, mute: false });
    const slider = h("input", { type: "range", step: 0.05, "aria-label": w("desk.weight", { name: row.name }), oninput: () => slide(Number(slider.value)), ondblclick: () => slide(row.weight) });
    const number = h("input", { type: "number", step: 0.05, min: -4, max: 4, "aria-label": w("desk.weight", { name: row.name }), onchange: () => slide(Math.max(-4, Math.min(4, Number(number.value) || 0))) });
    return h("div", { class: "channel" },
      h("i", { class: "face" }), h("div", { class: "who" }, h("b"), h("button", { class: "chip word", hidden: true })),
      h("div", { class: "mix" }, slider, number,
        h("button", { class: "tiny mute", title: w("desk.mute"), "aria-label": w("desk.mute"), onclick: () => put(row.id, { mute: !of(row.id).mute }) }, w("desk.m")),
        h("button", { class: "tiny solo", title: w("desk.solo"), "aria-label": w("desk.solo"), onclick: () => put(row.id, { solo: !of(row.id).solo }) }, w("desk.s"))));
  }

  function dress(node, row, heard) {
    const now = of(row.id);
    node.classList.toggle("off", !heard.has(row.id));
    node.querySelector(".face").style.backgroundImage = row.preview ? `url(${studio.thumb(row.preview)})` : "";
    node.querySelector("b").textContent = row.name;
    node.querySelector("b").title = `${row.name} · ${row.base}`;
    const word = node.querySelector(".word");
    word.hidden = !row.trigger;
    word.textContent = row.trigger;
    word.title = w("desk.word");
    word.onclick = () => insert(row.trigger);
    const [slider, number] = node.querySelectorAll("input");
    slider.min = Math.min(row.weight_min, now.weight);
    slider.max = Math.max(row.weight_max, now.weight);
    if (document.activeElement !== slider) slider.value = now.weight;
    slider.style.setProperty("--share", (now.weight - slider.min) / (slider.max - slider.min || 1));
    if (document.activeElement !== number) number.value = now.weight;
    node.querySelector(".mute").setAttribute("aria-pressed", String(now.mute));
    node.querySelector(".solo").setAttribute("aria-pressed", String(now.solo));
  }

  // The trigger word goes to where the prompt's cursor is, once.
  function insert(word) {
    const prompt = document.querySelector("#generate-prompt textarea");
    if (!prompt || prompt.value.includes(word)) { prompt?.focus(); return; }
    const rest = prompt.value.trim();
    prompt.value = rest ? `${word}, ${rest}` : word;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    prompt.focus();
  }
});

// A picture to start from: drop one, and the drawing follows it. The value is its number.
studio.part("give", (box, { props, trigger, watch, upload }) => {
  const { h, w, place } = studio;
  const input = h("input", { type: "file", accept: "image/*", hidden: true, id: "give-file", onchange: () => { give(input.files[0]); input.value = ""; } });
  const face = h("button", { class: "give-drop", onclick: () => input.click() });
  const off = h("button", { class: "bare", hidden: true, "aria-label": w("give.off"), title: w("give.off"), onclick: () => set(null) }, "×");
  box.append(input, h("div", { class: "give" }, face, off));
  let file = "";

  function set(row) {
    file = row?.file || "";
    props.value = row?.id ?? null;
    trigger("change");
    show();
  }

  function show() {
    const given = Boolean(props.value);
    off.hidden = !given;
    face.classList.toggle("full", given);
    face.style.backgroundImage = "";
    face.replaceChildren(...(given && file ? [h("img", { src: studio.thumb(file), alt: "" }), h("span", {}, w("give.given"))] : [h("span", {}, w("give.drop"))]));
    document.getElementById("strength")?.classList.toggle("wanted", given);
  }

  async function give(chosen) {
    if (!chosen) return;
    face.replaceChildren(h("span", {}, "…"));
    try {
      const { path } = await upload(chosen);
      set(await studio.post("give_picture", [place.project, { path, orig_name: chosen.name, meta: { _type: "gradio.FileData" } }]));
    } catch (error) {
      studio.toast(error.message, { kind: "wrong" });
      show();
    }
  }

  watch("value", async () => {
    if (props.value) file = (await studio.act("look_picture", { picture: props.value }))?.file || "";
    show();
  });
  studio.on("give", set);
  addEventListener("dragover", event => { if (studio.visible(box)) { event.preventDefault(); face.classList.add("over"); } });
  addEventListener("dragleave", () => face.classList.remove("over"));
  addEventListener("drop", event => {
    face.classList.remove("over");
    if (!studio.visible(box) || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    give(event.dataTransfer.files[0]);
  });
  setTimeout(show);
});
