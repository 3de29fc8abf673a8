"use strict";
// The chosen picture at the side: large, with the cut that training will make, its checks in words, a fix beside each.
studio.wallSide = (wall, { words }) => {
  const { h, w } = studio;
  const SPLITS = ["train", "held-out", "reference", "regularisation"];
  const box = h("aside", { class: "side" });
  const frames = new Map();
  const one = () => ({ pictures: [wall.detail.id] });
  const out = () => ({ say: w("wall.out"), do: () => wall.step("keep_out", { ...one(), out: true }) });
  const edit = () => ({ say: w("wall.edit"), do: () => words(wall.detail.id) });
  const crop = () => ({ say: w("wall.crop"), do: cropping });
  const toFace = () => ({ say: w("wall.crop_face"), do: () => wall.step("crop_faces", one()) });

  // What each sign says of a picture, and what mends it.
  const SAY = {
    problem: (row, seen) => [w("wall.say.problem", { why: seen?.problem }), out()],
    intruder: () => [w("wall.say.intruder"), out()],
    small: row => [w("wall.say.small", { n: Math.min(row.width, row.height) }), out()],
    twin: row => [w("wall.say.twin", { name: row.twins[0]?.name || "" }), { say: w("wall.drop_this"), do: () => wall.step("remove_pictures", one()) }],
    blurred: (row, seen) => [w("wall.say.blurred", { n: Math.round(seen.sharpness) }), out()],
    dark: (row, seen) => [w("wall.say.dark", { n: percent(seen.brightness) }), out()],
    bright: (row, seen) => [w("wall.say.bright", { n: percent(seen.brightness) }), out()],
    flat: () => [w("wall.say.flat"), out()],
    odd: row => [w("wall.say.odd", { n: (Math.max(row.width, row.height) / Math.min(row.width, row.height)).toFixed(1) }), crop()],
    several: (row, seen) => [w("wall.say.several", { n: seen.faces.length }), toFace()],
    bare: () => [w("wall.say.bare"), edit()],
    unlike: () => [w("wall.say.unlike"), edit()],
    long: row => [w("wall.say.long", { n: row.tokens }), edit()],
    untriggered: () => [w("wall.say.untriggered", { word: wall.data.trigger }), edit()],
  };
  const percent = share => `${Math.round(share * 100)} %`;

  async function show() {
    const row = wall.detail;
    if (!row) {
      box.replaceChildren(h("p", { class: "dim hint" }, w("wall.pick_one")));
      box.dataset.mark = "";
      return;
    }
    const mark = JSON.stringify([row, wall.resolution(), wall.data.trigger]);
    if (box.dataset.mark === mark || box.contains(document.activeElement) && document.activeElement.matches("input")) return;
    box.dataset.mark = mark;
    const cut = await frame(row.width, row.height);
    if (box.dataset.mark !== mark) return;
    box.replaceChildren(...[picture(row, cut), hand(row), h("p", { class: row.caption ? "caption" : "caption none" }, row.caption || w("wall.no_caption")),
      h("p", { class: "dim small facts" }, [row.name, `${row.width} × ${row.height}`, cut && w("wall.bucket", { size: `${cut.width} × ${cut.height}` }), row.tokens ? w("wall.tokens", { n: row.tokens }) : ""].filter(Boolean).join(" · ")),
      findings(row, cut), place(row)]);
  }

  // How training cuts a picture of that size, asked once.
  async function frame(width, height) {
    const side = wall.resolution(), grain = Math.min(wall.data.grain || 64, side), key = [width, height, side, grain].join();
    if (!frames.has(key)) frames.set(key, await studio.call("frame_picture", { width, height, resolution: side, grain }).catch(() => null));
    return frames.get(key);
  }
  wall.frame = frame;

  function picture(row, cut) {
    const [left, top, right, bottom] = cut?.box || [0, 0, 1, 1];
    const whole = left + top < 0.004 && right + bottom > 1.996;
    return h("a", { href: studio.file(row.file), target: "_blank", rel: "noopener", class: "large", style: `--shape: ${row.width / row.height}` },
      h("img", { src: studio.file(row.file), alt: row.caption || row.name }),
      !whole && h("i", { class: "cut", title: w("wall.cut_hint"), style: `left:${left * 100}%;top:${top * 100}%;width:${(right - left) * 100}%;height:${(bottom - top) * 100}%` }));
  }

  // What is done to one picture by hand.
  function hand(row) {
    const does = (id, sign, key, fn) => h("button", { class: "plain sign", id, title: w(key), "aria-label": w(key), onclick: fn }, studio.icon(...sign));
    return h("div", { class: "row wrap hand" },
      does("side-left", ["M4 7a4.500 4.500 0 118 4M4 3v4h4"], "wall.turn_left", () => wall.step("turn_pictures", { ...one(), by: 270 })),
      does("side-right", ["M12 7a4.500 4.500 0 10-8 4M12 3v4H8"], "wall.turn_right", () => wall.step("turn_pictures", { ...one(), by: 90 })),
      does("side-flip", ["M8 2v12M6 5l-4 6h4zM10 5l4 6h-4z"], "wall.flip", () => wall.step("flip_pictures", one())),
      h("button", { class: "plain", id: "side-crop", onclick: cropping }, w("wall.crop")),
      row.seen?.faces.length ? h("button", { class: "plain", id: "side-face", onclick: toFace().do }, w("wall.crop_face")) : null,
      row.original ? h("button", { class: "plain", id: "side-original", onclick: () => wall.step("original_pictures", one()) }, w("wall.original")) : null);
  }

  function findings(row, cut) {
    const seen = row.seen;
    const lines = row.signs.filter(sign => SAY[sign]).map(sign => {
      const [text, fix] = SAY[sign](row, seen);
      return h("li", { class: "finding" }, h("b", { class: "attention" }, "!"), h("span", {}, text), fix && h("button", { class: "link", onclick: fix.do }, fix.say));
    });
    const good = (text, fix) => lines.push(h("li", { class: "finding" }, h("b", { class: "good" }, "✓"), h("span", {}, text), fix && h("button", { class: "link", onclick: fix.do }, fix.say)));
    if (cut?.enlarged || (cut && cut.width * cut.height < wall.resolution() ** 2 * 0.5 && !row.signs.includes("small"))) lines.push(h("li", { class: "finding" }, h("b", { class: "attention" }, "!"), h("span", {}, w("wall.say.under", { n: wall.resolution() })), null));
    if (seen && !seen.problem) {
      if (seen.framing && seen.faces.length) good(`${w(`wall.filter.${seen.framing}`)} · ${w("wall.say.share", { n: percent(seen.face_share) })}`, seen.framing === "close-up" ? null : toFace());
      else if (seen.face_model) good(w("wall.say.faceless"));
      if (!["blurred", "dark", "bright", "flat"].some(sign => row.signs.includes(sign))) good(w("wall.say.clear", { sharp: Math.round(seen.sharpness), light: percent(seen.brightness) }));
    } else if (!seen) lines.push(h("li", { class: "finding" }, h("b", { class: "dim" }, "·"), h("span", { class: "dim" }, w("wall.say.unlooked")), h("button", { class: "link", onclick: () => wall.check("new") }, w("wall.check"))));
    if (row.twins.length) lines.push(h("li", { class: "alikes" }, row.twins.slice(0, 6).map(twin => h("button", { class: "alike", title: `${twin.name} · ${twin.width} × ${twin.height}`, onclick: () => wall.choose(twin.id) }, h("img", { src: studio.thumb(twin.file), alt: twin.name, loading: "lazy" })))));
    return h("ul", { class: "findings" }, lines);
  }

  // Where it belongs: its part of the data set, its repeats, who is shown, in or out.
  function place(row) {
    const put = (name, given) => wall.step(name, { ...one(), ...given });
    const split = h("select", { id: "side-split", onchange: () => put("set_split", { split: split.value }) }, SPLITS.map(part => h("option", { value: part }, w(`split.${part}`))));
    split.value = row.split;
    const repeats = h("input", { type: "number", min: 1, max: 1000, value: row.repeats, id: "side-repeats", onchange: () => { repeats.blur(); put("set_repeats", { repeats: Math.round(Number(repeats.value)) || 1 }); } });
    const person = h("input", { type: "text", value: row.person, id: "side-person", placeholder: w("wall.nobody"), onchange: () => { person.blur(); put("name_person", { person: person.value }); } });
    const label = (text, field) => h("label", { class: "small dim" }, text, field);
    return h("div", { class: "place" }, label(w("wall.part"), split), label(w("wall.repeats"), repeats), label(w("wall.person"), person),
      h("div", { class: "row wrap" },
        h("button", { class: "plain", id: "side-out", onclick: () => put("keep_out", { out: !row.out }) }, w(row.out ? "wall.in" : "wall.out")),
        h("button", { class: "plain", onclick: () => words(row.id) }, w("wall.edit")),
        h("button", { class: "plain", onclick: () => { wall.picked.clear(); wall.picked.add(row.id); wall.remove(); } }, w("delete"))));
  }

  function cropping() {
    studio.cropping({ row: wall.detail, frame: (width, height) => frame(width, height), save: edit => wall.step("edit_picture", { picture: wall.detail.id, ...edit }) });
  }

  return { box, show };
};
