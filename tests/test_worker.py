"""A worker, stepped by hand: what its jobs' rows say afterwards."""

import threading
from pathlib import Path

import pytest

import jobs.tasks
from jobs import folder
from jobs.worker import Heart, Worker, sentence
from storage import measures, queue
from storage.errors import NotFound, NotYours
from tests.tasks.count import Count
from tests.tasks.stumble import Stumble


@pytest.fixture(autouse=True)
def own_tasks(monkeypatch):
    """The tests' own tasks beside the studio's."""
    places = [*jobs.tasks.__path__, str(Path(__file__).parent / "tasks")]
    monkeypatch.setattr(jobs.tasks.__spec__, "submodule_search_locations", places)
    monkeypatch.setattr(jobs.tasks, "__path__", places)
    folder.names.cache_clear()
    yield
    folder.names.cache_clear()


@pytest.fixture
def worker(store, settings):
    return Worker(store, settings)


@pytest.fixture
def ask(store, project):
    """Put a task into the queue; its number."""

    def put(task, name=None, lane="train"):
        return queue.add(store, project.id, name or type(task).__name__.lower(), task, task.title(), lane).id

    return put


def test_a_job_is_done(worker, store, ask):
    number = ask(Count(to=3))
    assert worker.step() is True
    job = queue.get(store, number)
    assert (job.state, job.progress, job.step, job.result) == ("done", 1.0, 3, {"counted": 3})
    assert measures.curves(store, number) == {"counted": [(0, 0.0), (1, 1.0), (2, 2.0)]}
    assert worker.step() is False


def test_the_oldest_of_its_lanes_comes_first(store, settings, ask):
    ask(Count(to=1), lane="train")
    later = ask(Count(to=1), lane="now")
    assert Worker(store, settings, lanes=["now"]).step() is True
    assert queue.get(store, later).state == "done"
    assert [job.lane for job in queue.open_jobs(store)] == ["train"]


def test_a_sentence_for_a_person_stays_as_it_is(worker, store, ask):
    number = ask(Stumble(over="sentence"))
    worker.step()
    job = queue.get(store, number)
    assert (job.state, job.error) == ("failed", "The picture is upside down. Turn it round.")
    assert not queue.log_lines(store, number)


def test_a_surprise_is_told_in_one_sentence_with_its_details_in_the_log(worker, store, ask, capfd):
    number = ask(Stumble(over="surprise"), lane="now")
    worker.step()
    job = queue.get(store, number)
    assert job.state == "failed"
    assert job.error.startswith("Something went wrong inside the studio: RuntimeError: a cog fell off.")
    assert "Traceback" not in job.error
    assert "stumble.py" in queue.log_lines(store, number)[-1].text
    assert worker.worn, "the next job finds a fresh process"


def test_too_little_memory_comes_with_advice(worker, store, ask):
    number = ask(Stumble(over="memory"))
    worker.step()
    assert "half the batch" in queue.get(store, number).error


def test_torch_out_of_memory_comes_with_advice():
    import torch

    assert "half the batch" in sentence(torch.OutOfMemoryError("CUDA out of memory"))


def test_a_task_that_no_longer_exists(worker, store, ask):
    number = ask(Count(to=1), name="levitate")
    worker.step()
    job = queue.get(store, number)
    assert job.state == "failed"
    assert "“levitate”" in job.error and "any more" in job.error


def test_a_request_of_another_version(worker, store, ask):
    number = ask(Stumble(), name="count")
    worker.step()
    job = queue.get(store, number)
    assert job.state == "failed"
    assert "(over: Extra inputs are not permitted)" in job.error


def test_a_job_stops_when_asked(worker, store, ask):
    number = ask(Count(to=1000, seconds=0.02))
    threading.Timer(0.5, queue.stop, (store, number)).start()
    worker.step()
    job = queue.get(store, number)
    assert job.state == "stopped" and 0 < job.step < 1000


def test_a_job_pauses_saved_and_goes_on_where_it_was(worker, store, ask):
    number = ask(Count(to=60, seconds=0.02))
    threading.Timer(0.5, queue.pause, (store, number)).start()
    worker.step()
    assert queue.get(store, number).state == "paused"
    assert (store.home / "jobs" / str(number) / "saved").exists()
    assert worker.step() is False
    queue.resume(store, number)
    worker.step()
    assert queue.get(store, number).state == "done"
    counted = (store.home / "jobs" / str(number) / "counted.txt").read_text().split()
    assert counted == [str(n) for n in range(60)]


def test_a_worker_that_must_leave_puts_its_job_back(worker, store, ask):
    number = ask(Count(to=1000, seconds=0.02))
    threading.Timer(0.5, worker.leaving.set).start()
    worker.step()
    job = queue.get(store, number)
    assert (job.state, job.worker) == ("queued", "")
    assert (store.home / "jobs" / str(number) / "saved").exists()


def test_a_worker_lets_go_of_a_job_that_another_took_over(worker, store, settings, ask):
    number = ask(Count(to=1000, seconds=0.02))

    def take_over():
        queue.recover(store, silent_for=-60)
        assert queue.claim(store, "another", ("train",)).id == number

    threading.Timer(0.5, take_over).start()
    worker.step()
    job = queue.get(store, number)
    assert (job.state, job.worker, job.error) == ("running", "another", "")
    assert worker.worn


def test_a_worker_is_worn_after_training_only(store, settings, ask):
    ask(Count(to=1), lane="now")
    quick = Worker(store, settings)
    quick.step()
    assert not quick.worn
    ask(Count(to=1), lane="train")
    quick.step()
    assert quick.worn


def test_the_heart_beats_while_the_work_is_silent(store, settings, ask):
    ask(Count(to=1))
    job = queue.claim(store, "me", ("train",))
    before = queue.get(store, job.id).beat
    with Heart(store, job, 0.05):
        threading.Event().wait(0.4)
    assert queue.get(store, job.id).beat > before
    queue.finish(store, job)
    with pytest.raises(NotYours):
        queue.beat(store, job)


def test_a_folder_is_known_without_importing_it(tmp_path):
    assert (
        folder.names("jobs.tasks")["count"]
        == "Count up to a number, remembering how far it came: long work in small, for tests."
    )
    assert "family" not in folder.names("jobs.families"), "a contract is no entry"
    with pytest.raises(NotFound, match="there are: .*caption.*train"):
        folder.load("jobs.tasks", "levitate")
