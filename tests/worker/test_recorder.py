"""Events reach the store, and the wish to stop comes back, whatever the store says meanwhile."""

from __future__ import annotations

import pytest

from covnets.config import RunConfig, VGGConfig
from covnets.errors import StoreError
from covnets.runs import Run, RunStore
from covnets.worker.recorder import Recorder
from tests.engine.small_runs import wait_until

STARTED = {"event": "started", "total_steps": 10}


def point(step: int) -> dict[str, object]:
    figures = {"loss": 1.0, "accuracy": 0.5, "seconds": 0.1 * step}
    return {"event": "metrics", "split": "train", "step": step, "epoch": 1, **figures}


@pytest.fixture
def run(store: RunStore) -> Run:
    queued = store.runs.create(RunConfig(network=VGGConfig()), owner="test")
    store.states.claim(queued.id, "here:1")
    return queued


def test_events_are_written_a_moment_later(store: RunStore, run: Run) -> None:
    recorder = Recorder(store, run.id, "here:1")
    recorder.report(STARTED)
    recorder.report(point(1))
    wait_until(lambda: store.runs.get(run.id).step == 1)
    recorder.close()
    assert store.runs.get(run.id).facts == {"total_steps": 10}


def test_wish_to_stop_comes_back_and_a_process_that_shall_end_pauses(
    store: RunStore, run: Run
) -> None:
    reason: list[str] = []
    recorder = Recorder(store, run.id, "here:1", asked_to_leave=lambda: reason)
    assert recorder.should_stop() is None
    store.states.request_stop(run.id)
    wait_until(lambda: recorder.should_stop() == "cancelled")
    reason.append("dashboard stopped")
    assert recorder.should_stop() == "paused"
    recorder.close()


def test_run_that_others_have_ended_is_left_at_once(store: RunStore, run: Run) -> None:
    recorder = Recorder(store, run.id, "here:1")
    store.states.fail(run.id, "Somebody else said so.")
    recorder.report(point(1))
    wait_until(lambda: recorder.should_stop() == "paused")
    recorder.close()
    assert store.runs.get(run.id).step == 0


def test_run_that_another_worker_trains_by_now_is_lost(store: RunStore, run: Run) -> None:
    recorder = Recorder(store, run.id, "here:1")
    assert recorder.settle()
    store.states.revive(run.id, "It was silent.")
    store.states.claim(run.id, "here:2")
    assert not recorder.settle()
    assert recorder.should_stop() == "paused"
    recorder.close()


def test_points_wait_while_the_store_cannot_be_written(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(store.history, "add", full)
        recorder = Recorder(store, run.id, "here:1")
        for step in (1, 2, 3):
            recorder.report(point(step))
        with pytest.raises(StoreError):
            recorder.flush()
    wait_until(lambda: store.runs.get(run.id).step == 3)
    recorder.close()
