"""How near pictures are to a style, by the shipped judge: `python -m mini.nearness watercolor a.png b.png`.

Prints a JSON list: for each picture the judge's share for that style among all it knows, 0 … 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mini import styles
from mini.parts import judge

MODELS = Path(__file__).parent.parent / "models" / "mini"
SIDE = 128
"""The judge's own side in pixels."""


def nearness(style: str, pictures: Sequence[Image.Image], folder: Path = MODELS / "judge") -> list[float]:
    """The judge's share for `style`, a name of `styles.ALL`, for each picture of any size."""
    small = [picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX) for picture in pictures]
    shares = judge.load(folder).style_shares(np.stack([np.asarray(picture) for picture in small]))
    return shares[:, styles.ALL.index(style)].tolist()


if __name__ == "__main__":
    print(json.dumps(nearness(sys.argv[1], [Image.open(path) for path in sys.argv[2:]])))
