"""What an evaluation costs beside the models alone: 100 pictures, four metrics, each picture and feature looked at once.

`python -m benchmarks.evaluate [--count 100] [--side 256] [--threads 1] [--times 3] [--metrics …] [--large]`

Bare are the forward passes of the same models on the same pictures, which are read, cut and made to fit beforehand: CLIP on
pictures and prompts, the face detector, the face network. The evaluation besides opens the files, makes them fit, keeps
every feature on disk, measures, and draws again for the intervals. The two take turns; the least of several runs counts.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Pictures
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

from benchmarks.lab import Studio
from benchmarks.timing import begin, parser
from jobs.context import Context
from jobs.evaluating.judging import Contest, Judging
from jobs.faces.detection import Face, Mtcnn, largest
from jobs.faces.face_model import TOGETHER
from jobs.judges.features import clip as clips
from jobs.judges.features.album import TOGETHER as BATCH
from jobs.judges.metric import Shown
from jobs.shelf import MODELS, Shelf
from jobs.tasks.evaluate import EvaluatePictures
from mini import examples
from storage import datasets, queue
from storage.resampling import deck

METRICS = ["clip_score", "clip_image", "fid", "identity"]

HELD, LIMIT = 20, 1.2
"""Pictures that are held out, and how many times as long as the bare passes an evaluation may take."""


def main() -> None:
    """Evaluate, then the bare passes, and how many times as long the first takes."""
    made = parser(__doc__)
    made.add_argument("--count", type=int, default=100, help="pictures")
    made.add_argument("--side", type=int, default=256, help="pixels a side")
    made.add_argument("--times", type=int, default=3, help="runs of each, of which the quickest counts")
    made.add_argument("--large", action="store_true", help="a CLIP as large as ViT-B/32, of random weights")
    made.add_argument("--metrics", nargs="+", default=METRICS, help="of jobs/judges")
    asked = made.parse_args()
    clock = begin(asked)
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(Path(home), asked)
        turns = [(_timed(clock, bench.judge), _timed(clock, bench.bare)) for _ in range(asked.times)]
        known = _timed(clock, lambda: bench.judge(forget=False))
    whole, bare = (min(seconds) for seconds in zip(*turns, strict=True))
    ratio = whole / bare
    print(
        f"looked at: {', '.join(f'{name} {count}' for name, count in bench.looked.items())} (of {asked.count + HELD})"
    )
    print(f"evaluation {whole:6.2f} s, bare passes {bare:6.2f} s: {ratio:.3f} times (asked: {LIMIT})")
    print(f"again, with every feature known: {known:.2f} s")
    raise SystemExit(ratio > LIMIT)


class Bench:
    """Pictures in a store, and the models that look at them."""

    def __init__(self, home: Path, asked: argparse.Namespace) -> None:
        studio = Studio(home, asked.threads or torch.get_num_threads())
        studio.bring("set", ((f"{n}-{file}", picture, text) for n, (file, picture, text) in enumerate(_drawn(HELD, 3))))
        row = datasets.named(studio.store, studio.project.id, "set")
        datasets.set_split(studio.store, [image.id for image in datasets.images(studio.store, row.id)], "held-out")
        clip = large(home / "clip") if asked.large else "mini"
        self.task = EvaluatePictures(kind="folder", folders=["."], metrics=asked.metrics, dataset="set", clip=clip)
        queue.add(studio.store, studio.project.id, "evaluate", self.task, self.task.title(), "train")
        job = queue.claim(studio.store, "bench", ("train",))
        assert job is not None
        self.context = Context(studio.store, job, Shelf("cpu"), "cpu")
        self.held = self.context.examples(row, "held-out")
        self.contest = self._contest(studio.place("drawn"), asked)
        self.looked: dict[str, int] = {}
        self.judge()  # the models are loaded, and it is known which look
        self._prepare()

    def _contest(self, place: Path, asked: argparse.Namespace) -> Contest:
        files, prompts = [], []
        for number, (_, picture, text) in enumerate(_drawn(asked.count, 5, asked.side)):
            picture.save(place / f"{number}.png")
            files.append(self.context.take_in(place / f"{number}.png"))
            prompts.append(text)
        return Contest(Shown("drawn", tuple(files), tuple(prompts)), tuple(range(len(files))))

    def judge(self, forget: bool = True) -> None:
        """From files to totals; `forget`: as if for the first time."""
        if forget:
            shutil.rmtree(self.context.cache / "features", ignore_errors=True)
        judging = Judging(self.task, self.context, {"held_out": self.held, "training": [], "reference": []})
        album = judging.evidence.album
        album.look(judging.looks([self.contest], self.context.stored))
        found = judging.measure([self.contest], self.contest.shown.prompts, lambda: None)
        totals = judging.totals(found, deck(enumerate(self.contest.shown.prompts)), lambda: None)
        assert all(not one["problem"] for one in totals[0].values()), totals
        self.looked = dict(album.looked) or self.looked

    def _prepare(self) -> None:
        """What the bare passes are given, ready in memory."""
        paths = [self.context.stored(file) for file in self.contest.shown.files] + [one.path for one in self.held]
        self.pictures = [Pictures.open(path).convert("RGB") for path in paths]
        self.clip = self.context.shelf.judge(self.task.clip)
        self.seen = [self.clip._seen(some) for some in _batches(self.pictures, clips.TOGETHER)]
        self.read = [self.clip._read(some) for some in _batches(list(self.contest.shown.prompts), clips.TOGETHER)]
        self.faces, self.detector = self.context.shelf.faces("mini"), self.context.shelf.detector()
        self.asked, self.crops = self._faces() if "face" in self.looked else ([], [])

    def _faces(self) -> tuple[Asked, list[torch.Tensor]]:
        """What the detector is asked, and the crops that the face network sees."""
        heard = Recorder(self.detector)
        found = [face for some in _batches(self.pictures, BATCH) for face in largest(some, heard)]
        pairs = zip(self.pictures, found, strict=True)
        crops = [np.asarray(self.faces.cut(picture, face.box)) for picture, face in pairs if face]
        pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
        return heard.asked, list(pixels.split(TOGETHER))

    @torch.inference_mode()
    def bare(self) -> None:
        """The models' passes alone."""
        for seen in self.seen:
            self.clip._model.get_image_features(**seen)
        for read in self.read:
            self.clip._model.get_text_features(**read)
        for some, lenient in self.asked:
            self.detector.find(some, lenient)
        for crops in self.crops:
            self.faces.vectors(crops)


Asked = list[tuple[Sequence[Pictures.Image], bool]]
"""Pictures that the detector was given, and whether leniently."""


class Recorder:
    """The detector, which remembers what it was asked, so that it can be asked again with nothing else to do."""

    def __init__(self, detector: Mtcnn) -> None:
        self._detector = detector
        self.asked: Asked = []

    def find(self, pictures: Sequence[Pictures.Image], lenient: bool = False) -> list[list[Face]]:
        """As `Mtcnn.find`."""
        self.asked.append((pictures, lenient))
        return self._detector.find(pictures, lenient)


def large(folder: Path) -> str:
    """A folder with a CLIP of ViT-B/32's shape that knows nothing, and reads with the bundled tokenizer."""
    CLIPProcessor(
        CLIPImageProcessor(), CLIPProcessor.from_pretrained(MODELS / "mini" / "clip").tokenizer
    ).save_pretrained(folder)
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    return str(folder)


def _batches(things: list, size: int) -> list[list]:
    return [things[start : start + size] for start in range(0, len(things), size)]


def _drawn(count: int, seed: int, side: int = 256) -> list[tuple[str, Pictures.Image, str]]:
    return list(examples.style_set("watercolor", count, seed=seed, size=side))


def _timed(clock: Callable[[], float], work: Callable[[], None]) -> float:
    start = clock()
    work()
    return clock() - start


if __name__ == "__main__":
    main()
