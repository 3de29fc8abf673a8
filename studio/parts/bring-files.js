"use strict";
// Files that a person drops or chooses, with the folders they lie in: [{file, name}], `name` with `/` between folders.
studio.given = (() => {
  const HIDDEN = /(^|\/)(\.|__MACOSX|Thumbs\.db|desktop\.ini)/i;
  const kept = rows => rows.filter(row => !HIDDEN.test(row.name)).sort((a, b) => (a.name < b.name ? -1 : 1));

  // From an <input type=file>, single files or a folder.
  const chosen = input => kept([...input.files].map(file => ({ file, name: file.webkitRelativePath || file.name })));

  // From a drop: folders are walked to their end.
  async function dropped(transfer) {
    const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return kept([...transfer.files].map(file => ({ file, name: file.name })));
    const rows = [];
    for (const entry of entries) await walk(entry, "", rows);
    return kept(rows);
  }

  async function walk(entry, before, rows) {
    const name = before + entry.name;
    if (entry.isFile) { rows.push({ name, file: await new Promise((yes, no) => entry.file(yes, no)) }); return; }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return;
      for (const inner of some) await walk(inner, `${name}/`, rows);
    }
  }

  // Send files to the page's own upload in handfuls, two at a time; answers a promise of their paths, with `stop()`.
  //   told(bytes): how much has gone out so far.
  function send(rows, told) {
    const HANDFUL = 24, BYTES = 24 * 2 ** 20;
    const hands = [], paths = new Array(rows.length), open = new Set(), out = new Map();
    rows.forEach((row, at) => {
      const hand = hands.at(-1);
      if (hand && hand.length < HANDFUL && hand.bytes + row.file.size <= BYTES) { hand.push(at); hand.bytes += row.file.size; }
      else hands.push(Object.assign([at], { bytes: row.file.size }));
    });
    let stopped = false;
    const tell = () => told([...out.values()].reduce((sum, bytes) => sum + bytes, 0));

    const one = hand => new Promise((yes, no) => {
      const form = new FormData(), request = new XMLHttpRequest();
      hand.forEach(at => form.append("files", rows[at].file, rows[at].name.split("/").at(-1)));
      open.add(request);
      request.upload.onprogress = event => { out.set(hand, Math.min(event.loaded, hand.bytes)); tell(); };
      request.onloadend = () => {
        open.delete(request);
        if (request.status !== 200) { no(new Error(stopped ? "" : studio.w("error.away"))); return; }
        out.set(hand, hand.bytes);
        JSON.parse(request.responseText).forEach((path, at) => { paths[hand[at]] = path; });
        tell();
        yes();
      };
      request.open("POST", `${studio.root}/gradio_api/upload`);
      request.send(form);
    });
    const lane = async () => { for (let hand; !stopped && (hand = hands.shift());) await one(hand); };
    const all = Promise.all([lane(), lane()]).then(() => { if (stopped) throw new Error(""); return paths; });
    return Object.assign(all, { stop() { stopped = true; open.forEach(request => request.abort()); } });
  }

  return { chosen, dropped, send };
})();
