"""Every trainer takes two steps, is stopped, goes on where it was, and writes a part that loads."""

import numpy as np
import pytest
import torch

from mini import presets, recipe
from mini.card import table, write_card
from mini.make import Setting, main
from mini.parts import judge as judges
from mini.parts import osnet as osnets
from mini.presets import Part, Preset
from mini.train import Budget, Plan, load_average, train


def tiny(steps):
    names = ("vae", "decoder", "clip", "judge", "osnet", "blip", "unet")
    return Preset("cpu", 8, {name: Part(4, 1e-3, Budget(steps=steps)) for name in names})


@pytest.fixture(scope="module")
def few_drawings():
    """Eight drawings instead of a chunk of five hundred, and few faces, for this file."""
    patch = pytest.MonkeyPatch()
    patch.setattr("mini.data.CHUNK", 8)
    patch.setattr("mini.recipe.data.make_drawings", _draw_here)
    patch.setattr(osnets.make_faces, "__defaults__", (8, 4, 0))
    patch.setattr(judges.other_styles, "__defaults__", (8,))
    yield
    patch.undo()


def _draw_here(folder, count, size=128, workers=None):
    from mini.data import _draw_chunk, _path

    folder.mkdir(parents=True, exist_ok=True)
    if not _path(folder, size, 0).exists():
        _draw_chunk(folder, size, 0)


@pytest.fixture(scope="module")
def family(tmp_path_factory, few_drawings):
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("mini")
    (root / "out").mkdir()
    return root


def step(root, name, steps):
    recipe.PARTS[name](Setting(root, root / "out", tiny(steps), torch.device("cpu")))


@pytest.mark.parametrize("name", list(recipe.PARTS))
def test_each_part_trains_resumes_and_writes(family, name, capsys):
    step(family, name, 2)
    if name in tiny(2).parts:
        assert torch.load(family / f"{name}.state.pt")["step"] == 2
        step(family, name, 3)
        assert torch.load(family / f"{name}.state.pt")["step"] == 3
        assert "goes on from step 2" in capsys.readouterr().out


def test_what_was_written_is_a_pipeline(family):
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(family / "out", safety_checker=None, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    assert pipe("a man", num_inference_steps=2).images[0].size == (128, 128)
    assert not list((family / "out").rglob("*.part")) and not list((family / "out").rglob("*.bin"))


def test_an_untrained_autoencoder_already_passes_colours():
    from mini.draw import draw
    from mini.parts.vae import build, to_model
    from mini.world import sample

    x = to_model(np.asarray(draw(sample(4)))[None])
    vae = build()
    with torch.no_grad():
        y = vae.decode(vae.encode(x).latent_dist.mean).sample
    assert torch.corrcoef(torch.stack([x.flatten(), y.flatten()]))[0, 1] > 0.75


def test_folding_makes_latents_standard_and_changes_no_picture():
    from mini.draw import draw
    from mini.parts.vae import build, fold, to_model
    from mini.world import sample

    pictures = np.stack([np.asarray(draw(sample(i))) for i in range(16)])
    vae, x = build(), to_model(pictures[:2])
    with torch.no_grad():
        before = vae.decode(vae.encode(x).latent_dist.mean).sample
        fold(vae, pictures)
        after = vae.decode(vae.encode(x).latent_dist.mean).sample
        z = vae.encode(to_model(pictures)).latent_dist.mean
    assert torch.allclose(before, after, atol=1e-3)
    assert torch.allclose(z.mean((0, 2, 3)), torch.zeros(12), atol=1e-3)
    assert torch.allclose(z.std((0, 2, 3)), torch.ones(12), atol=1e-2)


def test_a_budget_ends_by_steps_or_by_minutes():
    assert Budget(steps=10).share(5, 1e9) == 0.5
    assert Budget(minutes=2).share(10**9, 60) == 0.5
    assert Budget(steps=10, minutes=2).share(1, 120) == 1.0


def test_the_average_is_what_remains(tmp_path):
    model = torch.nn.Linear(2, 1)
    plan = Plan("toy", Budget(steps=5), tmp_path, torch.device("cpu"), ema=0.5)
    train(plan, model, lambda share: (model(torch.ones(4, 2)).square().mean(), {}))
    kept = load_average(plan, torch.nn.Linear(2, 1))
    assert torch.equal(kept.weight, model.weight)


def test_a_loss_that_is_not_a_number_stops_with_advice(tmp_path):
    model = torch.nn.Linear(1, 1)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train(
            Plan("toy", Budget(steps=2), tmp_path, torch.device("cpu")),
            model,
            lambda share: (model(torch.ones(1, 1)).sum() * float("nan"), {}),
        )


def test_the_presets_name_every_trained_part():
    for preset in presets.PRESETS.values():
        assert set(preset.parts) == set(tiny(1).parts) <= set(recipe.PARTS)


def test_the_command_refuses_an_unknown_part(capsys):
    with pytest.raises(SystemExit):
        main(["--part", "nothing"])
    assert "nothing" in capsys.readouterr().err


def test_the_card_takes_new_figures_in_place(tmp_path):
    write_card(tmp_path, {"speed": {"seconds": 2.0}})
    write_card(tmp_path, {"speed": {"seconds": 1.5}})
    text = (tmp_path / "README.md").read_text()
    assert "| speed: seconds | 1.5 |" in text and "2.0" not in text
    assert table({"a": {"b": {"c": 1}}}).endswith("| a: b, c | 1 |")
