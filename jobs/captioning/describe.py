"""A picture in words that draw it again: what a captioner says of it, behind the trigger words of a blend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.captioners.captioner import Wording
from storage import uploads
from storage.errors import BadPicture
from storage.phrases import begin_with, clean

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.task import Weight
    from jobs.tasks.describe import DescribePicture
    from jobs.tasks.restyle import RedrawPicture


def run_description(task: DescribePicture, context: Context) -> None:
    """Describe the picture; the job's result holds the words as `prompt`."""
    description(task, context)


def description(task: DescribePicture | RedrawPicture, context: Context) -> str:
    """What is to be seen in the task's picture, as a prompt; the job's result holds it too.

    Raises:
        BadPicture: the picture's file is gone, or the captioner cannot take it.
    """
    picture = uploads.read(context.picture(task.picture)[1])
    context.progress(0, 1, f"Loading {task.captioner}")
    captioner = context.shelf.captioner(task.captioner)
    context.progress(0, 1, "Looking at the picture")
    try:
        said = clean(captioner.caption([picture], Wording())[0])
    except (ValueError, RuntimeError) as error:
        raise BadPicture(f"The captioner cannot take this picture ({error}). Use another one.") from error
    for trigger in reversed(triggers(task.blend, context)):
        said = begin_with(trigger, said, "comma")
    also = getattr(task, "prompt", "").strip()
    words = f"{said}, {also}" if also else said
    context.log(f"It is described as: {words}")
    context.result(prompt=words)
    return words


def triggers(blend: list[Weight], context: Context) -> list[str]:
    """The trigger words of the LoRAs that are heard, each once."""
    words = (context.lora(part.lora)[0].trigger for part in blend if part.weight)
    return list(dict.fromkeys(word for word in words if word))
