"""Slides in one web page: a shot a screen, arrow keys or a swipe, playing by itself; nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from storage import fonts
from storage.boardout import _frames
from storage.boardout.order import WORDS, Order
from storage.panels import Panel, Reel, clock

TITLE, SUFFIX, SLOW = "Web page", ".html", 60

LONGEST = 1280
"""Pixels of a picture's longer side."""

STYLE = """
:root { color-scheme: dark; --ink: #eee; --pencil: #9a9a9a; }
* { box-sizing: border-box; }
body { margin: 0; background: #111; color: var(--ink); height: 100dvh; display: flex; flex-direction: column;
  font: 16px/1.5 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR", sans-serif; }
header, footer { display: flex; gap: 1rem; align-items: center; padding: .6rem 1rem; color: var(--pencil); }
header b { color: var(--ink); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
header span { margin-left: auto; white-space: nowrap; }
main { flex: 1; min-height: 0; position: relative; }
article { position: absolute; inset: 0; padding: 0 1rem; display: none; flex-direction: column; gap: .6rem; }
article.now { display: flex; }
figure { margin: 0; flex: 1; min-height: 0; position: relative; display: grid; place-items: center; }
img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
figure i { color: var(--pencil); border: 1px dashed #444; aspect-ratio: 16/9; height: 100%; max-width: 100%;
  display: grid; place-items: center; }
section { max-height: 34%; overflow: auto; width: min(60rem, 100%); margin: 0 auto; }
h2 { font-size: 1rem; margin: 0; } h2 small { color: var(--pencil); font-weight: normal; }
p { margin: .15rem 0; white-space: pre-line; } p.said { font-size: 1.1rem; } p.note { color: var(--pencil); }
button { font: inherit; color: var(--ink); background: #2a2a2a; border: 0; border-radius: 6px; padding: .3rem .9rem;
  min-width: 44px; min-height: 44px; cursor: pointer; }
button:focus-visible { outline: 2px solid #7ab; }
#bar { flex: 1; height: 4px; background: #2a2a2a; border-radius: 2px; } #bar div { height: 100%; background: #7ab; width: 0; }
@media print { body { height: auto; background: #fff; color: #000; } header, footer { display: none; }
  main { position: static; } article { position: static; display: flex; break-after: page; height: 95vh; } }
"""

SCRIPT = """
const slides = [...document.querySelectorAll("article")];
const count = document.querySelector("#count"), bar = document.querySelector("#bar div"), play = document.querySelector("#play");
let at = 0, timer = 0;
function show(n) {
  at = Math.max(0, Math.min(slides.length - 1, n));
  slides.forEach((slide, i) => slide.classList.toggle("now", i === at));
  count.textContent = `${at + 1} / ${slides.length}`;
  bar.style.width = `${100 * (at + 1) / slides.length}%`;
  history.replaceState(null, "", `#${at + 1}`);
  if (timer) wait();
}
function wait() {
  clearTimeout(timer);
  timer = setTimeout(() => at + 1 < slides.length ? show(at + 1) : stop(), 1000 * slides[at].dataset.seconds);
}
function stop() { clearTimeout(timer); timer = 0; play.textContent = "▶"; play.setAttribute("aria-pressed", "false"); }
function toggle() {
  if (timer) return stop();
  if (at + 1 === slides.length) show(0);
  play.textContent = "❚❚"; play.setAttribute("aria-pressed", "true"); wait();
}
const KEYS = { ArrowRight: () => show(at + 1), ArrowDown: () => show(at + 1), PageDown: () => show(at + 1),
  ArrowLeft: () => show(at - 1), ArrowUp: () => show(at - 1), PageUp: () => show(at - 1),
  Home: () => show(0), End: () => show(slides.length - 1), " ": toggle,
  f: () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen() };
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  if (event.key === " " && event.target.tagName === "BUTTON") return;
  event.preventDefault(); KEYS[event.key]();
});
let start = 0;
addEventListener("touchstart", event => { start = event.touches[0].clientX; }, { passive: true });
addEventListener("touchend", event => {
  const by = event.changedTouches[0].clientX - start;
  if (Math.abs(by) > 40) show(at + (by < 0 ? 1 : -1));
});
document.querySelector("#back").onclick = () => show(at - 1);
document.querySelector("#on").onclick = () => show(at + 1);
play.onclick = toggle;
show((parseInt(location.hash.slice(1)) || 1) - 1);
"""

BUTTONS = (("back", "←"), ("play", "▶"), ("on", "→"))

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What the page may load: nothing but what it holds."""


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the page, its pictures inside it; a browser brings the letters, so none are missing."""
    korean = order.language == "ko" or (not order.language and fonts.mostly_korean(reel.texts))
    words, panels = WORDS["ko" if korean else "en"], reel.panels
    about = f"{words['shots'].format(n=len(panels))} · {clock(reel.seconds)}"
    with target.open("w", encoding="utf-8") as page:
        page.write(f'<!doctype html>\n<html lang="{"ko" if korean else "en"}"><head><meta charset="utf-8">\n')
        page.write(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n')
        page.write('<meta name="viewport" content="width=device-width, initial-scale=1">\n')
        page.write(f"<title>{html.escape(reel.title)}</title><style>{STYLE}</style></head><body>\n")
        page.write(f"<header><b>{html.escape(reel.title)}</b><span>{html.escape(about)}</span></header>\n<main>\n")
        for number, panel in enumerate(panels):
            order.progress(number, len(panels))
            page.write(_slide(panel, words))
        page.write("</main>\n<footer>" + "".join(_button(name, sign, words[name]) for name, sign in BUTTONS))
        page.write('<div id="bar"><div></div></div><span id="count"></span></footer>')
        page.write(f"\n<script>{SCRIPT}</script></body></html>\n")
    order.progress(len(panels), len(panels))


def _button(name: str, sign: str, label: str) -> str:
    return f'<button id="{name}" title="{label}" aria-label="{label}">{sign}</button>'


def _slide(panel: Panel, words: dict[str, str]) -> str:
    about = " · ".join(filter(None, (panel.heading, panel.framing, panel.angle, clock(panel.seconds))))
    said = "\n".join(panel.said)
    texts = [("", panel.action), ("said", said), ("note", panel.notes)]
    lines = "".join(f'<p class="{kind}">{html.escape(text)}</p>' for kind, text in texts if text)
    shown = f"<i>{html.escape(words['undrawn'])}</i>"
    if panel.picture is not None:
        content = base64.b64encode(_frames.jpeg(panel, LONGEST)).decode()
        shown = f'<img alt="{html.escape(panel.action or panel.name)}" src="data:image/jpeg;base64,{content}">'
    return (
        f'<article data-seconds="{panel.seconds:g}"><figure>{shown}</figure>'
        f"<section><h2>{panel.name} <small>{html.escape(about)}</small></h2>{lines}</section></article>\n"
    )
