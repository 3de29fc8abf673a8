"""Drawings that several tests look at, drawn once."""

from functools import cache

from PIL import Image as Pictures

from mini import draw, examples, world

FIRST = world.TEST_SEED
ANNA, BERTA, STRANGER = (world.sample(FIRST + seed).person for seed in (6, 21, 20))
"""Drawn people whom the bundled face model, small as it is, tells apart well."""


@cache
def people() -> tuple[tuple[str, Pictures.Image, str], ...]:
    """Five pictures of Anna, four of Berta, one of a stranger: name, 256 px, the caption that is true of it."""
    found = []
    for name, person, count in (("anna", ANNA, 5), ("berta", BERTA, 4), ("stranger", STRANGER, 1)):
        shown = examples.person_set(person, count, seed=1)
        found += [(f"{name}{number}", picture, text) for number, (_, picture, text) in enumerate(shown)]
    return tuple(found)


@cache
def drawing(seed: int, size: int = 128, **fixed: str) -> Pictures.Image:
    """A drawing of somebody, from a seed that no training uses."""
    return draw.draw(world.sample(FIRST + seed, **fixed), size)
