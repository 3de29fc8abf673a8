"""An animatic as an MP4 (H.264): each shot for as long as it lasts, its dialogue burnt in as subtitles."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import IO

from storage.boardout import _cues
from storage.boardout.order import Order
from storage.errors import BadInput
from storage.panels import Reel

TITLE, SUFFIX, SLOW = "MP4", ".mp4", 1

LONGEST, RATE = 1280, 24
"""Pixels of the film's longer side, and its pictures a second."""

COLOURS = "scale=in_range=full:out_range=limited:out_color_matrix=bt709,format=yuv420p"
ENCODING = (
    "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage", "-crf", "20",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
)  # fmt: skip
"""What every player and browser shows."""

PART = 100
"""Of how many parts the progress is told: a third for the pictures, the rest for the film."""


def program() -> str | None:
    """The ffmpeg that imageio-ffmpeg brings, or the system's; None where there is neither."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError):
        return None


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the film. `BadInput` where no ffmpeg is to be had, or it fails; says what else there is."""
    ffmpeg = program()
    if ffmpeg is None:
        raise BadInput(
            "An MP4 needs ffmpeg, and none was found. Install it with: pip install imageio-ffmpeg. "
            "Or choose the animated GIF."
        )
    with tempfile.TemporaryDirectory() as place:
        plan, frames = _lay_out(reel, Path(place), order)
        seconds = frames / RATE
        command = [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-progress", "pipe:1",
            "-f", "concat", "-safe", "0", "-i", str(plan), "-vf", f"fps={RATE},{COLOURS}", "-frames:v", str(frames),
            *ENCODING, "-movflags", "+faststart", "-f", "mp4", str(target),
        ]  # fmt: skip
        with (Path(place) / "said").open("w+", encoding="utf-8", errors="replace") as said:
            _encode(command, seconds, order, said)


def _lay_out(reel: Reel, place: Path, order: Order) -> tuple[Path, int]:
    """Write the stills and the list of them that ffmpeg reads; the list, and how many pictures the film has."""
    lines, clock, frames, shots = ["ffconcat version 1.0"], 0.0, 0, reel.seconds
    name = ""
    for number, (still, seconds) in enumerate(_cues.stills(reel, LONGEST, order)):
        order.progress(round(PART / 3 * clock / shots), PART)
        name = f"{number:05d}.jpg"
        still.save(place / name, "JPEG", quality=93, subsampling=0)
        clock += seconds
        until = max(frames + 1, round(clock * RATE))
        lines += [f"file '{name}'", f"duration {(until - frames) / RATE:.6f}"]
        frames = until
    plan = place / "plan.txt"
    plan.write_text("\n".join([*lines, f"file '{name}'"]) + "\n", encoding="utf-8")  # the last duration counts so
    return plan, frames


def _encode(command: list[str], seconds: float, order: Order, said: IO[str]) -> None:
    """Run ffmpeg, telling how far it is; it ends with whatever the telling raises."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                key, _, value = line.strip().partition("=")
                if key == "out_time_us" and value.isdigit():
                    share = min(1.0, int(value) / 1e6 / seconds)
                    order.progress(round(PART * (1 + 2 * share) / 3), PART)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        said.seek(0)
        last = (said.read().strip().splitlines() or [f"status {process.returncode}"])[-1]
        raise BadInput(f"ffmpeg could not write the animatic ({last}). Choose the animated GIF in its place.")
