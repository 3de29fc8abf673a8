"""The gallery: what each filter finds, orders, pages and counts; files in and out; everything taken back in one step."""

import io
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from storage import captions, changes, datasets, gallery, sieves
from storage.database import Store
from storage.errors import BadInput
from storage.gallery import Query
from storage.settings import Settings
from storage.tables import Image, Inspection
from studio import tokens
from tests.conftest import paint
from tests.page import call, serving


def add(store, dataset, name, size=(512, 512), text="", found=None, **facts):
    """A picture without a file: a row, its caption and what the checks found; answers its number."""
    row = datasets.add_image(store, dataset, f"{name}.png", name, size, **facts)
    if text:
        captions.add(store, row.id, text, "hand")
    if found is not None:
        with store.session() as session:
            plain = {"sharpness": 400.0, "brightness": 0.5, "contrast": 0.2, "face_model": "mini"}
            session.add(Inspection(image_id=row.id, file=row.file, **(plain | found)))
            session.commit()
    return row.id


FACE = {"box": [1, 1, 9, 9], "score": 0.9}

CASES = {
    "bare": {"text": ""},
    "small": {"size": (128, 512)},
    "under": {"size": (400, 512)},
    "odd": {"size": (1400, 512)},
    "blurred": {"found": {"sharpness": 1.0, "faces": [FACE]}},
    "dark": {"found": {"brightness": 0.02, "faces": [FACE]}},
    "bright": {"found": {"brightness": 0.99, "faces": [FACE]}},
    "flat": {"found": {"contrast": 0.01, "faces": [FACE]}},
    "faceless": {"found": {"faces": []}},
    "several": {"found": {"faces": [FACE, FACE]}},
    "close-up": {"found": {"faces": [FACE], "framing": "close-up"}},
    "medium": {"found": {"faces": [FACE], "framing": "medium"}},
    "full": {"found": {"faces": [FACE], "framing": "full"}},
    "intruder": {"found": {"faces": [FACE], "intruder": True}},
    "problem": {"found": {"problem": "cut off", "faces": [FACE]}},
    "untriggered": {"text": "a gradient"},
    "long": {"text": "FOX " + "green hair " * 60},
    "out": {"out": True},
    "held": {"split": "held-out"},
    "reference": {"split": "reference"},
    "regularisation": {"split": "regularisation"},
    "edited": {"original": "before.png"},
    "who:7": {"found": {"faces": [FACE], "who": 7}},
    "person:하나": {"person": "하나"},
}
"""Filter → what a picture is like that it finds, all else being well."""


@pytest.fixture
def fox(store, project):
    """An empty data set with a trigger word."""
    return datasets.create(store, project.id, "fox", trigger="FOX").id


@pytest.mark.parametrize("name", CASES)
def test_each_filter_finds_its_picture_alone_and_counts_it(store, fox, name):
    well = {"text": "FOX, a gradient", "found": {"faces": [FACE], "framing": ""}}
    others = [add(store, fox, f"well {number}", **well) for number in range(2)]
    odd = add(store, fox, "the one", **(well | CASES[name]))
    gallery.weigh(store, fox, tokens.numbers)
    page = gallery.page(store, Query(fox, filter=name))
    assert [tile.id for tile in page.tiles] == [odd] == gallery.ids(store, Query(fox, filter=name))
    assert page.counts[name] == 1
    assert page.counts["all"] == 3
    if name in gallery.SIGNS:
        assert name in page.tiles[0].signs
        assert not {name} & set(gallery.tiles(store, fox, others)[0].signs)


def test_what_was_not_looked_at_is_neither_sharp_nor_blurred(store, fox):
    add(store, fox, "new")
    assert gallery.page(store, Query(fox)).counts["unlooked"] == 1
    assert not [name for name in ("blurred", "dark", "flat", "faceless") if gallery.ids(store, Query(fox, filter=name))]


def test_findings_of_another_file_do_not_count(store, fox):
    number = add(store, fox, "one", found={"sharpness": 1.0})
    assert gallery.ids(store, Query(fox, filter="blurred")) == [number]
    changes.edit(store, fox, "crop", {number: {"file": "cut.png"}})
    assert gallery.ids(store, Query(fox, filter="blurred")) == []
    assert gallery.ids(store, Query(fox, filter="unlooked")) == [number]


def test_small_follows_the_resolution_that_is_trained_for(store, fox):
    add(store, fox, "one", size=(200, 200))
    assert [len(gallery.ids(store, Query(fox, filter="small", resolution=side))) for side in (128, 200, 512)] == [
        0,
        0,
        1,
    ]
    assert [len(gallery.ids(store, Query(fox, filter="under", resolution=side))) for side in (200, 256)] == [0, 1]


def test_look_alikes_stand_together_and_all_but_the_largest_are_spare(store, fox):
    small = add(store, fox, "a", size=(300, 300), found={})
    other = add(store, fox, "b", found={})
    large = add(store, fox, "c", size=(900, 900), found={"twin_of": small})
    third = add(store, fox, "d", size=(400, 400), found={"twin_of": small})
    assert gallery.ids(store, Query(fox, filter="twin")) == [small, large, third]
    assert sorted(gallery.spare_twins(store, fox)) == [small, third]
    assert [row.id for row in gallery.twins(store, datasets.image(store, large))] == [small, third]
    datasets.remove_images(store, [small])
    assert gallery.ids(store, Query(fox, filter="twin")) == [large, third]
    datasets.remove_images(store, [third])
    assert gallery.ids(store, Query(fox, filter="twin")) == []
    assert other in gallery.ids(store, Query(fox))


def test_pages_follow_the_order_and_what_was_not_measured_comes_last(store, fox):
    sharp = [add(store, fox, f"p{n}", found={"sharpness": 100.0 * n}) for n in (3, 1, 2)]
    bare = add(store, fox, "unmeasured")
    wanted = [sharp[1], sharp[2], sharp[0], bare]
    assert gallery.ids(store, Query(fox, sort="sharpness")) == wanted
    assert gallery.ids(store, Query(fox, sort="sharpness", descending=True)) == [*wanted[2::-1], bare]
    pages = [gallery.page(store, Query(fox, sort="sharpness", offset=at, limit=2)).tiles for at in (0, 2, 4)]
    assert [[tile.id for tile in tiles] for tiles in pages] == [wanted[:2], wanted[2:], []]


@pytest.mark.parametrize("sort", list(sieves.sorts()))
def test_every_order_lists_every_picture(store, fox, sort):
    numbers = {add(store, fox, f"p{n}", text=f"FOX {n}", found={}) for n in range(3)}
    assert set(gallery.ids(store, Query(fox, sort=sort, descending=True))) == numbers


def test_a_search_finds_names_and_captions_and_counts_what_it_finds(store, fox):
    first = add(store, fox, "여우_50%.png", text="FOX one")
    second = add(store, fox, "two.png", text="FOX with a HAT")
    assert gallery.ids(store, Query(fox, search="여우")) == [first]
    assert gallery.ids(store, Query(fox, search="hat")) == [second]
    assert gallery.ids(store, Query(fox, search="0%.")) == [first]
    assert gallery.page(store, Query(fox, search="hat")).counts["all"] == 1


def test_an_unknown_filter_or_order_is_refused_with_what_there_is(store, fox):
    with pytest.raises(BadInput, match="There is no filter “ugly”. Use one of: all, bare"):
        gallery.page(store, Query(fox, filter="ugly"))
    with pytest.raises(BadInput, match="cannot be sorted after “beauty”. Use one of: added"):
        gallery.ids(store, Query(fox, sort="beauty"))


def test_sorting_pictures_is_one_step_that_is_undone_but_not_what_came_later(store, fox):
    one, two = (add(store, fox, name) for name in ("one", "two"))
    split = datasets.set_split(store, [one, two], "held-out")
    assert datasets.set_split(store, [one], "held-out") is None
    datasets.set_split(store, [two], "reference")
    assert changes.undo(store, split.id) == (1, 1)
    assert [row.split for row in datasets.images(store, fox)] == ["train", "reference"]
    for change in (
        datasets.set_repeats(store, [one], 4),
        datasets.keep_out(store, [one]),
        datasets.name_person(store, [one], " 하나 "),
    ):
        changes.undo(store, change.id)
    row = datasets.image(store, one)
    assert (row.repeats, row.out, row.person) == (1, False, "")
    assert [told.n for told in changes.told(store, fox)] == [1]


def test_pictures_that_came_together_go_together(store, fox):
    numbers = [add(store, fox, f"p{n}") for n in range(3)]
    change = changes.came(store, fox, numbers)
    assert changes.undo(store, change.id) == (3, 0)
    assert datasets.count(store, fox) == 0
    assert changes.came(store, fox, []) is None


def test_what_cannot_be_done_to_pictures_is_a_sentence(store, project, fox):
    other = datasets.create(store, project.id, "other").id
    mixed = [add(store, fox, "one"), add(store, other, "two")]
    with pytest.raises(BadInput, match="belong to several data sets"):
        datasets.keep_out(store, mixed)
    with pytest.raises(BadInput, match="1 to 1000 times an epoch; 0 was given"):
        datasets.set_repeats(store, mixed[:1], 0)
    with pytest.raises(BadInput, match="No picture was chosen"):
        datasets.remove_images(store, [])


# ── the endpoints ────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(address, store) of a page."""
    settings = Settings(home=tmp_path_factory.mktemp("gallery") / "home", device="cpu")
    store = Store.open(settings)
    with serving(store, settings) as address:
        yield address, store
    store.close()


def png(number, size=(64, 64)):
    """A picture's bytes."""
    buffer = io.BytesIO()
    paint(number, size).save(buffer, "PNG")
    return buffer.getvalue()


def send(address, files):
    """Upload {name: bytes}; the paths that the page answered."""
    parts = [("files", (Path(name).name, content)) for name, content in files.items()]
    return httpx.post(f"{address}/gradio_api/upload", files=parts, timeout=60).json()


def bring(address, dataset, files, format=""):
    """Bring {name: bytes} in as the page does; how the import ended."""
    tray = call(address, "begin_import", dataset, send(address, files), list(files), format)
    return tray, ended(address, dataset, tray)


def ended(address, dataset, tray):
    """The state of an import that has ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = next(row for row in call(address, "look_imports", dataset) if row["tray"] == tray)
        if state["state"] != "running":
            return state
        time.sleep(0.05)
    raise TimeoutError("the import does not end")


def test_a_folder_keeps_its_layout_and_can_be_read_again_as_another(world):
    address, store = world
    dataset = call(address, "create_dataset", 1, "layout")
    files = {
        "set/5_fox/a.png": png(1),
        "set/5_fox/b.png": png(2),
        "set/5_fox/b.txt": b"a second one",
        "set/bad.png": b"no",
    }
    assert call(address, "recognise_files", [name for name in files if "bad" not in name]) == "kohya"
    tray, state = bring(address, dataset, files, "kohya")
    assert (state["state"], state["format"], state["added"]) == ("done", "kohya", 2)
    assert [row["name"] for row in state["refused"]] == ["bad.png"]
    assert {(row.name, row.repeats) for row in datasets.images(store, dataset)} == {("a.png", 5), ("b.png", 5)}
    call(address, "again_import", tray, "text_files")
    assert ended(address, dataset, tray)["format"] == "text_files"
    rows = datasets.images(store, dataset)
    assert {(row.name, row.repeats) for row in rows} == {("a.png", 1), ("b.png", 1)}
    assert sorted(captions.current(store, [row.id for row in rows]).values()) == ["a second one"]
    call(address, "close_import", tray)
    assert call(address, "look_imports", dataset) == []
    assert not list((store.home / "incoming").glob("tray-*"))


def test_only_what_was_uploaded_can_be_brought_in(world, tmp_path):
    address, store = world
    dataset = call(address, "create_dataset", 1, "strangers")
    (tmp_path / "secret.png").write_bytes(png(3))
    for path in (tmp_path / "secret.png", store.home / "studio.sqlite", store.home / "incoming"):
        with pytest.raises(RuntimeError, match="was not uploaded"):
            call(address, "begin_import", dataset, [str(path)], ["secret.png"], "")
    tray, state = bring(address, dataset, {"../../../escaped.png": png(4), "한글 🦊.png": png(5)})
    assert {row.name for row in datasets.images(store, dataset)} == {"escaped.png", "한글 🦊.png"}
    assert {path.parent.name for path in store.home.parent.rglob("escaped.png")} == {"files"}
    call(address, "close_import", tray)


def test_an_export_is_downloaded_and_comes_back_the_same(world):
    address, store = world
    dataset, again = (call(address, "create_dataset", 1, name) for name in ("여우 export", "back"))
    bring(address, dataset, {"a.png": png(6), "a.txt": "첫째".encode(), "b.png": png(7)})
    made = call(address, "export_dataset", dataset, "metadata_jsonl")
    answer = httpx.get(address + made["url"], timeout=60)
    assert answer.status_code == 200 and made["pictures"] == 2
    assert "metadata.jsonl" in " ".join(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    _, state = bring(address, again, {made["name"]: answer.content})
    assert (state["format"], state["added"], state["captions"]) == ("metadata_jsonl", 2, 1)
    assert [(row.file, row.name) for row in datasets.images(store, again)] == [
        (row.file, row.name) for row in datasets.images(store, dataset)
    ]
    assert httpx.get(address + "/export/0123456789abcdef", timeout=60).status_code == 404
    assert httpx.get(address + "/export/..%2f..", timeout=60).status_code == 404


def test_a_step_is_told_in_the_page_s_language_listed_and_undone(world):
    address, store = world
    dataset = call(address, "create_dataset", 1, "steps")
    bring(address, dataset, {"a.png": png(8), "b.png": png(9)})
    numbers = call(address, "pick_gallery", {"dataset": dataset})
    made = call(address, "keep_out", numbers, True, language="ko")
    assert made["say"] == "그림 2장을 학습에서 제외"
    assert call(address, "keep_out", numbers, True) is None
    assert [row["say"] for row in call(address, "list_changes", dataset)] == [
        "2 pictures kept out of training",
        "2 pictures added",
    ]
    assert call(address, "look_gallery", {"dataset": dataset, "filter": "out"})["counts"]["out"] == 2
    assert call(address, "undo_change", made["change"]) == {"back": 2, "kept": 0}
    assert not any(row.out for row in datasets.images(store, dataset))
    with pytest.raises(RuntimeError, match="^The gallery cannot be asked for colour. Use counted, dataset"):
        call(address, "look_gallery", {"dataset": dataset, "colour": "red"})


def test_a_picture_is_told_with_its_checks_and_the_cut_of_training(world):
    address, store = world
    dataset = call(address, "create_dataset", 1, "whole")
    bring(address, dataset, {"wide.png": png(10, (300, 100))})
    number = call(address, "pick_gallery", {"dataset": dataset})[0]
    told = call(address, "look_image", number, 512)
    assert (told["width"], told["seen"], told["signs"][:2]) == (300, None, ["bare", "small"])
    cut = call(address, "frame_picture", 300, 100, 256, 64)
    assert cut["width"] > cut["height"]
    assert cut["box"] == pytest.approx([1 / 6, 0, 5 / 6, 1], abs=0.2)
    turned = call(address, "turn_pictures", [number], 90)
    assert call(address, "look_image", number, 512)["height"] == 300
    call(address, "undo_change", turned["change"])
    assert call(address, "look_image", number, 512)["original"] == ""
    charts = {row["name"]: row["bars"] for row in call(address, "chart_dataset", dataset, 512)}
    assert sum(bar["n"] for bar in charts["resolution"]) == 1
    assert [bar["filter"] for bar in charts["aspect"] if bar["n"]] == ["odd"]
    job = call(address, "inspect_pictures", dataset, "new", [])
    assert call(address, "look_inspection", dataset)["job"]["id"] == job
    assert call(address, "look_inspection", dataset)["waiting"] == 1


def test_the_gallery_asks_only_for_columns_of_its_own(store, fox):
    number = add(store, fox, "one", text="FOX")
    tile = gallery.tiles(store, fox, [number])[0]
    assert tile.file == datasets.image(store, number).file
    assert set(gallery.TILE[:-2]) <= {column.name for column in Image.__table__.columns}
