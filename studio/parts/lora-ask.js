"use strict";
// What is asked and told of one LoRA: name, word, tags, weights, its picture, its facts, what other tools make of it.
studio.shelf = (() => {
  const { h, w, place } = studio;
  const number = value => String(Math.round(value * 1000) / 1000);

  async function rename(row) {
    const name = await studio.line(w("shelf.rename"), row.name, { does: w("rename") });
    return name && (await studio.act("rename_lora", { lora: row.id, name })) !== undefined;
  }

  async function word(row) {
    const trigger = await studio.line(w("shelf.word"), row.trigger, { hint: w("pen.trigger_hint") });
    return trigger !== null && (await studio.act("set_lora", { lora: row.id, trigger })) !== undefined;
  }

  async function tags(row) {
    const found = await studio.lines(w("shelf.tags"), [{ name: "tags", label: w("shelf.tags_label"), value: row.tags.join(", "), most: 400 }]);
    return found && (await studio.act("tag_lora", { lora: row.id, tags: found.tags.split(",").map(tag => tag.trim()).filter(Boolean) })) !== undefined;
  }

  async function weights(row) {
    const names = { weight_min: "shelf.weight_min", weight: "shelf.weight_usual", weight_max: "shelf.weight_max" };
    const found = await studio.lines(w("shelf.weights"), Object.entries(names).map(([name, key]) => ({ name, label: w(key), value: number(row[name]), needed: true })),
      { check: values => (Object.values(values).some(value => value === "" || isNaN(Number(value))) ? { say: w("shelf.weight_number"), bar: true } : {}) });
    if (!found) return false;
    const values = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, Number(value)]));
    return (await studio.act("set_lora", { lora: row.id, ...values })) !== undefined;
  }

  // One of the newest pictures as the preview.
  async function preview(row) {
    const made = await studio.act("list_made", { project: place.project, offset: 0, limit: 36 });
    if (!made) return false;
    return new Promise(answer => {
      const pick = async picture => { const done = await studio.act("picture_lora", { lora: row.id, file: picture.file }); box.returnValue = ""; box.close(); answer(done !== undefined); };
      const box = h("dialog", { class: "ask checked", "aria-label": w("shelf.preview") }, h("h3", {}, w("shelf.preview_of", { name: row.name })),
        made.length ? h("div", { class: "pick-grid" }, made.map(picture => h("button", { class: "tile", title: picture.prompt, onclick: () => pick(picture) }, h("img", { src: studio.thumb(picture.file), alt: picture.prompt, loading: "lazy" })))) : h("p", { class: "dim" }, w("shelf.preview_none")),
        h("form", { method: "dialog", class: "row end" }, h("button", { class: "plain" }, w("cancel"))));
      box.addEventListener("close", () => { box.remove(); answer(false); });
      document.body.append(box);
      box.showModal();
    });
  }

  // [name, value] of everything that a card folds away.
  function facts(row) {
    const told = [
      [w("shelf.weight_usual"), w("shelf.weight_range", { usual: number(row.weight), least: number(row.weight_min), most: number(row.weight_max) })],
      ["SHA-256", h("code", { title: row.sha }, `${row.sha.slice(0, 12)}…`)],
    ];
    if (row.parts.length) told.push([w("shelf.merged"), row.parts.map(part => `${part.name} ${number(part.weight)}`).join(" + ")], [w("shelf.error"), percent(row.error)]);
    for (const [name, value] of Object.entries(row.settings)) told.push([studio.has(`fact.${name}`) ? w(`fact.${name}`) : name, String(value)]);
    if (row.job) told.push([w("shelf.job"), h("button", { class: "link", onclick: () => studio.go("jobs") }, `#${row.job}`)]);
    return told;
  }

  const percent = error => (error ? `${(error * 100).toFixed(error < 0.01 ? 3 : 1)} %` : w("shelf.exact"));

  // What other tools make of it: the doctor works in a job of its own, its report comes here.
  async function check(row) {
    const job = await studio.act("check_lora", { project: place.project, lora: row.id });
    if (!job) return;
    const inside = h("div", { class: "report-lines" }, h("p", { class: "dim" }, w("shelf.checking"))), verdict = h("p");
    const box = h("dialog", { class: "ask checked", "aria-label": w("shelf.check") }, h("h3", {}, w("shelf.check_of", { name: row.name })), verdict, inside,
      h("form", { method: "dialog", class: "row end" }, h("button", { class: "plain" }, w("close"))));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    studio.changed();
    while (box.isConnected) {
      const now = await studio.act("look_check", { job });
      if (!now || !["queued", "running"].includes(now.state)) { tell(now || { report: [] }); return; }
      if (now.note) inside.replaceChildren(h("p", { class: "dim" }, `${now.note} …`));
      await new Promise(yes => setTimeout(yes, 500));
    }

    function tell({ report, error }) {
      const bad = report.filter(line => !line.ok).length;
      verdict.className = bad || error ? "wrong" : "good";
      verdict.textContent = error || (report.length ? (bad ? `✗ ${w("shelf.check_bad", { n: bad })}` : `✓ ${w("shelf.check_good")}`) : w("shelf.check_stopped"));
      inside.replaceChildren(...[...new Set(report.map(line => line.tool))].map(tool => h("section", {}, h("h4", {}, tool), h("ul", {},
        report.filter(line => line.tool === tool).map(line => h("li", { class: line.ok ? "" : "wrong" }, h("b", { class: line.ok ? "good" : "wrong", "aria-label": w(line.ok ? "shelf.fine" : "shelf.amiss") }, line.ok ? "✓" : "✗"), h("span", {}, line.said, line.keys?.length > 1 && h("details", { class: "dim small" }, h("summary", {}, w("shelf.check_keys", { n: line.keys.length })), h("ul", {}, line.keys.map(key => h("p", {}, key)))))))))));
    }
  }

  return { rename, word, tags, weights, preview, facts, check, percent };
})();
