"""The page's words: every one of them in every language."""

import ast
import re

import pytest

from jobs import folder
from storage import errors, names
from storage.errors import BadInput
from storage.settings import PROJECT
from studio import parts, words


def subclasses(kind):
    """Every class below `kind`."""
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_word_is_there_in_every_language():
    english, korean = words.speak("en").all, words.speak("ko").all
    told = {
        key for key in korean if key.startswith(("field.", "help.")) and key.split(".")[1] in folder.names("jobs.tasks")
    }
    assert set(english) == set(korean) - told
    for key in english:
        fields = set(re.findall(r"\{(\w+)\}", english[key]))
        assert set(re.findall(r"\{(\w+)\}", korean[key])) <= fields, key


@pytest.mark.parametrize("task", list(folder.names("jobs.tasks")))
def test_every_field_of_every_task_is_told_in_korean(task):
    """What a task takes over from another one is told there."""
    korean, kind = words.speak("ko"), folder.task(task)
    inherited = {field for parent in kind.__bases__ for field in getattr(parent, "model_fields", ())}
    for field in kind.model_fields.keys() - inherited:
        assert korean.has(f"field.{task}.{field}"), f"field.{task}.{field}"
        assert korean.has(f"help.{task}.{field}"), f"help.{task}.{field}"


def test_every_word_that_a_script_says_is_there():
    known = words.speak("en").all
    for script in parts.HERE.glob("*.js"):
        for key in re.findall(r'\bw\("([\w.]+)"', script.read_text(encoding="utf-8")):
            assert key in known, f"{script.name} says {key}"


def test_a_sentence_of_another_room_is_told_in_korean_with_what_it_names():
    with pytest.raises(BadInput) as caught:
        names.clean("a/b", "A data set")
    said = words.speak("ko").error(str(caught.value))
    assert "a/b" in said
    assert re.search("[가-힣]", said)
    assert words.speak("en").error(str(caught.value)) == str(caught.value)


ERRORS = {error.__name__ for error in (errors.StudioError, *subclasses(errors.StudioError))}


def sentences():
    """(place, template) of every sentence that storage and jobs say to people, `{}` for what it names."""
    for path in sorted([*(PROJECT / "storage").rglob("*.py"), *(PROJECT / "jobs").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            at = 2 if name == "progress" else 0
            if name in ERRORS | {"log", "progress"} and len(node.args) > at:
                said = node.args[at]
                if isinstance(said, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in said.values]
                    yield f"{path.relative_to(PROJECT)}:{node.lineno}", "".join(parts)
                elif isinstance(said, ast.Constant) and isinstance(said.value, str):
                    yield f"{path.relative_to(PROJECT)}:{node.lineno}", said.value


def test_whatever_storage_and_jobs_say_is_told_in_korean():
    korean, known = words.speak("ko"), list(sentences())
    assert len(known) > 150
    untold = [
        f"{place} {text}" for place, text in known if not re.search("[가-힣]", korean.error(text.replace("{}", "x")))
    ]
    assert [line for line in untold if re.search("[a-z]{3}.* ", line.partition(" ")[2].replace("{}", ""))] == []


def test_singular_and_plural_follow_the_number():
    say = words.speak("en")
    assert [say("wall.count", n=n) for n in (0, 1, 2)] == ["0 pictures", "1 picture", "2 pictures"]


@pytest.mark.parametrize(
    ("header", "language"), [("ko-KR,ko;q=0.9", "ko"), ("fr,de", "en"), ("", "en"), ("en-GB,ko", "en"), ("de,KO", "ko")]
)
def test_the_first_language_that_the_page_speaks_is_chosen(header, language):
    assert words.choose(header) == language
