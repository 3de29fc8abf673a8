"""What the pen asks of the store: captions to edit, their versions, and how many tokens they have."""

from __future__ import annotations

from typing import Any

from storage import advice, bases, captions, datasets, differences, queue
from storage.database import Store
from storage.tables import Base, Dataset
from studio import tokens
from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer the endpoints of editing by hand."""
    for fn in (
        look_captions, write_caption, caption_history, compare_texts, set_trigger, set_teaches, count_tokens,
    ):  # fmt: skip
        scene.action(fn)


def look_captions(store: Store, dataset: int, base: str = "", seen: str = "") -> dict[str, Any]:
    """A data set's pictures with their captions, tokens as `base` counts them, and likeness as far as measured.

    With the `mark` of an earlier answer as `seen`, and nothing changed since, the answer is the mark alone.
    """
    row = datasets.get(store, dataset)
    chosen = _base(store, row, base)
    mark = f"{captions.mark(store, dataset)}/{chosen.name if chosen else ''}"
    if mark == seen:
        return {"mark": mark}
    images = datasets.images(store, dataset)
    newest = captions.newest(store, [image.id for image in images])
    texts = [newest[image.id].text if image.id in newest else "" for image in images]
    by = tokens.counter(chosen)
    return {
        "mark": mark,
        "id": row.id,
        "name": row.name,
        "trigger": row.trigger,
        "teaches": row.teaches,
        "base": by.base if by else "",
        "counted": by.kind if by else "",
        "most": tokens.MOST,
        "images": [
            {
                "id": image.id,
                "file": image.file,
                "name": image.name,
                "caption": text,
                "tokens": number,
                "likeness": newest[image.id].likeness if text else None,
                "split": image.split,
                "out": image.out,
            }
            for image, text, number in zip(images, texts, tokens.numbers(texts, by), strict=True)
        ],
    }


def _base(store: Store, dataset: Dataset, name: str) -> Base | None:
    """The base model of that name; else the one that last learned from this data set; else the first."""
    known = {row.name: row for row in bases.all(store)}
    if name in known:
        return known[name]
    for job in queue.recent(store, dataset.project_id, task="train", limit=20):
        if job.request.get("dataset") == dataset.name and job.request.get("base") in known:
            return known[str(job.request["base"])]
    return next(iter(known.values()), None)


def write_caption(store: Store, picture: int, text: str) -> bool:
    """Write a picture's caption by hand; answers whether it is new. The older ones stay in its history."""
    datasets.image(store, picture)
    return captions.add(store, picture, text, "hand") is not None


def caption_history(store: Store, picture: int) -> list[dict[str, Any]]:
    """Every caption that a picture had, the newest first: who wrote it, when, and how it differs from the one before.

    `pieces` are pairs of `=`, `-` or `+` and a text: what stayed, went and came.
    """
    rows = captions.history(store, picture)
    before = [*(row.text for row in rows), ""][1:]
    return [
        {
            "id": row.id,
            "text": row.text,
            "origin": row.origin,
            "when": row.created.isoformat(),
            "change": row.change_id or 0,
            "likeness": row.likeness,
            "pieces": differences.between(earlier, row.text) if earlier else [["=", row.text]],
        }
        for row, earlier in zip(rows, before, strict=True)
    ]


def compare_texts(store: Store, before: str, after: str) -> list[list[str]]:
    """The difference between two texts as pairs of `=`, `-` or `+` and a text."""
    return [list(piece) for piece in differences.between(before, after)]


def set_trigger(store: Store, dataset: int, trigger: str) -> None:
    """The word that will call what the pictures teach."""
    datasets.set_trigger(store, dataset, trigger)


def set_teaches(store: Store, dataset: int, teaches: str) -> None:
    """What a LoRA is to learn of a data set: `style`, `person` (or a character), or nothing said; advice follows it."""
    advice.teach(store, dataset, teaches)


def count_tokens(store: Store, text: str, base: str = "") -> dict[str, Any]:
    """How many tokens a text has, how many count, what is cut off, and by whose tokenizer; empty without one.

    `by` is `own` where the base model's tokenizer is on this machine, `clip` where CLIP's vocabulary stands in.
    """
    found = {row.name: row for row in bases.all(store)}.get(base)
    return tokens.count(text, tokens.counter(found)) or {}
