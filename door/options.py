"""A task's fields as options of the command line: `learning_rate` becomes `--learning-rate`."""

from __future__ import annotations

import argparse
import types
from collections.abc import Sequence
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from jobs.task import Task, Weight
from storage.errors import BadInput


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    helper = ""
    """The command line whose --help knows more; empty for the parser's own."""

    def error(self, message: str) -> NoReturn:
        """End with status 2 and the complaint, without the long usage."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.helper or self.prog} --help.\n")


def add_fields(parser: argparse.ArgumentParser, kind: type[Task], without: Sequence[str] = ()) -> None:
    """Give `parser` an option for each field of the task that a person fills in, grouped by topic; not those `without`."""
    groups: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        facts = _facts(field)
        if facts.get("widget") == "hidden" or name in without:
            continue
        topic = facts.get("topic", "main")
        if topic not in groups:
            groups[topic] = parser.add_argument_group("settings" if topic == "main" else topic)
        groups[topic].add_argument(f"--{name.replace('_', '-')}", dest=name, default=None, **_argument(field))


def given(options: argparse.Namespace, kind: type[Task]) -> dict[str, Any]:
    """The fields that were said on the command line."""
    return {name: value for name, value in vars(options).items() if name in kind.model_fields and value is not None}


def request(kind: type[Task], values: dict[str, Any]) -> Task:
    """The task those values ask for; `BadInput` says which option is wrong, in one sentence."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise BadInput(complaint(error)) from error


def complaint(error: ValidationError) -> str:
    """The first thing that is wrong with some values, as a sentence about an option."""
    first = error.errors()[0]
    option = "--" + str(first["loc"][0]).replace("_", "-") if first["loc"] else "The options"
    if first["type"] == "missing":
        return f"{option} is missing; say it, for example {option} fox."
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if isinstance(first["input"], dict):
        return f"{option} {message}."
    return f"{option} {message}, and {first['input']!r} was given."


def _argument(field: FieldInfo) -> dict[str, Any]:
    """What argparse is to know of a field; values stay text, pydantic reads them."""
    plain = _without_none(field.annotation)
    text = (field.description or field.title or "").replace("%", "%%")
    if plain is bool:
        return {"action": argparse.BooleanOptionalAction, "help": text}
    if not field.is_required() and field.get_default(call_default_factory=True) not in (None, "", []):
        text = f"{text} [{field.get_default()}]"
    argument: dict[str, Any] = {"help": text, "metavar": _metavar(plain)}
    if get_origin(plain) is Literal:
        argument["choices"] = get_args(plain)
        argument["metavar"] = "{" + ",".join(map(str, get_args(plain))) + "}"
    if get_origin(plain) is list:
        argument |= {"nargs": "+", "action": "extend"}
    return argument


def _metavar(kind: Any) -> str:
    if get_origin(kind) is list:
        inner: Sequence[Any] = get_args(kind)
        return "NAME:WEIGHT" if inner and inner[0] is Weight else "WORDS"
    return {int: "N", float: "X", str: "WORDS"}.get(kind, "VALUE")


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        kept = [part for part in get_args(kind) if part is not type(None)]
        return kept[0] if len(kept) == 1 else kind
    return kind


def _facts(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}
