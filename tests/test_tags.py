"""LoRAs that a prompt names: read, looked up, taken out of it."""

import pytest

from storage.errors import BadInput, NotFound
from storage.tags import Term, read_tags, tag, taken

NAMES = ["watercolor", "cartoon", "pixel art", "Kim: v2", "물감"]


@pytest.mark.parametrize(
    ("prompt", "bare", "terms"),
    [
        ("a fox", "a fox", []),
        ("a (fox:1.2), 35mm (1.2)", "a (fox:1.2), 35mm (1.2)", []),
        ("a fox <lora:watercolor:0.6>", "a fox", [Term("watercolor", 0.6)]),
        ("a <lora:cartoon> fox", "a fox", [Term("cartoon")]),
        ("a fox, <lora:cartoon:.5>, blue", "a fox, blue", [Term("cartoon", 0.5)]),
        ("<lora:cartoon:1:0.5> a fox", "a fox", [Term("cartoon", 0.5, 1.0)]),
        ("a<lora:cartoon:te=0.2:unet=-1>", "a", [Term("cartoon", -1.0, 0.2)]),
        ("a<lora:cartoon:unet=0.4>", "a", [Term("cartoon", 0.4, 1.0)]),
        ("a <lora:Pixel_Art:1> fox", "a fox", [Term("pixel art", 1.0)]),
        ("a <lora:Kim  v2:1> fox", "a fox", [Term("Kim: v2", 1.0)]),
        ("a fox, watercolor(0.6) + cartoon(0.4)", "a fox", [Term("watercolor", 0.6), Term("cartoon", 0.4)]),
        ("watercolor(0.6)+cartoon(0.4), a fox", "a fox", [Term("watercolor", 0.6), Term("cartoon", 0.4)]),
        ("a fox in pixel art (-0.5), snow", "a fox in, snow", [Term("pixel art", -0.5)]),
        ("여우, 물감(0.7)", "여우", [Term("물감", 0.7)]),
        ("one\n물감(0.7)\ntwo", "one\n\ntwo", [Term("물감", 0.7)]),
        (r"take \(2\) and watercolors", r"take \(2\) and watercolors", []),
    ],
)
def test_what_a_prompt_names_is_taken_out_of_it(prompt, bare, terms):
    assert taken(prompt, NAMES) == (bare, terms)


@pytest.mark.parametrize(
    ("prompt", "error", "said"),
    [
        ("<lora:oil:1>", NotFound, "“oil”.*there are: watercolor, cartoon"),
        ("a fox, oil(0.5) + cartoon(0.4)", NotFound, "“oil”"),
        ("<lora:cartoon:much>", BadInput, "at “much”"),
        ("<lora:cartoon:1:1:1>", BadInput, "is not understood"),
        ("<lora:cartoon:1:lbw=MIDD>", BadInput, "lbw=MIDD"),
        ("<lora:cartoon:40>", BadInput, "at 40; 4 is the most"),
    ],
)
def test_what_cannot_be_meant_is_said(prompt, error, said):
    with pytest.raises(error, match=said):
        taken(prompt, NAMES)


def test_an_empty_library_says_so():
    with pytest.raises(NotFound, match="none yet"):
        taken("<lora:oil:1>", [])


@pytest.mark.parametrize("term", [Term("a", 0.5), Term("b c", -1.25, 0.5), Term("d", 0.0, 1.0)])
def test_tags_are_read_back(term):
    assert read_tags(f"a fox {tag(term)}") == ("a fox", [term])


def test_a_foreign_tag_is_read_as_far_as_it_goes():
    assert read_tags("a <lora:x:0.5:lbw=MIDD> fox <lora:y:z>") == ("a fox <lora:y:z>", [Term("x", 0.5)])
