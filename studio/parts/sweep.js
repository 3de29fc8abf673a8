"use strict";
// A grid over two settings: what changes across and down, and the grid as it grows.
(() => {
  const { h, w, place } = studio;
  const USUAL = { weight: "0..1 by 0.25", steps: "10, 20, 30", guidance: "3, 5, 7, 9", strength: "0.3, 0.5, 0.7", seed: "1, 2, 3, 4" };
  const FIELDS = ["steps", "guidance", "sampler", "strength", "seed", "prompt", "negative", "base"];

  studio.part("sweep", (box, { props, trigger }) => {
    let loras = [], checkpoints = [], bases = [], samplers = [], later = 0;
    const sides = { x: side("x", "weight"), y: side("y", "seed") };
    const said = h("p", { class: "small dim", role: "status" });
    const go = h("button", { class: "plain", id: "sweep-go", onclick: start }, w("sweep.go"));
    box.append(h("p", { class: "dim small" }, w("sweep.hint")), h("div", { class: "sweep-sides" }, sides.x.node, sides.y.node), h("div", { class: "row wrap" }, go, said));

    studio.follow(box, async () => {
      [loras, checkpoints, bases] = [await studio.call("list_loras", { project: place.project }), await studio.call("list_loras", { project: place.project, checkpoints: true }), await studio.call("list_bases", {})];
      samplers = [...document.querySelectorAll("#generate-sampler select option")].map(option => option.value).filter(Boolean);
      for (const one of Object.values(sides)) one.fill();
      look();
    }, () => false);

    function side(name, first) {
      const what = h("select", { id: `sweep-${name}`, "aria-label": w(`sweep.${name}`), onchange: () => { suggest(); look(); } });
      const values = h("textarea", { rows: 2, id: `sweep-${name}-values`, "aria-label": w("sweep.values"), oninput: soon });
      const node = h("div", { class: "sweep-side" }, h("label", { class: "pick" }, h("span", { class: "label" }, w(`sweep.${name}`)), what), values);
      const chosen = () => { const [setting, lora] = what.value.split(" "); return { setting, lora: Number(lora) || 0 }; };

      function suggest() {
        const { setting } = chosen();
        values.hidden = !setting || setting === "checkpoints";
        const prompt = document.querySelector("#generate-prompt textarea")?.value.trim() || "";
        const lists = { sampler: samplers.slice(0, 4).join(", "), base: bases.map(row => row.name).join(", "), lora: loras.slice(0, 6).map(row => row.name).join(", "), prompt, negative: "" };
        values.value = setting in lists ? lists[setting] : USUAL[setting] || "";
        values.placeholder = ["prompt", "negative"].includes(setting) ? w("sweep.one_a_line") : USUAL[setting] || "";
      }

      function fill() {
        const kept = what.value, runs = loras.filter(row => row.job && checkpoints.some(other => other.job === row.job && other.id !== row.id));
        const options = [["", w("sweep.nothing")], ...loras.map(row => [`weight ${row.id}`, w("sweep.weight", { name: row.name })]), ...(loras.length > 1 ? [["lora", w("sweep.loras")]] : []),
          ...runs.map(row => [`checkpoints ${row.id}`, w("sweep.checkpoints", { name: row.name })]), ...FIELDS.map(field => [field, w(`sweep.field.${field}`)])];
        what.replaceChildren(...options.map(([value, say]) => h("option", { value }, say)));
        const wanted = kept || (options.find(([value]) => value.split(" ")[0] === first) || options.find(([value]) => value === "steps"))[0];
        what.value = options.some(([value]) => value === wanted) ? wanted : "";
        if (!kept) suggest();
      }

      return { node, fill, read: async () => { const { setting, lora } = chosen(); return setting && (await studio.call("read_axis", { project: place.project, setting, said: setting === "prompt" || setting === "negative" ? `${values.value}\n` : values.value, lora })); } };
    }

    function soon() { clearTimeout(later); later = setTimeout(look, 300); }

    // Both sides as the queue takes them, with what the page calls their settings.
    async function read() {
      const found = {};
      for (const name of ["x", "y"]) {
        const axis = await sides[name].read();
        if (axis?.wrong) throw new Error(axis.wrong);
        if (axis && axis.values.length) found[name] = { ...axis, title: axis.title || (studio.has(`sweep.field.${axis.setting}`) ? w(`sweep.field.${axis.setting}`) : "LoRA") };
      }
      return found;
    }

    async function look() {
      try {
        const found = await read(), count = name => found[name]?.values.length || 1;
        go.disabled = !found.x && !found.y;
        said.className = "small dim";
        said.textContent = go.disabled ? w("sweep.choose") : w("sweep.count", { x: count("x"), y: count("y"), n: count("x") * count("y") });
        return go.disabled ? null : found;
      } catch (error) {
        go.disabled = true;
        said.className = "small wrong";
        said.textContent = `✕ ${error.message}`;
        return null;
      }
    }

    async function start() {
      const found = await look();
      if (!found) return;
      props.value = found;
      trigger("submit");
    }
  });

  // The grid: empty places fill as pictures come; a click looks at one.
  studio.part("sweep-grid", (box, { props, watch }) => {
    const head = h("div", { class: "row wrap" }), table = h("div", { class: "sweep-table", role: "table" });
    box.append(head, table);
    let job = 0, open = false, shape = "";

    const load = studio.follow(box, async () => {
      const now = await studio.call("look_sweep", { project: place.project, job });
      box.hidden = !now.id;
      if (!now.id) return;
      open = ["queued", "running"].includes(now.state);
      heading(now);
      const across = labels(now.x), down = labels(now.y), mark = JSON.stringify([now.id, across, down]);
      if (mark !== shape) lay(now, across, down);
      shape = mark;
      for (const [place_, cell] of Object.entries(now.cells)) {
        const spot = table.querySelector(`[data-cell="${place_}"]`);
        if (spot && spot.dataset.file !== cell.file) { spot.dataset.file = cell.file; spot.replaceChildren(h("button", { class: "tile", title: w("sweep.look"), onclick: () => show(cell.id) }, h("img", { src: studio.thumb(cell.file), alt: spot.title }))); }
      }
    }, () => open);

    const labels = axis => (axis ? axis.values.map((value, at) => axis.labels[at] ?? String(value)) : [""]);

    function lay(now, across, down) {
      table.style.setProperty("--columns", across.length);
      table.replaceChildren(h("span", { class: "corner dim small" }, [now.y?.title, now.x?.title].filter(Boolean).join(" ╲ ")), ...across.map(text => h("b", { class: "small", title: text }, text)),
        ...down.flatMap((text, row) => [h("b", { class: "small", title: text }, text), ...across.map((other, column) => h("div", { class: "spot", title: [text, other].filter(Boolean).join(" · "), data: { cell: row * across.length + column } }))]));
    }

    function heading(now) {
      const done = Object.keys(now.cells).length;
      head.replaceChildren(...[
        open && h("progress", now.state === "running" ? { max: 1, value: now.progress } : {}),
        h("span", { class: now.state === "failed" ? "wrong small" : "dim small" }, now.state === "failed" ? `✕ ${now.error}` : open ? [now.note || w("stage.waiting"), now.left ? studio.span(now.left) : ""].filter(Boolean).join(" · ") : w("sweep.made", { n: done })),
        h("span", { class: "fill" }),
        open && h("button", { class: "plain", id: "sweep-stop", onclick: async () => { await studio.act("stop_job", { job: now.id }); await studio.changed(); load(); } }, w("cancel")),
        ["stopped", "failed", "paused"].includes(now.state) && h("button", { class: "plain", onclick: async () => { await studio.act("resume_job", { job: now.id }); await studio.changed(); load(); } }, w("run.resume")),
        now.grid && h("a", { class: "plain", id: "sweep-download", href: studio.file(now.grid), download: "grid.png" }, w("sweep.download"))].filter(Boolean));
    }

    async function show(picture) {
      const row = await studio.act("look_picture", { picture });
      if (row) studio.tell("stage", row);
    }

    watch("value", () => { job = props.value || 0; load(); });
    studio.on("place", () => { job = 0; shape = ""; table.replaceChildren(); });
  });
})();
