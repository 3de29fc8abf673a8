"""Training against diffusers' own script, on the same model, pictures, captions, batch, resolution, optimizer and precision.

`python -m benchmarks.train_vs_diffusers --script train_text_to_image_lora.py [--steps 12] [--rounds 2] [--threads 2]`

The script is diffusers' examples/text_to_image/train_text_to_image_lora.py of the installed release, fetched by
whoever runs this; it needs the package `datasets`. The model has random weights: SD 1.5's shape made smaller, with
12 text layers and a VAE. Each side runs in a process of its own, in turn; a third one makes bare steps: forward,
backward and optimizer on inputs ready in memory. Printed are pictures a second after start-up, their ratio, and each
process's memory at its height.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks import shapes, timing

SHAPE, SIDE, BATCH, RANK = "sd15/5", 256, 2, 4
"""What both train: the shape, pixels to a side, pictures a step, the LoRA's rank (the script's own default)."""

PICTURES, WARM = 12, 3
"""Pictures to learn from; steps before the first that counts."""

COUNT = re.compile(r"(\d+)/(\d+) \[")
"""How far tqdm is."""

MIB = 2**20


@dataclass(frozen=True)
class Race:
    """What one process showed: seconds of each step that counts, bytes at its height."""

    seconds: list[float]
    memory: int


def furnish(folder: Path) -> tuple[Path, Path]:
    """A model and an imagefolder of drawings; both sides get these."""
    from mini.examples import style_set

    model, pictures = shapes.model(SHAPE, folder), folder / "pictures"
    pictures.mkdir()
    rows = []
    for name, picture, caption in style_set("watercolor", PICTURES, size=SIDE):
        picture.save(pictures / name)
        rows.append(json.dumps({"file_name": name, "text": caption}))
    (pictures / "metadata.jsonl").write_text("\n".join(rows))
    return model, pictures


def watched(command: list[str]) -> Race:
    """Run it, take down when its standard error or output tells of a new step, and how much memory it took."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    moments, text, memory = dict[int, float](), b"", 0
    while chunk := process.stdout.read1(4096):  # type: ignore[attr-defined]
        text += chunk
        for found in COUNT.findall(text[-300:].decode(errors="replace")):
            moments.setdefault(int(found[0]), time.perf_counter())
        memory = max(memory, _height(process.pid))
    if process.wait():
        raise SystemExit(text.decode(errors="replace")[-3000:])
    ends = [moments[step] for step in sorted(moments) if step >= WARM]
    return Race([b - a for a, b in zip(ends, ends[1:], strict=False)], memory)


def _height(process: int) -> int:
    try:
        line = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(line.group(1)) * 1024 if line else 0


def theirs(script: Path, model: Path, pictures: Path, asked: argparse.Namespace) -> list[str]:
    """diffusers' script, asked for the same."""
    out = pictures.parent / "theirs"
    told = {
        "pretrained_model_name_or_path": model, "train_data_dir": pictures, "caption_column": "text",
        "resolution": SIDE, "train_batch_size": BATCH, "max_train_steps": asked.steps, "learning_rate": 1e-4,
        "rank": RANK, "lr_scheduler": "constant", "lr_warmup_steps": 0, "seed": 0, "output_dir": out,
        "mixed_precision": "no", "checkpointing_steps": 10_000,
    }  # fmt: skip
    start = f"import torch, runpy, sys; torch.set_num_threads({asked.threads or 2}); sys.argv = sys.argv[1:]; "
    run = "runpy.run_path(sys.argv[0], run_name='__main__')"
    options = [word for name, value in told.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-c", start + run, str(script), *options, "--center_crop"]


def ours(model: Path, pictures: Path, asked: argparse.Namespace, bare: bool = False) -> list[str]:
    """This file again, as the child that trains."""
    command = [sys.executable, "-m", "benchmarks.train_vs_diffusers", "--child", "bare" if bare else "studio"]
    command += ["--model", str(model), "--pictures", str(pictures), "--steps", str(asked.steps)]
    return [*command, "--threads", str(asked.threads or 2)]


# ── the children ─────────────────────────────────────────────────────────────
def studio(asked: argparse.Namespace) -> Iterator[None]:
    """The studio's own run: a store, a data set, the task, a worker, as after a click on Train."""
    from jobs.tasks.train import TrainLora
    from jobs.training import run as running
    from jobs.worker import Worker
    from storage import bases, datasets, imports, projects, queue
    from storage.database import Store
    from storage.settings import Settings

    home = asked.pictures.parent / f"home-{time.monotonic_ns()}"
    store = Store.open(Settings(home=home, device="cpu"))
    bases.add(store, "shape", str(asked.model))
    project = projects.first(store).id
    imports.bring(store, datasets.create(store, project, "drawings").id, [asked.pictures])
    task = TrainLora(
        name="race", dataset="drawings", base="shape", steps=asked.steps, batch=BATCH, rank=RANK, alpha=RANK,
        learning_rate=1e-4, caption_dropout=0, sample_every=0, save_every=0, precision="fp32", resolution=SIDE,
    )  # fmt: skip
    number = queue.add(store, project, "train", task, task.title(), "train").id
    train = running.train
    running.train = lambda student, after=0: _told(train(student, after), asked.steps)  # type: ignore[assignment]
    Worker(store, store.settings).step()
    job = queue.get(store, number)
    assert job.state == "done", job.error
    yield from ()


def _told(steps: Iterator, total: int) -> Iterator:
    for step in steps:
        yield step  # and whatever the run tells and keeps of it
        print(f"{step.number}/{total} [", flush=True)


def bare(asked: argparse.Namespace) -> Iterator[None]:
    """Steps on inputs that lie ready, with nothing else in memory."""
    from benchmarks.train_step import bare as steps
    from jobs.families import load_family

    family = load_family("sd15", asked.model, torch.device("cpu"), torch.float32)
    going = steps(family, BATCH, RANK)
    for number in range(1, asked.steps + 1):
        next(going)
        print(f"{number}/{asked.steps} [", flush=True)
    yield from ()


def race(asked: argparse.Namespace) -> None:
    """All three in turn, and what they showed."""
    found: dict[str, list[Race]] = {"diffusers": [], "studio": [], "bare": []}
    with tempfile.TemporaryDirectory() as folder:
        model, pictures = furnish(Path(folder))
        for _ in range(asked.rounds):
            found["diffusers"].append(watched(theirs(asked.script, model, pictures, asked)))
            found["studio"].append(watched(ours(model, pictures, asked)))
            found["bare"].append(watched(ours(model, pictures, asked, bare=True)))
    step = {name: statistics.median(s for one in runs for s in one.seconds) for name, runs in found.items()}
    memory = {name: max(one.memory for one in runs) / MIB for name, runs in found.items()}
    for name in found:
        print(f"{name:10} {step[name]:7.3f} s a step · {BATCH / step[name]:6.2f} pictures/s · {memory[name]:6.0f} MiB")
    print(f"pictures a second, studio over diffusers' script  {step['diffusers'] / step['studio']:.2f}")
    print(f"step time, studio over the bare step              {step['studio'] / step['bare']:.3f}")
    print(f"peak memory, studio over diffusers' script        {memory['studio'] / memory['diffusers']:.2f}")


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--script", type=Path, help="diffusers' train_text_to_image_lora.py")
    parser.add_argument("--steps", type=int, default=12, help="steps of each run; the first few do not count")
    parser.add_argument("--rounds", type=int, default=2, help="how often all three run, in turn")
    parser.add_argument("--child", choices=["studio", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--pictures", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    timing.begin(asked)
    if asked.child:
        list({"studio": studio, "bare": bare}[asked.child](asked))
    elif asked.script is None or not asked.script.is_file():
        parser.error(
            "give --script: diffusers' examples/text_to_image/train_text_to_image_lora.py of the installed release"
        )
    else:
        race(asked)


if __name__ == "__main__":
    main()
