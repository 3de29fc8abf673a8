"""What the page asks for many captions at once: edits with a preview, words, advice, and the round trip as a table."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import Any

from storage import advice, captions, datasets, differences, rewording, roundtrip, sheets, vocabulary, wording
from storage.database import Store
from storage.errors import BadInput
from storage.roundtrip import Differing
from studio import steps
from studio.scene import Scene
from studio.words import Words

SHOWN = 200
"""Captions that a preview shows; it counts all of them."""

WORDS = 400
"""Words that the statistics name."""


KEYS = 40
"""Frequent words that the pen may offer; nine of them at a time."""


def declare(scene: Scene) -> None:
    """Offer the endpoints of bulk edits, statistics, advice and the round trip."""
    words = scene.words

    def apply_wording(
        store: Store,
        dataset: int,
        edit: dict[str, Any],
        pictures: list[int] | None = None,
        leave: list[int] | None = None,
        seen: int = -1,
    ) -> dict[str, Any]:
        """Do an edit (as in preview_wording) but for the pictures to `leave`; answers the change, to be undone as one.

        With the preview's `version` as `seen` it is refused if captions were written since.
        """
        wanted = rewording.read(edit)
        made = wording.apply(store, dataset, wanted, pictures or [], leave or [], None if seen < 0 else seen)
        return steps.step(words, store, made) if made else {"change": 0, "say": words("bulk.nothing")}

    def take_table(
        store: Store, dataset: int, table: str, name: str = "", leave: list[int] | None = None
    ) -> dict[str, Any]:
        """Make captions, splits and repeats what a table (base64 of its file) says, but for the pictures to `leave`."""
        made = roundtrip.take(store, dataset, _sheet(table, name), leave or [])
        return steps.step(words, store, made) if made else {"change": 0, "say": words("bulk.nothing")}

    def compare_table(store: Store, dataset: int, table: str, name: str = "") -> dict[str, Any]:
        """What a table (base64 of its file) says else than the data set; nothing is changed."""
        return _comparison(store, words, dataset, table, name)

    def caption_advice(store: Store, dataset: int) -> list[dict[str, Any]]:
        """What would make the captions better: for each point its pictures, the words found, and the reason."""
        return [_point(words, point) for point in advice.of(store, dataset)]

    for fn in (
        preview_wording,
        apply_wording,
        word_statistics,
        caption_advice,
        export_captions,
        compare_table,
        take_table,
    ):
        scene.action(fn)


def preview_wording(
    store: Store, dataset: int, edit: dict[str, Any], pictures: list[int] | None = None
) -> dict[str, Any]:
    """What an edit would make of the captions of a data set (or of some pictures); nothing is changed.

    `edit` is one of {kind: replace, find, put, regex, case, words} · {kind: prefix or suffix, text, remove} ·
    {kind: template, text} · {kind: tags, once, order, first, drop} · {kind: trigger, form, remove} ·
    {kind: shots, tokens: {close-up, medium, full}} · {kind: tidy}.
    """
    found = wording.preview(store, dataset, rewording.read(edit), pictures or [])
    return {
        "n": len(found.rows),
        "looked": found.looked,
        "version": found.version,
        "rows": [
            {
                "picture": row.image.id,
                "name": row.image.name,
                "file": row.image.file,
                "before": row.before,
                "after": row.after,
                "pieces": differences.between(row.before, row.after),
            }
            for row in found.rows[:SHOWN]
        ],
    }


def word_statistics(store: Store, dataset: int, by: str = "") -> dict[str, Any]:
    """The words (or tags) of a data set's captions with how many captions hold each; `by` is words, tags, or as fits.

    `frequent` are those worth a key of their own: tags, or words and pairs of words that stand together.
    """
    images = datasets.images(store, dataset)
    texts = list(captions.current(store, [image.id for image in images]).values())
    if by not in ("", "words", "tags"):
        raise BadInput(f"Captions cannot be counted by “{by}”. Use words or tags.")
    chosen: vocabulary.By = "tags" if (by or vocabulary.kind(texts)) == "tags" else "words"
    found = vocabulary.count(texts, chosen)
    frequent = vocabulary.frequent(texts)[:KEYS]
    return {
        "by": chosen,
        "captions": len(texts),
        "different": len(found),
        "words": [asdict(row) for row in found[:WORDS]],
        "frequent": [asdict(row) for row in frequent],
    }


def export_captions(store: Store, dataset: int) -> dict[str, str]:
    """A data set's captions as a CSV with a mark in front, for spreadsheets: the file's name and its text."""
    row = datasets.get(store, dataset)
    return {"name": f"{row.name}.csv", "text": roundtrip.export(store, dataset).decode("utf-8")}


def _point(words: Words, point: advice.Point) -> dict[str, Any]:
    key = f"advice.{point.kind.replace(' ', '_')}"
    facts = {"n": len(point.images), **point.facts}
    return {
        "kind": point.kind,
        "n": len(point.images),
        "pictures": point.images,
        "words": [list(pair) for pair in point.words[:12]],
        "say": words(f"{key}.say", **facts),
        "why": words(f"{key}.why", **facts),
    }


def _comparison(store: Store, words: Words, dataset: int, table: str, name: str) -> dict[str, Any]:
    sheet = _sheet(table, name)
    found = roundtrip.compare(store, dataset, sheet)
    return {
        "n": len(found.differing),
        "same": found.same,
        "unknown": found.unknown,
        "missing": found.missing,
        "refused": [{"name": row, "why": words.error(why)} for row, why in found.refused],
        "ignored": sheet.ignored,
        "encoding": sheet.encoding,
        "rows": [_differing(row) for row in found.differing[:SHOWN]],
    }


def _differing(row: Differing) -> dict[str, Any]:
    cells = [
        {"column": column, "before": before, "after": after, "pieces": differences.between(before, after)}
        for column, before, after in row.cells
    ]
    return {"picture": row.image.id, "name": row.image.name, "file": row.image.file, "cells": cells}


def _sheet(table: str, name: str) -> sheets.Sheet:
    try:
        data = base64.b64decode(table, validate=True)
    except binascii.Error as error:
        raise BadInput("A table is handed over as base64 of its file. Encode it so.") from error
    return sheets.read(data, name or "The table")
