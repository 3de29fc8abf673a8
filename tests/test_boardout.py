"""What comes out of a storyboard says what the board says, and the zip comes in again as the same board."""

import html.parser
import json
import re
import zipfile
from dataclasses import replace

import imageio_ffmpeg
import pypdfium2
import pytest
from PIL import Image as Pictures

from door import demonstration
from door.main import main
from jobs.context import Context
from jobs.shelf import Shelf
from jobs.tasks.board import DeliverBoard
from jobs.tasks.pack import PackPictures
from storage import (
    boardin,
    boardout,
    boards,
    cast,
    delivered,
    fonts,
    panels,
    pictures,
    queue,
    scenes,
    scripts,
    shots,
    storyboard,
)
from storage.board_tables import Take
from storage.boardout import Order, animatic
from storage.errors import BadInput, NotFound, Stopped
from storage.panels import Panel, Part, Reel, clock
from tests.conftest import paint

WORDS = "미나: 길이 막혔어. 미안해, 정말로."
needs_korean = pytest.mark.skipif(fonts.korean() is None, reason="no typeface with Korean letters")


@pytest.fixture
def board(store, project):
    """Two scenes of three shots, drawn but for the last; Korean dialogue, a locked prompt, a sketch, two takes."""
    row = boards.create(store, project.id, "편지", shape="16:9", seed=5)
    june = cast.add(store, row.id, "June", words="a woman with red hair")
    for number in range(2):
        scene = scenes.add(store, row.id, heading=f"INT. KITCHEN {number} - NIGHT", location="kitchen", time="night")
        for place in range(3):
            shot = shots.add(
                store, scene.id, framing="full" if place else "close-up", angle="low angle", action=f"June turns {place}",
                dialogue=WORDS if place == 1 else "", characters=[june.id], notes="dim light", seconds=1 + place / 2,
            )  # fmt: skip
            for take in range(0 if number and place == 2 else 1 + (place == 1)):
                _draw(store, project, row.id, shot.id, 10 * number + 3 * place + take)
    first = next(shot for _, shot in storyboard.whole(store, row.id).shots)
    shots.edit(store, first.id, prompt="by hand", sketch_id=pictures.add(store, project.id, paint(99)).id)
    return row


def _draw(store, project, board_id, shot_id, number):
    picture = pictures.add(store, project.id, paint(number, (96, 54)), kind="made", prompt="June", seed=number)
    mark = next(shot.fingerprint for _, shot in storyboard.whole(store, board_id).shots if shot.id == shot_id)
    with store.session() as session:
        session.add(Take(shot_id=shot_id, picture_id=picture.id, seed=number, fingerprint=mark))
        session.commit()


@pytest.fixture
def reel(store, board):
    return panels.of(store, board.id)


def plain(count=2, **fields):
    """A board of so many undrawn shots in Latin letters."""
    fields = {"action": "She waits — “here”.", "seconds": 0.5} | fields
    return Reel(
        "Plain", (Part(1, "INT. ROOM - DAY", panels=tuple(Panel(n + 1, 1, n + 1, **fields) for n in range(count))),)
    )


def pages(path):
    """The text of each page of a PDF."""
    document = pypdfium2.PdfDocument(path)
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


@needs_korean
@pytest.mark.parametrize(("per_page", "count"), [(2, 3), (3, 2), (6, 1)])
def test_a_pdf_holds_every_shot_with_its_words_and_page_numbers(reel, tmp_path, per_page, count):
    found = pages(boardout.write("pdf", reel, tmp_path / "b.pdf", Order(per_page, "en")))
    assert len(found) == count
    assert [f"{number} / {count}" in page for number, page in enumerate(found, 1)] == [True] * count
    text = " ".join(" ".join(found).split())
    for panel in reel.panels:
        assert panel.name in text and panel.action in text
    assert text.count("길이 막혔어") == 2 and text.count("dim light") == 6 and "Dialogue" in text and "편지" in text
    document = pypdfium2.PdfDocument(tmp_path / "b.pdf")
    ink = document[0].render(scale=0.5).to_pil().convert("L").getextrema()
    assert ink[0] < 100 and ink[1] == 255


def test_text_that_fits_no_box_stands_in_full_at_the_end(tmp_path):
    long = " ".join(f"word{number}" for number in range(900))
    found = pages(boardout.write("pdf", plain(1, action=long), tmp_path / "b.pdf", Order(6, face=None)))
    assert "word899" not in found[0] and "word899" in " ".join(found[1:]) and "what did not fit" in found[1]


def test_without_a_typeface_latin_goes_out_and_korean_says_what_to_install(reel, tmp_path):
    found = pages(boardout.write("pdf", plain(), tmp_path / "b.pdf", Order(face=None)))
    assert 'She waits - "here".' in found[0]
    for kind in ("pdf", "sheet", "animatic", "gif"):
        with pytest.raises(BadInput, match="fonts-noto-cjk"):
            boardout.write(kind, reel, tmp_path / "c", Order(face=None))
    assert fonts.korean((tmp_path,)) is None
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["b.pdf"]


@needs_korean
def test_a_sheet_shows_every_picture(reel, tmp_path):
    with Pictures.open(boardout.write("sheet", reel, tmp_path / "b.png")) as sheet:
        assert sheet.format == "PNG" and sheet.width > 900
        with Pictures.open(reel.panels[0].picture) as first:
            middle = first.convert("RGB").getpixel((48, 27))
        near = sheet.convert("RGB").getpixel((24 + 160, 64 + 90))
    assert max(abs(a - b) for a, b in zip(middle, near)) < 12


class Reader(html.parser.HTMLParser):
    """Which addresses a page speaks of, and how many slides it has."""

    def __init__(self):
        super().__init__()
        self.addresses, self.slides = [], 0

    def handle_starttag(self, tag, attrs):
        self.slides += tag == "article"
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data", "action", "srcset")]


def test_slides_ask_nothing_of_the_network(reel, tmp_path):
    hostile = Reel("<script>alert(1)</script>", plain(1, action='<img src="https://x.example/a.png">').parts)
    text = boardout.write("html", hostile, tmp_path / "h.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text and "<img src=" not in text
    text = boardout.write("html", reel, tmp_path / "b.html").read_text(encoding="utf-8")
    page = Reader()
    page.feed(text)
    assert page.slides == 6 and len(page.addresses) == 5
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert not re.search(r"https?:|url\(|@import|fetch\(", text) and "default-src 'none'" in text and WORDS in text


@needs_korean
def test_an_animatic_lasts_as_long_as_its_shots(reel, tmp_path, monkeypatch):
    monkeypatch.setattr(animatic, "LONGEST", 320)
    told = []
    order = Order(progress=lambda done, total: told.append(done / total))
    film = boardout.write("animatic", reel, tmp_path / "b.mp4", order)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(film)
    assert (frames, round(seconds, 2)) == (round(24 * reel.seconds), round(reel.seconds, 2))
    assert told == sorted(told) and told[-1] > 0.9
    with Pictures.open(boardout.write("gif", reel, tmp_path / "b.gif")) as moving:
        times = []
        for place in range(moving.n_frames):
            moving.seek(place)
            times.append(moving.info["duration"])
    assert sum(times) == 1000 * reel.seconds


@needs_korean
def test_subtitles_are_burnt_in_and_share_the_shot(reel):
    from storage.boardout import _cues

    shot = reel.panels[1]
    (still, seconds), *_ = _cues.stills(Reel("x", (Part(1, panels=(shot,)),)), 640, Order())
    foot = still.crop((0, 300, 640, 360)).convert("L").getextrema()
    assert seconds == shot.seconds and foot[1] > 250
    many = Panel(1, 1, 1, dialogue="A: " + "words and words " * 20, seconds=6)
    shared = _cues.cues(many, (640, 360), Order(face=None))
    assert len(shared) > 1 and sum(time for _, time in shared) == pytest.approx(6)
    assert "".join(word for lines, _ in shared for word in lines).count("words") == 40


def test_what_cannot_be_encoded_stops_and_leaves_nothing(tmp_path, monkeypatch):
    def stop(done, total):
        raise Stopped

    with pytest.raises(Stopped):
        boardout.write("animatic", plain(), tmp_path / "b.mp4", Order(face=None, progress=stop))
    monkeypatch.setattr(animatic, "program", lambda: None)
    with pytest.raises(BadInput, match="imageio-ffmpeg"):
        boardout.write("animatic", plain(), tmp_path / "b.mp4")
    assert boardout.possible("animatic") == "gif" and list(tmp_path.iterdir()) == []


def test_a_shot_list_is_read_again(reel, tmp_path):
    script = scripts.read(boardout.write("csv", reel, tmp_path / "b.csv").read_bytes(), "b.csv")
    assert [scene.heading for scene in script.scenes] == [part.heading for part in reel.parts]
    found = [shot for scene in script.scenes for shot in scene.shots]
    for shot, panel in zip(found, reel.panels, strict=True):
        assert shot["action"] == panel.action and shot["seconds"] == panel.seconds and shot["characters"] == ["June"]
        assert shot.get("dialogue", "") == panel.dialogue and shot.get("prompt", "") == (
            panel.prompt if panel.locked else ""
        )


def test_fountain_is_read_again_and_names_every_shot(reel, tmp_path):
    text = boardout.write("fountain", reel, tmp_path / "b.fountain").read_text(encoding="utf-8")
    assert re.findall(r"\[\[shot: ([\d.]+) \|", text) == [panel.name for panel in reel.panels]
    assert "[[shot: 1.2 | full | low angle | 1.5 s | June | notes: dim light]]" in text
    script = scripts.read(text, "b.fountain")
    assert script.title == "편지" and [scene.heading for scene in script.scenes] == [
        part.heading for part in reel.parts
    ]
    assert script.scenes[0].dialogue == WORDS and "June turns 2" in script.scenes[0].description


def test_a_script_goes_through_fountain_unchanged(store, project, tmp_path):
    written = scripts.read(demonstration.SCRIPT.read_bytes(), "s.fountain")
    board = boards.create(store, project.id, written.title)
    scripts.bring(store, board.id, written)
    again = boardout.write("fountain", panels.of(store, board.id), tmp_path / "s.fountain")
    found = scripts.read(again.read_bytes(), "s.fountain")
    assert replace(found, scenes=tuple(replace(scene, shots=()) for scene in found.scenes)) == written
    other = boards.create(store, project.id, "again")
    scripts.bring(store, other.id, found)
    told = [panels.of(store, row.id).panels for row in (board, other)]
    columns = ("name", "framing", "angle", "action", "dialogue", "notes", "characters", "seconds", "prompt")
    assert [[getattr(panel, name) for name in columns] for panel in told[1]] == [
        [getattr(panel, name) for name in columns] for panel in told[0]
    ]


def test_shots_marked_by_notes_come_back_as_they_were(reel, tmp_path):
    script = scripts.read(boardout.write("fountain", reel, tmp_path / "b.fountain").read_bytes(), "b.fountain")
    for shot, panel in zip((shot for scene in script.scenes for shot in scene.shots), reel.panels, strict=True):
        assert (shot["framing"], shot.get("angle", ""), shot["seconds"]) == (panel.framing, panel.angle, panel.seconds)
        assert shot["action"] == " ".join(panel.action.split()) and shot["characters"] == list(panel.characters)
        assert shot.get("notes", "") == panel.notes and shot.get("prompt", "") == (panel.prompt if panel.locked else "")
    plain = scripts.read("INT. ROOM - DAY\n\n[[shot: close-up]]\n\nShe waits. [[ask Jo]]\n\n[[Shot: full | 2 sec]]\n")
    assert plain.scenes[0].shots == (
        {"action": "She waits.", "dialogue": "", "characters": [], "framing": "close-up"},
        {"action": "", "dialogue": "", "characters": [], "framing": "full", "seconds": 2.0},
    )


def test_a_zip_comes_in_as_the_same_board(store, project, board, tmp_path):
    file = boardout.write("zip", panels.of(store, board.id), tmp_path / "b.zip")
    with zipfile.ZipFile(file) as archive:
        assert {"board.json", "pictures/1.1.png", "pictures/1.2_2.png"} <= set(archive.namelist())
    brought = boardin.bring(store, project.id, file)
    old, new = panels.of(store, board.id), panels.of(store, brought.board_id)
    assert brought.notes == [] and new.title == "편지 2" and new.parts == old.parts and new.ratio == old.ratio
    before, after = (storyboard.whole(store, number) for number in (board.id, brought.board_id))
    assert [shot.changed for _, shot in after.shots] == [shot.changed for _, shot in before.shots]
    same = {"name", "scenes", "pictures"}
    assert {key: value for key, value in new.document.items() if key not in same} == {
        key: value for key, value in old.document.items() if key not in same
    }
    assert new.document["pictures"].keys() == old.document["pictures"].keys()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found | {"storyboard": 9}, "storyboard"),
        (lambda found: found["scenes"][0]["shots"][0].update(seconds=-1), "seconds"),
        (lambda found: found["board"].update(shape="banana"), "shape"),
        (lambda found: found["board"].update(framings=[]), "framings"),
    ],
)
def test_a_zip_that_says_nonsense_is_refused_in_a_sentence(store, project, reel, tmp_path, change, said):
    document = json.loads(json.dumps(reel.document))
    document = change(document) or document
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("board.json", json.dumps(document))
    with pytest.raises(BadInput, match=said):
        boardin.bring(store, project.id, tmp_path / "b.zip")
    assert len(boards.all(store, project.id)) == 1


def test_what_is_no_board_is_refused_and_lost_pictures_are_told(store, project, reel, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"no zip at all")
    with pytest.raises(BadInput, match="not a zip"):
        boardin.bring(store, project.id, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("board.json", json.dumps(reel.document))
    brought = boardin.bring(store, project.id, tmp_path / "b.zip")
    assert len(brought.notes) == len(reel.files) and not any(
        panel.picture for panel in panels.of(store, brought.board_id).panels
    )
    with pytest.raises(BadInput, match="no shots"):
        boardout.write("pdf", Reel("Empty"), tmp_path / "c.pdf")
    with pytest.raises(BadInput, match="2, 3 or 6"):
        Order(4)


def test_a_job_writes_a_file_to_download(store, project, board):
    task = DeliverBoard(board=board.id, kind="csv")
    job = queue.add(store, project.id, "board", task, task.title(), task.lane)
    with pytest.raises(NotFound, match="wrote no file"):
        delivered.made(store, job.id)
    task.run(Context(store, queue.claim(store, "t", ("now",)), Shelf("cpu"), "cpu"))
    assert delivered.made(store, job.id).name == "편지.csv"
    assert {name for name in boardout.names() if not boardout.slow(name, 6)} == {
        "csv",
        "fountain",
        "html",
        "pdf",
        "sheet",
        "zip",
    }


def test_pictures_are_packed_by_a_job_and_on_the_command_line(store, project, tmp_path, capsys):
    kept = [pictures.add(store, project.id, paint(n), kind="made", seed=n, rating=n).id for n in range(3)]
    task = PackPictures(pictures=kept, template="{seed}")
    job = queue.add(store, project.id, "pack", task, task.title(), task.lane)
    task.run(Context(store, queue.claim(store, "t", ("now",)), Shelf("cpu"), "cpu"))
    with zipfile.ZipFile(delivered.made(store, job.id)) as archive:
        assert archive.namelist() == ["0.png", "1.png", "2.png"]
    words = ["pack", "--home", str(store.home), "--out", str(tmp_path / "p.zip"), "--template", "{seed}"]
    assert main([*words, "--rating", "2"]) == 0 and main([*words, str(kept[0]), "--template", "{x}"]) == 1
    said = capsys.readouterr()
    assert "p.zip" in said.out and "no placeholder {x}" in said.err
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.namelist() == ["2.png"]
    store.files.path(pictures.get(store, kept[1]).file).unlink()
    assert main([*words, "--rating", "1"]) == 1 and "cannot be written" in capsys.readouterr().err


def test_the_shipped_board_comes_in_and_goes_out_on_the_command_line(tmp_path, capsys):
    home, out = ["--home", str(tmp_path / "home")], tmp_path / "out.fountain"
    assert (
        main(["board", *home, "--bring", str(demonstration.BOARD), "--fountain", str(out), "--html", str(tmp_path)])
        == 0
    )
    assert "watercolor" in capsys.readouterr().err
    assert "EXT. BEACH - DAY" in out.read_text(encoding="utf-8") and (tmp_path / "The Red Cap.html").is_file()
    assert main(["board", *home, "The Red Cap"]) == 0
    assert capsys.readouterr().out.count(" · drawn · ") == 13
    assert main(["board", *home, "Nowhere"]) == 1 and "The Red Cap" in capsys.readouterr().err


def test_a_script_becomes_a_pdf_in_one_command(tmp_path, capsys):
    (tmp_path / "tale.txt").write_text("S#1. INT. ROOM - DAY\n\nA cat sleeps.\n", encoding="utf-8")
    words = ["storyboard", str(tmp_path / "tale.txt"), "--no-pictures", "--pdf", str(tmp_path / "tale.pdf")]
    assert main([*words, "--home", str(tmp_path / "home"), "--per-page", "2"]) == 0
    assert "tale.pdf" in capsys.readouterr().out and "A cat sleeps" in pages(tmp_path / "tale.pdf")[0]


def test_the_demonstration_knows_its_look_and_how_it_was_made(store, project):
    demonstration.keep_lora(store, project)
    brought = boardin.bring(store, project.id, demonstration.BOARD)
    view = storyboard.whole(store, brought.board_id)
    assert (
        brought.notes == []
        and len(view.blend) == 1
        and view.settings["origin"]["made_by"] == "python app.py demo-board"
    )
    assert [shot.number for _, shot in view.shots if shot.changed] == []


def test_names_lengths_and_lines():
    assert [clock(2.5), clock(65)] == ["2.5 s", "1:05"]
    assert panels.speaker("JUNE: why") == ("JUNE", "why") and panels.speaker("just this") == ("", "just this")
    assert fonts.lines("a bb cccccc", 3, len) == ["a", "bb", "ccc", "ccc"]
    assert fonts.clipped("abcdef", 4, len) == "abc…"
