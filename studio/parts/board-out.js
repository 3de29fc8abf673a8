"use strict";
// What goes out of a board: pages, pictures, film, lists. What is made in the background is downloaded as soon as it is there.
studio.boardOut = async (button, found) => {
  const { w } = studio;
  const known = await studio.act("list_exports");
  if (known) studio.menu(button, known.map(row => ({ say: row.say, do: () => take(row) })));

  async function take(row) {
    button.disabled = true;
    const before = button.textContent;
    button.textContent = w("board.writing");
    let made = await studio.act("export_board", { board: found.id, form: row.form, options: row.options });
    if (made?.job) made = await wait(made.job);
    button.textContent = before;
    button.disabled = false;
    if (!made) return;
    const link = studio.h("a", { href: made.url, download: made.name });
    document.body.append(link);
    link.click();
    link.remove();
    studio.toast(w("board.written", { name: made.name, size: studio.bytes(made.bytes) }), { kind: "good" });
  }

  // A job writes it: the button says how far it is; it is stopped among the jobs.
  async function wait(job) {
    const now = await studio.ended(job, at => { button.textContent = [w("board.writing"), at.progress ? `${Math.round(at.progress * 100)} %` : "", at.left ? studio.span(at.left) : ""].filter(Boolean).join(" "); });
    if (now.state === "done") return { url: `/made/${job}`, name: now.result.file, bytes: now.result.bytes };
    if (now.error) studio.toast(now.error, { kind: "wrong" });
    return null;
  }
};
