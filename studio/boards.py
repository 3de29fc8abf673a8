"""A storyboard as the page asks for it: all of it at once, drawn in the background, a script that comes in, what goes out."""

from __future__ import annotations

import dataclasses
from typing import Any

from jobs import folder
from storage import boards, loras, queue, storyboard
from storage.database import Store
from storage.storyboard import BoardView, SceneView, ShotView, TakeView
from storage.tables import Job
from studio import told
from studio.asking import ask
from studio.scene import Scene
from studio.words import Words

TASK = "storyboard"

ANGLES = (
    "", "eye level", "low angle", "high angle", "bird's-eye view", "over the shoulder", "point of view", "dutch angle",
)  # fmt: skip
"""Camera angles to choose from, as a prompt says them."""

TRIES = 2
"""How often a shot is drawn again to be framed as asked, where the board does not say."""

OPEN = ("queued", "running", "paused")


def declare(scene: Scene) -> None:
    """Offer the endpoints that look at a board and draw it."""
    words = scene.words

    def look_board(store: Store, project: int, board: int = 0) -> dict[str, Any]:
        """A board (the newest by default) with all its scenes, shots and takes, and the job that draws it.

        Without a board only `project` and `boards` are answered.
        """
        known = boards.all(store, project)
        chosen = next((row for row in known if row.id == board), known[0] if known else None)
        facts = {"project": project, "boards": [{"id": row.id, "name": row.name} for row in known]}
        return facts if chosen is None else facts | _told(store, words, storyboard.whole(store, chosen.id))

    def draw_board(store: Store, board: int, shots: list[int] | None = None, fresh: bool = False) -> int:
        """Draw what changed, or these shots, `fresh` with new seeds; answers the job's number."""
        row = boards.get(store, board)
        own = {name: row.settings[name] for name in ("tries", "faces") if name in row.settings}
        values = {"board": board, "shots": shots or [], "again": fresh, "tries": TRIES} | own
        return ask(scene, TASK, folder.task(TASK).model_validate(values), row.project_id)

    for fn in (look_board, draw_board):
        scene.action(fn)


def _told(store: Store, words: Words, view: BoardView) -> dict[str, Any]:
    job = _newest(store, view)
    busy = _busy(job, view)
    columns = ("id", "name", "base", "style", "negative", "shape", "seeds", "settings")
    return {
        **{name: getattr(view, name) for name in columns},
        "shapes": list(boards.SHAPES),
        "blend": _blend(store, view),
        "framings": [dataclasses.asdict(one) | {"say": called(words, one.name)} for one in view.framings],
        "angles": _angles(words, view),
        "cast": [dataclasses.asdict(one) for one in view.cast],
        "scenes": [_scene(words, scene, busy) for scene in view.scenes],
        "job": told.brief(words, job) if job else None,
        **_tokens(store, view),
    }


def called(words: Words, framing: str) -> str:
    """A framing as the page calls it; its own name where there are no words for it."""
    key = f"board.framing_is.{framing}"
    return words(key) if words.has(key) else framing


def _angles(words: Words, view: BoardView) -> list[dict[str, str]]:
    """The angles to choose from, and those that a script has brought."""
    own = {shot.angle for _, shot in view.shots} - set(ANGLES)
    keys = {angle: f"board.angle_is.{angle.replace(' ', '_') or 'none'}" for angle in ANGLES}
    rows = [{"name": angle, "say": words(key)} for angle, key in keys.items()]
    return rows + [{"name": angle, "say": angle} for angle in sorted(own)]


def _blend(store: Store, view: BoardView) -> list[dict[str, Any]]:
    named = {row.id: row.name for row in loras.all(store, view.project_id, checkpoints=True)}
    return [part | {"name": named.get(part["lora"], "")} for part in view.blend]


def _scene(words: Words, scene: SceneView, busy: set[int]) -> dict[str, Any]:
    columns = ("id", "number", "heading", "description", "dialogue", "location", "time")
    shots = [_shot(words, shot, shot.id in busy) for shot in scene.shots]
    return {name: getattr(scene, name) for name in columns} | {"shots": shots}


def _shot(words: Words, shot: ShotView, busy: bool) -> dict[str, Any]:
    columns = (
        "id", "number", "framing", "angle", "action", "dialogue", "seconds", "notes", "prompt", "locked", "start",
        "start_file", "strength", "kept", "changed",
    )  # fmt: skip
    return {name: getattr(shot, name) for name in columns} | {
        "characters": [one.id for one in shot.characters],
        "note": words.error(shot.note),
        "problem": words.error(shot.problem),
        "warning": words.error(shot.warning),
        "takes": [_take(take) for take in reversed(shot.takes)],
        "take": _take(shot.take) if shot.take else None,
        "busy": busy,
    }


def _take(take: TakeView) -> dict[str, Any]:
    columns = ("id", "picture_id", "file", "width", "height", "seed", "framing", "ok", "likeness", "alike", "fresh")
    return {name: getattr(take, name) for name in columns}


def _newest(store: Store, view: BoardView) -> Job | None:
    rows = queue.recent(store, view.project_id, task=TASK, limit=10)
    return next((row for row in rows if row.request.get("board") == view.id), None)


def _busy(job: Job | None, view: BoardView) -> set[int]:
    """The shots that a job is about to draw."""
    if job is None or job.state not in OPEN[:2]:
        return set()
    wanted = set(job.request.get("shots") or [])
    return {shot.id for _, shot in view.shots if shot.id in wanted or (not wanted and shot.changed)}


def _tokens(store: Store, view: BoardView) -> dict[str, Any]:
    """`tokens_known`: the LoRA of the look that knows every framing's token; `token_loras`: others that do."""
    wanted = {one.token for one in view.framings if one.token}
    known = [row for row in loras.all(store, view.project_id) if wanted and wanted <= set(row.tokens)]
    heard = {part["lora"] for part in view.blend if part.get("weight", 1)}
    own = next((row.name for row in known if row.id in heard), "")
    return {
        "tokens_known": own,
        "token_loras": [{"id": row.id, "name": row.name, "weight": row.weight} for row in known],
    }
