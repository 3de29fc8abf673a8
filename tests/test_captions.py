"""Captions in bulk: what a preview shows is what is done and undone; words, advice, and the table's round trip."""

import base64
import csv
import io
import time

import pytest

from door.main import main
from storage import (
    advice,
    captions,
    changes,
    datasets,
    differences,
    imports,
    rewording,
    roundtrip,
    sheets,
    vocabulary,
    wording,
)
from storage.errors import BadInput
from storage.rewording import Desk, Fields
from storage.tables import Inspection
from tests.conftest import paint
from tests.page import call, serving


def reword(caption, edit, trigger="FOX"):
    return rewording.reword(rewording.read(edit), caption, Fields(trigger=trigger, name="a.png"), Desk())


@pytest.fixture
def foxes(store, project, tmp_path):
    """Five pictures: four with captions, the last without."""
    row = datasets.create(store, project.id, "foxes", trigger="FOX")
    texts = ["a FOX with a red hat", "a FOX with a blue hat", "FOX, smiling", "an old man with red hair", ""]
    for number, text in enumerate(texts):
        paint(number).save(tmp_path / f"여우 {number}.png")
        [image] = imports.bring(store, row.id, [tmp_path / f"여우 {number}.png"]).added
        captions.add(store, image.id, text, "hand")
    return row


def texts(store, row):
    images = datasets.images(store, row.id)
    words = captions.current(store, [image.id for image in images])
    return [words.get(image.id, "") for image in images]


# ── edits ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        ({"kind": "replace", "find": "red", "put": "green"}, "a Red hat, tired", "a green hat, tigreen"),
        ({"kind": "replace", "find": "red", "put": "green", "words": True}, "a Red hat, tired", "a green hat, tired"),
        ({"kind": "replace", "find": "red", "put": "green", "case": True}, "a Red red hat", "a Red green hat"),
        ({"kind": "replace", "find": "h.t (x)", "put": r"\1"}, "a hat h.t (x)", r"a hat \1"),
        ({"kind": "replace", "find": r"(\w+) hat", "put": r"hat of \1", "regex": True}, "a red hat", "a hat of red"),
        ({"kind": "replace", "find": " ,", "put": ","}, "모자 , 여우", "모자, 여우"),
        ({"kind": "prefix", "text": "a drawing of "}, "a hat", "a drawing of a hat"),
        ({"kind": "prefix", "text": "a drawing of"}, "A drawing of a hat", "A drawing of a hat"),
        ({"kind": "prefix", "text": "a drawing of", "remove": True}, "A drawing of a hat", "a hat"),
        ({"kind": "suffix", "text": ", plain"}, "a hat", "a hat, plain"),
        ({"kind": "suffix", "text": "at night"}, "a hat", "a hat at night"),
        ({"kind": "suffix", "text": ", plain", "remove": True}, "a hat, plain", "a hat"),
        ({"kind": "prefix", "text": "x"}, "", ""),
        ({"kind": "template", "text": "{trigger}, {framing}, {caption}"}, "a FOX hat", "FOX, a hat"),
        ({"kind": "template", "text": "{caption} {trigger}"}, "", ""),
        ({"kind": "template", "text": "{trigger} {name}"}, "", "FOX a.png"),
        ({"kind": "tags", "order": "alphabet"}, "solo, Hat, bow, hat", "bow, Hat, solo"),
        ({"kind": "tags", "first": ["hat"], "drop": ["SOLO"]}, "bow, solo, hat, FOX", "FOX, hat, bow"),
        ({"kind": "tags", "once": False}, "b , b,a", "b, b, a"),
        ({"kind": "trigger", "form": "comma"}, "a FOX hat", "FOX, a hat"),
        ({"kind": "trigger", "form": "worked in"}, "a hat", "A FOX hat"),
        ({"kind": "trigger", "remove": True}, "FOX, a hat", "a hat"),
        ({"kind": "tidy"}, "a man with a mustache and mustache", "a man with a mustache"),
    ],
)
def test_each_edit_does_what_it_says(edit, before, after):
    assert reword(before, edit) == after


@pytest.mark.parametrize(
    ("framing", "before", "after"),
    [
        ("close-up", "a close-up of a woman, smiling", "<cu_trg> a woman, smiling"),
        ("medium", "<cu_trg> a fox, Medium Shot, hat", "<ms_trg> a fox, hat"),
        ("full", "", "<fs_trg>"),
        ("", "a close-up of a woman", "a close-up of a woman"),
    ],
)
def test_a_shot_token_takes_the_place_of_words_for_its_framing(framing, before, after):
    edit = rewording.read({"kind": "shots"})
    made = rewording.reword(edit, before, Fields(framing=framing), Desk())
    assert made == after == rewording.reword(edit, made, Fields(framing=framing), Desk())


def test_the_most_common_tags_come_first():
    desk = Desk()
    desk.common.update({"solo": 3, "bow": 1, "hat": 2})
    edit = rewording.read({"kind": "tags", "order": "common"})
    assert rewording.reword(edit, "bow, hat, solo, cup", Fields(), desk) == "solo, hat, bow, cup"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ({"kind": "replace", "find": "(", "regex": True}, "“\\(” is no regular expression: missing \\)"),
        ({"kind": "replace", "find": "h", "put": r"\7", "regex": True}, r"“\\7” cannot be put in place"),
        ({"kind": "replace", "find": ""}, "“find” of this edit cannot be used"),
        ({"kind": "replace", "find": "x" * 501}, "“find” of this edit cannot be used"),
        ({"kind": "replace", "find": "h", "put": "h" * 500, "regex": True}, None),
        ({"kind": "replace", "find": "", "regex": True, "put": "x"}, "“find”"),
        (
            {"kind": "replace", "find": "()", "regex": True, "put": "x" * 400},
            "would have .* characters; 4000 are the most",
        ),
        ({"kind": "template", "text": "{wish}"}, "knows no “{wish}”; it knows caption, trigger"),
        ({"kind": "shout"}, "“kind” of this edit"),
        ({"kind": "tidy", "loud": 1}, "“tidy loud”|“loud” of this edit"),
        ({}, "“kind” of this edit"),
    ],
)
def test_an_edit_that_cannot_be_done_is_one_sentence(edit, says):
    if says is None:
        assert len(reword("hat", edit)) == 502
        return
    with pytest.raises(BadInput, match=says):
        reword("a hat on a head", edit)


def test_a_trigger_edit_needs_a_trigger():
    with pytest.raises(BadInput, match="no trigger word yet"):
        reword("a hat", {"kind": "trigger"}, trigger="")


@pytest.mark.parametrize("pattern", [r"(a|aa)+$", r"(.*a){25}b", r"(?:a?){60}a{60}b"])
def test_a_pattern_that_would_take_for_ever_is_stopped(pattern, monkeypatch):
    monkeypatch.setattr(rewording, "SECONDS", 0.3)
    began = time.monotonic()
    try:
        reword("a" * 60 + "b!", {"kind": "replace", "find": pattern, "regex": True})
    except BadInput as error:
        assert "takes too long" in str(error)
    assert time.monotonic() - began < 3


def test_at_least_one_of_these_patterns_really_takes_for_ever(monkeypatch):
    monkeypatch.setattr(rewording, "SECONDS", 0.3)
    with pytest.raises(BadInput, match="takes too long on “aaa"):
        reword("a" * 60 + "b!", {"kind": "replace", "find": r"(a|aa)+$", "regex": True})


# ── preview, apply, undo ─────────────────────────────────────────────────────
def test_what_is_previewed_is_what_is_done_and_undone_as_one_step(store, foxes):
    edit = rewording.read({"kind": "replace", "find": "hat", "put": "cap"})
    seen = wording.preview(store, foxes.id, edit)
    before = texts(store, foxes)
    assert [(row.before, row.after) for row in seen.rows] == [
        ("a FOX with a red hat", "a FOX with a red cap"),
        ("a FOX with a blue hat", "a FOX with a blue cap"),
    ]
    assert seen.looked == 5 and texts(store, foxes) == before, "looking changes nothing"
    change = wording.apply(store, foxes.id, edit, seen=seen.version)
    assert texts(store, foxes) == [row.after for row in seen.rows] + before[2:]
    assert (change.kind, change.facts["find"], change.facts["put"]) == ("replace", "hat", "cap")
    assert wording.apply(store, foxes.id, edit) is None, "nothing is left to change"
    assert changes.undo(store, change.id) == (2, 0)
    assert texts(store, foxes) == before


def test_some_pictures_alone_and_some_left_as_they_are(store, foxes):
    ids = [image.id for image in datasets.images(store, foxes.id)]
    edit = rewording.read({"kind": "suffix", "text": ", outside"})
    assert [row.image.id for row in wording.preview(store, foxes.id, edit, ids[1:]).rows] == ids[1:4]
    wording.apply(store, foxes.id, edit, only=ids[:3], leave=[ids[1]])
    assert [text.endswith("outside") for text in texts(store, foxes)] == [True, False, True, False, False]


def test_a_preview_that_is_out_of_date_is_refused(store, foxes):
    edit = rewording.read({"kind": "prefix", "text": "x"})
    seen = wording.preview(store, foxes.id, edit)
    captions.add(store, datasets.images(store, foxes.id)[4].id, "a new one", "hand")
    with pytest.raises(BadInput, match="changed since the preview"):
        wording.apply(store, foxes.id, edit, seen=seen.version)
    assert not any(text.startswith("x") for text in texts(store, foxes))


def test_a_template_knows_the_framing_that_the_checks_found(store, foxes):
    first, second, *_ = datasets.images(store, foxes.id)
    with store.session() as session:
        session.add(Inspection(image_id=first.id, file=first.file, framing="close-up"))
        session.add(Inspection(image_id=second.id, file="another one", framing="full"))
        session.commit()
    edit = rewording.read({"kind": "template", "text": "{framing}, {caption}, {stem}"})
    said = [row.after for row in wording.preview(store, foxes.id, edit).rows]
    assert said[:2] == ["close-up, a FOX with a red hat, 여우 0", "a FOX with a blue hat, 여우 1"]


# ── differences, words ───────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("before", "after"),
    [("a red hat", "a blue hat, smiling"), ("", "a hat"), ("a hat", ""), ("빨간 모자", "파란 모자"), ("same", "same")],
)
def test_a_difference_holds_both_texts(before, after):
    pieces = differences.between(before, after)
    assert "".join(text for kind, text in pieces if kind != "+") == before
    assert "".join(text for kind, text in pieces if kind != "-") == after


def test_a_difference_is_told_by_words():
    assert differences.between("a red hat on", "a 파란 모자 on") == [
        ("=", "a "),
        ("-", "red hat"),
        ("+", "파란 모자"),
        ("=", " on"),
    ]
    assert differences.between("a red hat", "a blue hat") == [("=", "a "), ("-", "red"), ("+", "blue"), ("=", " hat")]


def test_words_are_counted_by_captions_and_small_ones_left_out():
    said = ["a red hat on a red chair", "the Red fox", "a hat"]
    found = {word.word: (word.captions, word.times) for word in vocabulary.count(said)}
    assert found == {"red": (2, 3), "hat": (2, 2), "chair": (1, 1), "fox": (1, 1)}
    assert vocabulary.count(said, "tags")[0].word in said
    assert vocabulary.kind(["1girl, solo, hat", "a man, with a hat, who sits by the sea", "bow, cat, cup"]) == "tags"


def test_words_that_stand_together_are_offered_together():
    said = ["a man with dark skin and a hat", "a woman with dark skin", "a man with dark skin, dark sky", "hat, a man"]
    found = [word.word for word in vocabulary.frequent(said)]
    assert "dark skin" in found and "skin" not in found
    assert {"man", "hat"} <= set(found) and "woman" not in found, "what only one says is no help"


# ── advice ───────────────────────────────────────────────────────────────────
def points(said, likeness=None, trigger="FOX", teaches=""):
    return {point.kind: point for point in advice.points(dict(enumerate(said)), likeness or {}, trigger, teaches)}


def test_a_person_s_lasting_traits_are_flagged_and_changing_ones_are_not():
    said = [f"a FOX woman with blonde hair in a {colour} dress" for colour in ("red", "blue", "green", "pink", "grey")]
    said += ["a beautiful FOX woman with blue eyes, black hair"]
    found = points(said, teaches="person")["person"]
    assert dict(found.words) == {"blonde hair": 5, "beautiful": 1, "blue eyes": 1}
    assert found.images[0] == 5, "the one that says most comes first"
    assert "person" not in points(["a FOX with a red dress"] * 6, teaches="person")
    assert "person" not in points(said, teaches="style") and "person" not in points(said)


def test_style_words_are_flagged_for_a_style_alone():
    said = ["a FOX watercolour painting of a hill", "a FOX hill", "a FOX photographer"]
    assert dict(points(said, teaches="style")["style"].words) == {"watercolour": 1, "painting": 1}
    assert points(said, teaches="style")["style"].images == [0]
    assert "style" not in points(said, teaches="person")


def test_the_other_points():
    found = points(["", "a hat", "A FOX hat on a chair", "a chair on a FOX hat", "a man and man, a hat of a FOX"])
    assert found["missing"].images == [0] and found["trigger"].images == [1]
    assert sorted(found["alike"].images) == [2, 3] and found["alike"].facts == {"most": 2}
    assert found["brief"].images == [1] and found["repeats"].images == [4]
    assert "all alike" in points([f"a FOX sitting in the green garden under a big old tree {n}" for n in range(6)])
    assert points(["a FOX under a tree"]) == {}


def test_those_least_like_their_picture_come_first():
    found = points(["x y z"] * 20, {n: 0.3 - n / 100 for n in range(20)})["unlike"]
    assert found.images == [19, 18] and found.facts["least"] == 0.11
    assert "unlike" not in points(["x y z"] * 4, dict.fromkeys(range(4), 0.1))


# ── the table ────────────────────────────────────────────────────────────────
def rows(store, foxes):
    return sheets.read(roundtrip.export(store, foxes.id)).rows


def table(lines, columns=("file name", "hash", "caption", "split", "repeats", "trigger"), mark=","):
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=mark)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in lines)
    return made.getvalue()


def test_a_table_that_is_not_touched_changes_nothing(store, foxes):
    data = roundtrip.export(store, foxes.id)
    assert data.startswith("\ufefffile name,hash,caption,split,repeats,trigger\r\n여우 0.png,".encode())
    found = roundtrip.compare(store, foxes.id, sheets.read(data))
    assert (found.differing, found.same, found.unknown, found.missing, found.refused) == ([], 5, [], [], [])
    assert roundtrip.take(store, foxes.id, sheets.read(data)) is None


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_tables_of_every_kind_are_read(store, foxes, mark, encoding):
    lines = rows(store, foxes)
    lines[1]["caption"] = "FOX; 파란 모자, 웃는 여우"
    data = table(lines, ("caption", "repeats", "note", "hash", "file name"), mark).encode(encoding)
    sheet = sheets.read(data)
    [row] = roundtrip.compare(store, foxes.id, sheet).differing
    assert row.image.name == "여우 1.png"
    assert row.cells == [("caption", "a FOX with a blue hat", "FOX; 파란 모자, 웃는 여우")]
    assert sheet.ignored == ["note"]


def test_what_differs_is_taken_as_one_step_and_undone(store, foxes):
    lines = rows(store, foxes)
    lines[0]["caption"], lines[1]["repeats"], lines[2]["split"], lines[3]["caption"] = "a FOX", "3", "held-out", ""
    sheet = sheets.read(table(lines).encode())
    before = texts(store, foxes)
    change = roundtrip.take(store, foxes.id, sheet, leave=[datasets.images(store, foxes.id)[3].id])
    images = datasets.images(store, foxes.id)
    assert texts(store, foxes) == ["a FOX", *before[1:]]
    assert (images[1].repeats, images[2].split) == (3, "held-out")
    assert captions.history(store, images[0].id)[0].origin == "import"
    changes.undo(store, change.id)
    images = datasets.images(store, foxes.id)
    assert texts(store, foxes) == before and (images[1].repeats, images[2].split) == (1, "train")


def test_unknown_missing_double_and_doubtful_rows_are_named(store, foxes, tmp_path):
    paint(9).save(tmp_path / "another.png")
    [another] = imports.bring(store, foxes.id, [tmp_path / "another.png"]).added
    changes.edit(store, foxes.id, "name", {another.id: {"name": "여우 0.png"}})
    lines = rows(store, foxes)
    lines[0]["hash"] = ""  # two pictures have this name now
    lines[1] |= {"hash": "", "split": "somewhere", "repeats": "many"}
    lines[3]["hash"] = "0" * 64  # its picture was changed elsewhere: the name tells
    lines[4] = {"file name": "ghost.png", "caption": "boo"}
    found = roundtrip.compare(store, foxes.id, sheets.read(table([*lines, lines[2]]).encode()))
    assert found.unknown == ["ghost.png"]
    assert found.missing == ["여우 0.png", "여우 4.png"]
    told = " ".join(why for _, why in found.refused)
    assert "2 pictures are called 여우 0.png" in told and "여우 2.png is in the table twice" in told
    assert "“somewhere” is no part" in told and "“many” repeats cannot be" in told
    assert found.differing == [] and found.same == 4


def test_a_picture_that_was_mended_is_known_by_both_its_files(store, foxes):
    data = roundtrip.export(store, foxes.id)
    first = datasets.images(store, foxes.id)[0]
    changes.edit(store, foxes.id, "crop", {first.id: {"file": "f" * 64 + ".png", "original": first.file, "name": "x"}})
    lines = sheets.read(data).rows
    lines[0]["caption"] = "anew"
    [row] = roundtrip.compare(store, foxes.id, sheets.read(table(lines).encode())).differing
    assert row.image.id == first.id


def test_captions_that_look_like_formulas_are_text_in_a_spreadsheet_and_come_back_as_they_were(store, foxes):
    images = datasets.images(store, foxes.id)
    odd = ["=1+1", "'=quoted", '-a, "b"', "@x", "'plain"]
    for image, text in zip(images, odd, strict=True):
        captions.add(store, image.id, text, "hand")
    data = roundtrip.export(store, foxes.id)
    assert b",'=1+1," in data and b",'@x," in data
    assert [row["caption"] for row in sheets.read(data).rows] == odd


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a workbook, not a CSV"),
        (
            b"caption,split\r\na,train\r\n",
            "no column “file name” or “hash” to tell pictures by .it has: caption, split",
        ),
        (b"file name,words\r\na.png,x\r\n", "no column “caption” .it has: file name, words"),
        (b"just a letter to somebody", "no column “file name” or “hash” to tell pictures by .it has: none"),
        (b"\xff\x00\x81", "neither UTF-8 nor CP949"),
        (b"file name,caption\r\n" + b"x" * 200_000 + b",y\r\n", "cannot be read as a table"),
    ],
)
def test_what_is_no_table_is_said_in_one_sentence(data, says):
    with pytest.raises(BadInput, match=says):
        sheets.read(data, "captions.csv")


# ── the page's endpoints ─────────────────────────────────────────────────────
def test_the_endpoints_do_the_same(store, settings, foxes):
    with serving(store, settings) as address:
        found = call(address, "look_captions", foxes.id, "", "")
        assert [row["caption"] for row in found["images"]] == texts(store, foxes)
        assert call(address, "look_captions", foxes.id, "", found["mark"]) == {"mark": found["mark"]}
        edit = {"kind": "replace", "find": "hat", "put": "cap"}
        seen = call(address, "preview_wording", foxes.id, edit, [])
        assert seen["n"] == 2 and ["+", "cap"] in seen["rows"][0]["pieces"]
        done = call(address, "apply_wording", foxes.id, edit, [], [seen["rows"][0]["picture"]], seen["version"])
        assert done["say"] == "“hat” replaced by “cap” in 1 caption"
        assert call(address, "undo_change", done["change"]) == {"back": 1, "kept": 0}
        assert call(address, "look_captions", foxes.id, "", found["mark"])["mark"] != found["mark"]
        with pytest.raises(RuntimeError, match="올바른 정규식이 아닙니다"):
            call(address, "preview_wording", foxes.id, edit | {"find": "(", "regex": True}, [], language="ko")
        call(address, "set_teaches", foxes.id, "person")
        told = {point["kind"]: point for point in call(address, "caption_advice", foxes.id)}
        assert told["missing"]["say"] == "1 picture has no caption" and told["person"]["words"] == [["old", 1]]
        assert call(address, "word_statistics", foxes.id, "")["words"][0] == {"word": "FOX", "captions": 3, "times": 3}
        saved = call(address, "export_captions", foxes.id)
        assert saved["name"] == "foxes.csv" and saved["text"].startswith("\ufefffile name,")
        data = base64.b64encode(saved["text"].replace("smiling", "crying").encode()).decode()
        assert call(address, "compare_table", foxes.id, data, "x.csv")["n"] == 1
        assert call(address, "take_table", foxes.id, data, "x.csv", [])["say"] == "A table taken for 1 picture"
        [_, _, third, *_] = datasets.images(store, foxes.id)
        versions = call(address, "caption_history", third.id)
        assert versions[0]["text"] == "FOX, crying" and ["-", "smiling"] in versions[0]["pieces"]
        assert call(address, "count_tokens", "a hat", "mini")["base"] == "mini"


# ── the command line ─────────────────────────────────────────────────────────
def test_the_command_line_writes_shows_and_takes_a_table(store, settings, foxes, tmp_path, capsys):
    def say(*words):
        status = main(["captions", *map(str, words), "--home", str(settings.home)])
        return status, *capsys.readouterr()

    file = tmp_path / "foxes.csv"
    assert say("export", "--dataset", "foxes", "--out", file) == (0, f"{file}\n", "")
    file.write_bytes(file.read_bytes().replace(b"smiling", b"crying") + "유령.png,,boo,,,\r\n".encode())
    before = texts(store, foxes)
    status, out, err = say("import", file, "--dataset", "foxes")
    assert status == 0 and "- caption: FOX, smiling\n  + caption: FOX, crying" in out and "say --take" in out
    assert err == "유령.png is in foxes.csv and not in the data set.\n" and texts(store, foxes) == before
    assert "1 differ, 4 are the same" in say("import", file, "--dataset", "foxes", "--take")[1]
    assert texts(store, foxes)[2] == "FOX, crying"
    status, out, err = say("import", tmp_path / "none.csv", "--dataset", "foxes")
    assert (status, out) == (1, "") and err.startswith("There is no file")
    assert "Which table?" in say("import", "--dataset", "foxes")[2]
