"""A task's fields as widgets, and what people put into them as a task: the only map from types to widgets."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Literal, get_args, get_origin

import gradio as gr
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from jobs import folder
from jobs.task import Task
from storage.errors import BadInput
from studio.parts import part
from studio.scene import Scene
from studio.words import Words

LISTS = {"dataset": "datasets", "base": "bases", "lora": "loras"}
"""Widget → the list that its choices come from."""


class Form:
    """The widgets of one task, by field.

    Each is drawn where `widget` or `rest` is called; `read` makes the task of
    what they hold, `show` fills them from one.

    Args:
        choices: for fields that are a choice of names, the list they come from.
        start: values to begin with, where they differ from the task's own.
    """

    def __init__(
        self, scene: Scene, task: str, choices: dict[str, str] | None = None, start: dict[str, Any] | None = None
    ) -> None:
        self.scene, self.name, self.task = scene, task, folder.task(task)
        self.choices, self.start = choices or {}, start or {}
        self.widgets: dict[str, Any] = {}

    def widget(self, field: str, **looks: Any) -> gr.components.Component:
        """Draw the widget of one field here; `looks` are further arguments of its component."""
        made = self._make(field, self.task.model_fields[field], looks)
        self.widgets[field] = made
        return made

    def rest(self, fold: bool = True) -> None:
        """Draw every field that is not drawn yet: hidden ones unseen, the others by topic, folded or side by side."""
        topics: dict[str, list[str]] = {}
        for field, info in self.task.model_fields.items():
            if field in self.widgets:
                continue
            if widget_kind(info) == "hidden":
                self.widget(field)
            else:
                topics.setdefault(_extra(info)["topic"], []).append(field)
        for topic, fields in topics.items():
            name = topic_name(self.scene.words, topic)
            with gr.Accordion(name, open=False, elem_classes="fold") if fold else gr.Row(elem_classes="fields told"):
                for field in fields:
                    self.widget(field)

    def inputs(self) -> dict[str, Any]:
        """The widgets by field, in the order of the task's fields."""
        return {field: self.widgets[field] for field in self.task.model_fields if field in self.widgets}

    def read(self, values: dict[str, Any]) -> Task:
        """The task those values ask for; `BadInput` is one sentence that names the field."""
        return read(self.task, self.name, values, self.scene.words)

    def show(self, values: dict[str, Any], but: Container[str] = ()) -> list[Any]:
        """What each widget of `inputs`, `but` those fields, is to show: the given value, or nothing new."""
        return [
            spread(self.task.model_fields[field], values[field]) if field in values else gr.skip()
            for field in self.inputs()
            if field not in but
        ]

    def _make(self, field: str, info: FieldInfo, looks: dict[str, Any]) -> gr.components.Component:
        words, extra = self.scene.words, _extra(info)
        kind = widget_kind(info)
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        value = spread(info, self.start.get(field, default))
        named: dict[str, Any] = {
            "label": label(words, self.name, field, info),
            "elem_id": f"{self.name}-{field}",
            "elem_classes": ["field", f"field-{kind}"],
        }
        spoken = named | {"info": help_text(words, self.name, field, info) or None} | looks
        if kind == "hidden":
            return part("keep", value=value, kind=_json(info), elem_id=named["elem_id"])
        if kind in ("choice", "dataset", "base", "lora"):
            return self._pick(field, info, kind, value, named | {"help": spoken["info"]})
        if kind == "blend":
            return part("desk", value=value or [], kind="array", elem_id=named["elem_id"])
        if kind == "picture":
            return part("give", value=value, kind="integer", elem_id=named["elem_id"])
        if kind == "slider":
            low, high = bounds(info)
            return gr.Slider(low or 0, high or 1, value=value, step=extra["step"], **spoken)
        if kind == "switch":
            return gr.Checkbox(value=value, **spoken)
        if kind == "number":
            whole = _plain(info) is int
            return gr.Number(value=value, precision=0 if whole else None, step=extra["step"] or 1, **spoken)
        lines = {"lines": 3 if kind == "text" else 1, "max_lines": 12}
        return gr.Textbox(value=value or "", **lines | spoken)

    def _pick(self, field: str, info: FieldInfo, kind: str, value: Any, named: dict[str, Any]) -> gr.HTML:
        options = [
            {"value": option, "label": choice_name(self.scene.words, self.name, field, option)}
            for option in get_args(_plain(info))
            if get_origin(_plain(info)) is Literal
        ]
        source = LISTS.get(kind, "" if options else self.choices.get(field, ""))
        return part("pick", value=value or "", source=source, options=options, **named)


def read(task: type[Task], name: str, values: dict[str, Any], words: Words) -> Task:
    """A task of those values; lists of words may come as lines of text.

    Raises:
        BadInput: one sentence that names the first field that cannot be used.
    """
    given = {}
    for field, value in values.items():
        info = task.model_fields.get(field)
        if info is not None and _plain(info) is list and isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        if info is not None and value == "" and widget_kind(info) == "lora":
            value = 0
        given[field] = value
    try:
        return task(**given)
    except ValidationError as error:
        raise BadInput(sentence(task, name, error, words)) from error


def sentence(task: type[Task], name: str, error: ValidationError, words: Words) -> str:
    """The first thing that is wrong, in one sentence that names its field."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    info = task.model_fields.get(field)
    said = label(words, name, field, info) if info is not None else field
    given = first.get("input")
    if given in (None, "") or first["type"] == "missing":
        return words("bad.empty", field=said)
    key = f"bad.{first['type']}"
    if not words.has(key):
        key = "bad.other"
    facts = {key: value for key, value in first.get("ctx", {}).items() if isinstance(value, int | float | str)}
    facts = {key: f"{value:g}" if isinstance(value, float) else value for key, value in facts.items()}
    return words(key, field=said, given=str(given)[:60], message=first["msg"], **facts)


def label(words: Words, task: str, field: str, info: FieldInfo) -> str:
    """What a field is called."""
    key = f"field.{task}.{field}"
    return words(key) if words.has(key) else info.title or field


def help_text(words: Words, task: str, field: str, info: FieldInfo) -> str:
    """The sentence beside a field."""
    key = f"help.{task}.{field}"
    return words(key) if words.has(key) else info.description or ""


def topic_name(words: Words, topic: str) -> str:
    """What a folded section is called."""
    key = f"topic.{topic.replace(' ', '_')}"
    return words(key) if words.has(key) else topic.capitalize()


def choice_name(words: Words, task: str, field: str, option: Any) -> str:
    """What one option of a field is called."""
    key = f"choice.{task}.{field}.{option or 'own'}".replace(" ", "_").replace("/", "_")
    return words(key) if words.has(key) else str(option)


def widget_kind(info: FieldInfo) -> str:
    """How a field is drawn: as it says, or as its type suggests."""
    extra, plain = _extra(info), _plain(info)
    if extra["widget"]:
        return extra["widget"]
    if get_origin(plain) is Literal:
        return "choice"
    if plain is bool:
        return "switch"
    if plain in (int, float):
        return "slider" if extra["step"] and None not in bounds(info) else "number"
    return "text" if plain is list else "line"


def bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """The least and the most a number may be, where the field says so."""
    low = next((m.ge for m in info.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in info.metadata if hasattr(m, "le")), None)
    return low, high


def spread(info: FieldInfo, value: Any) -> Any:
    """A field's value as its widget shows it: a list of words as lines, a LoRA's number as a choice."""
    if widget_kind(info) == "lora":
        return str(value) if value else ""
    if widget_kind(info) == "text" and isinstance(value, list):
        return "\n".join(str(part) for part in value)
    return value


def _plain(info: FieldInfo) -> Any:
    """The type itself, without `| None` and without what a list holds."""
    kind = info.annotation
    inner = [part for part in get_args(kind) if part is not type(None)]
    if type(None) in get_args(kind) and len(inner) == 1:
        kind = inner[0]
    return list if get_origin(kind) is list else kind


def _json(info: FieldInfo) -> str:
    return {int: "integer", float: "number", bool: "boolean", list: "array"}.get(_plain(info), "string")


def _extra(info: FieldInfo) -> dict[str, Any]:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return {"topic": "main", "widget": None, "step": None} | extra
