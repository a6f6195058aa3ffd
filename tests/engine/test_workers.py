"""The engine's workers, without processes: who is started, who is given a run, how one ended."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from covnets import system
from covnets.engine import workers
from covnets.engine.workers import (
    BAD_STARTS_TO_GIVE_UP,
    SECONDS_OF_A_BAD_START,
    Crew,
    WorkerProcess,
)


class FakeWorker:
    """A worker that is what a test says."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ready = self.does_nothing = True
        self.num_gpus = 0
        self.run_ids: set[str] = set()
        self.is_preparing = False
        self.orders: list[object] = []
        self.has_ended = self.is_worn = self.was_killed = self.was_dismissed = False
        self.started_at = 0.0
        self.log = Path("log")

    def last_log_lines(self) -> str:
        return "the log's end"

    @property
    def is_idle(self) -> bool:
        return self.ready and not self.run_ids

    def give(self, run_id: str) -> None:
        self.orders.append(run_id)

    def prepare(self, configs: tuple[object, ...]) -> None:
        self.orders.append(configs)

    def dismiss(self) -> None:
        self.was_dismissed = True


@pytest.fixture
def make_crew(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Crew]:
    monkeypatch.setattr(workers.time, "monotonic", lambda: SECONDS_OF_A_BAD_START / 2)

    def make(size: int) -> Crew:
        made = Crew(size, FakeWorker)
        made.fill_up(lambda ended: None)
        return made

    return make


def numbers(made: Crew) -> list[int]:
    return [worker.number for worker in made.workers]


def test_each_gpu_has_a_worker_of_its_own(make_crew):
    made = make_crew(1)
    assert numbers(made) == [0]
    made.workers[0].num_gpus = 3
    for _ in range(2):
        made.fill_up(lambda ended: None)
        assert numbers(made) == [0, 1, 2]


def test_run_goes_to_the_worker_with_the_fewest_as_long_as_it_has_room(make_crew):
    made = make_crew(2)
    first, second = made.workers
    first.run_ids = {"a", "b"}
    second.run_ids = {"c"}
    assert made.with_room(1, most_at_once=3) is second
    assert made.with_room(2, most_at_once=3) is second
    assert made.with_room(3, most_at_once=3) is None
    second.ready = False
    assert made.with_room(1, most_at_once=3) is first


def test_only_one_idle_worker_traces_ahead_at_a_time(make_crew):
    made = make_crew(3)
    first, second, third = made.workers
    first.ready = False
    assert made.to_prepare is second
    second.is_preparing = first.ready = True
    assert made.to_prepare is second
    second.is_preparing, first.run_ids = False, {"a"}
    second.ready = third.ready = False
    assert made.to_prepare is None


def test_workers_stop_tracing_ahead_when_another_is_given_a_run(make_crew):
    made = make_crew(3)
    first, second, third = made.workers
    first.is_preparing = second.is_preparing = True
    made.give(first, ["a", "b"])
    assert (first.orders, second.orders, third.orders) == (["a", "b"], [()], [])


def test_gpu_has_one_run_or_one_race(make_crew):
    made = make_crew(1)
    (worker,) = made.workers
    worker.num_gpus = 1
    assert made.with_room(3, most_at_once=3) is worker
    worker.run_ids = {"a"}
    assert made.with_room(1, most_at_once=3) is None


def test_workers_that_end_right_away_are_given_up_until_a_retry(make_crew):
    made = make_crew(1)
    for _ in range(BAD_STARTS_TO_GIVE_UP):
        made.workers[0].has_ended = True
        made.fill_up(lambda ended: None)
    assert made.workers == []
    assert "No worker can be started" in made.message
    assert "the log's end" in made.message
    made.retry()
    made.fill_up(lambda ended: None)
    assert numbers(made) == [0]


def test_missing_tensorflow_is_told_in_a_sentence_at_once(make_crew, monkeypatch):
    made = make_crew(1)
    monkeypatch.setattr(system, "find_spec", lambda name: None)
    made.workers[0].has_ended = True
    made.fill_up(lambda ended: None)
    assert made.workers == []
    assert made.message.startswith("Nothing can be trained, as TensorFlow is not installed.")
    assert made.message.endswith("-m pip install -r requirements.txt")


def test_worn_worker_stays_until_it_is_idle_and_its_successor_is_ready(make_crew):
    made = make_crew(1)
    (worn,) = made.workers
    worn.is_worn, worn.does_nothing = True, False
    made.replace_worn()
    assert made._successors == {}
    worn.does_nothing = True
    made.replace_worn()
    successor = made._successors[0]
    successor.ready = False
    made.replace_worn()
    assert made.workers == [worn]
    successor.ready = True
    made.replace_worn()
    assert made.workers == [successor]
    assert worn.was_dismissed


@pytest.mark.parametrize(
    ("code", "killed_for_memory", "said"),
    [
        (-signal.SIGKILL, 4, "Memory ran out, and the system ended its worker process"),
        (-signal.SIGKILL, 3, "Its worker process was killed from outside (SIGKILL)"),
        (-signal.SIGTERM, 4, "Its worker process was ended from outside (SIGTERM)"),
        (-250, 3, "Its worker process was ended from outside (signal 250)"),
        (1, 3, "Its worker process ended unexpectedly with exit code 1."),
    ],
)
def test_reason_of_an_end_names_what_happened(monkeypatch, code, killed_for_memory, said):
    ended = object.__new__(WorkerProcess)
    ended.process = SimpleNamespace(returncode=code)
    ended._killed_for_memory = 3
    monkeypatch.setattr(workers, "times_killed_for_memory", lambda: killed_for_memory)
    assert ended.reason_of_end().startswith(said)
