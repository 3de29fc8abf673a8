"""A zip of the board's pictures and all that is known of it, which the studio reads again as the same board."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from storage.boardout.order import Order
from storage.errors import BadInput
from storage.panels import Reel

TITLE, SUFFIX, SLOW = "ZIP", ".zip", 200

DOCUMENT = "board.json"


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the zip: `board.json`, and every take, sketch and face under a name that says whose it is."""
    if not reel.document:
        raise BadInput(f"The storyboard “{reel.title}” was read without its rows. Read it whole to write a zip.")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(reel.document, ensure_ascii=False, indent=1)
        archive.writestr(DOCUMENT, text, zipfile.ZIP_DEFLATED)
        for number, (name, file) in enumerate(reel.files.items()):
            order.progress(number, len(reel.files))
            if not file.is_file():
                raise BadInput(f"The picture {name.partition('/')[2]} is no longer in the store. Draw the shot again.")
            archive.write(file, name)
    order.progress(len(reel.files), len(reel.files))
