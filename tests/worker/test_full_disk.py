"""A full disk: training goes on, points wait in memory, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from covnets.engine import InlineEngine
from covnets.errors import StoreUnavailable
from covnets.runs import MODEL, RunStore
from covnets.worker.execution import Execution
from tests.engine.small_runs import diverging_run, recorded_steps, small_run

WRITING = (
    *("history.add", "files.write"),
    *("states.record_started", "states.heartbeat", "states.finish", "states.fail"),
)


class Disk:
    """Refuses every change of a store while it is full."""

    def __init__(
        self,
        store: RunStore,
        monkeypatch: pytest.MonkeyPatch,
        writing: tuple[str, ...] = WRITING,
    ) -> None:
        self.is_full = True
        for name in writing:
            part, _, method = name.partition(".")
            owner = getattr(store, part)
            monkeypatch.setattr(owner, method, self._guarded(getattr(owner, method)))

    def _guarded(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **named: Any) -> Any:
            if self.is_full:
                raise StoreUnavailable("The disk is full: free some space.")
            return change(*arguments, **named)

        return guarded


def test_run_goes_on_while_the_disk_is_full_and_all_its_points_arrive(store, monkeypatch):
    config = small_run(epochs=2)
    run = store.runs.create(config, owner="test")
    disk, troubles = Disk(store, monkeypatch), []
    execution = Execution(store, run.id, tell_trouble=troubles.append)
    moves = execution.moves()

    next(moves)
    while execution.training.step < config.train.total_steps or not troubles:
        next(moves)
    for _ in range(3):  # it waits for room, and does not fail
        next(moves)
    assert store.runs.get(run.id).step == 0
    assert troubles[-1] == "The disk is full: free some space."

    disk.is_full = False
    for _ in moves:
        pass
    finished = store.runs.get(run.id)
    assert (finished.state, finished.reason) == ("finished", None)
    steps = recorded_steps(store, run)
    assert steps == list(range(1, config.train.total_steps + 1))
    assert store.files.find(run.id, MODEL) is not None
    assert troubles[-1] is None


def test_run_that_cannot_be_taken_waits_for_room_and_says_so(store, monkeypatch):
    run = store.runs.create(small_run(), owner="test")
    disk, troubles = Disk(store, monkeypatch, ("states.claim",)), []
    moves = Execution(store, run.id, tell_trouble=troubles.append).moves()
    for _ in range(2):
        next(moves)
    assert store.runs.get(run.id).state == "queued"
    assert troubles[-1] == "The disk is full: free some space."
    disk.is_full = False
    for _ in moves:
        pass
    assert store.runs.get(run.id).state == "finished"
    assert None in troubles


def test_failure_is_recorded_as_soon_as_there_is_room(store, monkeypatch):
    run = store.runs.create(diverging_run(), owner="test")
    disk = Disk(store, monkeypatch)
    moves = Execution(store, run.id).moves()
    for _ in range(40):
        next(moves)
    assert store.runs.get(run.id).state == "running"
    disk.is_full = False
    for _ in moves:
        pass
    failed = store.runs.get(run.id)
    assert failed.state == "failed"
    assert "The loss became" in (failed.reason or "")
    assert failed.step > 0


def test_run_whose_network_cannot_be_saved_is_finished_all_the_same(store, monkeypatch):
    Disk(store, monkeypatch, ("files.write",))
    run = InlineEngine(store).submit(small_run())
    assert run.state == "finished"
    assert run.reason == "Its network could not be saved: The disk is full: free some space."
    assert run.summary["test_accuracy"] is not None
