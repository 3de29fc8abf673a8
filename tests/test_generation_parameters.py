"""The text in a PNG: written as AUTOMATIC1111 does, and read from it."""

import pytest
from PIL import Image as Pictures

from storage.parameters import Parameters, of_picture, read, write
from storage.tags import Term

FOREIGN = """masterpiece, (a fox:1.2), <lora:water_color-v1:0.8> in the
snow <lora:fox.v2:-1:lbw=MIDD>
Negative prompt: blurry,
bad: hands
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 123, Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned, \
ControlNet 0: "preprocessor: canny, model: x", Lora hashes: "water_color-v1: abc, fox.v2: def", Version: v1.9.4"""


def test_text_of_automatic1111_is_read():
    told = read(FOREIGN)
    assert told.prompt == "masterpiece, (a fox:1.2), in the\nsnow"
    assert told.negative == "blurry,\nbad: hands"
    assert told.blend == [Term("water_color-v1", 0.8), Term("fox.v2", -1.0)]
    assert told.size == (512, 768)
    assert told.facts["Sampler"] == "DPM++ 2M Karras"
    assert told.facts["ControlNet 0"] == "preprocessor: canny, model: x"
    assert told.facts["Lora hashes"] == "water_color-v1: abc, fox.v2: def"


FACTS = {"Steps": "20", "Sampler": "Euler a", "Seed": "1"}


@pytest.mark.parametrize(
    "prompt",
    ["", "a fox", "Steps: 3, and more", "한국어 프롬프트, 쉼표", 'quotes "and" \\ marks', "a\n\nb", "a: b, c: d, e"],
)
@pytest.mark.parametrize("negative", ["", "blue", "two\nlines"])
@pytest.mark.parametrize("blend", [[], [Term("fox", 0.8), Term("물감", -1.25, 0.5)]])
def test_what_is_written_is_read(prompt, negative, blend):
    assert read(write(prompt, negative, blend, FACTS)) == Parameters(prompt, negative, FACTS, blend)


@pytest.mark.parametrize("value", ["a, b", "a: b", 'say "so"', "line\nbreak", "C:\\path, x", ""])
def test_values_are_quoted_where_they_must(value):
    text = write("fox", "", [], {**FACTS, "Model": value, "Version": "1"})
    assert text.count("\n") == 1, "the facts stay on one line"
    assert read(text).facts == {**FACTS, "Model": value, "Version": "1"}


def test_a_prompt_alone_is_a_prompt():
    assert read("a fox, red: very").prompt == "a fox, red: very"
    assert read("").prompt == ""


def test_a_picture_that_says_nothing():
    assert of_picture(Pictures.new("RGB", (4, 4))) is None
