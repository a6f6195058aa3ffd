"""Events reach the store, and the wish to stop comes back, whatever the store says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from covnets.config import RunConfig, VGGConfig
from covnets.errors import StoreError
from covnets.runs import Run, RunStore
from covnets.worker.recorder import Recorder
from tests.engine.small_runs import wait_until


def point(step: int) -> dict[str, object]:
    figures = {"loss": 1.0, "accuracy": 0.5, "seconds": 0.1 * step}
    return {"event": "metrics", "split": "train", "step": step, "epoch": 1, **figures}


@pytest.fixture
def run(store: RunStore) -> Run:
    queued = store.runs.create(RunConfig(network=VGGConfig()), owner="test")
    store.states.claim(queued.id, "here:1")
    return queued


@pytest.fixture
def asked_to_leave() -> list[str]:
    """Why the process shall end, once a test says so."""
    return []


@pytest.fixture
def recorder(store: RunStore, run: Run, asked_to_leave: list[str]) -> Iterator[Recorder]:
    recorder = Recorder(store, run.id, "here:1", asked_to_leave=lambda: asked_to_leave)
    yield recorder
    recorder.close()


def test_wish_to_stop_comes_back_and_a_process_that_shall_end_pauses(
    store, run, recorder, asked_to_leave
):
    assert recorder.should_stop() is None
    store.states.request_stop(run.id)
    wait_until(lambda: recorder.should_stop() == "cancelled")
    asked_to_leave.append("dashboard stopped")
    assert recorder.should_stop() == "paused"


def test_run_that_others_have_ended_is_left_at_once(store, run, recorder):
    store.states.fail(run.id, "Somebody else said so.")
    recorder.report(point(1))
    wait_until(lambda: recorder.should_stop() == "paused")
    assert store.runs.get(run.id).step == 0


def test_run_that_another_worker_trains_by_now_is_lost(store, run, recorder):
    assert recorder.settle()
    store.states.revive(run.id, "It was silent.")
    store.states.claim(run.id, "here:2")
    assert not recorder.settle()
    assert recorder.should_stop() == "paused"


def test_points_wait_while_the_store_cannot_be_written(store, run, recorder, monkeypatch):
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(store.history, "add", full)
        for step in (1, 2, 3):
            recorder.report(point(step))
        with pytest.raises(StoreError):
            recorder.flush()
    wait_until(lambda: store.runs.get(run.id).step == 3)
