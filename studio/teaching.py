"""Framings taught from the board: pictures sorted by the checks' guess become a data set whose captions hold the tokens."""

from __future__ import annotations

from typing import Any

from storage import boards, captions, datasets, inspections, rewording
from storage.database import Store
from storage.errors import BadInput
from storage.rewording import Desk, Fields
from storage.tables import Dataset, Image
from studio.scene import Scene

LEAST = 2
"""Pictures that every framing needs."""

MOST = 2000
"""Pictures that are shown to be sorted."""


def declare(scene: Scene) -> None:
    """Offer the endpoints that sort pictures by framing and make a data set of them."""
    for fn in (guess_framings, teach_framings):
        scene.action(fn)


def guess_framings(store: Store, project: int, dataset: str) -> dict[str, Any]:
    """The pictures of a data set with the framing that the checks found; `unlooked`: how many they have not looked at."""
    row = datasets.named(store, project, dataset)
    seen = inspections.of(store, row.id)
    pictures = [image for image in datasets.images(store, row.id, limit=MOST) if image.split == "train"]
    return {
        "pictures": [
            {"id": one.id, "file": one.file, "name": one.name, "dataset": row.id, "framing": _framing(seen, one)}
            for one in pictures
        ],
        "unlooked": sum(one.id not in seen for one in pictures),
    }


def _framing(seen: dict[int, Any], image: Image) -> str:
    return str(seen[image.id].framing) if image.id in seen else ""


def teach_framings(store: Store, board: int, name: str, pictures: dict[str, list[int]]) -> dict[str, Any]:
    """A data set of the pictures sorted by framing, with the board's tokens in their captions; answers its name.

    Raises:
        BadInput: a framing has no token or too few pictures.
    """
    row = boards.get(store, board)
    tokens = {str(one["name"]): str(one.get("token", "")) for one in row.framings}
    _check(tokens, pictures)
    made = datasets.create(store, row.project_id, name)
    for framing, numbers in pictures.items():
        words = captions.current(store, numbers)
        for number in numbers:
            _copy(store, made, datasets.image(store, number), _caption(words.get(number, ""), tokens[framing]))
    return {"id": made.id, "name": made.name}


def _check(tokens: dict[str, str], pictures: dict[str, list[int]]) -> None:
    for framing, numbers in pictures.items():
        if not tokens.get(framing):
            raise BadInput(f"The framing “{framing}” has no token. Give it one, e.g. <cu_trg>, under Cast and look.")
        if len(numbers) < LEAST:
            raise BadInput(f"“{framing}” has too few pictures: {len(numbers)}. Choose {LEAST} or more of each framing.")


def _caption(text: str, token: str) -> str:
    """The framing's token in front of a caption that does not speak of framing otherwise."""
    edit = rewording.read({"kind": "shots", "tokens": {"full": token}})
    return rewording.reword(edit, text, Fields(framing="full"), Desk())


def _copy(store: Store, dataset: Dataset, image: Image, caption: str) -> None:
    if datasets.holds(store, dataset.id, image.file) is not None:
        return
    added = datasets.add_image(store, dataset.id, image.file, image.name, (image.width, image.height))
    captions.add(store, added.id, caption, "hand")
