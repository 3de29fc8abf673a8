"""New tokens: learned beside the LoRA and alone, kept, loaded again, handed out, and gone without a trace."""

from __future__ import annotations

import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from door.commands.export import write_lora
from jobs.blending import Mixer, Part
from jobs.families.latent.vocabulary import Vocabulary
from jobs.families.sd15 import StableDiffusion15
from jobs.families.sdxl import StableDiffusionXL
from jobs.planning import new_tokens
from jobs.tasks.generate import GeneratePictures
from jobs.training import run as run_module
from jobs.training.tokens import Tokens
from jobs.worker import Worker
from storage import bases, datasets, loras, projects, queue
from storage.errors import BadInput, NotFound
from storage.files import sha256
from tests import teach, tiny
from tests.loras import save_lora
from tests.teach import ask, request, work

torch.set_num_threads(1)
BUILD = {"sd15": lambda: StableDiffusion15(tiny.sd15()), "sdxl": lambda: StableDiffusionXL(tiny.sdxl())}
WANTED = {"<cu_trg>": "close-up", "<fs_trg>": "full shot"}
PROMPTS = ["a cat", "<cu_trg> a cat", "", "a <fs_trg> of <CU_TRG>"]


@pytest.fixture(params=sorted(BUILD))
def family(request):
    return BUILD[request.param]()


def heard(family):
    text = family.encode_text(PROMPTS)
    return text.states if text.pooled is None else torch.cat([text.states.flatten(1), text.pooled], 1)


# ── written down ─────────────────────────────────────────────────────────────
def test_lines_become_tokens():
    assert new_tokens([" <CU_trg> =close-up ", "", "<kim-1> = a woman"]) == {
        "<cu_trg>": "close-up",
        "<kim-1>": "a woman",
    }


@pytest.mark.parametrize("line", ["sks = dog", "<sks>", "<sks> =", "<s k> = dog", "<a/b> = dog", "<sks = dog"])
def test_what_is_no_token_is_refused_at_once_and_on_the_form(line):
    with pytest.raises(BadInput, match="is no new token.*<cu_trg> = close-up"):
        request(tokens=[line])


def test_twice_the_same_is_refused():
    with pytest.raises(BadInput, match="<a> is there twice"):
        new_tokens(["<a> = x", "<A> = y"])


# ── in the model ─────────────────────────────────────────────────────────────
def test_tokens_begin_as_the_mean_of_words_and_only_their_rows_learn(family):
    tokens = Tokens(family, WANTED)
    encoder = family.text_encoders()[-1]
    own = encoder.module.get_input_embeddings().weight
    ids = getattr(family.pipe, encoder.tokenizer)("close-up", add_special_tokens=False).input_ids
    assert torch.allclose(tokens.rows[encoder.name][0], own[ids].mean(0))
    before = own.clone()
    said = family.speak([PROMPTS[1]])
    (said.states.square().sum() + (said.pooled.square().sum() if said.pooled is not None else 0)).backward()
    for rows in tokens.weights:
        assert rows.grad[0].abs().sum() > 0 and rows.grad[1].abs().sum() == 0
    assert own.grad is None and torch.equal(own, before)
    assert all(not weight.requires_grad for weight in encoder.module.parameters())


def test_taken_out_the_model_is_what_it_was(family):
    before, names = heard(family), [encoder.tokenizer for encoder in family.text_encoders()]
    own, state = [getattr(family.pipe, name) for name in names], family.fingerprint("text")
    rows = {e.name: torch.randn(1, e.module.config.hidden_size) for e in family.text_encoders()}
    words = Vocabulary(family, ["<cu_trg>"], rows)
    taught = heard(family)
    assert torch.equal(taught[[0, 2]], before[[0, 2]]) and not torch.equal(taught[1], before[1])
    with pytest.raises(BadInput, match="knows the token <cu_trg> already"):
        Vocabulary(family, ["<cu_trg>"], rows)
    words.take_out()
    assert torch.equal(heard(family), before) and family.fingerprint("text") == state
    assert [getattr(family.pipe, name) for name in names] == own


def test_the_end_of_a_prompt_is_found_in_encoders_with_the_old_configuration():
    """With end-of-text 2 transformers takes the largest id for the end, which is the new token's."""
    old, new = BUILD["sdxl"](), BUILD["sdxl"]()
    inner = old.pipe.text_encoder_2.text_model
    inner.eos_token_id = 2
    assert torch.equal(heard(old), heard(new)), "without new tokens both ways find the same end"
    rows = {e.name: torch.randn(1, e.module.config.hidden_size) for e in new.text_encoders()}
    words = [Vocabulary(one, ["<cu_trg>"], rows) for one in (old, new)]
    assert torch.equal(heard(old), heard(new))
    words[0].take_out()
    assert inner.eos_token_id == 2


# ── a run ────────────────────────────────────────────────────────────────────
@pytest.fixture
def shop(store, tmp_path):
    """A store with the base `tiny` and the data set `fox`, whose trigger word is a new token."""
    teach.furnish(store, tmp_path)
    datasets.set_trigger(store, datasets.named(store, 1, "fox").id, "<fox>")
    return store


WISH = {"tokens": ["<fox> = red fox"], "token_rate": 0.05, "ema": 0.5, "caption_dropout": 0.3, "save_every": 2}


def test_a_run_that_breaks_off_ends_with_the_same_lora_and_the_same_tokens(shop, monkeypatch):
    whole, cut = ask(shop, request(**WISH)), ask(shop, request(**WISH))
    work(shop, whole)
    train = run_module.train

    class PowerCut(BaseException):
        pass

    def breaks(student, after=0):
        for found in train(student, after):
            yield found
            if found.number == 5:
                raise PowerCut

    with monkeypatch.context() as broken, pytest.raises(PowerCut):
        broken.setattr(run_module, "train", breaks)
        work(shop, cut)
    queue.recover(shop, silent_for=-1)
    work(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)
    rows = [loras.get(shop, queue.get(shop, number).result["lora"]) for number in (whole, cut)]
    assert rows[0].tokens == rows[1].tokens and list(rows[0].tokens) == ["<fox>"]
    learned = load_file(loras.embeddings(shop, rows[0])["<fox>"])
    first = load_file(loras.embeddings(shop, loras.of_job(shop, whole)[0])["<fox>"])
    assert learned.keys() == {"emb_params"} and learned["emb_params"].shape == (1, 32)
    assert not torch.equal(learned["emb_params"], first["emb_params"]), "it went on learning after the checkpoint"
    assert all(torch.isfinite(one["emb_params"]).all() for one in (learned, first))
    monkeypatch.undo()
    handed_out(shop, rows[0])
    drawn_with(shop, rows[0])


def drawn_with(shop, row):
    """A picture drawn with the LoRA is told the token; the same warm base knows nothing of it in the next."""
    worker = Worker(shop, shop.settings)
    for weight, known in ((1.0, True), (0.0, False)):
        task = GeneratePictures(
            base="tiny", prompt="<fox> a cat", steps=1, seed=1, width=32, height=32,
            blend=[{"lora": row.id, "weight": weight}],
        )  # fmt: skip
        number = queue.add(shop, projects.first(shop).id, "generate", task, task.title(), task.lane).id
        worker.step()
        assert queue.get(shop, number).state == "done", queue.get(shop, number).error
        words = worker.shelf.mixer(bases.named(shop, "tiny")).family.pipe.tokenizer.get_vocab()
        assert ("<fox>" in words) is known


def handed_out(shop, row):
    """From the command line as files and as a zip, and from the Library as a zip, the token's file is beside the LoRA."""
    project, folder = projects.first(shop), shop.home / "out"
    kept = loras.embeddings(shop, row)["<fox>"].read_bytes()
    write_lora(shop, project, "fox", "kohya", folder / "fox.safetensors")
    assert (folder / "fox.safetensors").is_file() and (folder / "fox.safetensors").read_bytes() != kept
    assert (folder / "embeddings" / "fox.safetensors").read_bytes() == kept
    from studio.served import bundled

    for form in ("kohya", "diffusers"):
        for path in (
            write_lora(shop, project, "fox", form, folder / f"{form}.zip"),
            bundled(shop, row, form, whole=False),
        ):
            with zipfile.ZipFile(path) as archive:
                assert archive.namelist() == ["fox.safetensors", "embeddings/fox.safetensors"]
                assert archive.read("embeddings/fox.safetensors") == kept


def test_a_token_that_no_caption_holds_is_refused(shop):
    number = ask(shop, request(tokens=["<wolf> = a wolf"]))
    assert "None of the 4 captions holds the token <wolf>" in work(shop, number).error


# ── in a blend ───────────────────────────────────────────────────────────────
@pytest.fixture
def bring(family, tmp_path):
    """A part of a blend that brings a token of random rows."""
    build = {"sd15": tiny.sd15, "sdxl": tiny.sdxl}[family.name]

    def made(name, token, weight=1.0, vectors=1, width=None):
        path = save_lora(tmp_path / f"{name}.safetensors", build(), hash(name) % 100)
        rows = {e.key: torch.randn(vectors, width or e.module.config.hidden_size) for e in family.text_encoders()}
        save_file(rows, tmp_path / f"{name}-token.safetensors")
        return Part(sha256(path), path, name, weight, {token: tmp_path / f"{name}-token.safetensors"})

    return made


def test_a_blend_brings_its_tokens_and_takes_them_away(family, bring):
    before, mixer = heard(family), Mixer(family)
    one, two = bring("one", "<cu_trg>"), bring("two", "<fs_trg>", vectors=2)
    mixer.mix([one])
    alone = heard(family)
    assert torch.equal(alone[0], before[0]) and not torch.equal(alone[1], before[1])
    mixer.mix([one, two])
    both = heard(family)
    assert torch.equal(both[1], alone[1]) and not torch.equal(both[3], alone[3])
    assert len(family.pipe.tokenizer) == len(tiny.tokenizer()) + 3, "a token of two vectors is two words"
    mixer.mix([one, Part(two.file, two.path, two.name, 0.0, two.embeddings)])
    assert torch.equal(heard(family), alone)
    mixer.clear()
    assert torch.equal(heard(family), before)


def test_what_cannot_be_blended_leaves_the_model_as_it_was(family, bring):
    before, mixer = heard(family), Mixer(family)
    with pytest.raises(BadInput, match="“one” and “two” both bring the token <cu_trg>"):
        mixer.mix([bring("one", "<cu_trg>"), bring("two", "<cu_trg>")])
    with pytest.raises(BadInput, match="<cu_trg> of the LoRA “wide” was made for another family"):
        mixer.mix([bring("wide", "<cu_trg>", width=7)])
    lost = bring("lost", "<cu_trg>")
    lost.embeddings["<cu_trg>"].unlink()
    with pytest.raises(NotFound, match="token <cu_trg> of the LoRA “lost” is gone"):
        mixer.mix([lost])
    assert torch.equal(heard(family), before)
