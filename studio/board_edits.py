"""Changes of a storyboard as the page asks for them, each undone by another: what is added is deleted, and restored."""

from __future__ import annotations

from typing import Any

from jobs import folder
from storage import boards, cast, casting, queue, scenes, shots, takes
from storage.appearance import appearance
from storage.database import Store
from storage.errors import BadInput
from storage.scripts import headings
from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer the endpoints that change boards, scenes, shots, takes and the cast."""
    for fn in (
        create_board, rename_board, edit_board, delete_board, restore_board,
        add_scene, edit_scene, move_scene, copy_scene, split_scene, delete_scene, restore_scene,
        add_shot, edit_shot, compose_shot, start_shot, move_shot, copy_shot, split_shot, delete_shot, restore_shot,
        lock_shot, choose_take, delete_take, restore_take,
        add_character, edit_character, put_character, take_character_out, describe_character, take_words,
        delete_character, restore_character,
    ):  # fmt: skip
        scene.action(fn)


# ── boards ───────────────────────────────────────────────────────────────────
def create_board(store: Store, project: int, name: str) -> int:
    """A new, empty board; a number is put behind a name that is taken. Answers its number."""
    taken = {row.name for row in boards.all(store, project)}
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return boards.create(store, project, next(one for one in names if one not in taken)).id


def rename_board(store: Store, board: int, name: str) -> None:
    """Give a board another name."""
    boards.rename(store, board, name)


def edit_board(store: Store, board: int, fields: dict[str, Any]) -> None:
    """Change what all shots share: base, blend, style, negative, shape, seeds, framings, and of the settings those given."""
    if "settings" in fields:
        known = boards.get(store, board).settings
        fields = fields | {
            "settings": known | {key: value for key, value in fields["settings"].items() if key != "script"}
        }
    boards.edit(store, board, **fields)


def delete_board(store: Store, board: int) -> None:
    """Take a board away; `restore_board` brings it back."""
    boards.delete(store, board)


def restore_board(store: Store, board: int) -> None:
    """Bring a board back."""
    boards.restore(store, board)


# ── scenes ───────────────────────────────────────────────────────────────────
def add_scene(store: Store, board: int, at: int = -1) -> int:
    """A new scene with one shot, at a place counted from 0 or (-1) at the end; answers its number."""
    row = scenes.add(store, board, None if at < 0 else at)
    shots.add(store, row.id, framing=boards.get(store, board).framings[-1]["name"])
    return row.id


def edit_scene(store: Store, scene: int, fields: dict[str, Any]) -> None:
    """Change heading, description, dialogue, location or time of a scene; a heading says the last two, too."""
    if "heading" in fields:
        place, time = headings.parts(str(fields["heading"]))
        fields = {"location": place, "time": time} | fields
    scenes.edit(store, scene, **fields)


def move_scene(store: Store, scene: int, at: int) -> None:
    """Let a scene stand at that place of its board, counted from 0."""
    scenes.move(store, scene, at)


def copy_scene(store: Store, scene: int) -> int:
    """A copy of a scene with its shots, right behind it; answers its number."""
    return scenes.duplicate(store, scene).id


def split_scene(store: Store, scene: int, shot: int) -> int:
    """From that shot on a scene of its own; answers its number."""
    return scenes.split(store, scene, shot).id


def delete_scene(store: Store, scene: int) -> None:
    """Take a scene away with its shots; `restore_scene` brings all of it back."""
    scenes.delete(store, scene)


def restore_scene(store: Store, scene: int) -> None:
    """Bring a scene back to where it stood."""
    scenes.restore(store, scene)


# ── shots ────────────────────────────────────────────────────────────────────
def add_shot(store: Store, scene: int, at: int = -1) -> int:
    """A new shot of a scene, at a place counted from 0 or (-1) at the end; answers its number."""
    return shots.add(store, scene, None if at < 0 else at).id


def edit_shot(store: Store, shot: int, fields: dict[str, Any]) -> None:
    """Change columns of a shot; a prompt stays as written until it is emptied."""
    if "prompt" in fields and not str(fields["prompt"]).strip():
        shots.unlock(store, shot)
        fields = {name: value for name, value in fields.items() if name != "prompt"}
    if fields:
        shots.edit(store, shot, **fields)


def compose_shot(store: Store, shot: int) -> None:
    """Let the prompt be composed of scene and shot again."""
    shots.unlock(store, shot)


def start_shot(store: Store, shot: int, start: str, picture: int = 0) -> None:
    """What a shot is drawn from: '' words alone, `previous` the shot before, `sketch` the picture of that number."""
    shots.edit(store, shot, start=start, **({"sketch_id": picture} if picture else {}))


def move_shot(store: Store, shot: int, scene: int, at: int) -> None:
    """Let a shot stand at that place of a scene, counted from 0."""
    shots.move(store, shot, scene, at)


def copy_shot(store: Store, shot: int) -> int:
    """A copy of a shot right behind it; answers its number."""
    return shots.duplicate(store, shot).id


def split_shot(store: Store, shot: int) -> int:
    """Two shots of one, each of half the time; answers the number of the second."""
    return shots.split(store, shot).id


def delete_shot(store: Store, shot: int) -> None:
    """Take a shot away with its takes; `restore_shot` brings it back."""
    shots.delete(store, shot)


def restore_shot(store: Store, shot: int) -> None:
    """Bring a shot back to where it stood."""
    shots.restore(store, shot)


# ── takes ────────────────────────────────────────────────────────────────────
def lock_shot(store: Store, shot: int, locked: bool = True) -> None:
    """Lock the take of a shot, so that it is not drawn again, or unlock it."""
    takes.lock(store, shot, locked)


def choose_take(store: Store, take: int) -> None:
    """Let a take be the one that counts."""
    takes.choose(store, take)


def delete_take(store: Store, take: int) -> None:
    """Take a take away; `restore_take` brings it back."""
    takes.delete(store, take)


def restore_take(store: Store, take: int) -> None:
    """Bring a take back."""
    takes.restore(store, take)


# ── cast ─────────────────────────────────────────────────────────────────────
def add_character(store: Store, board: int, name: str = "") -> int:
    """Somebody new, called A, B, … where no name is given, else put into the shots that say it; answers their number."""
    taken = {row.name for row in cast.all(store, board)}
    free = next(
        one for one in (chr(65 + at % 26) + "′" * (at // 26) for at in range(len(taken) + 1)) if one not in taken
    )
    row = cast.add(store, board, name or free)
    if name:
        casting.put(store, row.id)
    return row.id


def edit_character(store: Store, character: int, fields: dict[str, Any]) -> None:
    """Change the name, LoRA, weight, words or reference picture of somebody."""
    cast.edit(store, character, **fields)


def put_character(store: Store, character: int) -> list[int]:
    """Put somebody into the shots that name them, but locked and edited ones; answers these, for `take_character_out`."""
    return casting.put(store, character)


def take_character_out(store: Store, character: int, shots: list[int]) -> None:
    """Take somebody out of these shots."""
    casting.take_out(store, character, shots)


def describe_character(store: Store, character: int, captioner: str = "") -> int:
    """Let a captioner look at somebody's reference picture; answers the job, for `look_job` and then `take_words`."""
    row = cast.get(store, character)
    if row.picture_id is None:
        raise BadInput(f"“{row.name}” has no reference picture. Choose one first.")
    task = folder.task("describe").model_validate(
        {"picture": row.picture_id, **({"captioner": captioner} if captioner else {})}
    )
    project = boards.get(store, row.board_id).project_id
    return queue.add(store, project, "describe", task, task.title(), task.lane).id


def take_words(store: Store, character: int, job: int) -> None:
    """Let what a captioner said of somebody's looks be the words that call them."""
    cast.edit(store, character, words=appearance(str(queue.get(store, job).result.get("prompt", ""))))


def delete_character(store: Store, character: int) -> int:
    """Take somebody out of the cast, and so out of as many shots as it answers; `restore_character` brings them back."""
    cast.delete(store, character)
    return len(casting.seen_in(store, character))


def restore_character(store: Store, character: int) -> None:
    """Bring somebody back."""
    cast.restore(store, character)
