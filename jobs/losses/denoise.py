"""The ordinary loss of diffusion: how far the UNet's answer is from the noise that was laid over."""

from __future__ import annotations

from jobs.losses.loss import Attempt, Loss, Verdict


class Denoise(Loss):
    """The mean square error, weighted by noise level and by picture; `Objective` says how."""

    name = "denoise"

    def __call__(self, attempt: Attempt) -> Verdict:
        return Verdict(attempt.objective.loss(attempt.answer, attempt.batch))
