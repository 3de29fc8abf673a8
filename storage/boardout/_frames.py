"""Pictures of a board, fitted into a frame of one size."""

from __future__ import annotations

import io

from PIL import Image as Pictures
from PIL import ImageDraw

from storage import fonts, uploads
from storage.boardout.order import Order
from storage.panels import Panel

Size = tuple[int, int]
Colour = tuple[int, int, int]

DARK, GREY = (18, 18, 18), (128, 128, 128)


def framed(panel: Panel, size: Size, ground: Colour = DARK) -> Pictures.Image:
    """The panel's picture, whole, in the middle of a frame (RGB); without one a frame that is crossed out."""
    frame = Pictures.new("RGB", size, ground)
    if panel.picture is None:
        pen = ImageDraw.Draw(frame)
        pen.line((0, 0, *size), fill=GREY)
        pen.line((0, size[1], size[0], 0), fill=GREY)
        return frame
    picture = whole(panel, size)
    frame.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return frame


def whole(panel: Panel, size: Size) -> Pictures.Image:
    """The panel's picture (RGB) as large as fits. `BadPicture` if it is no longer there."""
    assert panel.picture is not None
    picture = uploads.read(panel.picture)
    share = min(size[0] / picture.width, size[1] / picture.height)
    fitted = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture if fitted == picture.size else picture.resize(fitted, Pictures.Resampling.LANCZOS)


def jpeg(panel: Panel, longest: int) -> bytes:
    """The panel's picture as a JPEG of at most that many pixels a side; never made larger."""
    assert panel.picture is not None
    picture = uploads.read(panel.picture)
    picture.thumbnail((longest, longest), Pictures.Resampling.LANCZOS)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=88)
    return content.getvalue()


def subtitled(frame: Pictures.Image, lines: list[str], order: Order) -> Pictures.Image:
    """The frame with lines of dialogue burnt in at its foot: white on black edges, as subtitles are."""
    face = fonts.lettering(order.face, letter(frame.size))
    burnt, step = frame.copy(), round(letter(frame.size) * 1.35)
    pen, foot = ImageDraw.Draw(burnt), frame.height - round(frame.height * 0.05)
    for number, line in enumerate(reversed(lines)):
        place = (frame.width / 2, foot - number * step)
        pen.text(place, line, "white", face, anchor="mb", stroke_width=max(2, step // 12), stroke_fill="black")
    return burnt


def letter(size: Size) -> int:
    """Pixels of a subtitle's letters in a frame of that size."""
    return max(12, min(size[1] // 16, size[0] // 22))
