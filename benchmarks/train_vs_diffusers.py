"""Training against diffusers' own script, on the same model, pictures, captions, batch, resolution, optimizer and precision.

`python -m benchmarks.train_vs_diffusers --script train_text_to_image_lora.py [--steps 25] [--threads 2]`

The script is diffusers' examples/text_to_image/train_text_to_image_lora.py of the installed release, fetched by
whoever runs this; it needs the package `datasets`. The model has random weights: SD 1.5's shape made smaller, with
12 text layers and a VAE. Each side runs in a process of its own; a third one makes bare steps: forward, backward and
optimizer on inputs ready in memory. The three take turns: each is let go for one step and then stopped, so that a
machine that is fast at one moment and slow at the next is so for all of them. Printed are pictures a second after
start-up, their ratio, and each process's memory at its height.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks import shapes, timing

SHAPE, SIDE, BATCH, RANK = "sd15/5", 256, 2, 4
"""What both train: the shape, pixels to a side, pictures a step, the LoRA's rank (the script's own default)."""

PICTURES, WARM = 12, 3
"""Pictures to learn from; steps before the first that counts."""

MIB = 2**20


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


class Runner:
    """A process that is let go for one step at a time.

    Attributes:
        seconds: of each step that counts · memory: bytes at its height so far.
    """

    def __init__(self, command: list[str], steps: int) -> None:
        self._count = re.compile(rf"(\d+)/{steps} \[")  # as tqdm tells it
        self.seconds: list[float] = []
        self.memory, self._text, self._at = 0, b"", 0
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.step()  # start-up, and the first

    def step(self) -> None:
        """Let it make its next step, which tells of itself on standard output or error."""
        begin = time.perf_counter()
        self._process.send_signal(signal.SIGCONT)
        self._until(self._at + 1)
        taken = time.perf_counter() - begin
        self._process.send_signal(signal.SIGSTOP)
        self.memory = max(self.memory, self._height())
        if self._at > WARM:
            self.seconds.append(taken)

    def end(self) -> None:
        """Let it go for good."""
        self._process.kill()
        self._process.wait()

    def _until(self, step: int) -> None:
        assert self._process.stdout is not None
        while self._at < step:
            chunk = self._process.stdout.read1(4096)  # type: ignore[attr-defined]
            if not chunk:
                raise SystemExit(self._text.decode(errors="replace")[-3000:])
            self._text += chunk
            told = self._count.findall(self._text[-300:].decode(errors="replace"))
            self._at = max([self._at, *map(int, told)])

    def _height(self) -> int:
        line = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text())
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
    """All three in turn, step by step, and what they showed."""
    with tempfile.TemporaryDirectory() as folder:
        model, pictures = furnish(Path(folder))
        runners = {
            "diffusers": Runner(theirs(asked.script, model, pictures, asked), asked.steps),
            "studio": Runner(ours(model, pictures, asked), asked.steps),
            "bare": Runner(ours(model, pictures, asked, bare=True), asked.steps),
        }
        for _ in range(1, asked.steps):
            for runner in runners.values():
                runner.step()
        for runner in runners.values():
            runner.end()
    found = {name: runner.seconds for name, runner in runners.items()}
    memory = {name: runner.memory / MIB for name, runner in runners.items()}
    for name, seconds in found.items():
        step = statistics.median(seconds)
        print(f"{name:10} {step:7.3f} s a step · {BATCH / step:6.2f} pictures/s · {memory[name]:6.0f} MiB")
    print(f"pictures a second, studio over diffusers' script  {_ratio(found['diffusers'], found['studio']):.2f}")
    print(f"step time, studio over the bare step              {_ratio(found['studio'], found['bare']):.3f}")
    print(f"peak memory, studio over diffusers' script        {memory['studio'] / memory['diffusers']:.2f}")


def _ratio(one: list[float], other: list[float]) -> float:
    """The median of the ratios of steps that were made one after the other."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--script", type=Path, help="diffusers' train_text_to_image_lora.py")
    parser.add_argument("--steps", type=int, default=25, help="steps of each; the first few do not count")
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
