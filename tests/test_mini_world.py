"""The drawn world: everything comes from seeds, captions are true, and what is held out stays out."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from mini import styles, world
from mini.attributes import ATTRIBUTES, UNKNOWN, labels, nameable, swap, value
from mini.draw import PLACES, draw
from mini.examples import person_set, style_set
from mini.people import HELD_OUT
from mini.reading import read
from mini.wording import loose
from mini.world import caption, sample

SEEDS = range(300)


def pixels(drawing, **given):
    return np.asarray(draw(drawing, **given), np.int16)


def test_the_same_seed_gives_the_same_drawing_and_the_same_pixels():
    assert sample(5) == sample(5) != sample(6)
    for style in styles.ALL:
        assert np.array_equal(pixels(sample(5), style=style), pixels(sample(5), style=style))


def test_drawing_needs_no_torch():
    code = (
        "import sys, mini.examples; next(iter(mini.examples.style_set('pixel', 1))); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_attribute_changes_the_picture():
    rng = np.random.default_rng(0)
    bare = replace(sample(1), framing="close-up", hat="none", style="shaded")
    bare = replace(bare, person=replace(bare.person, kind="man", glasses="none", beard=False, freckles=False))
    for attribute in ATTRIBUTES:
        assert np.abs(pixels(bare) - pixels(swap(bare, attribute, rng))).max() > 40, attribute


@pytest.mark.parametrize("framing, share", [("close-up", 0.55), ("medium shot", 0.3), ("full shot", 0.18)])
def test_framings_differ_in_the_height_of_the_head(framing, share):
    assert PLACES[framing][1] == pytest.approx(share, abs=0.04)
    assert PLACES[framing][1] * 128 >= 24


def test_captions_say_what_is_drawn_and_can_be_read_back():
    for seed in SEEDS:
        drawing = sample(seed)
        said = read(caption(drawing))
        for attribute, label in zip(ATTRIBUTES, labels(drawing)):
            if label != UNKNOWN and attribute != "style":
                assert said[attribute] == value(drawing, attribute), (attribute, caption(drawing))


def test_captions_read_as_english_and_name_the_style_only_when_asked():
    for seed in SEEDS:
        drawing = sample(seed)
        for words in (caption(drawing), loose(drawing, np.random.default_rng(seed))):
            assert not any(f" a {vowel}" in f" {words}" for vowel in "aeiou"), words
            assert "  " not in words and not words.endswith(",")
        assert caption(drawing).endswith(f"{drawing.style} style")
        assert "style" not in caption(drawing, style=False)


def test_captions_of_colourless_styles_name_no_colours():
    for seed in range(40):
        words = caption(sample(seed, style="blueprint"), style=False).split()
        assert not set(words) & {*world.HAIR_COLOURS, *world.GARMENT_COLOURS, "pink", "gray", "purple", "tan"}


def test_held_out_styles_and_people_are_never_sampled():
    drawings = [sample(seed) for seed in range(1500)]
    assert {d.style for d in drawings} == set(styles.TRAINED)
    assert not set(styles.TRAINED) & set(styles.HELD_OUT)
    assert not {d.person.looks for d in drawings} & {p.looks for p in HELD_OUT.values()}
    assert len(HELD_OUT) >= 6 and len(styles.HELD_OUT) >= 3


def test_swapping_changes_one_attribute_and_the_caption():
    rng = np.random.default_rng(0)
    for seed in range(60):
        drawing = sample(seed)
        for attribute in nameable(drawing):
            other = swap(drawing, attribute, rng)
            assert value(other, attribute) != value(drawing, attribute)
            assert caption(other) != caption(drawing)


def test_held_out_styles_are_far_from_the_trained_ones():
    """In mean colour of pixels, no held-out style is as near to a trained one as shaded is to flat."""
    drawings = [sample(seed) for seed in range(6)]

    def distance(a, b):
        return np.mean([np.abs(pixels(d, size=64, style=a) - pixels(d, size=64, style=b)).mean() for d in drawings])

    near = distance("shaded", "flat")
    for style in styles.HELD_OUT:
        assert min(distance(style, trained) for trained in styles.TRAINED) > near, style


def test_example_sets_have_names_pictures_and_captions():
    shots = list(style_set("woodcut", 3, seed=1, size=64)) + list(person_set("Juniper", 3, seed=1, size=64))
    assert len({name for name, _, _ in shots}) == 6
    assert all(picture.size == (64, 64) and picture.mode == "RGB" for _, picture, _ in shots)
    assert all("style" not in words for _, _, words in shots)
    assert all("curly green hair" in words and "glasses" in words for _, _, words in shots[3:])


def test_pictures_of_one_seed_are_the_same_on_every_machine():
    digest = hashlib.sha256(draw(sample(3, style="flat"), 128).tobytes()).hexdigest()
    assert digest == FLAT_DRAWING_3


FLAT_DRAWING_3 = "b6a41778ae93fb9bba4bead9dfbd1417b7ab8e4885470fa11b753531daee5986"
