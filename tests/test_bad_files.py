"""Files that are not what they seem: each gets its sentence in both languages, the rest goes in, the server stays up."""

import io
import os
import re
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image as Pictures

from storage import captions, datasets, imports, sources, uploads
from storage.database import Store
from storage.errors import BadPicture
from storage.settings import Settings
from studio import words
from tests.conftest import paint
from tests.page import call, serving

PHONE = Path(__file__).parent / "files" / "phone.heic"
"""A HEIC of 64 × 32 pixels, made with pillow-heif; its EXIF says `where I live`."""


def encoded(picture, form, **how):
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **how)
    return buffer.getvalue()


DEADLY = PHONE.read_bytes().replace(b"Exif", b"\xd5xif", 1)
"""A HEIC of which pi-heif dies where it is read in the same process."""

WHOLE = encoded(paint(1), "PNG")


def chunk(kind, content):
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width, height):
    """A PNG that promises so many pixels of one colour and is a few hundred kilobytes small."""
    lines = zlib.compress(bytes(10**6), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@pytest.fixture
def given(tmp_path):
    """A folder that holds one good picture with a caption; what else is written there is up to the test."""
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "good.png").write_bytes(encoded(paint(7), "PNG"))
    (folder / "good.txt").write_text("a good one")
    return folder


@pytest.fixture
def bring(store, project, given):
    """Import the folder, or what is named; the good picture must have come in. Answers the report."""

    def run(*paths, good="good.png"):
        number = datasets.create(store, project.id, f"set {len(datasets.all(store, project.id))}").id
        report = imports.bring(store, number, list(paths) or [given])
        assert good in {row.name for row in report.added}, report
        for _, sentence in report.refused + report.noted:
            korean = words.speak("ko").error(sentence)
            assert re.search("[가-힣]", korean) and korean != sentence, f"no Korean for: {sentence}"
            assert sentence.endswith(".") and str(given) not in sentence, sentence
        return report

    return run


def texts(store, report):
    """Name → caption of what came in."""
    found = captions.current(store, [row.id for row in report.added])
    return {row.name: found.get(row.id, "") for row in report.added}


# ── files that cannot be used ────────────────────────────────────────────────
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "AVIF", "TIFF"])
def test_a_truncated_file(bring, given, form):
    content = encoded(paint(2, (96, 96)).rotate(7), form)
    (given / f"cut.{form.lower()}").write_bytes(content[: len(content) * 2 // 3])
    [(name, sentence)] = bring().refused
    assert name == f"cut.{form.lower()}" and "is cut off or damaged" in sentence


def test_a_truncated_heic_is_told_and_a_broken_one_does_not_take_the_process_with_it(bring, given):
    content = PHONE.read_bytes()
    (given / "cut.heic").write_bytes(content[:500])
    (given / "broken.heic").write_bytes(DEADLY)
    refused = dict(bring().refused)
    assert "is cut off or damaged" in refused["cut.heic"]
    assert "its HEIC content is broken" in refused["broken.heic"]


def test_a_zero_byte_file(bring, given):
    (given / "nothing.png").touch()
    assert bring().refused == [
        ("nothing.png", "nothing.png is empty (0 bytes). Save it again and upload it once more.")
    ]


def test_a_file_that_only_says_it_is_a_picture(bring, given):
    (given / "letter.jpg").write_bytes(b"dear friend")
    (given / "book.pdf").write_bytes(b"%PDF")
    refused = dict(bring().refused)
    assert "is not a picture the studio can read" in refused["letter.jpg"]
    assert refused["book.pdf"] == "book.pdf is not a picture. It was left out."


def test_a_picture_under_a_wrong_suffix_goes_in_by_its_content(bring, given):
    (given / "wrong.jpg").write_bytes(WHOLE)
    report = bring()
    assert report.noted == [("wrong.jpg", "wrong.jpg is called JPEG but is PNG inside; it went in as what it is.")]
    assert {row.name: Path(row.file).suffix for row in report.added}["wrong.png"] == ".png"


def test_a_picture_of_30000_by_10_pixels(bring, given):
    Pictures.new("L", (30_000, 10)).save(given / "ribbon.png")
    assert "ribbon.png has 30000 × 10 pixels" in dict(bring().refused)["ribbon.png"]


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_000, 12_000)])
def test_a_png_that_would_fill_the_memory(bring, given, width, height):
    (given / "bomb.png").write_bytes(png_of(width, height))
    assert re.search("far too many pixels|12000 × 12000", dict(bring().refused)["bomb.png"])


def test_a_file_that_may_not_be_read(bring, given, monkeypatch):
    """`root` may read everything, so the refusal of the system is played where the tests run as root."""
    (given / "secret.png").write_bytes(WHOLE)
    (given / "secret.png").chmod(0)
    if os.geteuid() == 0:
        plain = sources.OnDisk.read

        def read(file):
            if file.name.endswith("secret.png"):
                raise PermissionError(13, "Permission denied", str(file.path))
            return plain(file)

        monkeypatch.setattr(sources.OnDisk, "read", read)
    assert bring().refused == [("secret.png", "secret.png cannot be read (Permission denied). It was left out.")]


def test_links_out_of_the_folder(bring, given, tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "home.png").write_bytes(WHOLE)
    (given / "stolen.png").symlink_to(tmp_path / "private" / "home.png")
    (given / "all").symlink_to(tmp_path / "private")
    (given / "lost.png").symlink_to(tmp_path / "nowhere.png")
    (given / "twin.png").symlink_to(given / "good.png")
    os.mkfifo(given / "pipe.png")
    report = bring()
    refused = dict(report.refused)
    assert refused.keys() == {"stolen.png", "all", "lost.png", "pipe.png"}
    assert refused["stolen.png"] == refused["all"].replace("all", "stolen.png")
    assert "no file that can be read" in refused["pipe.png"]
    assert len(report.added) == 1 and report.known == ["twin.png"], "a link inside the folder is a file of it"


# ── pictures that go in otherwise than they came ─────────────────────────────
def moving(form):
    """Three different pictures in one file."""
    return encoded(paint(1), form, save_all=True, append_images=[paint(5), paint(6)], duration=40)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animated_picture_the_first_goes_in(bring, given, store, form):
    (given / f"moving.{form.lower()}").write_bytes(moving(form))
    report = bring()
    assert [sentence.partition(";")[0] for _, sentence in report.noted] == [
        f"moving.{form.lower()} moves or has several pages"
    ]
    stored = next(row.file for row in report.added if row.name.startswith("moving"))
    with Pictures.open(store.files.path(stored)) as picture:
        assert getattr(picture, "n_frames", 1) == 1
        left, right = picture.convert("RGB").getpixel((9, 9)), paint(1).getpixel((9, 9))
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) < 40


def test_16_bits_become_8(bring, given, store):
    Pictures.new("I;16", (32, 32), 128 * 256).save(given / "deep.png")
    deep = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0))
    deep += chunk(b"IDAT", zlib.compress((b"\0" + b"\x40\xff\x80\xff\xc0\xff" * 20) * 20)) + chunk(b"IEND", b"")
    (given / "deep_rgb.png").write_bytes(deep)
    report = bring()
    assert [name for name, sentence in report.noted if "16 bits a colour" in sentence] == ["deep.png", "deep_rgb.png"]
    for row in report.added:
        content = store.files.path(row.file).read_bytes()
        assert content[24] == 8, row.name
    assert uploads.check(deep, "x.png", store.settings).picture.getpixel((3, 3)) == (64, 128, 192)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(bring, given, store, form):
    paint(3).convert("CMYK").save(given / f"print.{form.lower()}", form)
    report = bring()
    assert "colours of print" in dict(report.noted)[f"print.{form.lower()}"]
    with Pictures.open(store.files.path(report.added[1].file)) as picture:
        assert picture.mode == "RGB"


def test_a_palette_with_transparency_becomes_white(bring, given, store):
    picture = Pictures.new("P", (32, 32), 0)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.paste(1, (0, 0, 16, 32))
    picture.save(given / "clear.png", transparency=0)
    report = bring()
    assert "white was put behind it" in dict(report.noted)["clear.png"]
    row = next(row for row in report.added if row.name == "clear.png")
    with Pictures.open(store.files.path(row.file)) as stored:
        assert stored.convert("RGB").getpixel((4, 4)) == (0, 255, 0)
        assert stored.convert("RGB").getpixel((30, 4)) == (255, 255, 255)
    with Pictures.open(store.files.thumbnail(row.file)) as small:
        assert min(small.getpixel((30, 4))) > 230


def test_heic_goes_in_upright_and_plain(bring, given, store):
    (given / "phone.heic").write_bytes(PHONE.read_bytes())
    report = bring()
    row = next(row for row in report.added if row.name == "phone.jpg")
    with Pictures.open(store.files.path(row.file)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 32))
        assert not picture.getexif()
    with pytest.raises(BadPicture, match="64 × 32 pixels"):
        small = store.settings.model_copy(update={"largest_picture": 1000})
        uploads.check(PHONE.read_bytes(), "phone.heic", small)


# ── names ────────────────────────────────────────────────────────────────────
def test_names_in_korean_and_with_emoji(bring, given, store):
    apart = "\u1112\u1161\u11ab\u1100\u1173\u11af"  # 한글 as macOS writes it, letter by letter
    for number, name in enumerate(["여우 사진", "fox 🦊 (1)", apart]):
        paint(20 + number).save(given / f"{name}.png")
        (given / f"{name}.txt").write_text(f"caption {number}")
    found = texts(store, bring())
    assert found == {
        "good.png": "a good one",
        "여우 사진.png": "caption 0",
        "fox 🦊 (1).png": "caption 1",
        "한글.png": "caption 2",
    }


def test_two_files_of_one_name_in_different_folders(bring, given, store):
    for number, folder in enumerate(["x", "y"]):
        (given / folder).mkdir()
        paint(30 + number).save(given / folder / "a.png")
        (given / folder / "a.txt").write_text(f"from {folder}")
    assert texts(store, bring()) == {"good.png": "a good one", "a.png": "from x", "a_2.png": "from y"}


def test_two_folders_and_two_files_given_at_once_keep_their_captions(bring, given, store, tmp_path):
    paths = []
    for number, folder in enumerate(["one", "two"]):
        (tmp_path / folder / "set").mkdir(parents=True)
        paint(40 + number).save(tmp_path / folder / "set" / "a.png")
        (tmp_path / folder / "set" / "a.txt").write_text(f"from {folder}")
        paths.append(tmp_path / folder / "set")
    assert sorted(texts(store, bring(given, *paths)).values()) == ["a good one", "from one", "from two"]
    single = [path / name for path in paths for name in ("a.png", "a.txt")]
    assert sorted(texts(store, bring(given, *single)).values()) == ["a good one", "from one", "from two"]


# ── zips ─────────────────────────────────────────────────────────────────────
def zipped(path, **entries):
    """A zip with a good picture and these entries, `name → bytes`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("good.png", WHOLE)
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zip_that_climbs_out_of_its_folder(bring, tmp_path):
    report = bring(
        zipped(tmp_path / "set.zip", **{"../../out.png": WHOLE, "/etc/out.png": WHOLE, "..\\win.png": WHOLE})
    )
    assert len(report.added) == 1 and len(report.refused) == 3
    assert all("points outside its zip" in sentence for _, sentence in report.refused)
    assert not list(tmp_path.parent.rglob("out.png"))


def test_a_zip_of_zips(bring, given, tmp_path):
    inner = zipped(tmp_path / "inner.zip").read_bytes()
    assert [name for name, _ in bring(zipped(tmp_path / "set.zip", **{"in/inner.zip": inner})).refused] == ["inner.zip"]
    (given / "inner.zip").write_bytes(inner)
    assert bring().refused == [("inner.zip", "inner.zip is a zip inside a folder. Import it by itself.")]


def test_a_zip_bomb(bring, tmp_path):
    bomb = zipped(tmp_path / "bomb.zip", **{"zeros.png": bytes(40 * 2**20)})
    assert bomb.stat().st_size < 10**5
    assert bring(bomb).refused == [("zeros.png", "zeros.png would unfold to 40 MB. It was left out.")]
    content = zipped(tmp_path / "plain.zip", **{"b.png": WHOLE + b"x" * 500}).read_bytes()
    at = content.index(b"PK\x01\x02") + 20
    overlapping = content[:at] + struct.pack("<I", 10**6) + content[at + 4 :]
    (tmp_path / "overlap.zip").write_bytes(overlapping)
    report = bring(tmp_path / "given", tmp_path / "overlap.zip")
    assert report.refused == [("overlap.zip", "overlap.zip is built to unfold without end. It was not opened.")]


def test_an_encrypted_zip(bring, given, tmp_path):
    content = bytearray(zipped(tmp_path / "locked.zip").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    report = bring(given, tmp_path / "locked.zip")
    assert report.refused == [("locked.zip", "locked.zip is locked with a password. Pack it again without one.")]


def test_a_damaged_zip_and_what_is_none(bring, given, tmp_path):
    content = bytearray(zipped(tmp_path / "hurt.zip", **{"b.png": encoded(paint(8), "PNG")}).read_bytes())
    content[content.index(b"b.png") + 30] ^= 0xFF
    (tmp_path / "hurt.zip").write_bytes(content)
    (tmp_path / "none.zip").write_bytes(b"PK but no more")
    report = bring(tmp_path / "hurt.zip", tmp_path / "none.zip")
    assert "cannot be read (its place in the zip is damaged)" in dict(report.refused)["b.png"]
    assert "is not a zip that can be read" in dict(report.refused)["none.zip"]


def test_a_zip_from_korean_windows(bring, store, tmp_path):
    """It writes names in CP949 and does not say so."""
    stands_in = "".join(f"{number}" for number in range(len("여우".encode("cp949"))))
    content = zipped(tmp_path / "set.zip", **{f"{stands_in}.png": encoded(paint(9), "PNG"), f"{stands_in}.txt": "여우"})
    content.write_bytes(content.read_bytes().replace(stands_in.encode(), "여우".encode("cp949")))
    assert texts(store, bring(content))["여우.png"] == "여우"


# ── tables ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("between", [",", ";"])
def test_a_csv_in_any_encoding(bring, given, store, encoding, between):
    (given / "metadata.csv").write_bytes(f"file_name{between}text\r\ngood.png{between}빨간 여우\r\n".encode(encoding))
    assert texts(store, bring()) == {"good.png": "빨간 여우"}


def test_a_csv_with_missing_columns(bring, given, store):
    (given / "metadata.csv").write_text("name,words\ngood.png,a fox\n")
    report = bring()
    sentence = "metadata.csv has the columns name, words, but file_name and text are needed. It was left out."
    assert report.refused == [("metadata.csv", sentence)]
    assert texts(store, report) == {"good.png": "a good one"}, "the text beside the picture serves"


def test_a_csv_with_lines_that_name_nothing_or_what_is_absent(bring, given, store):
    (given / "metadata.csv").write_text("file_name,text\n,of nothing\nabsent.png,of no one\ngood.png,a fox\n")
    report = bring()
    assert [sentence for _, sentence in report.refused] == [
        "metadata.csv, line 2, names no picture. It was left out.",
        "metadata.csv names absent.png, which is not there. It was left out.",
    ]
    assert texts(store, report) == {"good.png": "a fox"}


def test_a_table_of_json_with_broken_lines_keeps_the_others(bring, given, store):
    lines = ['{"file_name": "good.png", "text": "a fox"}', '{"file_name": "go', "[1]", '{"file_name": "no.png"}']
    (given / "metadata.jsonl").write_text("\n".join(lines))
    report = bring()
    assert [sentence.partition(". It")[0] for _, sentence in report.refused] == [
        "metadata.jsonl, line 2, is no JSON of a picture",
        "metadata.jsonl, line 3, is no JSON of a picture",
        "metadata.jsonl names no.png, which is not there",
    ]
    assert texts(store, report) == {"good.png": "a fox"}


def test_words_that_belong_to_nothing_are_named(bring, given):
    (given / "notes.json").write_text("{}")
    (given / "lonely.txt").write_text("alone")
    refused = dict(bring().refused)
    assert refused["notes.json"] == "notes.json holds no captions of the format text_files. It was left out."
    assert refused["lonely.txt"] == "lonely.txt has no picture of the same name. It was left out."


# ── through the page ─────────────────────────────────────────────────────────
def test_the_page_names_them_in_its_language_and_stays_up(tmp_path, given):
    settings = Settings(home=tmp_path / "home", device="cpu")
    store = Store.open(settings)
    (tmp_path / "cut.png").write_bytes(WHOLE[:100])
    (tmp_path / "bomb.png").write_bytes(png_of(60_000, 60_000))
    (tmp_path / "zero.jpg").touch()
    (tmp_path / "여우 🦊.gif").write_bytes(moving("GIF"))
    (tmp_path / "broken.heic").write_bytes(DEADLY)
    bad = zipped(tmp_path / "bad.zip", **{"../out.png": WHOLE, "in.zip": b"PK", "zeros.png": bytes(33 * 2**20)})
    files = [*(tmp_path / name for name in ("cut.png", "bomb.png", "zero.jpg", "여우 🦊.gif", "broken.heic")), bad]
    with serving(store, settings) as address:
        number = call(address, "create_dataset", 1, "bad")
        client = Client(f"{address}/ko/", verbose=False)
        sent = [handle_file(str(file)) for file in [*files, given / "good.png", given / "good.txt"]]
        came = client.predict(dataset=number, files=sent, api_name="/upload_pictures")
        told = {row["name"]: row["why"] for row in came["refused"]}
        assert told.keys() >= {"cut.png", "bomb.png", "zero.jpg", "out.png", "in.zip", "zeros.png", "broken.heic"}
        assert all(re.search("[가-힣]", why) for why in told.values())
        assert [row["why"].endswith("첫 장만 넣었습니다.") for row in came["noted"]] == [True]
        assert len(came["added"]) == 3
        assert call(address, "list_datasets", 1)[0]["pictures"] == 3
    store.close()
