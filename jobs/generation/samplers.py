"""Samplers under the names people know, made to fit the base model."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import diffusers

from storage.errors import BadInput

SCHEDULES: dict[str, dict[str, Any]] = {
    "": {},
    "Karras": {"use_karras_sigmas": True},
    "Exponential": {"use_exponential_sigmas": True},
    "Beta": {"use_beta_sigmas": True},
    "SGM Uniform": {"timestep_spacing": "trailing"},
}
"""How the noise falls from step to step: name → what says so to diffusers."""

ALL = tuple(SCHEDULES)
SOME = ("", "Karras", "Exponential")
TWO = ("", "Karras")
TRAILING = ("", "SGM Uniform")
ONE = ("",)

SDE = {"algorithm_type": "sde-dpmsolver++"}
THIRD = {"solver_order": 3}
ODD = {"lower_order_final": True}  # fit for odd numbers of steps
OLD = {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}

KINDS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "Euler": ("EulerDiscreteScheduler", {}, ALL),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}, TRAILING),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {}, ALL),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", SDE, ALL),
    "DPM++ 3M SDE": ("DPMSolverMultistepScheduler", {**SDE, **THIRD}, SOME),
    "DPM++ SDE": ("DPMSolverSinglestepScheduler", {**SDE, **ODD}, SOME),
    "DPM++ 2S": ("DPMSolverSinglestepScheduler", ODD, SOME),
    "DPM fast": ("DPMSolverSinglestepScheduler", {**OLD, **THIRD, **ODD}, ONE),
    "DPM2": ("KDPM2DiscreteScheduler", {}, TWO),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}, TWO),
    "DDIM": ("DDIMScheduler", {"set_alpha_to_one": False}, TRAILING),
    "DDPM": ("DDPMScheduler", {}, ONE),
    "DEIS": ("DEISMultistepScheduler", {}, TWO),
    "Heun": ("HeunDiscreteScheduler", {}, TWO),
    "LMS": ("LMSDiscreteScheduler", {}, TWO),
    "PNDM": ("PNDMScheduler", {"skip_prk_steps": True}, ONE),
    "UniPC": ("UniPCMultistepScheduler", {}, TWO),
    "SA-Solver": ("SASolverScheduler", {}, TWO),
    "LCM": ("LCMScheduler", {"set_alpha_to_one": False}, ONE),
    "TCD": ("TCDScheduler", {"set_alpha_to_one": False}, ONE),
}
"""Name → diffusers' class, what sets it apart from its namesakes, and the schedules it is known with."""

SAMPLERS: dict[str, tuple[str, dict[str, Any]]] = {
    f"{kind} {schedule}".strip(): (class_name, {**own, **SCHEDULES[schedule]})
    for kind, (class_name, own, schedules) in KINDS.items()
    for schedule in schedules
}
"""Every name that people know → diffusers' class and its arguments."""

SIGMAS = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
"""Arguments of which at most one is true."""

SOLVER = {"algorithm_type": "dpmsolver++", "solver_order": 2}
"""What the two DPM solvers do where a sampler does not say it."""

DISTILLED = 50
"""Of how many steps the distilled samplers (LCM, TCD) choose theirs, where no more are asked for."""

OF_THE_BASE = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
)
"""What belongs to the base model, whoever samples from it."""

UNSAID = "_use_default_values"
"""Where a scheduler's config names the values that its maker left to the class."""


def sampler(name: str, own: Any, steps: int = DISTILLED) -> Any:
    """A fresh scheduler of that name for the base whose own scheduler is `own`, for that many steps; '' is one like its own.

    Raises:
        BadInput: nothing is called so.
    """
    if not name:
        return copy.deepcopy(own)
    if name not in SAMPLERS:
        raise BadInput(f"There is no sampler called “{name}”; there are: {', '.join(SAMPLERS)}.")
    class_name, kind = SAMPLERS[name]
    kept = {key: own.config[key] for key in OF_THE_BASE if own.config.get(key) is not None}
    if "timestep_spacing" in own.config and "timestep_spacing" not in own.config.get(UNSAID, ()):
        kept["timestep_spacing"] = own.config["timestep_spacing"]
    # Latents are never clipped, and every Stable Diffusion counts its timesteps from 1.
    latent = {"clip_sample": False, "steps_offset": own.config.get("steps_offset", 1)}
    made = getattr(diffusers, class_name)
    if "original_inference_steps" in inspect.signature(made.__init__).parameters:
        kind = {"original_inference_steps": max(DISTILLED, steps), **kind}
    return made.from_config({**kept, **latent, **kind})


def name_of(scheduler: Any) -> str:
    """What people call a scheduler; one that has no such name is called by its class."""
    config, kind = scheduler.config, type(scheduler).__name__
    found = [
        name for name, (made, own) in SAMPLERS.items() if made == kind and _tells(made, config) == _tells(made, own)
    ]
    trailing = config.get("timestep_spacing") == "trailing"
    spaced = [name for name in found if ("timestep_spacing" in SAMPLERS[name][1]) == trailing]
    return next(iter(spaced or found), kind)


def _tells(class_name: str, config: Mapping[str, Any]) -> list[Any]:
    """What tells the samplers of one class apart."""
    solver = SOLVER if class_name.startswith("DPMSolver") else {}
    return [bool(config.get(key)) for key in SIGMAS] + [config.get(key, usual) for key, usual in solver.items()]
