"""Fixtures that every test may ask for."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
from PIL import Image as Pictures

from storage import datasets, imports, projects
from storage.database import Store
from storage.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """Settings whose home is this test's own folder, with quick workers."""
    return Settings(home=tmp_path / "home", beat=0.2, patience=3.0, threads=1, device="cpu")


@pytest.fixture
def store(settings):
    """An empty store."""
    found = Store.open(settings)
    yield found
    found.close()


@pytest.fixture
def project(store):
    """The store's first project."""
    return projects.first(store)


def paint(number: int, size=(64, 64)) -> Pictures.Image:
    """A small picture unlike those of other numbers: a coloured gradient."""
    red = Pictures.linear_gradient("L").resize(size).point(lambda v: (v + 37 * number) % 256)
    green = red.rotate(90).resize(size)
    return Pictures.merge("RGB", (red, green, Pictures.new("L", size, (91 * number) % 256)))


@pytest.fixture
def folder(tmp_path):
    """A folder of four pictures with captions beside them."""
    place = tmp_path / "pictures"
    place.mkdir()
    for number in range(4):
        paint(number).save(place / f"picture_{number}.png")
        (place / f"picture_{number}.txt").write_text(f"a gradient of colour number {number}")
    return place


@pytest.fixture
def dataset(store, project, folder):
    """A data set `fox` of four captioned pictures, 64 px."""
    row = datasets.create(store, project.id, "fox", trigger="FOX")
    imports.bring(store, row.id, [folder])
    return row
