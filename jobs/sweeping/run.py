"""A request for a grid, from its row to the pictures and the grid of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from jobs.generation.ready import Ready, prepare
from jobs.generation.run import SEEDS
from jobs.sweeping.grid import Side, grid
from storage import uploads
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.sweep import Cell, SweepPictures


def run_sweep(task: SweepPictures, context: Context) -> None:
    """Draw every cell that is not there yet, each kept as it is finished; then the grid of all."""
    if task.x is None and task.y is None:
        raise BadInput("A grid needs a setting to go over. Choose one across, or one down.")
    made = {row.step: row for row in context.made()}
    seed = task.seed if task.seed >= 0 else _seed_of(made.values(), task)
    cells = in_order(task.cells(seed))
    total, done = sum(cell.task.steps for cell in cells), 0
    context.result(seed=seed, cells={row.step: row.id for row in made.values()})
    kept = {number: row.id for number, row in made.items()}
    context.progress(0, total, f"Loading {cells[0].task.base}")
    ready: Ready | None = None
    for place, cell in enumerate(cells):
        if cell.number not in kept:
            ready = ready.but(**cell.task.model_dump()) if ready else prepare(cell.task, context)
            kept[cell.number] = _draw(ready, cell, context, (done, total, f"Picture {place + 1} of {len(cells)}"))
            context.result(pictures=list(kept.values()), cells=kept)
        done += cell.task.steps
    context.progress(total, total, "Putting the grid together")
    context.result(grid=_keep_grid(task, context, kept, seed))


def in_order(cells: Iterable[Cell]) -> list[Cell]:
    """The cells so that what takes longest to change, the base and then the blend in it, changes least often."""
    found = list(cells)
    bases = list(dict.fromkeys(cell.task.base for cell in found))
    blends = list(dict.fromkeys(str(cell.task.blend) for cell in found))
    return sorted(
        found, key=lambda cell: (bases.index(cell.task.base), blends.index(str(cell.task.blend)), cell.number)
    )


def _seed_of(made: Iterable, task: SweepPictures) -> int:
    """The seed that was picked before the sweep broke off, else a new one."""
    over = any(axis and axis.setting == "seed" for axis in (task.x, task.y))
    known = None if over else next((row.seed for row in made), None)
    return random.SystemRandom().randrange(SEEDS) if known is None else known


def _draw(ready: Ready, cell: Cell, context: Context, told: tuple[int, int, str]) -> int:
    done, total, note = told
    start = time.monotonic()

    def on_step(step: int, steps: int) -> None:
        context.progress(done + cell.task.steps * step // steps, total, note)

    seed = cell.task.seed if cell.task.seed >= 0 else random.SystemRandom().randrange(SEEDS)
    number = ready.draw(seed, on_step, step=cell.number).id
    context.log(f"Drew row {cell.row + 1}, column {cell.column + 1} in {time.monotonic() - start:.1f} s.")
    return number


def _keep_grid(task: SweepPictures, context: Context, kept: dict[int, int], seed: int) -> int:
    across, down = (
        Side(axis.title or axis.setting, axis.said) if axis else Side("", [""]) for axis in (task.x, task.y)
    )
    pictures = [uploads.read(context.picture(kept[number])[1]) for number in sorted(kept)]
    sheet = grid(across, down, pictures)
    asked = task.model_dump(mode="json")
    return context.keep_picture(
        sheet, kind="grid", prompt=task.prompt, negative=task.negative, seed=seed, base=task.base, settings=asked
    )
