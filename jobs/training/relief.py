"""When memory runs out in the middle of a step: ask less of it, and make the same step again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from storage.errors import StudioError

if TYPE_CHECKING:
    from jobs.families.family import Family
    from jobs.training.loop import Student

NO_ROOM = (
    "There is not enough memory for this run, even with one picture at a time and gradient checkpointing. Lower the "
    "resolution or the rank, choose bf16 or fp16 as precision, or close what else uses the GPU."
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the GPU or the machine has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def save_memory(family: Family) -> None:
    """Turn gradient checkpointing on, in the VAE too, which carries gradient where predicted pictures are looked at."""
    for part in (family.pipe.unet, family.pipe.vae):
        if part is not None:
            part.enable_gradient_checkpointing()


def relieve(student: Student) -> str:
    """Halve what goes through the UNet together, then turn gradient checkpointing on; one sentence for the log.

    The step stays the same: its pictures, noise and words are drawn for all of it before it is cut into batches.

    Raises:
        StudioError: there is nothing left to save.
    """
    batches, unet = student.batches, student.family.pipe.unet
    student.optimizer.forget()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if batches.at_once > 1:
        batches.at_once = (batches.at_once + 1) // 2
        times = -(-batches.count // batches.at_once)
        return (
            f"Memory ran out. The run goes on with {batches.at_once} at a time, added up {times} times: "
            "the same steps, a little slower."
        )
    if not unet.is_gradient_checkpointing:
        save_memory(student.family)
        return "Memory ran out again. The run goes on with gradient checkpointing: the same steps, a third slower."
    raise StudioError(NO_ROOM)
