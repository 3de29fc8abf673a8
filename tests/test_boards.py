"""Storyboards: what is kept as it is typed, what a script becomes, what a prompt says, and how shots are drawn."""

import numpy as np
import pytest
import torch
from PIL import Image as Pictures

from door.main import main
from jobs import folder
from jobs.boarding import run as run_module
from jobs.boarding import run_storyboard
from jobs.boarding.framing import Measured, measure, miss, verdict
from jobs.boarding.likeness import Sitters
from jobs.context import Context
from jobs.faces.detection import Face, Mtcnn
from jobs.faces.face_model import FaceModel
from jobs.shelf import MODELS, Shelf
from jobs.tasks.storyboard import DrawStoryboard
from jobs.tasks.sweep import Axis, SweepPictures
from storage import bases, boards, cast, casting, loras, pictures, queue, scenes, scripts, shots, storyboard, takes
from storage.appearance import appearance
from storage.errors import BadInput, NotFound, Stopped
from storage.mentions import mentions
from tests import tiny
from tests.conftest import paint
from tests.drawn import people
from tests.loras import save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2

FOUNTAIN = """Title:
    _**The Letter**_
Author: nobody

FADE IN:

EXT. PARK - DAY #1#

Mina *walks*. [[unseen]] /* gone */ She sits.

MINA (V.O.)
(softly)
Hello there.
··
Still here.

JACK ^
Go away!

CUT TO:

.A DREAM

@McCoy
Yippie

> THE END <

INT. 카페 - 밤

민수가 문을 연다.

민수
(울먹이며)
가지 마.
""".replace("··", "  ")


@pytest.fixture
def board(store, project):
    """An empty board."""
    return boards.create(store, project.id, "Film", seed=5).id


@pytest.fixture
def scene(store, board):
    """Its first scene, with three shots: a, b, c."""
    row = scenes.add(store, board, heading="EXT. PARK - DAY", location="in a park", time="day")
    for action in "abc":
        shots.add(store, row.id, action=action)
    return row.id


def actions(store, board):
    """What happens in each scene, shot by shot."""
    return ["".join(shot.action for shot in scene.shots) for scene in storyboard.whole(store, board).scenes]


def only(store, board, number=0):
    """A shot of the board, by its place among all."""
    return [shot for _, shot in storyboard.whole(store, board).shots][number]


# ── what is typed ────────────────────────────────────────────────────────────
def test_boards_are_named_renamed_deleted_and_brought_back(store, project, board):
    with pytest.raises(BadInput, match="already"):
        boards.create(store, project.id, "Film")
    boards.delete(store, board)
    other = boards.create(store, project.id, "Film", base="xl")
    assert (other.shape, boards.get(store, board).shape) == ("16:9", "1:1")
    with pytest.raises(BadInput, match="already"):
        boards.restore(store, board)
    boards.rename(store, other.id, "Film 2")
    boards.restore(store, board)
    assert [row.name for row in boards.all(store, project.id)] == ["Film 2", "Film"]
    with pytest.raises(NotFound, match="there are: Film 2, Film"):
        boards.named(store, project.id, "Play")
    for wrong in ({"shape": "5:1"}, {"colour": "red"}, {"framings": [{"name": ""}]}):
        with pytest.raises(BadInput):
            boards.edit(store, board, **wrong)


def test_shots_move_split_go_and_come_back(store, board, scene):
    a, b, c = (shot.id for shot in storyboard.whole(store, board).scenes[0].shots)
    shots.move(store, c, scene, 0)
    assert actions(store, board) == ["cab"]
    shots.delete(store, a)
    shots.duplicate(store, b)
    assert actions(store, board) == ["cbb"]
    shots.restore(store, a)
    assert actions(store, board) == ["cabb"]
    shots.edit(store, a, action="runs and falls", seconds=4)
    second = shots.split(store, a, 5)
    assert actions(store, board) == ["crunsand fallsbb"] and second.seconds == 2
    other = scenes.split(store, scene, second.id)
    assert actions(store, board) == ["cruns", "and fallsbb"] and other.heading == "EXT. PARK - DAY"
    shots.move(store, c, other.id, 1)
    scenes.duplicate(store, other.id)
    scenes.move(store, other.id, 0)
    scenes.delete(store, scene)
    assert actions(store, board) == ["and fallscbb", "and fallscbb"]
    scenes.restore(store, scene)
    assert actions(store, board) == ["and fallscbb", "runs", "and fallscbb"]
    for wrong in ({"framing": "macro"}, {"seconds": 0}, {"start": "moon"}):
        with pytest.raises(BadInput):
            shots.edit(store, a, **wrong)


def test_a_prompt_is_composed_until_it_is_edited(store, project, board, scene, tmp_path):
    (tmp_path / "shots.safetensors").write_bytes(b"weights")
    facts = {"family": "sd15", "base": "mini", "name": "shots", "tokens": {"<ms_trg>": "x.safetensors"}}
    lora = loras.add(store, project.id, tmp_path / "shots.safetensors", **facts).id
    mina = cast.add(store, board, "Mina", words="a smiling woman").id
    shot = only(store, board).id
    shots.edit(store, shot, angle="eye level", characters=[mina], action="Walks home.")
    boards.edit(store, board, style="flat style")
    assert (
        only(store, board).prompt == "medium shot, eye level, a smiling woman, Walks home, in a park, day, flat style"
    )
    boards.edit(store, board, blend=[{"lora": lora, "weight": 1.0}])
    assert only(store, board).prompt.startswith("<ms_trg> medium shot, eye level")
    shots.edit(store, shot, prompt="<cu_trg> by hand")
    assert (only(store, board).locked, only(store, board).prompt) == (True, "<cu_trg> by hand")
    assert "<cu_trg> (they know: <ms_trg>)" in only(store, board).problem
    shots.unlock(store, shot)
    assert only(store, board).prompt.startswith("<ms_trg>") and not only(store, board).problem
    cast.edit(store, mina, words="")
    assert "“Mina” has neither a LoRA nor words" in only(store, board).warning
    cast.edit(store, mina, lora_id=lora, weight=0.5)
    assert only(store, board).blend == ({"lora": lora, "weight": 0.5},)


def test_seeds_are_a_scenes_or_a_shots_and_stay(store, board, scene):
    found = [shot.seed for _, shot in storyboard.whole(store, board).shots]
    assert len(set(found)) == 1
    boards.edit(store, board, seeds="shot")
    by_shot = {shot.id: shot.seed for _, shot in storyboard.whole(store, board).shots}
    assert len(set(by_shot.values())) == 3
    shots.move(store, next(iter(by_shot)), scene, 2)
    assert {shot.id: shot.seed for _, shot in storyboard.whole(store, board).shots} == by_shot


# ── scripts ──────────────────────────────────────────────────────────────────
def proposed(script):
    by = scripts.rules()
    return [[(shot["framing"], shot.get("dialogue", "")) for shot in scripts.propose(scene, script.speakers, by)]
            for scene in script.scenes]  # fmt: skip


def test_fountain_by_its_rules():
    script = scripts.read(FOUNTAIN)
    assert (script.kind, script.title) == ("fountain", "The Letter")
    assert script.speakers == ["MINA", "JACK", "McCoy", "민수"]
    assert [(scene.heading, scene.location, scene.time) for scene in script.scenes] == [
        ("EXT. PARK - DAY", "park", "day"), ("A DREAM", "a dream", ""), ("INT. 카페 - 밤", "카페", "night"),
    ]  # fmt: skip
    assert script.scenes[0].description == "Mina walks. She sits."
    assert script.scenes[0].dialogue == "MINA: Hello there. Still here.\nJACK: Go away!"
    assert script.scenes[0].lines[1].manner == "softly"
    assert proposed(script)[0] == [
        ("full", ""), ("close-up", "MINA: Hello there. Still here."), ("close-up", "JACK: Go away!"),
    ]  # fmt: skip
    assert proposed(script)[1:] == [
        [("full", ""), ("medium", "McCoy: Yippie")],
        [("full", ""), ("close-up", "민수: 가지 마.")],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Scene 1: park\nMina walks.\nMina: Hello.\n\nScene 2\nNight falls.", ["Mina: Hello.", ""]),
        ("S#1. 카페 안 / 낮\n민수가 앉아 있다.\n민수: 안녕\n지수 (웃으며): 사랑해!", ["민수: 안녕\n지수: 사랑해!"]),
        ("Mina walks.\nMina: Hello.\n\nJack sits.", ["Mina: Hello.", ""]),
        ("scene,heading,framing,action,characters,dialogue\n1,EXT. PARK - DAY,Full shot,walks,Mina,Hi\n2,A,,,,", ["Mina: Hi", ""]),
    ],
)  # fmt: skip
def test_other_scripts(text, said):
    assert [scene.dialogue for scene in scripts.read(text).scenes] == said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n", "The script is empty"),
        ("\n".join(f"Scene {n}\nHe walks." for n in range(500)), "has 500 scenes, and a board can have 200"),
        (b"\x00\x01\xff\xfe\x99", "no plain text"),
        ("scene,seconds\n1,long", "“long” is no number"),
        ("CUT TO:\n\n> THE END <\n", "no scene in this script"),
    ],
)
def test_bad_scripts_are_one_sentence(data, said):
    with pytest.raises(BadInput, match=said) as caught:
        scripts.read(data, "x.fountain" if "CUT" in str(data) else "")
    assert str(caught.value).count(". ") <= 1


def test_a_script_comes_onto_a_board_by_its_own_rules(store, board):
    boards.edit(store, board, settings={"rules": {"opening": {"framing": "medium"}}})
    brought = scripts.bring(store, board, scripts.read(FOUNTAIN))
    assert (len(brought.scenes), brought.shots, brought.characters) == (3, 7, ["MINA", "JACK", "McCoy", "민수"])
    view = storyboard.whole(store, board)
    assert [shot.framing for shot in view.scenes[0].shots] == ["medium", "close-up", "close-up"]
    assert [one.name for one in view.scenes[0].shots[1].characters] == ["MINA"]
    with pytest.raises(BadInput, match="opening: framing"):
        scripts.rules({"opening": {"framing": 3}})


def test_a_changed_script_changes_what_differs_alone(store, board):
    scripts.renew(store, board, scripts.read(FOUNTAIN))
    before = storyboard.whole(store, board)
    assert scripts.renew(store, board, scripts.read(FOUNTAIN)).scenes == []
    scripts.renew(store, board, scripts.read(FOUNTAIN.replace("Yippie", "Hello")))
    after = storyboard.whole(store, board)
    assert [one.id == other.id for one, other in zip(before.scenes, after.scenes, strict=True)] == [True] * 3
    assert after.scenes[1].shots[1].dialogue == "McCoy: Hello" and after.scenes[1].dialogue == "McCoy: Hello"
    assert [shot.id for _, shot in before.shots] == [shot.id for _, shot in after.shots]


LIST = """scene,heading,description,framing,angle,action,characters,seconds
1,EXT. PARK - DAY,A park.,full,,Mina walks in.,Mina,4
1,EXT. PARK - DAY,A park.,medium,,She sits.,Mina,3
1,EXT. PARK - DAY,A park.,close-up,,She smiles.,Mina,3
2,INT. CAFE - NIGHT,A cafe.,full,,Jack waits.,Jack,4
2,INT. CAFE - NIGHT,A cafe.,medium,,Jack waves.,Jack,2
"""


def told(store, board):
    """The facts of each shot, by its number."""
    view = storyboard.whole(store, board)
    return {
        shot.id: (shot.framing, shot.angle, shot.action, [one.name for one in shot.characters], shot.seconds)
        for _, shot in view.shots
    }


@pytest.mark.parametrize(
    ("old", "new", "place", "fact"),
    [
        ("close-up,,She smiles", "medium,,She smiles", 2, "framing"),
        ("medium,,She sits", "medium,low angle,She sits", 1, "angle"),
        ("waves.,Jack,2", "waves.,Jack,5", 4, "seconds"),
        ("waves.,Jack,2", 'waves.,"Jack, Mina",2', 4, "characters"),
        ("Jack waits", "Jack sleeps", 3, "action"),
    ],
)
def test_what_was_changed_in_a_shot_list_is_changed_alone(store, board, old, new, place, fact):
    scripts.renew(store, board, scripts.read(LIST, "l.csv"))
    before = storyboard.whole(store, board)
    assert scripts.renew(store, board, scripts.read(LIST.replace(old, new), "l.csv")) == ([], 0, [], (1, 0, 0))
    after = storyboard.whole(store, board)
    differ = [
        (at, one.id == other.id, getattr(one, fact) != getattr(other, fact), one.fingerprint != other.fingerprint)
        for at, ((_, one), (_, other)) in enumerate(zip(before.shots, after.shots, strict=True))
        if one != other
    ]
    assert differ == [(place, True, True, fact != "seconds")]


def test_marked_shots_in_fountain_are_renewed_too(store, board):
    text = "EXT. PARK - DAY\n\n[[shot: full | 4 s | Mina]]\n\nMina walks.\n\n[[shot: medium | Mina]]\n\nShe sits.\n"
    scripts.bring(store, board, scripts.read(text, "a.fountain"))
    before = told(store, board)
    scripts.renew(store, board, scripts.read(text.replace("medium", "close-up | low angle | 2 s"), "a.fountain"))
    first, second = before
    assert told(store, board) == {first: before[first], second: ("close-up", "low angle", "She sits.", ["Mina"], 2.0)}


def test_what_a_person_did_to_a_board_outlives_its_script(store, board):
    scripts.renew(store, board, scripts.read(LIST, "l.csv"))
    one, two, three, four, five = told(store, board)
    shots.edit(store, one, angle="high angle", framing="medium")
    shots.edit(store, two, prompt="a woman on a bench")
    takes.lock(store, three)
    shots.delete(store, five)
    own = shots.add(store, storyboard.whole(store, board).scenes[0].id, 1, action="A bird.").id
    mina = cast.all(store, board)[0]
    cast.edit(store, mina.id, name="Hana")
    rows = LIST.replace("full,,Mina walks in.", "close-up,,Mina runs in.").replace(",medium,", ",close-up,")
    new = (
        rows.replace(",Mina,3\n", ",Mina,6\n")
        + "2,INT. CAFE - NIGHT,A cafe.,full,,Snow.,,4\n3,EXT. SEA,,full,,Waves.,,3\n"
    )
    came = scripts.renew(store, board, scripts.read(new, "l.csv"))
    assert (len(came.scenes), came.shots, came.characters) == (1, 2, [])
    found = told(store, board)
    assert list(found)[:5] == [one, own, two, three, four] and five not in found and len(found) == 7
    assert found[one] == ("medium", "high angle", "Mina runs in.", ["Hana"], 4.0)
    assert found[two][0] == "medium" and found[two][4] == 6.0, "what its own words draw stays, its length does not"
    assert found[three] == ("close-up", "", "She smiles.", ["Hana"], 6.0)
    shots.unlock(store, two)
    scripts.renew(store, board, scripts.read(new, "l.csv"))
    assert told(store, board)[two][0] == "close-up"
    scripts.renew(store, board, scripts.read("".join(new.splitlines(True)[:1] + new.splitlines(True)[4:]), "l.csv"))
    assert list(told(store, board))[:4] == [one, own, three, four], (
        "a person's work stays where the file has it no more"
    )


def test_a_script_that_is_put_in_another_order_is_followed(store, board):
    scripts.renew(store, board, scripts.read(LIST, "l.csv"))
    a, b, c, d, e = told(store, board)
    head, *rows = LIST.splitlines(keepends=True)
    changed = scripts.read("".join([head, rows[4], rows[3], rows[2], rows[1]]), "l.csv")
    scripts.renew(store, board, changed)
    assert list(told(store, board)) == [e, d, c, b]
    shots.edit(store, b, seconds=9)
    scripts.undo(store, board)
    scripts.undo(store, board)
    assert list(told(store, board)) == [a, b, c, d, e] and told(store, board)[b][4] == 9
    assert scripts.renew(store, board, changed).counts == (0, 0, 1) and list(told(store, board)) == [e, d, c, b]
    grown = scripts.read(LIST + "3,EXT. SEA - DAY,,full,,Zoe swims.,Zoe,3\n", "l.csv")
    assert scripts.renew(store, board, grown).counts == (0, 2, 0) and cast.all(store, board)[-1].name == "Zoe"
    scripts.undo(store, board)
    assert list(told(store, board)) == [e, d, c, b] and [one.name for one in cast.all(store, board)] == ["Mina", "Jack"]
    other = boards.create(store, boards.get(store, board).project_id, "by hand")
    for heading in ("INT. CAFE - NIGHT", "INT. ATTIC"):
        shots.add(store, scenes.add(store, other.id, heading=heading, description="A cafe.").id, action="stays")
    scripts.renew(store, other.id, scripts.read("".join([head, *rows[3:]]), "l.csv"))
    assert actions(store, other.id) == ["stays", "stays"], (
        "what is on a board that knows no script counts as a person's"
    )


@pytest.mark.parametrize(
    ("text", "name", "named"),
    [
        ("mina's cat", "Mina", True), ("Minas cat", "Mina", False), ("Mina가 걷는다", "mina", True),
        ("민수가 온다", "민수", True), ("민수에게는 말한다", "민수", True), ("지훈이가 왔다", "지훈", True),
        ("민수정이 온다", "민수", False), ("김민수가 온다", "민수", False), ("Old Jo sits", "old jo", True),
    ],
)  # fmt: skip
def test_names_are_whole_words_with_any_particle(text, name, named):
    assert mentions(text, name) is named


def test_who_joins_later_is_put_into_the_shots_that_name_them(store, board):
    rows = [("EXT. SEA", "in a park", "HANA runs.", ""), ("EXT. SEA", "in a park", "Hanako runs.", "Jo: Hana, wait!"),
            ("EXT. SEA", "in a park", "Hana waves.", ""), ("EXT. SEA", "in a park", "Hana sits.", ""), ("", "", "", "")]  # fmt: skip
    made = []
    for heading, place, action, said in rows:
        one = scenes.add(store, board, heading=heading, location=place, description="Hana swims.")
        made.append(shots.add(store, one.id, action=action, dialogue=said).id)
    shots.edit(store, made[2], prompt="a hand")
    takes.lock(store, made[3])
    hana = cast.add(store, board, "A").id
    assert casting.put(store, hana) == [], "an article is nobody"
    cast.edit(store, hana, name="Hana")
    assert casting.put(store, hana) == [made[0], made[1], made[4]] and casting.put(store, hana) == []
    assert [len(shot.characters) for _, shot in storyboard.whole(store, board).shots] == [1, 1, 0, 0, 1]
    casting.take_out(store, hana, [made[1]])
    cast.delete(store, hana)
    assert casting.seen_in(store, hana) == [made[0], made[4]] and not only(store, board).characters
    cast.restore(store, hana)
    assert only(store, board).characters


# ── drawing ──────────────────────────────────────────────────────────────────
class Eyes:
    """A detector that finds faces of these heights, one look after the other; then none."""

    def __init__(self, *shares):
        self.shares, self.asked = list(shares), 0

    def find(self, shown, lenient=False):
        self.asked += 1
        share = self.shares.pop(0) if self.shares else 0.0
        height = shown[0].height
        return [[Face((0.0, 0.0, height * share, height * share), 0.99)] if share else []]

    def once(self, picture, detector):
        """`measure` with one look."""
        return measure(picture.resize((512, 512)), detector)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    return tiny.save_sd15(tmp_path_factory.mktemp("models") / "sd15")


@pytest.fixture(scope="session")
def warm():
    return Shelf("cpu")


@pytest.fixture
def draw(store, project, board, model, warm, monkeypatch):
    """Ask for the board and run the request at once, with faces of these heights; returns (job, eyes)."""
    bases.add(store, "tiny", str(model))
    boards.edit(store, board, base="tiny", settings={"steps": 2})

    def run(*shares, job=None, meet=None, **wishes):
        eyes = Eyes(*shares)
        monkeypatch.setattr(warm, "detector", lambda: eyes)
        monkeypatch.setattr(run_module, "measure", eyes.once)
        task = DrawStoryboard(board=board, **wishes)
        if job is None:
            queue.add(store, project.id, "storyboard", task, task.title(), task.lane)
            job = queue.claim(store, "tester", ("now",))
        context = Context(store, job, warm, "cpu")
        if meet:
            meet(context)
        run_storyboard(task, context)
        return queue.get(store, job.id), eyes

    return run


def test_what_did_not_change_is_not_drawn_again(store, board, scene, draw):
    job, _ = draw(0.3, 0.3, 0.3)
    first = storyboard.whole(store, board)
    assert (job.result["drawn"], job.result["framed"], job.result["measured"]) == (3, 3, 3)
    assert [(len(shot.takes), shot.take.ok, shot.changed) for _, shot in first.shots] == [(1, True, False)] * 3
    job, eyes = draw()
    assert eyes.asked == 0 and job.result["pictures"] == []
    shots.edit(store, only(store, board, 1).id, action="dances")
    assert [shot.changed for _, shot in storyboard.whole(store, board).shots] == [False, True, False]
    draw(0.3)
    assert [len(shot.takes) for _, shot in storyboard.whole(store, board).shots] == [1, 2, 1]
    assert pictures.get(store, only(store, board, 1).take.picture_id).kind == "shot"


def test_a_wrong_framing_is_tried_again_and_the_best_is_kept(store, board, scene, draw):
    shot = only(store, board).id
    shots.edit(store, shot, framing="close-up")
    draw(0.1, 0.4, 0.2, shots=[shot], tries=2)
    found = only(store, board)
    assert [take.framing for take in found.takes] == ["full", "medium", "full"] and found.take is found.takes[1]
    assert (
        found.note == "Asked for close-up, and it looks like medium." and len({take.seed for take in found.takes}) == 3
    )
    draw(0.2, 0.7, shots=[shot], again=True, tries=5)
    assert only(store, board).take.ok and len(only(store, board).takes) == 5 and only(store, board).note == ""


def test_no_face_in_a_close_up_is_said_and_no_error(store, board, scene, draw):
    mina = cast.add(store, board, "Mina", words="a woman").id
    shot = only(store, board).id
    shots.edit(store, shot, framing="close-up", characters=[mina])
    draw(shots=[shot], tries=0)
    assert only(store, board).note == "No face was found in this close-up." and only(store, board).take.ok is False


class Likenesses:
    """Sitters that find drawn faces this like the reference, one after the other."""

    same = 0.6

    def __init__(self, *found):
        self.found, self.asked = list(found), []

    def likeness(self, drawn, references):
        self.asked.append([file for file, _ in references])
        return self.found.pop(0)


def test_who_is_unlike_the_reference_picture_is_drawn_again_and_the_likest_kept(
    store, project, board, scene, draw, monkeypatch
):
    shown = pictures.add(store, project.id, paint(5), kind="input")
    mina = cast.add(store, board, "Mina", words="a woman", picture_id=shown.id).id
    shot = only(store, board).id
    shots.edit(store, shot, framing="medium", characters=[mina])
    sitters = Likenesses(0.2, 0.5, 0.3)
    monkeypatch.setattr(run_module, "Sitters", lambda *_: sitters)
    draw(0.3, 0.3, 0.3, shots=[shot], tries=2)
    found = only(store, board)
    assert [take.likeness for take in found.takes] == [0.2, 0.5, 0.3] and found.take is found.takes[1]
    assert (
        found.note.startswith("The face is unlike") and found.take.alike is False and sitters.asked[0] == [shown.file]
    )
    sitters.found = [0.7]
    draw(0.3, shots=[shot], tries=2, again=True)
    assert only(store, board).take.alike and only(store, board).note == ""
    sitters.found = [None]
    draw(0.3, shots=[shot], tries=2, again=True)
    assert len(only(store, board).takes) == 5 and only(store, board).takes[-1].alike is None


def test_likeness_is_told_by_the_faces():
    shown = {name: picture for name, picture, _ in people()}
    sitters, blank = Sitters(Mtcnn(torch.device("cpu")), folder.find("jobs.faces", "mini", FaceModel).load(MODELS, torch.device("cpu"))), Pictures.new("RGB", (256, 256), "white")  # fmt: skip
    anna, berta = ("anna", shown["anna0"]), ("berta", shown["berta0"])
    own, others = (sitters.likeness(shown["anna1"], [one]) for one in (anna, berta))
    assert own > sitters.same > others and np.isclose(
        sitters.likeness(shown["anna1"], [anna, berta]), (own + others) / 2
    )
    assert sitters.likeness(blank, [anna]) is None and sitters.likeness(shown["anna1"], [("blank", blank)]) is None


@pytest.mark.parametrize(
    ("said", "looks"),
    [
        (
            "a medium shot of a surprised man with light skin, spiky black hair and a beard, wearing a green shirt, in a park",
            "a man with light skin, spiky black hair and a beard, wearing a green shirt",
        ),
        ("a woman in a red dress standing in front of a building", "a woman in a red dress"),
        ("a portrait of a smiling woman, smiling at us", "a woman"),
        ("a close-up of an angry old man, plain gray background", "an old man"),
        ("in a park", "in a park"),
    ],
)
def test_looks_are_what_a_description_says_of_somebody(said, looks):
    assert appearance(said) == looks


def test_locked_takes_and_other_shots_stay(store, board, scene, draw):
    draw(0.3, 0.3, 0.3)
    takes.lock(store, only(store, board).id)
    shots.edit(store, only(store, board).id, action="else")
    job, _ = draw(0.3, 0.3, shots=[only(store, board, n).id for n in (0, 1)], again=True)
    assert [len(shot.takes) for _, shot in storyboard.whole(store, board).shots] == [1, 2, 1]
    takes.choose(store, only(store, board, 1).takes[0].id, locked=True)
    assert only(store, board, 1).take.id == only(store, board, 1).takes[0].id and only(store, board, 1).kept


def test_a_job_that_broke_off_goes_on_shot_by_shot(store, board, scene, draw):
    def meet(context):
        def progress(done, total, note="", seconds_left=None):
            if done > 2:
                raise Stopped

        context.progress = progress

    with pytest.raises(Stopped):
        draw(0.3, meet=meet, again=True)
    whole = storyboard.whole(store, board)
    assert [len(shot.takes) for _, shot in whole.shots] == [1, 0, 0]
    job = queue.running(store)[0]
    draw(0.3, 0.3, job=job, again=True)
    assert [len(shot.takes) for _, shot in storyboard.whole(store, board).shots] == [1, 1, 1]


def test_a_shot_may_begin_with_the_one_before_or_a_sketch(store, project, board, scene, draw):
    sketch = pictures.add(store, project.id, Pictures.new("RGB", (64, 64), "orange"), kind="input").id
    first, second = only(store, board).id, only(store, board, 1).id
    shots.edit(store, first, start="sketch", sketch_id=sketch, strength=0.5)
    shots.edit(store, second, start="previous", strength=0.5)
    draw(0.3, 0.3, 0.3)
    one, two = only(store, board), only(store, board, 1)
    assert pictures.get(store, one.take.picture_id).parent_id == sketch
    assert pictures.get(store, two.take.picture_id).parent_id == one.take.picture_id
    assert not two.changed
    draw(0.3, shots=[first], again=True)
    assert only(store, board, 2).changed is False
    assert only(store, board, 1).changed, "it began with a picture that is not the one before any more"


def test_what_cannot_be_drawn_is_said(store, board, draw):
    with pytest.raises(BadInput, match="no shot on this board"):
        draw()
    row = scenes.add(store, board)
    shots.add(store, row.id, prompt="<zz_trg> a fox")
    with pytest.raises(BadInput, match="knows the token <zz_trg>"):
        draw()
    shots.add(store, row.id, action="a fox")
    boards.edit(store, board, settings={"steps": 0})
    with pytest.raises(BadInput, match="setting “steps” cannot be 0"):
        draw()
    boards.edit(store, board, settings={"steps": 2})
    draw()
    assert only(store, board).note and only(store, board, 1).take


def test_a_characters_lora_is_in_its_shots_alone(store, project, board, scene, draw, tmp_path):
    file = save_lora(tmp_path / "mina.safetensors", tiny.sd15(), 1)
    lora = loras.add(store, project.id, file, name="mina", family="sd15", base="tiny", trigger="MINA").id
    shots.edit(store, only(store, board).id, characters=[cast.add(store, board, "Mina", lora_id=lora, weight=0.7).id])
    draw(0.3, 0.3, 0.3)
    rows = [pictures.get(store, shot.take.picture_id) for _, shot in storyboard.whole(store, board).shots]
    assert [[part["weight"] for part in row.blend] for row in rows] == [[0.7], [], []]
    assert "MINA" in rows[0].prompt and "MINA" not in rows[1].prompt


def test_framing_is_measured_by_the_face():
    small, eyes = Pictures.new("RGB", (128, 128)), Eyes(0.0, 0.1, 0.5)
    assert measure(small, eyes) == Measured("close-up", 0.5) and eyes.asked == 3
    assert measure(small, Eyes(0, 0, 0, 0.3)) == Measured("medium", 0.3), "it looks again, less strictly"
    assert measure(small, Eyes()) == Measured("", 0.0)
    assert verdict("full", Measured("full", 0.1), True) and verdict("insert", Measured("full", 0.1), True) is None
    assert (
        verdict("close-up", Measured("", 0.0), True) is False and verdict("close-up", Measured("", 0.0), False) is None
    )
    assert np.isclose(miss("medium", Measured("close-up", 0.5)), 0.07)


def test_a_grid_of_prompts_by_tokens():
    sides = {"x": Axis(setting="token", values=["<a>", "<b>"]), "y": Axis(setting="prompt", values=["a fox", "a hen"])}
    assert [cell.task.prompt for cell in SweepPictures(**sides).cells()] == [
        "<a> a fox",
        "<b> a fox",
        "<a> a hen",
        "<b> a hen",
    ]


# ── the command line ─────────────────────────────────────────────────────────
def test_a_script_on_the_command_line(store, project, tmp_path, capsys):
    script = tmp_path / "letter.fountain"
    script.write_text(FOUNTAIN, encoding="utf-8")
    words = ["storyboard", str(script), "--home", str(store.home), "--no-pictures"]
    paint(1).save(tmp_path / "mina.png")
    asked = [
        "--character",
        "Mina=a woman",
        "--reference",
        f"Mina={tmp_path / 'mina.png'}",
        "--style",
        "flat style",
        "--steps",
        "5",
        "--board",
        "Film",
    ]
    assert main([*words, *asked]) == 0 and main(words[:1] + words[2:] + ["--board", "Film"]) == 0
    assert capsys.readouterr().out == "Film: 3 scenes, 7 shots, 0 with a picture, 21.5 s.\n" * 2
    view = storyboard.whole(store, boards.named(store, project.id, "Film").id)
    assert (view.style, view.settings["steps"], view.cast[0].words) == ("flat style", 5, "a woman")
    assert pictures.get(store, view.cast[0].picture_id).kind == "input"
    script.write_text(FOUNTAIN.replace("She sits.", "She and Jack sit."), encoding="utf-8")
    assert main([*words, "--board", "Film", "--rename", "JACK=Jack", "민수=She", "--character", "Hello=a bird"]) == 0
    told = capsys.readouterr().err
    assert "Shots that the script changed: 1; that came: 0; that went: 0." in told
    assert "She is now in 1 shot that names them." in told and "Hello is now in 1 shot that names them." in told
    assert [one.name for one in only(store, view.id).characters] == ["MINA", "Jack", "She"]
    for wrong, said in [
        (["--rename", "Nobody=Else"], "no character called “Nobody”"),
        (["--blend", "fox"], "no LoRA called “fox”"),
        (["--character", "Mina"], "not NAME=LORA"),
        (["--reference", "Mina=no.png"], "no picture no.png"),
    ]:
        assert main([*words, *wrong]) == 1
        assert said in capsys.readouterr().err
    assert main(["storyboard", "--home", str(store.home), "--board", "Play"]) == 1
    assert main(["storyboard", "--home", str(store.home), "--prompts", str(tmp_path / "none.txt")]) == 1
