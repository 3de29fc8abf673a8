"""A request for captions, from its row to a caption on each picture."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from jobs.captioners.captioner import Captioner, Wording
from storage import uploads
from storage.errors import BadInput, BadPicture, StudioError
from storage.phrases import begin_with, clean

if TYPE_CHECKING:
    from jobs.context import Context, Example
    from jobs.tasks.caption import CaptionPictures

Opened = list[tuple["Example", Pictures.Image | BadPicture]]


def run_captions(task: CaptionPictures, context: Context) -> None:
    """Caption what `task` asks for; each batch is kept as soon as it is described.

    A picture that cannot be captioned is named in the log and the others go on. With
    `which="missing"`, a caption that somebody wrote in the meantime stays.

    Raises:
        BadInput: the data set is empty.
        StudioError: not one of the pictures could be captioned; the reason of the last.
    """
    dataset = context.dataset(task.dataset)
    examples = wanted(task, context.examples(dataset, split=None), context)
    if not examples:
        context.log("Every picture has its caption already." if task.which == "missing" else "Nothing to caption.")
        context.result(captions=0, failed=[])
        return
    context.progress(0, len(examples), f"Loading {task.captioner}")
    captioner = context.shelf.captioner(task.captioner)
    wording = Wording(task.prefix, task.most_words, task.beams, task.sample, task.sure)
    trigger = dataset.trigger if task.put_trigger else ""
    failed: list[str] = []
    written, last, done = 0, None, 0
    for batch in opened(examples, task.batch):
        for example, said in describe(captioner, batch, wording):
            if isinstance(said, StudioError):
                context.log(f"{example.name} was left out: {said}")
                failed, last = [*failed, example.name], said
            else:
                written += keep(task, context, example, begin_with(trigger, clean(said), task.trigger_form))
        done += len(batch)
        context.result(captions=written, failed=failed)
        context.progress(done, len(examples), f"{done} of {len(examples)} pictures")
    if last is not None and not written:
        raise last
    context.log(f"Captioned {written} of {len(examples)} pictures with {task.captioner}.")


def keep(task: CaptionPictures, context: Context, example: Example, text: str) -> bool:
    """Keep a caption, unless somebody wrote one meanwhile where only the missing were asked for."""
    if task.which == "missing" and context.captions([example.image_id]):
        context.log(f"{example.name} was captioned by somebody else meanwhile; that caption stays.")
        return False
    context.keep_caption(example.image_id, text, task.captioner)
    return True


def wanted(task: CaptionPictures, examples: list[Example], context: Context) -> list[Example]:
    """The pictures to caption, of all parts of the data set."""
    if not examples:
        raise BadInput(f"The data set “{task.dataset}” has no pictures. Upload some first.")
    if task.which == "chosen" and not task.images:
        raise BadInput("No picture is chosen. Choose some on the wall or on the strip below the caption.")
    if task.images:
        lost = set(task.images) - {example.image_id for example in examples}
        if lost:
            context.log(f"{len(lost)} of the chosen pictures are no longer in the data set.")
        examples = [example for example in examples if example.image_id in set(task.images)]
    return [example for example in examples if task.which != "missing" or not example.caption]


def opened(examples: list[Example], size: int) -> Iterator[Opened]:
    """Batches with their pictures in memory; the next is read while the last is described."""
    batches = [examples[start : start + size] for start in range(0, len(examples), size)]
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(_read, batches[0])
        for following in [*batches[1:], []]:
            batch = ahead.result()
            ahead = reader.submit(_read, following)
            yield batch


def _read(batch: list[Example]) -> Opened:
    found: Opened = []
    for example in batch:
        try:
            found.append((example, uploads.read(example.path)))
        except BadPicture as error:
            found.append((example, error))
    return found


def describe(captioner: Captioner, batch: Opened, wording: Wording) -> Iterator[tuple[Example, str | StudioError]]:
    """What the captioner says of each picture, or why it says nothing.

    Pictures are looked at together; where that fails, one at a time, so that one
    that the model cannot take (or too many for the memory) does not stop the others.
    """
    good = [(example, picture) for example, picture in batch if isinstance(picture, Pictures.Image)]
    yield from ((example, picture) for example, picture in batch if isinstance(picture, BadPicture))
    try:
        texts = captioner.caption([picture for _, picture in good], wording) if good else []
    except (ValueError, RuntimeError) as error:
        if len(good) == 1:
            yield good[0][0], BadPicture(f"The captioner cannot take this picture ({error}). Use another one.")
            return
        for one in good:
            yield from describe(captioner, [one], wording)
        return
    yield from ((example, text) for (example, _), text in zip(good, texts, strict=True))
