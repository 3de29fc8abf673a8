"""A request for the checks, from its row to what was found in each picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jobs.inspecting import groups, twins
from jobs.inspecting.looking import Eyes, Seen, Work, find_faces, opened
from jobs.inspecting.words import Likeness
from storage.errors import BadInput
from storage.tables import Caption, Dataset, Inspection

if TYPE_CHECKING:
    from jobs.context import Context, Example
    from jobs.tasks.inspect import InspectPictures


def run_inspection(task: InspectPictures, context: Context) -> None:
    """Look over what `task` asks for, then compare all pictures of the data set with each other.

    What was found in a batch is kept at once, so that a job which is stopped goes on from there the next time.

    Raises:
        BadInput: the data set is empty.
        NotFound: a model that was chosen is not on this machine.
    """
    dataset = context.dataset(task.dataset)
    examples = context.examples(dataset, split=None)
    if not examples:
        raise BadInput(f"The data set “{task.dataset}” has no pictures. Upload some first.")
    captions = context.worded(dataset) if task.likeness else {}
    works = wanted(task, context, examples, captions)
    steps = len(works) + 1
    context.progress(0, steps, "Loading the models")
    eyes = _eyes(task, context) if task.faces and any(work.look for work in works) else None
    likeness = _likeness(task, context, works, captions)
    failed: list[str] = []
    done = 0
    for batch in opened(works, task.batch):
        failed += look(batch, eyes, context)
        if likeness is not None:
            compare_words(batch, likeness, task.judge, context)
        done += len(batch)
        context.progress(done, steps, f"{done} of {len(works)} pictures")
    context.progress(len(works), steps, "Comparing the pictures")
    found = compare_pictures(task, context, dataset)
    context.result(inspected=sum(work.look for work in works), failed=failed, **found)
    context.log(f"Looked at {sum(work.look for work in works)} of {len(examples)} pictures.")


def wanted(
    task: InspectPictures, context: Context, examples: Sequence[Example], captions: dict[int, Caption]
) -> list[Work]:
    """What is to be done with which picture; pictures with nothing to do are left out."""
    if task.images:
        chosen = set(task.images)
        if lost := chosen - {example.image_id for example in examples}:
            context.log(f"{len(lost)} of the chosen pictures are no longer in the data set.")
        examples = [example for example in examples if example.image_id in chosen]
    stale = context.stale(context.dataset(task.dataset), task.face_model if task.faces else "")
    works = []
    for example in examples:
        caption = captions.get(example.image_id)
        if caption is not None and task.which == "new" and caption.judge == task.judge:
            caption = None
        works.append(Work(example, task.which == "all" or example.image_id in stale, caption))
    return [work for work in works if work.look or work.caption is not None]


def look(batch: Sequence[Seen], eyes: Eyes | None, context: Context) -> list[str]:
    """Find the faces of a batch and keep all that was found in it; returns the names of what cannot be read."""
    if eyes is not None:
        find_faces(batch, eyes)
    looked = [seen for seen in batch if seen.work.look]
    context.keep_inspections([seen.found for seen in looked])
    troubled = [seen for seen in looked if seen.found.problem]
    for seen in troubled:
        context.log(f"{seen.work.example.name} could not be looked at: {seen.found.problem}")
    return [seen.work.example.name for seen in troubled]


def compare_words(batch: Sequence[Seen], likeness: Likeness, judge: str, context: Context) -> None:
    """Keep how like their pictures the captions of a batch are."""
    pairs = [(seen.picture, seen.work.caption) for seen in batch]
    there = [(picture, caption) for picture, caption in pairs if picture is not None and caption is not None]
    if there:
        told = likeness.of([picture for picture, _ in there], [caption.text for _, caption in there])
        context.keep_likeness({caption.id: one for (_, caption), one in zip(there, told, strict=True)}, judge)


def compare_pictures(task: InspectPictures, context: Context, dataset: Dataset) -> dict[str, int]:
    """Keep which pictures look the same and who is on them; returns how many of each there are."""
    rows = [row for row in context.inspections(dataset).values() if row.hash]
    firsts = twins.firsts([row.hash for row in rows], [row.colours or bytes(twins.SIDE**2 * 3) for row in rows])
    facts: dict[int, dict[str, object]] = {
        row.image_id: {"twin_of": rows[first].image_id if first != place else None}
        for place, (row, first) in enumerate(zip(rows, firsts, strict=True))
    }
    if task.faces:
        for number, values in _who(task, context, dataset, rows).items():
            facts[number] |= values
    context.keep_comparison(facts)
    return {
        "twins": sum(row["twin_of"] is not None for row in facts.values()),
        "people": len({row["who"] for row in facts.values() if row.get("who")}),
        "intruders": sum(bool(row.get("intruder")) for row in facts.values()),
    }


def _who(
    task: InspectPictures, context: Context, dataset: Dataset, rows: Sequence[Inspection]
) -> dict[int, dict[str, object]]:
    """`who` and `intruder` by image id; pictures for regularisation show others by intent and intrude on nobody."""
    told: dict[int, dict[str, object]] = {row.image_id: {"who": 0, "intruder": False} for row in rows}
    faced = [row for row in rows if row.embedding is not None and row.face_model == task.face_model]
    if not faced:
        return told
    vectors = np.stack([np.frombuffer(row.embedding or b"", np.float16) for row in faced]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = groups.groups(vectors, context.shelf.faces(task.face_model).same)
    apart = {example.image_id for example in context.examples(dataset, split="regularisation")}
    meant = [number for row, number in zip(faced, numbers, strict=True) if row.image_id not in apart]
    strange = {number for number, intrudes in zip(meant, groups.intruders(meant), strict=True) if intrudes}
    for row, number in zip(faced, numbers, strict=True):
        told[row.image_id] = {"who": number, "intruder": number in strange and row.image_id not in apart}
    return told


def _eyes(task: InspectPictures, context: Context) -> Eyes:
    return Eyes(context.shelf.detector(), context.shelf.faces(task.face_model), task.face_model)


def _likeness(
    task: InspectPictures, context: Context, works: Sequence[Work], captions: dict[int, Caption]
) -> Likeness | None:
    if not any(work.caption for work in works):
        return None
    return Likeness(context.shelf.judge(task.judge), list(dict.fromkeys(row.text for row in captions.values())))
