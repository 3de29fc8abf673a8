"""A storyboard from script to pictures: seconds for 10 scenes and 30 shots, framings with and without tokens, who is who.

`python -m benchmarks.board [--script FILE] [--style watercolor] [--count 36] [--threads 2] [--untaught] [--taught-alone]
 [--keep FOLDER] [--set steps=300 …]`

The same script, cast and seeds are drawn by the base with the framings' words alone, then by a LoRA of recipe
`storyboard` whose tokens stand before them; each shot once, so that what trying again brings is told apart. A framing
is measured by MTCNN, as the job does it (where it finds no face nothing is said), and by the bundled judge, which names
that of every picture. Faces are compared by the bundled OSNet: the matrix holds the mean cosine between shots.
"""

from __future__ import annotations

import tempfile
import time
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from benchmarks import timing
from benchmarks.lab import Studio, sheet
from benchmarks.learn_tokens import TOKENS
from jobs.faces.detection.sizes import ENLARGED
from jobs.tasks.storyboard import DrawStoryboard
from mini.examples import shot_set
from mini.parts import judge as judges
from mini.people import HELD_OUT
from mini.world import features, join
from storage import boards, cast, scripts, storyboard, uploads
from storage.settings import MINI
from storage.storyboard import BoardView, ShotView

SCRIPT = Path(__file__).parent / "scripts" / "letter.fountain"

PEOPLE = {"JUNIPER": "Juniper", "BASIL": "Basil"}
"""Who speaks in the script → whose looks they are given."""

FRAMINGS = {"close-up": "close-up", "medium": "medium shot", "full": "full shot"}
"""What a board calls a framing → what the drawing world calls it."""


def main() -> None:
    """Draw the board both ways and print what was measured."""
    parser = timing.parser(__doc__)
    parser.add_argument("--script", type=Path, default=SCRIPT)
    parser.add_argument("--style", default="watercolor", help="of the drawings that the tokens are learned from")
    parser.add_argument("--count", type=int, default=36, help="drawings to learn from, a third of each framing")
    parser.add_argument("--untaught", action="store_true", help="the base alone")
    parser.add_argument("--taught-alone", action="store_true", help="leave out what the base draws")
    parser.add_argument("--keep", type=Path, help="a folder that the drawn pictures are kept in, a sheet of each board")
    parser.add_argument("--set", nargs="*", default=[], metavar="FIELD=VALUE", help="settings of the training to try")
    options = parser.parse_args()
    timing.begin(options)
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home), options.threads or 2)
        shown = {} if options.taught_alone else {"words": measure(studio, options.script, "words", [])}
        if not options.untaught:
            studio.bring("shots", shot_set(options.style, options.count, TOKENS, size=128))
            job, seconds = studio.train("storyboard", "shots", **dict(pair.split("=", 1) for pair in options.set))
            print(f"tokens taught in {seconds:.0f} s, {job.steps} steps", flush=True)
            shown["tokens"] = measure(studio, options.script, "tokens", [{"lora": job.result["lora"], "weight": 1.0}])
        if options.keep:
            sheet(shown, most=30).save(options.keep / "board.png")


def measure(studio: Studio, script: Path, name: str, blend: list[dict[str, float]]) -> list[Pictures.Image]:
    """Draw a board with that look, print its figures; its pictures."""
    store = studio.store
    row = boards.create(store, studio.project.id, name, blend=blend, style="" if blend else "shaded style", seed=1)
    scripts.bring(store, row.id, scripts.read(script.read_bytes(), script.name))
    for one in cast.all(store, row.id):
        cast.edit(store, one.id, words=looks(one.name))
    begin = time.process_time()
    _, first = studio.do("storyboard", DrawStoryboard(board=row.id, tries=0))
    computed = time.process_time() - begin
    board = storyboard.whole(store, row.id)
    shots = [shot for _, shot in board.shots]
    print(
        f"{name}: {len(board.scenes)} scenes, {len(shots)} shots drawn in {first:.0f} s (CPU {computed:.0f} s); {shots[1].prompt}",
        flush=True,
    )
    pictures = drawn(studio, board)
    told(shots, pictures)
    job, again = studio.do("storyboard", DrawStoryboard(board=row.id))
    print(f"  run again: {len(job.result['pictures'])} shots drawn, {again:.2f} s")
    matrix(studio, shots, pictures)
    return pictures


def looks(name: str) -> str:
    """How somebody of the script looks, in the words of the drawing world."""
    person = HELD_OUT[PEOPLE.get(name, "Juniper")]
    return f"a {person.kind} with {join(features(person, True, False))}"


def drawn(studio: Studio, board: BoardView) -> list[Pictures.Image]:
    """The picture of each shot, in order."""
    return [uploads.read(studio.store.files.path(shot.take.file)) for _, shot in board.shots if shot.take]


def told(shots: list[ShotView], pictures: list[Pictures.Image]) -> None:
    """Print how many framings are right, by the face and by the judge."""
    judge = judges.load(MINI / "judge")
    for kind, words in FRAMINGS.items():
        some = [(shot.take, picture) for shot, picture in zip(shots, pictures, strict=True) if shot.framing == kind]
        named = [judge.name(np.array(picture.resize((128, 128)))[None])[0]["framing"] for _, picture in some]
        measured = [take.ok for take, _ in some if take and take.ok is not None]
        print(
            f"  {words:12} by the face {sum(measured)} of {len(measured)} measured, "
            f"by the judge {sum(one == words for one in named)} of {len(some)}"
        )


def matrix(studio: Studio, shots: list[ShotView], pictures: list[Pictures.Image]) -> None:
    """Print the mean likeness of faces between the shots of each two characters, and of each one's own."""
    shelf = studio.worker.shelf
    faces, detector = shelf.faces("mini"), shelf.detector()
    vectors: dict[str, list[np.ndarray]] = {name: [] for name in PEOPLE}
    for shot, picture in zip(shots, pictures, strict=True):
        if len(shot.characters) != 1:
            continue
        for times in ENLARGED:
            large = picture.resize((picture.width * times, picture.height * times), Pictures.Resampling.BICUBIC)
            if found := detector.find([large])[0]:
                vectors[shot.characters[0].name].append(faces.embed([faces.cut(large, found[0].box)])[0])
                break
    for one in PEOPLE:
        own = [float(a @ b) for a, b in combinations(vectors[one], 2)]
        cells = {one: own} | {
            other: [float(a @ b) for a in vectors[one] for b in vectors[other]] for other in PEOPLE if other != one
        }
        line = "  ".join(f"{name} {np.mean(cells[name]):.3f}" if cells[name] else f"{name} –" for name in PEOPLE)
        print(f"  {one:10} ({len(vectors[one])} faces): {line}", flush=True)


if __name__ == "__main__":
    main()
