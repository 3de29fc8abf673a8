"""The gallery of what was drawn: what a question finds, names by a template, blends by name, and lineage there and back."""

import pytest

from jobs.tasks.train import TrainLora
from storage import datasets, film, lineage, loras, pictures, presets, queue, snapshots, templates
from storage.errors import BadInput
from storage.film import Query
from tests.conftest import paint


def draw(store, project, number, **facts):
    """A picture as a job makes it."""
    return pictures.add(store, project.id, paint(number), kind="made", seed=number, base="mini", **facts).id


def part(name, weight=1.0, number=0, file=""):
    return {"lora": number, "name": name, "file": file, "weight": weight}


def test_a_question_finds_pictures_by_words_stars_lora_base_and_where_they_began(store, project):
    plain = draw(store, project, 1, prompt="a red fox, 100% wool")
    mixed = draw(store, project, 2, prompt="A FOX with a red hat", blend=[part("fox"), part("hat", 0)])
    after = draw(store, project, 3, prompt="a hat", blend=[part("hat", 0.5)], parent_id=plain)
    pictures.rate(store, [mixed, after], 4)

    def found(**asked):
        return film.ids(store, Query(project.id, **asked))

    assert found() == [after, mixed, plain]
    assert found(search="red fox") == [mixed, plain]
    assert found(search="100%") == [plain]
    assert found(rating=4) == [after, mixed] and found(rating=5) == []
    assert found(lora="hat") == [after], "at 0 it is not heard"
    assert (found(source="image"), found(source="text"), found(source="sweep")) == ([after], [mixed, plain], [])
    page = film.page(store, Query(project.id, rating=1, limit=1))
    assert ([row.id for row in page.pictures], page.total) == ([after], 2)
    assert (page.bases, page.loras) == ({"mini": 3}, {"fox": 1, "hat": 1})
    pictures.remove(store, [after])
    assert found(lora="hat") == []


def test_what_cannot_be_asked_or_given_is_told(store, project):
    with pytest.raises(BadInput, match="no filter called “dream”"):
        film.page(store, Query(project.id, source="dream"))
    with pytest.raises(BadInput, match="0 to 5 stars; 6 was given"):
        pictures.rate(store, [1], 6)


def test_files_are_named_by_a_template_each_by_a_name_of_its_own(store, project):
    rows = [pictures.get(store, draw(store, project, n, prompt="a fox/hat: 여우", blend=[part("fox")])) for n in (1, 2)]
    assert templates.names("{seed}-{prompt}-{loras}", rows) == ["1-a_fox_hat_여우-fox.png", "2-a_fox_hat_여우-fox.png"]
    assert templates.names("../{base}", rows) == ["mini.png", "mini-2.png"]
    with pytest.raises(BadInput, match=r"no placeholder \{colour\}.*\{seed\}"):
        templates.names("{colour}", rows)


def test_a_blend_is_kept_replaced_renamed_deleted_and_brought_back(store, project):
    first = presets.save(store, project.id, "soft", [part("fox", 0.3)])
    assert presets.save(store, project.id, "soft", [part("fox", 0.6)]).id == first.id
    assert [row.blend[0]["weight"] for row in presets.all(store, project.id)] == [0.6]
    other = presets.save(store, project.id, "hard", [part("fox", 1)])
    with pytest.raises(BadInput, match="called “soft” already"):
        presets.rename(store, other.id, "soft")
    presets.drop(store, first.id)
    presets.rename(store, other.id, "soft")
    with pytest.raises(BadInput, match="called “soft” already"):
        presets.restore(store, first.id)
    presets.rename(store, other.id, "hard")
    presets.restore(store, first.id)
    assert [row.name for row in presets.all(store, project.id)] == ["hard", "soft"]
    with pytest.raises(BadInput, match="no LoRA is heard"):
        presets.save(store, project.id, "empty", [])


def test_lineage_leads_from_a_picture_to_the_frozen_data_set_and_back_also_once_all_is_deleted(
    store, project, dataset, tmp_path
):
    task = TrainLora(name="fox", dataset="fox")
    queue.add(store, project.id, "train", task, task.title(), task.lane)
    job = queue.claim(store, "tester", ("train",))
    snapshots.keep(store, job.id, dataset.id, [{"file": "a.png", "name": "a", "caption": "as it was"}])
    (tmp_path / "fox.safetensors").write_bytes(b"weights")
    kept = loras.keep(store, job, tmp_path / "fox.safetensors", name="fox", family="sd15", base="mini")
    row = loras.get(store, kept)
    parent = draw(store, project, 1, blend=[part("fox", 0.5, kept, row.file)])
    child = draw(store, project, 2, blend=[part("fox", 1, 999, row.file), part("lost", 1, 998)], parent_id=parent)
    loras.drop(store, kept)
    datasets.delete(store, dataset.id)
    pictures.remove(store, [parent])

    found = lineage.of_picture(store, child)
    assert [one.id for one in found.parents] == [parent] and found.parents[0].deleted is not None
    fox, lost = found.loras
    assert (fox.lora.id, fox.job.id, fox.dataset.id) == (kept, job.id, dataset.id), "by its file, whatever its number"
    assert fox.snapshot.rows[0]["caption"] == "as it was"
    assert lost.lora is None and lost.part["name"] == "lost"
    assert [one.id for one in lineage.of_picture(store, parent).children] == [child]
    back = lineage.after_dataset(store, dataset.id)
    assert [one.lora.id for one in back.loras] == [kept]
    assert ([one.id for one in back.pictures], back.total) == ([child, parent], 2)
