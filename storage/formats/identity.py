"""One folder a person: `person_001/ref_face.jpg`, `orig.jpg` and `prompt.txt`.

Other splits and pictures kept out lie in folders of that name around the person's. Names, repeats and the captions of
reference faces are not carried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from storage import sources, uploads
from storage.formats.row import File, Found, Item, Row, by_folder, pictures, place, safe
from storage.sources import Source

TITLE = "People with a reference face"
PICTURE = re.compile(r"^(ref_face|orig)(_\d+)?$")
PROMPT = re.compile(r"^prompt(_\d+)?\.txt$")


def recognises(names: list[str]) -> bool:
    """Some folder holds both a `ref_face` and an `orig` picture."""
    places: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if sources.suffix(name) in uploads.SUFFIXES:
            places[sources.folder(name)].add(sources.stem(sources.base(name)))
    return any({"ref_face", "orig"} <= stems for folder, stems in places.items() if folder)


def read(files: list[Source]) -> Found:
    """The reference faces and the pictures to learn of every person; `orig_2` goes with `prompt_2`."""
    found, prompts = Found(), {}
    for file in files:
        name = sources.base(file.name)
        if not PROMPT.match(name):
            continue
        found.used.add(file.name)
        try:
            prompts[sources.stem(file.name)] = sources.text(file)
        except (ValueError, OSError) as error:
            why = sources.reason(error)
            found.refused.append((name, f"{name} cannot be read ({why}). Its picture went in without a caption."))
    for file in pictures(files):
        name = sources.base(file.name)
        match = PICTURE.match(sources.stem(name))
        if match and sources.folder(file.name):
            found.rows.append(_row(file, match, prompts))
        else:
            found.refused.append((name, f"{name} is neither ref_face nor orig of a person. It was left out."))
    return found


def _row(file: Source, match: re.Match[str], prompts: dict[str, str]) -> Row:
    person, around = sources.base(sources.folder(file.name)), sources.steps(sources.folder(file.name))
    row = Row(file, f"{person}_{sources.base(file.name)}", person=person, **by_folder(around))
    if match[1] == "ref_face":
        return replace(row, split="reference")
    text = prompts.get(f"{sources.folder(file.name)}/prompt{match[2] or ''}", "")
    return replace(row, text=" ".join(text.split()))


def write(items: list[Item], title: str) -> Iterator[File]:
    """One folder a person; pictures of nobody in particular go under `person`."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for item in items:
        reference = item.split == "reference"
        around = place(replace(item, split="train") if reference else item)
        folder, kind = f"{around}{safe(item.person) or 'person'}", "ref_face" if reference else "orig"
        counts[folder, kind] += 1
        number = "" if counts[folder, kind] == 1 else f"_{counts[folder, kind]}"
        yield f"{folder}/{kind}{number}{item.path.suffix}", item.path
        if not reference:
            yield f"{folder}/prompt{number}.txt", f"{item.text}\n".encode()
