"""Samplers under the names people know, made to fit the base model."""

from __future__ import annotations

import copy
from typing import Any

import diffusers

from storage.errors import BadInput

KARRAS = {"use_karras_sigmas": True}
SDE = {"algorithm_type": "sde-dpmsolver++"}
ODD = {"lower_order_final": True}  # fit for odd numbers of steps

SAMPLERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler Karras": ("EulerDiscreteScheduler", KARRAS),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {}),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", KARRAS),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", SDE),
    "DPM++ 2M SDE Karras": ("DPMSolverMultistepScheduler", {**SDE, **KARRAS}),
    "DPM++ SDE": ("DPMSolverSinglestepScheduler", {**SDE, **ODD}),
    "DPM++ SDE Karras": ("DPMSolverSinglestepScheduler", {**SDE, **ODD, **KARRAS}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 Karras": ("KDPM2DiscreteScheduler", KARRAS),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}),
    "DDIM": ("DDIMScheduler", {"set_alpha_to_one": False}),
    "DEIS": ("DEISMultistepScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "LMS": ("LMSDiscreteScheduler", {}),
    "LMS Karras": ("LMSDiscreteScheduler", KARRAS),
    "PNDM": ("PNDMScheduler", {"skip_prk_steps": True}),
    "UniPC": ("UniPCMultistepScheduler", {}),
}
"""Name → diffusers' class and what sets it apart from its namesakes."""

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


def sampler(name: str, own: Any) -> Any:
    """A fresh scheduler of that name for the base whose own scheduler is `own`; '' is one like its own.

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
    return getattr(diffusers, class_name).from_config({**kept, **latent, **kind})


def name_of(scheduler: Any) -> str:
    """What people call a scheduler; one that has no such name is called by its class."""
    config = scheduler.config
    kind = type(scheduler).__name__
    marks = {"use_karras_sigmas": bool(config.get("use_karras_sigmas"))}
    marks["algorithm_type"] = config.get("algorithm_type") == SDE["algorithm_type"]
    for name, (class_name, kwargs) in SAMPLERS.items():
        if class_name == kind and all(marks[mark] == (mark in kwargs) for mark in marks):
            return name
    return kind
