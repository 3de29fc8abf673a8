"""Shot tokens: the storyboard recipe on drawings, then the same prompts with each token, and how near the camera is.

`python -m benchmarks.learn_tokens [--style watercolor] [--count 36] [--prompts 30] [--threads 2] [--taught-alone]
 [--set steps=300 …]`

The pictures are drawings of a style that the base never saw; each caption holds the token of its framing and never a
word for it. Framing is measured in two ways. By the face: its height over the picture's, at the checks' own bounds.
MTCNN knows photographs and sees few drawn faces, so it looks with lower thresholds and at several sizes; pictures in
which it still finds none are counted apart, and say nothing. By the judge: the bundled net, trained on drawings, that
names the framing of every picture. The base draws the same prompts with tokens that it was never taught, and with the
framing's own words: what can be had.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image as Pictures

from benchmarks import timing
from benchmarks.lab import Studio
from jobs.blending import Mixer, Part
from jobs.faces.detection import Face, framing
from jobs.families import load_family
from jobs.generation.draw import draw
from jobs.generation.order import Order
from mini.examples import shot_set, unframed
from mini.parts import judge
from mini.world import TEST_SEED, sample
from storage import loras, measures
from storage.database import Store
from storage.settings import MINI
from storage.tables import Lora

TOKENS = {"close-up": "<cu_trg>", "medium shot": "<ms_trg>", "full shot": "<fs_trg>"}
FACE = {"close-up": "close-up", "medium": "medium shot", "full": "full shot"}
"""What the checks call a framing → what the drawing world calls it."""

BAR = 0.8
"""Share of pictures whose framing is the token's."""

ENLARGED = (2, 4, 1)
"""Times that a picture of 128 px is enlarged before faces are looked for, one after the other until one is found."""

LENIENT = [0.4, 0.5, 0.5]
"""MTCNN's thresholds; its own are 0.6, 0.7, 0.7."""

PROMPT_SEED = TEST_SEED + 700_000


def main() -> None:
    """Train, draw, measure, and say whether the bar is reached."""
    parser = timing.parser(__doc__)
    parser.add_argument("--style", default="watercolor", help="of the drawings to learn from")
    parser.add_argument("--count", type=int, default=36, help="drawings to learn from, a third of each framing")
    parser.add_argument("--prompts", type=int, default=30)
    parser.add_argument("--taught-alone", action="store_true", help="leave out what the base draws")
    parser.add_argument("--set", nargs="*", default=[], metavar="FIELD=VALUE", help="settings to try")
    options = parser.parse_args()
    timing.begin(options)
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home), options.threads)
        studio.bring("shots", shot_set(options.style, options.count, TOKENS, size=128))
        said = [unframed(sample(PROMPT_SEED + i, framing="medium shot")) for i in range(options.prompts)]
        mixer = Mixer(load_family("sd15", MINI, torch.device("cpu"), torch.float32))
        eyes = MTCNN(thresholds=LENIENT, select_largest=True), judge.load(MINI / "judge")
        print(f"{options.prompts} prompts, each with three tokens; right by face (of pictures with a face), by judge")
        if not options.taught_alone:
            report("the framing's own words, base", *eyes, drawn(mixer, said, lambda framing: f"a {framing} of"))
            report("tokens, base untaught", *eyes, drawn(mixer, said, TOKENS.__getitem__))
        job, seconds = studio.train("storyboard", "shots", **dict(pair.split("=", 1) for pair in options.set))
        store, row = studio.store, loras.get(studio.store, job.result["lora"])
        print(f"taught in {seconds:.0f} s: {told(store, row)}")
        mixer.mix([Part(row.file, store.files.path(row.file), row.name, 1.0, loras.embeddings(store, row))])
        share = report("tokens, taught", *eyes, drawn(mixer, said, TOKENS.__getitem__))
        print(f"bar {BAR}: {'reached' if share >= BAR else 'missed'} by the judge ({share:.2f})")


def told(store: Store, row: Lora) -> str:
    """What the run was, in a few words."""
    curves = measures.curves(store, row.job_id)
    seconds = sorted(value for _, value in curves["seconds"])
    return f"{row.step} steps, median {seconds[len(seconds) // 2]:.2f} s"


def drawn(mixer: Mixer, said: list[str], word: Callable[[str], str]) -> Iterable[tuple[str, Pictures.Image]]:
    """(framing, picture) of each prompt with each framing's word in front; the three of a prompt share a seed."""
    for seed, words in enumerate(said):
        for asked in TOKENS:
            order = Order(f"{word(asked)} {words}", "", seed, (128, 128), steps=20, guidance=4.0)
            yield asked, draw(mixer.family, order, lambda *told: None)


def framing_by_face(detector: MTCNN, picture: Pictures.Image) -> str:
    """What the checks would call the framing by the largest face; '' where none is found."""
    for times in ENLARGED:
        size = (times * picture.width, times * picture.height)
        boxes, scores = detector.detect(picture.resize(size, Pictures.Resampling.BICUBIC))
        if boxes is not None:
            left, top, right, bottom = boxes[0]
            return framing(Face((left, top, right, bottom), scores[0]), size[1])
    return ""


def report(what: str, detector: MTCNN, drawings: judge.Judge, pictures: Iterable[tuple[str, Pictures.Image]]) -> float:
    """Print the shares of right framings; returns the judge's over all."""
    asked_for, found, seen, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for asked, picture in pictures:
        asked_for[asked] += 1
        right[asked] += drawings.name(np.array(picture)[None])[0]["framing"] == asked
        if near := framing_by_face(detector, picture):
            found[asked] += 1
            seen[asked] += FACE[near] == asked
    share = right.total() / asked_for.total()
    by_face = seen.total() / max(1, found.total())
    print(
        f"{what:32} face {by_face:.2f} of {found.total()} found, judge {share:.2f} of {asked_for.total()}", flush=True
    )
    for asked, total in asked_for.items():
        face = f"{seen[asked]} of {found[asked]}"
        print(f"  {asked:30} face {face:>8}, judge {right[asked]} of {total}", flush=True)
    return share


if __name__ == "__main__":
    main()
