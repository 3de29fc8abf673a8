"""Requests for pictures: what comes out, that it comes out again, and what is said when it cannot."""

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from PIL import Image as Pictures

from jobs.context import Context
from jobs.families import family_class
from jobs.generation import prepare, run_generation
from jobs.generation.draw import draw
from jobs.generation.order import Order, Upscale
from jobs.generation.samplers import SAMPLERS, name_of, sampler
from jobs.generation.sizes import fit, fit_mask
from jobs.shelf import Shelf
from jobs.task import Weight
from jobs.tasks.generate import GeneratePictures
from storage import bases, loras, parameters, pictures, queue
from storage.errors import BadInput, BadPicture, NotFound, Stopped
from storage.tags import Term
from tests import tiny
from tests.loras import TEXT, save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folders of a tiny base model of each family."""
    place = tmp_path_factory.mktemp("models")
    return {"sd15": tiny.save_sd15(place / "sd15"), "sdxl": tiny.save_sdxl(place / "sdxl")}


@pytest.fixture(params=["sd15", "sdxl"])
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def warm():
    """A shelf that all tests share, as all requests share a worker's."""
    return Shelf("cpu")


@pytest.fixture
def ask(store, project, models, warm):
    """Ask for pictures and run the request at once; returns (context, rows of what was made)."""
    for name, source in models.items():
        bases.add(store, name, str(source))

    def run(shelf=warm, meet=None, job=None, **wishes):
        task = GeneratePictures(**{"base": "sd15", "prompt": "a red fox", "steps": 3, "seed": 7, **wishes})
        if job is None:
            queue.add(store, project.id, "generate", task, task.title(), task.lane)
            job = queue.claim(store, "tester", ("now",))
        context = Context(store, job, shelf, "cpu")
        if meet:
            meet(context)
        run_generation(task, context)
        return context, pictures.of_job(store, job.id)

    run.store, run.project = store, project
    return run


@pytest.fixture
def fox(store, project, tmp_path):
    """A LoRA of the library for the tiny sd15."""
    file = save_lora(tmp_path / "fox.safetensors", tiny.sd15(), 1, text=TEXT)
    return loras.add(store, project.id, file, name="fox", family="sd15", base="sd15").id


def content(ask, row):
    return ask.store.files.path(row.file).read_bytes()


def pixels(ask, row):
    return np.asarray(Pictures.open(ask.store.files.path(row.file))).astype(int)


def said(ask, context):
    return [line.text for line in queue.log_lines(ask.store, context.job_id)]


def plain(models, kind, seed, **wishes):
    """The picture that diffusers alone draws."""
    pipe = {"sd15": tiny.sd15, "sdxl": tiny.sdxl}[kind]().from_pretrained(models[kind], dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    asked = {"num_inference_steps": 3, "guidance_scale": 5.0, "width": 32, "height": 32, **wishes}
    return np.asarray(pipe("a red fox", generator=generator, **asked).images[0]).astype(int)


# ── what comes out ───────────────────────────────────────────────────────────
def test_the_picture_is_the_one_diffusers_draws(ask, models, kind):
    context, [row] = ask(base=kind)
    assert (pixels(ask, row) == plain(models, kind, 7)).all()
    assert queue.get(ask.store, context.job_id).result == {"pictures": [row.id], "seed": 7}


def test_everything_needed_to_make_it_again_is_kept(ask, fox):
    context, [row] = ask(blend=[Weight(lora=fox, weight=0.6)], negative="blue", guidance=4.5, sampler="Euler a")
    file = loras.get(ask.store, fox).file
    assert (row.prompt, row.negative, row.seed, row.base, row.kind) == ("a red fox", "blue", 7, "sd15", "made")
    assert (row.width, row.height) == (32, 32)
    assert row.blend == [{"lora": fox, "name": "fox", "file": file, "weight": 0.6}]
    assert row.settings.items() >= {"steps": 3, "guidance": 4.5, "sampler": "Euler a", "family": "sd15"}.items()
    assert len(row.settings["base_fingerprint"]) == 16
    told = parameters.of_picture(Pictures.open(ask.store.files.path(row.file)))
    assert (told.prompt, told.negative, told.blend, told.size) == ("a red fox", "blue", [Term("fox", 0.6)], (32, 32))
    assert told.facts["Seed"] == "7" and told.facts["Lora hashes"] == f"fox: {file[:12]}"
    assert any("fox at 0.6" in line for line in said(ask, context))


def test_same_request_same_bytes_cold_or_warm(ask, fox, kind):
    blend = [Weight(lora=fox, weight=0.8)] if kind == "sd15" else []
    _, [first] = ask(base=kind, blend=blend)
    ask(base="sd15", blend=[Weight(lora=fox, weight=-1)], prompt="something else", sampler="DPM++ 2M")
    _, [warm] = ask(base=kind, blend=blend)
    _, [cold] = ask(base=kind, blend=blend, shelf=Shelf("cpu"))
    assert content(ask, first) == content(ask, warm) == content(ask, cold)


@pytest.mark.parametrize(
    ("prompt", "blend", "weights"),
    [
        ("a red fox <lora:fox:0.6>", [], (0.6, None)),
        ("a red fox, fox(0.6)", [], (0.6, None)),
        ("a red fox <lora:FOX:0.3:0.6>", [], (0.6, 0.3)),
        ("<lora:fox:0.6>a red fox", [1.5], (0.6, None)),
    ],
)
def test_a_lora_in_the_prompt_is_one_of_the_blend(ask, fox, prompt, blend, weights):
    _, [spoken] = ask(prompt=prompt, blend=[Weight(lora=fox, weight=weight) for weight in blend])
    _, [mixed] = ask(blend=[Weight(lora=fox, weight=weights[0], text=weights[1])])
    assert (pixels(ask, spoken) == pixels(ask, mixed)).all()
    assert (spoken.prompt, spoken.blend) == ("a red fox", mixed.blend)
    assert spoken.file == mixed.file, "the text in the file is the same too"


def test_a_lora_that_is_not_there_is_said_before_loading(ask, fox):
    with pytest.raises(NotFound, match="names a LoRA “wolf”.*there are: fox"):
        ask(prompt="a wolf <lora:wolf:1>", shelf=None)


def test_text_encoders_may_hear_a_lora_more_than_the_unet(ask, fox):
    files = [ask(blend=[Weight(lora=fox, weight=w, text=t)])[1][0].file for w, t in ((1, None), (1, 1), (1, 0), (0, 1))]
    assert files[0] == files[1] and len(set(files)) == 3


def test_a_lora_may_count_in_some_of_the_steps_alone(ask, fox, models):
    wishes = {"steps": 4, "sampler": "DDIM"}
    _, [row] = ask(blend=[Weight(lora=fox, weight=0.6, text=0, end=0.5)], **wishes)
    _, [late] = ask(blend=[Weight(lora=fox, weight=0.6, text=0, start=0.5)], **wishes)
    _, [whole] = ask(blend=[Weight(lora=fox, weight=0.6, text=0, start=0, end=1)], **wishes)
    _, [again] = ask(blend=[Weight(lora=fox, weight=0.6, text=0, end=0.5)], shelf=Shelf("cpu"), **wishes)
    assert row.file == again.file and len({row.file, late.file, whole.file}) == 3
    assert (row.blend[0]["start"], row.blend[0]["end"]) == (0, 0.5) and "start" not in whole.blend[0]

    pipe = tiny.sd15().from_pretrained(models["sd15"], dtype=torch.float32)
    pipe.scheduler = sampler("DDIM", pipe.scheduler)
    pipe.load_lora_weights(ask.store.files.path(loras.get(ask.store, fox).file), adapter_name="lora_0001")
    pipe.set_adapters(["lora_0001"], [{"unet": 0.6, "text_encoder": 0.0}])

    def callback(running, step, timestep, tensors):
        if step == 1:
            running.set_adapters(["lora_0001"], [0.0])
        return tensors

    drawn = pipe("a red fox", num_inference_steps=4, guidance_scale=5.0, width=32, height=32,
                 generator=torch.Generator().manual_seed(7), callback_on_step_end=callback).images[0]  # fmt: skip
    assert np.abs(pixels(ask, row) - np.asarray(drawn).astype(int)).max() <= 2


def test_lora_at_zero_is_the_base_itself(ask, fox):
    _, [base] = ask()
    _, [with_lora] = ask(blend=[Weight(lora=fox, weight=1)])
    _, [zero] = ask(blend=[Weight(lora=fox, weight=0)])
    assert np.abs(pixels(ask, base) - pixels(ask, with_lora)).max() > 20
    assert (pixels(ask, base) == pixels(ask, zero)).all()


def test_each_of_a_batch_comes_out_again_alone(ask, kind):
    _, batch = ask(base=kind, count=3)
    assert [row.seed for row in batch] == [7, 8, 9]
    assert len({row.file for row in batch}) == 3
    _, [alone] = ask(base=kind, seed=8)
    assert content(ask, alone) == content(ask, batch[1])


@pytest.mark.parametrize("sampler", ["", "DPM++ 2M SDE"])
def test_each_of_those_drawn_at_once_comes_out_again_alone(ask, kind, sampler):
    _, together = ask(base=kind, count=3, batch=2, sampler=sampler)
    _, alone = ask(base=kind, count=3, sampler=sampler)
    assert [row.seed for row in together] == [7, 8, 9]
    for one, other in zip(together, alone, strict=True):
        assert np.abs(pixels(ask, one) - pixels(ask, other)).max() <= 2
    _, redrawn = ask(base=kind, count=2, batch=2, sampler=sampler, picture=given(ask), strength=0.7)
    _, alone = ask(base=kind, seed=8, sampler=sampler, picture=redrawn[0].parent_id, strength=0.7)
    assert np.abs(pixels(ask, redrawn[1]) - pixels(ask, alone[0])).max() <= 2


@pytest.mark.parametrize("by", ["pixels", "latents"])
@pytest.mark.parametrize("sampler", ["", "Heun"])
def test_a_second_pass_draws_it_larger(ask, kind, by, sampler):
    seen = []

    def meet(context):
        context.progress = lambda done, total, note="", seconds_left=None: seen.append((done, total))

    wishes = {"base": kind, "upscale": 1.5, "upscale_by": by, "upscale_steps": 2, "upscale_strength": 0.4}
    _, rows = ask(count=2, batch=2, sampler=sampler, meet=meet, **wishes)
    _, [again] = ask(seed=8, sampler=sampler, **wishes)
    assert all(Pictures.open(ask.store.files.path(row.file)).size == (48, 48) for row in rows)
    assert np.abs(pixels(ask, rows[1]) - pixels(ask, again)).max() <= 2
    assert (again.width, again.settings["width"], again.settings["upscale"]) == (48, 32, 1.5)
    assert seen[-1][0] == seen[-1][1] and [done for done, _ in seen] == sorted(done for done, _ in seen)
    told = parameters.of_picture(Pictures.open(ask.store.files.path(again.file)))
    assert told.facts.items() >= {"Hires upscale": "1.5", "Hires steps": "2", "Denoising strength": "0.4"}.items()
    assert told.size == (32, 32)


@pytest.mark.parametrize("at", [1, 4])
def test_both_passes_can_be_stopped_at_any_step(ask, at):
    def meet(context):
        def progress(done, total, note="", seconds_left=None):
            if done == at:
                raise Stopped

        context.progress = progress

    with pytest.raises(Stopped):
        ask(upscale=2, meet=meet)
    _, [row] = ask()
    _, [again] = ask(shelf=Shelf("cpu"))
    assert row.file == again.file, "the base is as it was"


@pytest.mark.parametrize("by", ["pixels", "latents"])
def test_latents_of_any_number_of_channels_are_made_larger(by):
    pipe = tiny.sd15()
    pipe.vae = AutoencoderKL.from_config({**pipe.vae.config, "latent_channels": 6}).eval()
    pipe.unet = tiny.unet(32, in_channels=6, out_channels=6).eval()
    family = family_class("sd15")(pipe)
    order = Order("a fox", "", 7, (16, 16), 2, 5.0, upscale=Upscale(2.0, (32, 32), 2, 0.5, by))
    seen = []
    drawn, again = (draw(family, order, lambda done, steps, latents: seen.append(latents.shape)) for _ in range(2))
    assert drawn.size == (32, 32) and (np.asarray(drawn) == np.asarray(again)).all()
    assert seen[:4] == [(1, 6, 8, 8)] * 2 + [(1, 6, 16, 16)] * 2


@pytest.mark.parametrize("channels", [4, 6, 9])
@pytest.mark.parametrize("by", ["pixels", "latents"])
def test_what_a_mask_keeps_is_kept_larger_by_any_unet(by, channels):
    pipe, inner = tiny.sd15(), 4 if channels == 9 else channels
    pipe.vae = AutoencoderKL.from_config({**pipe.vae.config, "latent_channels": inner}).eval()
    pipe.unet = tiny.unet(32, in_channels=channels, out_channels=inner).eval()
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    first, mask = Pictures.fromarray(noise), Pictures.new("L", (40, 40), 0)
    mask.paste(255, (8, 8, 28, 28))
    sized = [(fit(first, (side, side)), fit_mask(mask, (40, 40), (side, side), "crop")) for side in (16, 32)]
    larger = Upscale(2.0, (32, 32), 2, 0.5, by, *sized[1])
    order = Order("a fox", "", 7, (16, 16), 2, 5.0, start=sized[0][0], mask=sized[0][1], strength=1.0, upscale=larger)
    drawn, again = (np.asarray(draw(family_class("sd15")(pipe), order, lambda *_: None)) for _ in range(2))
    black = np.asarray(sized[1][1]) == 0
    assert (drawn[black] == np.asarray(sized[1][0])[black]).all() and (drawn == again).all()


def test_a_seed_is_picked_and_kept(ask):
    rows = [row for _ in range(2) for row in ask(seed=-1)[1]]
    assert rows[0].seed != rows[1].seed
    _, [again] = ask(seed=rows[0].seed)
    assert again.file == rows[0].file


def test_seeds_wrap_around(ask):
    assert [row.seed for row in ask(seed=2**32 - 1, count=2)[1]] == [2**32 - 1, 0]


@pytest.fixture(scope="session")
def family():
    return family_class("sd15")(tiny.sd15())


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_draws(family, name):
    order = Order("a red fox", "", 7, (16, 16), 2, 5.0, name)
    drawn, again = draw(family, order, lambda *_: None), draw(family, order, lambda *_: None)
    assert (np.asarray(drawn) == np.asarray(again)).all() and np.asarray(drawn).std() > 1
    assert name_of(sampler(name, family.pipe.scheduler)) == name


def test_samplers_of_few_steps_take_many(family):
    for name in ("LCM", "TCD"):
        draw(family, Order("", "", 7, (16, 16), 60, 1.0, name), lambda *_: None)


def test_the_form_offers_every_sampler():
    offered = GeneratePictures.model_fields["sampler"].annotation.__args__
    assert offered == ("", *SAMPLERS)


# ── pictures to pictures ─────────────────────────────────────────────────────
def given(ask, size=(32, 32), colour="orange", mode="RGB"):
    return pictures.add(ask.store, ask.project.id, Pictures.new(mode, size, colour), kind="input").id


def test_redrawing_keeps_what_strength_leaves(ask, kind):
    start = given(ask)
    _, [little] = ask(base=kind, picture=start, strength=0.2, steps=5)
    _, [much] = ask(base=kind, picture=start, strength=1.0, steps=5)
    _, [again] = ask(base=kind, picture=start, strength=0.2, steps=5, shelf=Shelf("cpu"))
    assert little.file != much.file and little.file == again.file
    assert little.parent_id == start and little.settings["strength"] == 0.2
    told = parameters.of_picture(Pictures.open(ask.store.files.path(little.file)))
    assert told.facts["Denoising strength"] == "0.2"


@pytest.mark.parametrize(
    ("size", "out"),
    [((1, 1), (32, 32)), ((120, 30), (64, 16)), ((50, 37), (40, 24)), ((3, 3000), (16, 64)), ((12000, 900), (64, 16))],
)
def test_any_given_size_is_brought_to_the_bases_area(ask, size, out):
    _, [row] = ask(picture=given(ask, size), steps=2, strength=0.5)
    assert (row.width, row.height) == out == Pictures.open(ask.store.files.path(row.file)).size


def test_a_given_size_may_be_overruled(ask):
    _, [row] = ask(picture=given(ask, (100, 50)), width=40, height=32, steps=2, strength=0.5)
    assert (row.width, row.height) == (40, 32)


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_a_given_picture_is_brought_to_the_size(resize):
    whole = Pictures.new("RGB", (40, 20), "red")
    whole.paste("blue", (0, 0, 10, 20))
    made = np.asarray(fit(whole, (32, 32), resize)).astype(int)
    assert made.shape == (32, 32, 3)
    blue = (made[:, :, 2] > 200).mean()
    assert blue == pytest.approx({"crop": 0.0, "pad": 0.25, "stretch": 0.25}[resize], abs=0.04)
    mask = fit_mask(Pictures.new("L", (10, 5), 0), whole.size, (32, 32), resize)
    assert (np.asarray(mask) > 0).mean() == (0.5 if resize == "pad" else 0.0)


@pytest.mark.parametrize("sampler", ["", "DPM2 a"])
def test_only_where_the_mask_is_white_is_redrawn(ask, kind, sampler):
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    mask = np.zeros((32, 32), np.uint8)
    mask[8:20, 12:28] = 255
    start, where = (
        pictures.add(ask.store, ask.project.id, Pictures.fromarray(found), kind="input").id for found in (noise, mask)
    )
    _, [row] = ask(base=kind, picture=start, mask=where, strength=0.8, sampler=sampler)
    _, [again] = ask(base=kind, picture=start, mask=where, strength=0.8, sampler=sampler)
    drawn = pixels(ask, row)
    assert (drawn[mask == 0] == noise[mask == 0]).all()
    assert np.abs(drawn[mask > 0] - noise[mask > 0]).mean() > 10
    assert again.file == row.file and (row.parent_id, row.settings["mask"]) == (start, where)


@pytest.mark.parametrize("by", ["pixels", "latents"])
def test_a_mask_keeps_the_given_picture_in_a_larger_one(ask, kind, by):
    """Tolerance: none. What the enlarged mask has black is the given picture's pixel, resized."""
    noise = Pictures.fromarray(np.random.default_rng(0).integers(0, 256, (96, 64, 3), dtype=np.uint8))
    white = Pictures.new("L", (64, 96), 0)
    white.paste(255, (16, 24, 48, 72))
    start, where = (pictures.add(ask.store, ask.project.id, one, kind="input").id for one in (noise, white))
    wish = {"base": kind, "picture": start, "mask": where, "strength": 0.8, "width": 32, "height": 48, "batch": 2}
    _, rows = ask(**wish, count=2, upscale=1.5, upscale_by=by, upscale_strength=0.5)
    kept, mask = fit(noise, (48, 72)), np.asarray(fit_mask(white, (64, 96), (48, 72), "crop"))
    for row in rows:
        drawn = pixels(ask, row)
        assert (row.width, row.height) == (48, 72) and drawn.shape == (72, 48, 3)
        assert (drawn[mask == 0] == np.asarray(kept)[mask == 0]).all()
        assert np.abs(drawn[mask == 255] - np.asarray(kept, float)[mask == 255]).mean() > 10
    assert (pixels(ask, rows[0]) != pixels(ask, rows[1])).any()


def test_a_mask_alone_is_refused(ask):
    with pytest.raises(BadInput, match="none to redraw"):
        ask(mask=given(ask))


# ── many pictures from one preparation ───────────────────────────────────────
def test_a_request_made_ready_draws_others_without_loading_again(ask, fox):
    _, [plainly] = ask()
    _, [mixed] = ask(blend=[Weight(lora=fox, weight=0.5)], steps=2)
    loads = []

    def meet(context):
        load = context.shelf._mixer
        context.shelf._mixer = lambda base: loads.append(base.name) or load(base)
        ready = prepare(GeneratePictures(base="sd15", prompt="a red fox", steps=3), context)
        ask.drawn = [ready.draw(7), ready.but(blend=[Weight(lora=fox, weight=0.5)], steps=2).draw(7), ready.draw(7)]

    ask(shelf=Shelf("cpu"), meet=meet)
    rows = [pictures.get(ask.store, one.id) for one in ask.drawn]
    assert [row.file for row in rows] == [plainly.file, mixed.file, plainly.file]
    assert (pixels(ask, rows[1]) == np.asarray(ask.drawn[1].picture)).all()
    assert loads == ["sd15"]


@pytest.mark.parametrize(
    ("mode", "colour"), [("L", 128), ("RGBA", (1, 2, 3, 0)), ("P", 3), ("I;16", 5), ("LA", (9, 9))]
)
def test_any_kind_of_given_picture_is_taken(ask, mode, colour):
    ask(picture=given(ask, (32, 32), colour, mode), steps=2, strength=0.5)


def test_a_strength_without_steps_is_said(ask):
    with pytest.raises(BadInput, match="take at least 20 steps"):
        ask(picture=given(ask), strength=0.05, steps=10)


def test_a_broken_given_picture_is_said(ask):
    row = pictures.get(ask.store, given(ask))
    ask.store.files.path(row.file).write_bytes(b"\x89PNG broken")
    with pytest.raises(BadPicture, match="damaged"):
        ask(picture=row.id)


# ── what cannot be done ──────────────────────────────────────────────────────
def test_sizes_that_do_not_fit_name_the_nearest(ask):
    with pytest.raises(BadInput, match="width of 33 pixels.*multiple of 8.*32 and 40"):
        ask(width=33)
    with pytest.raises(BadInput, match="height of 1 pixels.*nearest that are: 8"):
        ask(height=1)


@pytest.mark.parametrize("size", [(24, 56), (8, 128)])
def test_any_multiple_of_eight_draws(ask, kind, size):
    _, [row] = ask(base=kind, width=size[0], height=size[1], steps=2)
    assert Pictures.open(ask.store.files.path(row.file)).size == size


def test_a_lora_of_another_family_is_refused_before_loading(ask, fox):
    with pytest.raises(BadInput, match="“fox” is made for models of the family sd15.*“sdxl”"):
        ask(base="sdxl", blend=[Weight(lora=fox)], shelf=None)


def test_a_missing_base_is_said(ask, tmp_path):
    with pytest.raises(NotFound, match="no base model called “dream”"):
        ask(base="dream")


# ── while it draws ───────────────────────────────────────────────────────────
def test_stopping_in_the_middle_keeps_what_is_finished_and_the_model_usable(ask):
    _, whole = ask(count=3)

    def meet(context):
        kept, seen = context.keep_picture, []
        context.keep_picture = lambda *args, **facts: seen.append(1) or kept(*args, **facts)
        context._check = context.progress

        def progress(done, total, note="", seconds_left=None):
            if len(seen) == 1 and done % 3 == 2:
                raise Stopped
            context._check(done, total, note, seconds_left)

        context.progress = progress
        ask.context = context

    with pytest.raises(Stopped):
        ask(count=3, meet=meet)
    job = queue.get(ask.store, ask.context.job_id)
    rows = pictures.of_job(ask.store, job.id)
    assert [row.file for row in rows] == [whole[0].file]
    assert job.result["pictures"] == [rows[0].id]

    _, rest = ask(count=3, job=job)
    assert [row.file for row in rest] == [row.file for row in whole], "going on draws only what is missing"


def test_a_picked_seed_outlives_a_break(ask):
    context, [first] = ask(seed=-1)
    _, rows = ask(seed=-1, count=2, job=queue.get(ask.store, context.job_id))
    assert [row.seed for row in rows] == [first.seed, (first.seed + 1) % 2**32] and rows[0].id == first.id


def test_previews_show_and_change_nothing(ask, kind, monkeypatch):
    _, [row] = ask(base=kind, steps=6)
    shown = []
    monkeypatch.setattr("jobs.generation.preview.EVERY", 0.0)
    monkeypatch.setattr("jobs.generation.preview.SHARE", 1e9)
    context, [again] = ask(base=kind, steps=6, meet=lambda c: shown.append(c.folder / "preview.jpg"))
    assert Pictures.open(shown[0]).size == (32, 32)
    assert again.file == row.file


def test_progress_counts_all_pictures(ask):
    seen = []

    def meet(context):
        context.progress = lambda done, total, note="", seconds_left=None: seen.append((done, total, note))

    ask(count=2, meet=meet)
    assert seen[0] == (0, 6, "Loading sd15")
    assert [done for done, *_ in seen[1:]] == [1, 2, 3, 4, 5, 6]
    assert seen[-1] == (6, 6, "Picture 2 of 2")


def test_shelf_gives_the_base_without_loras(ask, fox):
    shelf, base = Shelf("cpu"), bases.named(ask.store, "sd15")
    before = {key: value.clone() for key, value in shelf.family(base).pipe.unet.state_dict().items()}
    ask(blend=[Weight(lora=fox)], shelf=shelf)
    mixed = shelf.mixer(base).family.pipe.unet.state_dict()
    assert any(not torch.equal(before[key], value) for key, value in mixed.items())
    after = shelf.family(base).pipe.unet.state_dict()
    assert all(torch.equal(before[key], value) for key, value in after.items())


def test_shelf_holds_one_base_and_keeps_no_failure(ask, models):
    shelf, rows = Shelf("cpu"), {name: bases.named(ask.store, name) for name in models}
    first = shelf.family(rows["sd15"])
    assert shelf.family(rows["sd15"]) is first
    shelf.family(rows["sdxl"])
    assert shelf.family(rows["sd15"]) is not first
    lost = rows["sdxl"].model_copy(update={"source": "/nowhere"})
    for _ in range(2):
        with pytest.raises(NotFound):
            shelf.family(lost)
    shelf.family(rows["sdxl"])


@pytest.mark.parametrize(("kind", "suffix"), [("png", ".png"), ("webp", ".webp"), ("jpeg", ".jpg")])
def test_a_picture_is_kept_as_asked_with_its_settings(ask, kind, suffix):
    _, [row] = ask(file=kind, quality=90)
    _, [again] = ask(file=kind, quality=90)
    assert row.file == again.file and row.file.endswith(suffix)
    found = Pictures.open(ask.store.files.path(row.file))
    told = parameters.of_picture(found)
    assert found.format == kind.upper() and (told.prompt, told.facts["Seed"]) == ("a red fox", "7")
    assert ask.store.files.thumbnail(row.file).is_file()
