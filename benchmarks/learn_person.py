"""Whether a LoRA learns who somebody is: recipe `identity`, the same run without the face's weight, and the base alone.

`python -m benchmarks.learn_person [--people Juniper] [--steps 0] [--prompts 24] [--threads 2] [--keep FOLDER]`

The people are held out of all that the bundled family was trained on. Captions and prompts name mood, clothes and
place, never the looks; the same prompts, all of close-ups, and seeds are drawn by all three. A face is found by MTCNN and compared by
the bundled OSNet, the network that the recipe learns by, with pictures of the person that no run has seen. What no run
learned by is told beside it: how often the bundled judge sees the person's kind, skin, hair style, beard, glasses and
freckles.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures

from benchmarks import timing
from benchmarks.lab import Studio, sheet
from jobs.faces.detection import Mtcnn
from jobs.faces.mini import MiniOsnet
from jobs.shelf import MODELS
from jobs.tasks.inspect import InspectPictures
from mini.attributes import ATTRIBUTES, OF_PERSON
from mini.draw import draw
from mini.parts import judge as judges
from mini.parts.vae import to_model
from mini.people import HELD_OUT
from mini.world import TEST_SEED, Drawing, clauses, sample, sentence
from storage import measures
from storage.database import Store
from storage.tables import Job

CPU = torch.device("cpu")
FRAMINGS = ("close-up", "close-up", "medium shot")
LEARNED, UNSEEN, REFERENCE, PROMPTS = 310_000, 320_000, 330_000, 340_000
"""First seeds, after `TEST_SEED`, of the pictures to learn from, to compare with, the reference face, the prompts."""


@dataclass
class Eyes:
    """What is measured with."""

    detector: Mtcnn
    osnet: MiniOsnet
    judge: judges.Judge

    def faces(self, shown: list[Pictures.Image]) -> dict[int, np.ndarray]:
        """The unit vector of the largest face, by the number of the picture it is found in."""
        found = {i: faces[0].box for i, faces in enumerate(self.detector.find(shown)) if faces}
        vectors = self.osnet.embed([self.osnet.cut(shown[i], box) for i, box in found.items()])
        return dict(zip(found, vectors, strict=True))

    @torch.no_grad()
    def looks(self, shown: list[Pictures.Image], person: str) -> float:
        """Share of the person's attributes that the judge sees; what it does not know is left out."""
        small = np.stack([np.asarray(one.convert("RGB").resize((128, 128))) for one in shown])
        parts = dict(zip(ATTRIBUTES, self.judge(to_model(small)).split(self.judge.sizes, 1), strict=True))
        told = {name: getattr(HELD_OUT[person], name) for name in OF_PERSON}
        known = {name: ATTRIBUTES[name].index(value) for name, value in told.items() if value in ATTRIBUTES[name]}
        return float(np.mean([(parts[name].argmax(1) == value).float().mean() for name, value in known.items()]))


def bring(studio: Studio, person: str, count: int) -> None:
    """A data set in the layout of the identity recipe: a reference face, pictures, and what is said of them; checked for faces."""
    place = studio.place(person)
    folder = place / person
    folder.mkdir()
    draw(reference(person), 256).save(folder / "ref_face.png")
    for number, drawing in enumerate(drawings(person, LEARNED, count), 1):
        end = "" if number == 1 else f"_{number}"
        draw(drawing, 256).save(folder / f"orig{end}.png")
        (folder / f"prompt{end}.txt").write_text(said(drawing))
    studio.bring_folder(person, place, trigger=person.upper())
    studio.do("inspect", InspectPictures(dataset=person, likeness=False))


def drawings(person: str, first: int, count: int, framings: tuple[str, ...] = FRAMINGS) -> Iterator[Drawing]:
    """Pictures of a person in many clothes, places and moods, bare-headed."""
    for i in range(count):
        fixed = {"style": "shaded", "framing": framings[i % len(framings)], "hat": "none"}
        yield sample(TEST_SEED + first + i, person=HELD_OUT[person], **fixed)


def reference(person: str) -> Drawing:
    """A close-up in front of a plain wall."""
    fixed = {"style": "shaded", "framing": "close-up", "hat": "none", "background": "plain blue"}
    return sample(TEST_SEED + REFERENCE, person=HELD_OUT[person], expression="smiling", **fixed)


def said(drawing: Drawing) -> str:
    """A caption that leaves the looks to the LoRA."""
    return sentence({name: words for name, words in clauses(drawing).items() if name not in ("features", "style")})


def measure(studio: Studio, person: str, eyes: Eyes, asked: Any) -> None:
    """Print one person's lines."""
    bring(studio, person, asked.pictures)
    near_by = drawings(person, PROMPTS, asked.prompts, ("close-up",))
    prompts = [f"{person.upper()}, {said(one)}" for one in near_by]
    unseen = eyes.faces([draw(one, 256) for one in drawings(person, UNSEEN, 24)])
    kind = np.stack(list(unseen.values()))
    changes = {"steps": asked.steps} if asked.steps else {}
    print(f"{person}: {asked.pictures} pictures, {len(prompts)} prompts, compared with {len(kind)} unseen faces")
    shown = {"base": studio.draw(prompts, [])}
    for name, more in {"λ_face = 0": {"face_weight": 0.0}, "identity": {}}.items():
        job, seconds = studio.train("identity", person, **changes | more)
        shown[name] = studio.draw(prompts, [{"lora": job.result["lora"], "weight": 1.0}])
        print(f"  {name}: {job.steps} steps in {seconds:.0f} s{_curves(studio.store, job)}")
    near = {
        name: {i: float((kind @ vector).mean()) for i, vector in eyes.faces(some).items()}
        for name, some in shown.items()
    }
    for name, some in shown.items():
        found = list(near[name].values())
        mean = f"{np.mean(found):.3f} ± {np.std(found) / max(1, len(found)) ** 0.5:.3f}" if found else "–"
        print(
            f"  {name:11} similarity {mean}, faces found {len(found)} of {len(prompts)}, "
            f"looks that the judge sees {eyes.looks(some, person):.3f}"
        )
    both = [near["identity"][i] - near["λ_face = 0"][i] for i in near["identity"] if i in near["λ_face = 0"]]
    if both:
        error = np.std(both) / len(both) ** 0.5
        print(f"  identity over λ_face = 0, where both show a face: {np.mean(both):+.3f} ± {error:.3f} ({len(both)})")
    if asked.keep:
        sheet(shown).save(Path(asked.keep) / f"{person}.png")


def _curves(store: Store, job: Job) -> str:
    """What the curves say of the last quarter of a run."""
    curves = measures.curves(store, job.id)
    told = [
        f"{name} {np.mean([value for step, value in curves[name] if step > job.steps * 0.75]):.3f}"
        for name in ("face found", "face at its known place", "likeness", "alignment", "denoise loss", "seconds")
        if name in curves
    ]
    return f"; in the last quarter {', '.join(told)}" if told else ""


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--people", nargs="+", default=["Juniper"], choices=sorted(HELD_OUT))
    parser.add_argument("--pictures", type=int, default=12, help="how many are learned from")
    parser.add_argument("--prompts", type=int, default=24, help="how many are drawn by each of the three")
    parser.add_argument("--steps", type=int, default=0, help="steps of training; 0: as the recipe says")
    parser.add_argument("--keep", help="a folder that the drawn pictures are kept in, one sheet a person")
    asked = parser.parse_args()
    timing.begin(asked)
    eyes = Eyes(Mtcnn(CPU), MiniOsnet.load(MODELS, CPU), judges.load(MODELS / "mini" / "judge"))
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home), asked.threads)
        for person in asked.people:
            measure(studio, person, eyes, asked)
        studio.store.close()


if __name__ == "__main__":
    main()
