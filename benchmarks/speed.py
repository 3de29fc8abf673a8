"""How fast the studio opens and works: page, memory, a warm picture, a training step, with the bundled model.

`python -m benchmarks.speed [--steps 30]`
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from jobs.tasks.generate import GeneratePictures
from jobs.tasks.train import TrainLora
from mini.examples import style_set
from storage import datasets, imports, measures, projects, queue
from storage.database import Store
from storage.settings import PROJECT, Settings
from storage.tables import Job
from tests import browser


def main() -> None:
    """Measure one thing after the other, and print each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=30, help="steps of training")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        Store.open(Settings(home=home)).close()
        print(f"app.py --help            {_help():8.2f} s")
        address, server, seconds = _serve(home)
        try:
            print(f"page served after        {seconds:8.2f} s")
            if browser.executable():
                drawn = sorted(_draw(address) for _ in range(5))
                print(f"a new browser draws it in{drawn[2]:8.2f} s, median of 5, until it says what comes next")
            print(f"the page's process holds {psutil.Process(server.pid).memory_info().rss / 2**20:8.0f} MB")
            _work(Store.open(Settings(home=home)), Path(folder) / "pictures", options.steps)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _help() -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, "app.py", "--help"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def _draw(address: str) -> float:
    """Seconds from asking for the page to its line that says where the project stands, with nothing in the browser's cache."""
    with browser.browser() as chromium:
        watched = browser.Watched(chromium.new_context(), address)
        begin = time.monotonic()
        watched.open()
        return time.monotonic() - begin


def _serve(home: Path) -> tuple[str, subprocess.Popen[bytes], float]:
    """The studio's address, its process, and the seconds until its page answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, begin = f"http://127.0.0.1:{port}", time.monotonic()
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=PROJECT,
        env=os.environ | {"STUDIO_HOME": str(home)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return address, server, time.monotonic() - begin
        except OSError:
            time.sleep(0.02)


def _work(store: Store, place: Path, steps: int) -> None:
    project = projects.first(store)
    place.mkdir()
    for name, picture, words in style_set("watercolor", 8):
        picture.save(place / name)
        (place / name).with_suffix(".txt").write_text(words)
    imports.bring(store, datasets.create(store, project.id, "bench").id, [place])
    drawing = GeneratePictures(prompt="a close-up of a smiling woman", seed=1)
    _do(store, "generate", drawing)
    print(f"a warm 20-step picture   {_do(store, 'generate', drawing)[1]:8.2f} s, from the click to the gallery")
    training = TrainLora(name="bench", dataset="bench", steps=steps, sample_every=0, save_every=0)
    job, _ = _do(store, "train", training)
    taken = sorted(value for _, value in measures.curves(store, job.id)["seconds"])
    print(f"a training step, batch 4 {taken[len(taken) // 2]:8.2f} s, median of {steps}")


def _do(store: Store, name: str, task: GeneratePictures | TrainLora) -> tuple[Job, float]:
    """The job as it ended, and the seconds from asking to its end."""
    begin = time.monotonic()
    job = queue.add(store, projects.first(store).id, name, task, task.title(), task.lane)
    while (job := queue.get(store, job.id)).state not in queue.ENDED:
        time.sleep(0.02)
    if job.state != "done":
        raise SystemExit(f"{job.title}: {job.error}")
    return job, time.monotonic() - begin


if __name__ == "__main__":
    main()
