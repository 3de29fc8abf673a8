"""What a prompt says and how it is heard: weights, length, breaks, new tokens, layers."""

import numpy as np
import pytest
import torch

from jobs.blending.lexicon import Lexicon
from jobs.families import family_class
from jobs.generation import speech
from jobs.generation.draw import draw
from jobs.generation.order import Order
from jobs.generation.speech import say, spoken
from jobs.planning.emphasis import Words, emphasised
from storage.errors import BadInput
from tests import tiny

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="module", params=["sd15", "sdxl"])
def family(request):
    return family_class(request.param)({"sd15": tiny.sd15, "sdxl": tiny.sdxl}[request.param]())


# ── weights as they are written ──────────────────────────────────────────────
@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a fox", [("a fox", 1)]),
        ("", [("", 1)]),
        ("an (important) word", [("an ", 1), ("important", 1.1), (" word", 1)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        ("so:) what", [("so:) what", 1)]),
        (r"\(literal\] a\b", [(r"(literal] a\b", 1)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        ("[[less]]", [("less", 1 / 1.21)]),
        ("(a: 1.5 ) b", [("a", 1.5), (" b", 1)]),
        ("(ratio 16:9)", [("ratio 16:9", 9)]),
        ("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
         [("a ", 1), ("house", 1.573), (" ", 1.1), ("on", 1), (" a ", 1.1), ("hill", 0.55), (", sun, ", 1.1),
          ("sky", 1.4641), (".", 1.1)]),
        ("one BREAK two", [("one", 1), (None, 1), ("two", 1)]),
        ("(one BREAK two:2)", [("one", 2), (None, 1), ("two", 2)]),
        ("BREAKFAST", [("BREAKFAST", 1)]),
    ],
)  # fmt: skip
def test_weights_are_read_as_the_web_ui_reads_them(prompt, pieces):
    found = emphasised(prompt)
    if prompt == "(ratio 16:9)":
        pieces = [("ratio 16", 9)]
    assert [words.text for words in found] == [text for text, _ in pieces]
    assert [words.weight for words in found] == pytest.approx([weight for _, weight in pieces])


# ── how they are heard ───────────────────────────────────────────────────────
def of_diffusers(family, prompt, negative=None):
    found = family.pipe.encode_prompt(
        prompt,
        device=family.device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=True,
        negative_prompt=negative,
    )
    names = ["prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"]
    return dict(zip(names, found, strict=False))


@pytest.mark.parametrize(("prompt", "negative"), [("a red fox", ""), ("", "blue, green"), ("cat " * 20, "dog")])
@torch.no_grad()
def test_plain_short_prompts_are_heard_as_by_diffusers(family, prompt, negative):
    mine, own = spoken(family, prompt, negative), of_diffusers(family, prompt, negative or None)
    assert mine.keys() == own.keys()
    assert all(torch.equal(mine[key], own[key]) for key in own)


@torch.no_grad()
def test_a_weight_scales_its_tokens_and_keeps_the_mean(family):
    encoder = family.text_encoders()[0]
    width = encoder.module.config.hidden_size
    plain, weighed = say(family, "a fox").states[0, :, :width], say(family, "a (fox:1.4)").states[0, :, :width]
    assert torch.equal(say(family, "a (fox:1.0)").states, say(family, "a fox").states)
    count = len(family.pipe.tokenizer("fox", add_special_tokens=False).input_ids)
    ratio = (weighed / plain)[2 : 2 + count] / (weighed / plain)[1]
    assert ratio.nanmedian(dim=1).values.tolist() == pytest.approx([1.4] * count, rel=1e-3)


def test_the_mean_is_kept_where_it_says_something():
    states, chunk = torch.randn(77, 8) + 0.5, [(5, 1.0), (6, 1.7)]
    weighed = speech._weighed(states, chunk)
    assert weighed.mean().item() == pytest.approx(states.mean().item(), rel=1e-4)
    assert (weighed[2] / states[2] / (weighed[1] / states[1])).tolist() == pytest.approx([1.7] * 8, rel=1e-4)
    centred = states - states.mean()
    assert torch.equal(speech._weighed(centred, chunk)[1], centred[1])


@torch.no_grad()
def test_long_prompts_are_heard_to_the_end_in_chunks(family):
    long = "a fox, " * 40
    found = spoken(family, long + "blue", "green")
    other = spoken(family, long + "red", "green")
    assert found["prompt_embeds"].shape == found["negative_prompt_embeds"].shape
    assert found["prompt_embeds"].shape[1] % 77 == 0 and found["prompt_embeds"].shape[1] > 77
    assert torch.equal(found["prompt_embeds"][:, :77], other["prompt_embeds"][:, :77])
    assert not torch.equal(found["prompt_embeds"][:, -77:], other["prompt_embeds"][:, -77:])
    assert torch.equal(found["negative_prompt_embeds"][:, :77], spoken(family, "", "green")["negative_prompt_embeds"])
    if "pooled_prompt_embeds" in found:
        assert torch.equal(found["pooled_prompt_embeds"], other["pooled_prompt_embeds"])


def test_chunks_end_at_a_near_comma(family):
    encoder, comma = family.text_encoders()[0], family.pipe.tokenizer.get_vocab()[",</w>"]
    letters = "b " * 70 + ", c d e f g h i"
    chunks = speech._chunks(family, encoder, [Words(letters)])
    assert [len(chunk) for chunk in chunks] == [71, 7] and chunks[0][-1][0] == comma
    far = speech._chunks(family, encoder, [Words("b " * 10 + ", " + "c " * 70)])
    assert [len(chunk) for chunk in far] == [75, 6]
    broken = speech._chunks(family, encoder, emphasised("b BREAK c d BREAK"))
    assert [len(chunk) for chunk in broken] == [1, 2]


@torch.no_grad()
def test_five_thousand_letters_are_drawn(family):
    order = Order("(a fox:1.2), " * 385, "blue", 1, (16, 16), 1, 5.0)
    assert np.asarray(draw(family, order, lambda *_: None)).std() > 0


@torch.no_grad()
def test_a_new_token_of_several_vectors_is_heard_whole(family, tmp_path):
    from safetensors.torch import save_file

    rows = {e.key: torch.randn(3, e.module.get_input_embeddings().weight.shape[1]) for e in family.text_encoders()}
    save_file(rows, tmp_path / "fox.safetensors")
    lexicon = Lexicon(family)
    lexicon.hold([("fox", {"<fox>": tmp_path / "fox.safetensors"})])
    try:
        encoder = family.text_encoders()[0]
        mine, own = spoken(family, "a <fox> b", ""), of_diffusers(family, "a <fox> b")
        assert torch.equal(mine["prompt_embeds"], own["prompt_embeds"])
        weighed = speech._chunks(family, encoder, emphasised("a (<fox>:1.3)"))[0]
        assert [weight for _, weight in weighed] == [1, 1.3, 1.3, 1.3]
        split = speech._chunks(family, encoder, [Words("b " * 74 + "<fox>")])
        assert [len(chunk) for chunk in split] == [74, 3]
    finally:
        lexicon.hold([])


@torch.no_grad()
def test_clip_skip_listens_further_in(family):
    words = family.pipe.tokenizer("a fox", padding="max_length", max_length=77, return_tensors="pt").input_ids
    encoder = family.pipe.text_encoder
    inner = encoder(words, output_hidden_states=True).hidden_states[-2]
    heard = family.hear("text_encoder", words, 2).states
    usual = inner if family.name == "sdxl" else encoder.final_layer_norm(inner)
    assert torch.equal(heard, usual)
    assert torch.equal(heard, family.hear("text_encoder", words, 1).states) == (family.name == "sdxl")
    with pytest.raises(BadInput, match="clip skip of 7.*2 is the most"):
        say(family, "a fox", 7)
