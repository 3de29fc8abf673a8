"""`python -m mini.make` trains every part of the mini family from scratch; stop it and start it again at will.

    python -m mini.make                         everything, on this machine's device, into models/mini
    python -m mini.make --preset gpu            more drawings, larger batches, bf16; one command on a GPU
    python -m mini.make --part unet --minutes 60
    python -m mini.make --part unet --minutes 0.01   writes the UNet as trained so far

Parts, in order: drawings, tokenizer, vae, decoder, clip, judge, osnet, blip, unet, index. Each keeps its state in the work
folder and goes on from there. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch

from mini.presets import PRESETS, Preset
from mini.train import Budget, Plan

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Setting:
    """One run of the recipe: where it works, on what, how long."""

    work: Path
    out: Path
    preset: Preset
    device: torch.device
    budget: Budget | None = None

    def plan(self, name: str, **given) -> Plan:
        part = self.preset.parts[name]
        return Plan(
            name,
            self.budget or part.budget,
            self.work,
            self.device,
            lr=part.lr,
            warm=part.warm,
            ema=part.ema,
            half=self.preset.half and self.device.type == "cuda",
            **given,
        )

    def batch(self, name: str) -> int:
        return self.preset.parts[name].batch


def main(arguments: list[str] | None = None) -> None:
    from mini.recipe import PARTS

    asked = _parser(list(PARTS)).parse_args(arguments)
    torch.set_num_threads(asked.threads or torch.get_num_threads())
    setting = _setting(asked)
    setting.work.mkdir(parents=True, exist_ok=True)
    for name in [asked.part] if asked.part else PARTS:
        print(f"— {name}", flush=True)
        PARTS[name](setting)


def _setting(asked: argparse.Namespace) -> Setting:
    cuda = torch.cuda.is_available()
    device = torch.device(("cuda" if cuda else "cpu") if asked.device == "auto" else asked.device)
    preset = PRESETS[asked.preset or ("gpu" if device.type == "cuda" else "cpu")]
    budget = Budget(asked.steps, asked.minutes) if asked.steps or asked.minutes else None
    return Setting(asked.work, asked.out, preset, device, budget)


def _parser(parts: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mini.make", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=parts, help="one part alone (default: all, in order)")
    parser.add_argument("--preset", choices=list(PRESETS), help="default: gpu where there is one, else cpu")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, …")
    parser.add_argument("--steps", type=int, help="instead of the preset's budget")
    parser.add_argument("--minutes", type=float, help="instead of the preset's budget, of training time")
    parser.add_argument("--threads", type=int, help="CPU threads of torch")
    parser.add_argument(
        "--work", type=Path, default=HERE / ".work", help="drawings and checkpoints (default mini/.work)"
    )
    parser.add_argument("--out", type=Path, default=HERE.parent / "models" / "mini", help="default models/mini")
    return parser


if __name__ == "__main__":
    main()
