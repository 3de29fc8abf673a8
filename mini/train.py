"""The loop that every part is trained by: a budget in steps or minutes, saved as it goes, resumed where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn


@dataclass(frozen=True)
class Budget:
    """When a part is done: after `steps`, or after `minutes` of training, whichever comes first."""

    steps: int | None = None
    minutes: float | None = None

    def share(self, step: int, seconds: float) -> float:
        """How much of the budget is spent, 0 … 1."""
        shares = [step / self.steps if self.steps else 0.0, seconds / 60 / self.minutes if self.minutes else 0.0]
        return min(1.0, max(shares))


@dataclass
class Plan:
    """How a part is trained."""

    name: str
    budget: Budget
    work: Path
    device: torch.device
    lr: float = 1e-3
    warm: int = 100
    """Steps until the full learning rate; it ends in a cosine."""
    decay: float = 0.01
    ema: float = 0.0
    """Decay of the moving average that is kept beside the weights; 0 for none."""
    clip: float = 1.0
    every: float = 60.0
    """Seconds between saves."""
    half: bool = False
    """Compute the loss under bf16 autocast."""

    @property
    def state_file(self) -> Path:
        return self.work / f"{self.name}.state.pt"


def train(
    plan: Plan,
    model: nn.Module,
    loss_of: Callable[[float], tuple[torch.Tensor, dict]],
    after: Callable[[int], None] | None = None,
) -> nn.Module:
    """Trains `model` in place until the budget is spent; returns it with the averaged weights where there are any.

    loss_of(share) gives the loss of a new batch and figures to print; share is the spent part of the budget.
    """
    taught = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(taught, lr=plan.lr, weight_decay=plan.decay, betas=(0.9, 0.99), fused=True)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()} if plan.ema else None
    step, seconds = _resume(plan, model, optimizer, average)
    last_save = last_line = time.time()
    model.train()
    while (share := plan.budget.share(step, seconds)) < 1.0:
        started = time.time()
        _set_lr(optimizer, plan, step, share)
        with torch.autocast(plan.device.type, torch.bfloat16, enabled=plan.half):
            loss, figures = loss_of(share)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"{plan.name}: the loss is {loss.item()} at step {step}; lower the learning rate")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(taught, plan.clip)
        optimizer.step()
        step += 1
        if average is not None:
            _average(average, model, min(plan.ema, (1 + step) / (10 + step)))
        seconds += time.time() - started
        if time.time() - last_line > 20:
            last_line = time.time()
            _report(plan, step, seconds, share, loss, figures)
        if time.time() - last_save > plan.every:
            _save(plan, model, optimizer, average, step, seconds)
            last_save = time.time()
            if after:
                after(step)
    _save(plan, model, optimizer, average, step, seconds)
    if average is not None:
        model.load_state_dict(average)
    return model.eval()


def load_average(plan: Plan, model: nn.Module) -> nn.Module:
    """The model as last saved, averaged where there is an average; unchanged if nothing was saved."""
    if plan.state_file.exists():
        state = torch.load(plan.state_file, map_location=plan.device)
        model.load_state_dict(state["average"] or state["model"])
    return model.eval()


def _set_lr(optimizer, plan: Plan, step: int, share: float) -> None:
    warm = min(1.0, (step + 1) / plan.warm)
    rate = plan.lr * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
    for group in optimizer.param_groups:
        group["lr"] = rate


@torch.no_grad()
def _average(average: dict, model: nn.Module, decay: float) -> None:
    now = model.state_dict()
    floating = [name for name in average if now[name].is_floating_point()]
    torch._foreach_lerp_([average[name] for name in floating], [now[name].float() for name in floating], 1 - decay)
    for name in average.keys() - set(floating):
        average[name].copy_(now[name])


def _report(plan: Plan, step: int, seconds: float, share: float, loss: torch.Tensor, figures: dict) -> None:
    left = seconds / max(share, 1e-6) - seconds
    shown = " ".join(f"{k} {v:.4g}" for k, v in figures.items())
    print(
        f"{time.strftime('%H:%M:%S')} {plan.name}: step {step:,} loss {loss.item():.4f} {shown} "
        f"· {seconds / max(step, 1):.2f} s a step · {left / 60:.0f} min left",
        flush=True,
    )


def _save(plan: Plan, model: nn.Module, optimizer, average, step: int, seconds: float) -> None:
    plan.work.mkdir(parents=True, exist_ok=True)
    beside = plan.state_file.with_suffix(".part")
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "average": average,
            "step": step,
            "seconds": seconds,
        },
        beside,
    )
    beside.replace(plan.state_file)


def _resume(plan: Plan, model: nn.Module, optimizer, average: dict | None) -> tuple[int, float]:
    if not plan.state_file.exists():
        return 0, 0.0
    state = torch.load(plan.state_file, map_location=plan.device)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    if average is not None and state["average"]:
        average.update(state["average"])
    print(f"{plan.name}: goes on from step {state['step']:,}", flush=True)
    return state["step"], state["seconds"]
