"""A run's state is saved while it trains, never ahead of its points, and it goes on from there."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

from covnets.engine import InlineEngine
from covnets.errors import StoreError, StoreUnavailable
from covnets.runs import CHECKPOINT, Run, RunStore
from covnets.worker import saving
from covnets.worker.execution import Execution
from covnets.worker.saving import Saver, read_checkpoint
from tests.engine.small_runs import curve, small_run, wait_until

# Evaluated on its way, and so small that a state is saved every few steps.
CONFIG = small_run(epochs=5, schedule="constant")
KILLED = "the computer or its worker process was shut down"


@pytest.fixture(scope="module")
def whole(store: RunStore) -> Run:
    return InlineEngine(store).submit(CONFIG)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a state as often as a run moves."""
    monkeypatch.setattr(saving, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(saving, "MOST_OF_THE_TIME", 1e9)


def killed(store: RunStore, step: int) -> Run:
    """A run whose process was killed after a step, before it could say so."""
    run = store.runs.create(CONFIG, owner="test")
    execution = Execution(store, run.id)
    moves = execution.moves()
    while execution.training is None or execution.training.step < step:
        next(moves)
    execution._recorder.flush()
    execution._recorder.close()
    return store.states.abandon(run.id, KILLED)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("step", [3, 11, 30])
def test_killed_run_is_resumed_from_its_last_state(store, whole, step):
    run = killed(store, step)
    assert (run.state, run.reason) == ("paused", KILLED)
    wait_until(lambda: store.files.find(run.id, CHECKPOINT) is not None)
    assert 0 < store.files.step_to_go_on_from(run) <= run.step

    finished = InlineEngine(store).resume(run.id)

    assert finished.state == "finished", finished.details
    assert curve(store, finished).equals(curve(store, whole))
    assert finished.summary["test_accuracy"] == whole.summary["test_accuracy"]
    # Who trained beside it before is not known: its speed is no measure.
    assert finished.summary["had_company"]


def test_run_that_was_killed_before_its_first_state_was_saved_begins_again(store, whole):
    run = killed(store, 11)
    assert store.files.step_to_go_on_from(run) == 0
    finished = InlineEngine(store).resume(run.id)
    assert finished.state == "finished", finished.details
    assert curve(store, finished).equals(curve(store, whole))


@pytest.mark.usefixtures("eager")
def test_state_is_never_ahead_of_the_points(store, monkeypatch):
    run = store.runs.create(CONFIG, owner="test")
    saved = []
    write_file, add_points = store.files.write, store.history.add

    def write_and_look(run_id, name, write):
        recorded = store.runs.get(run_id).step
        path = write_file(run_id, name, write)
        if name == CHECKPOINT:
            saved.append((int(read_checkpoint(path)["step"]), recorded))
        return path

    def slowly(run_id, points):
        time.sleep(0.05)
        add_points(run_id, points)

    monkeypatch.setattr(store.files, "write", write_and_look)
    monkeypatch.setattr(store.history, "add", slowly)
    for _ in Execution(store, run.id).moves():
        pass
    assert len(saved) > 2
    assert all(step <= recorded for step, recorded in saved)


@pytest.mark.usefixtures("eager")
def test_run_whose_state_cannot_be_saved_trains_on_and_tries_again(store, whole, monkeypatch):
    write_artifact, refused = store.files.write, []

    def refuse_some(run_id, name, write):
        if len(refused) < 3:
            refused.append(name)
            raise StoreError("The disk is full: free some space.")
        return write_artifact(run_id, name, write)

    monkeypatch.setattr(store.files, "write", refuse_some)
    run = InlineEngine(store).submit(CONFIG)
    assert (run.state, run.reason) == ("finished", None)
    assert refused == [CHECKPOINT] * 3
    assert curve(store, run).equals(curve(store, whole))


class Trainee:
    """Looks like a training; copying its state takes a while."""

    config = SimpleNamespace(total_steps=10**6)

    def __init__(self) -> None:
        self.step, self.seconds = 0, 0.0

    def checkpoint(self) -> dict[str, np.ndarray]:
        time.sleep(0.3)
        return {"step": np.array(self.step)}


def test_states_are_saved_so_rarely_that_they_cost_little(store, monkeypatch):
    saved = []
    monkeypatch.setattr(saving, "write_checkpoint", lambda *_: saved.append(trainee.seconds))
    monkeypatch.setattr(saving.time, "monotonic", lambda: now)
    saver, trainee = Saver(store, "any", lambda: True), Trainee()
    # Others train as well: it has half of the time.
    for now in (0.0, 9.9, 10.0, 30.0, 39.0, 1000.0):
        trainee.seconds = now / 2
        trainee.step += 1
        saver.look(trainee)
        saver.wait()
    # 0.3 s are 2 % of 15 s.
    assert saved == [5.0, 500.0]


@pytest.mark.parametrize("refusal", [False, StoreUnavailable("The disk is full.")])
def test_nothing_is_written_for_a_run_that_is_lost_or_whose_points_wait(
    store, monkeypatch, refusal
):
    def settle() -> bool:
        if refusal:
            raise refusal
        return False

    written = []
    monkeypatch.setattr(saving, "write_checkpoint", lambda *_: written.append(True))
    monkeypatch.setattr(saving, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    saver, trainee = Saver(store, "any", settle), Trainee()
    saver.look(trainee)
    trainee.step, trainee.seconds = 1, 100.0
    saver.look(trainee)
    saver.wait()
    assert not written
