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
    const made = await studio.act("export_board", { board: found.id, form: row.form, options: row.options });
    button.textContent = before;
    button.disabled = false;
    if (!made) return;
    const link = studio.h("a", { href: made.url, download: made.name });
    document.body.append(link);
    link.click();
    link.remove();
    studio.toast(w("board.written", { name: made.name, size: studio.bytes(made.bytes) }), { kind: "good" });
  }
};
