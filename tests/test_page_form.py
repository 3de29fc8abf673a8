"""Forms: every task's fields become widgets, and what people type becomes a task or one clear sentence."""

import gradio as gr
import pytest

from jobs import folder
from storage.errors import BadInput
from studio import charts, form, words
from studio.form import Form
from studio.scene import Scene

TASKS = list(folder.names("jobs.tasks"))


@pytest.fixture
def scene(store, settings):
    """A scene to draw in."""
    return Scene(store, settings, words.speak("en"))


@pytest.mark.parametrize("task", TASKS)
def test_every_field_of_every_task_has_a_widget(scene, task):
    with gr.Blocks(analytics_enabled=False):
        made = Form(scene, task)
        made.rest()
    assert list(made.inputs()) == list(folder.task(task).model_fields)


@pytest.mark.parametrize("task", TASKS)
def test_what_the_widgets_begin_with_is_what_the_task_begins_with(scene, task):
    with gr.Blocks(analytics_enabled=False):
        made = Form(scene, task)
        made.rest()
    needed = {name: info for name, info in made.task.model_fields.items() if info.is_required()}
    required = {name: {int: 1, list[int]: [1]}.get(info.annotation, "x") for name, info in needed.items()}
    shown = {name: widget.value for name, widget in made.inputs().items()}
    assert made.read(shown | required) == made.task(**required)


def test_a_lora_to_go_on_from_is_chosen_by_its_number_or_not_at_all():
    task = folder.task("train")
    info, given = task.model_fields["continue_from"], {"name": "x", "dataset": "y"}
    assert [form.spread(info, value) for value in (0, 7)] == ["", "7"]
    read = [form.read(task, "train", given | {"continue_from": chosen}, words.speak("en")) for chosen in ("", "7")]
    assert [one.continue_from for one in read] == [0, 7]


def test_a_token_without_brackets_is_refused_on_the_form():
    with pytest.raises(BadInput, match="“sks = dog” is no new token"):
        form.read(
            folder.task("train"), "train", {"name": "x", "dataset": "y", "tokens": "sks = dog"}, words.speak("en")
        )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("steps", 0, "“Steps” must be 1 or more; 0 was given."),
        ("steps", 1_000_000, "“Steps” must be 100000 or less; 1000000 was given."),
        ("steps", None, "“Steps” is empty. Fill it in."),
        ("steps", 2.5, "“Steps” must be a whole number; 2.5 was given."),
        ("name", "", "“Name” is empty. Fill it in."),
        ("learning_rate", 0, "“Learning rate” must be more than 0; 0 was given."),
        ("learning_rate", "fast", "“Learning rate” must be a number; “fast” was given."),
        ("schedule", "zigzag", "“Schedule” must be one of 'constant', 'cosine' or 'linear'; “zigzag” was given."),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_its_field(field, value, said):
    given = {"name": "fox", "dataset": "fox"} | {field: value}
    with pytest.raises(BadInput) as caught:
        form.read(folder.task("train"), "train", given, words.speak("en"))
    assert str(caught.value) == said


def test_the_sentence_is_korean_on_the_korean_page():
    with pytest.raises(BadInput) as caught:
        form.read(folder.task("train"), "train", {"name": "여우", "dataset": "여우", "steps": 0}, words.speak("ko"))
    assert str(caught.value) == "‘스텝’은(는) 1 이상이어야 합니다. 입력한 값: 0."


def test_lines_of_text_become_a_list_of_prompts():
    values = {"name": "fox", "dataset": "fox", "sample_prompts": " a fox \n\n a red fox\n"}
    assert form.read(folder.task("train"), "train", values, words.speak("en")).sample_prompts == ["a fox", "a red fox"]


def test_a_thinned_curve_keeps_its_end_and_its_mean():
    points = [(step, float(step % 7)) for step in range(1, 10_001)]
    thin = charts.thin(points, 400)
    assert len(thin) <= 400
    assert thin[-1][0] == 10_000
    assert sum(value for _, value in thin) / len(thin) == pytest.approx(3.0, abs=0.01)


def test_a_trend_of_equal_numbers_is_that_number_from_the_first_step():
    assert [round(value, 9) for _, value in charts.smooth([(step, 0.25) for step in range(1, 30)])] == [0.25] * 29


def test_a_number_that_is_none_is_not_drawn():
    drawn = charts.curve([(1, 0.5), (2, float("nan")), (3, 0.25)])
    assert drawn["raw"] == [(1, 0.5), (3, 0.25)]
