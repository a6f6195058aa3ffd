"""What only an engine with workers does: queues, survives their deaths, replaces them."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import LocalEngine
from covnets.errors import StoreUnavailable
from covnets.runs import Run, RunStore
from covnets.runs.states import States
from tests.engine.small_runs import (
    endless_run,
    recorded_steps,
    small_run,
    trained,
    use_up_revivals,
    wait_for_state,
    wait_for_steps,
    wait_until,
)


def worker_pid(store: RunStore, run_id: str) -> int:
    return int((store.runs.get(run_id).worker or "").rpartition(":")[2])


def test_run_stopped_while_its_network_is_traced_is_cancelled_at_once(
    engine: LocalEngine, store: RunStore
) -> None:
    # So deep that tracing it takes many seconds.
    deep = ResNetConfig(num_stages=3, num_blocks=60, filters=4)
    run = engine.submit(RunConfig(network=deep, train=small_run().train))
    wait_for_state(store, run, "running")

    engine.stop(run.id)

    stopped = wait_for_state(store, run, "cancelled", "finished", "failed")
    assert (stopped.state, stopped.step) == ("cancelled", 0)
    trained(engine, store, small_run())


def test_queued_run_can_be_stopped_before_it_starts(engine: LocalEngine, store: RunStore) -> None:
    first, second, third = (engine.submit(endless_run()) for _ in range(3))
    wait_for_steps(store, first)
    assert store.runs.get(third.id).state == "queued"

    for run in (third, second, first):
        engine.stop(run.id)

    assert store.runs.get(third.id).state == "cancelled"
    for run in (first, second):
        wait_for_state(store, run, "cancelled")


def test_third_death_leaves_a_failed_run_with_its_history_once_the_disk_has_room(
    engine: LocalEngine, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = engine.submit(endless_run())
    use_up_revivals(store, run)
    before = wait_for_steps(store, run, 5)
    refused = []

    def fail(run_id: str, reason: str, details: str | None = None) -> Run:
        if len(refused) < 2:
            refused.append(run_id)
            raise StoreUnavailable("The disk is full: free some space.")
        return States.fail(store.states, run_id, reason, details)

    monkeypatch.setattr(store.states, "fail", fail)
    os.kill(worker_pid(store, run.id), signal.SIGKILL)
    next_run = engine.submit(small_run())

    failed = wait_for_state(store, run, "failed")
    assert "killed" in (failed.reason or "")
    assert refused == [run.id, run.id]
    steps = recorded_steps(store, run)
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= before.step
    assert wait_for_state(store, next_run, "finished", "failed").state == "finished"


def test_worker_asked_to_end_pauses_its_run_with_a_checkpoint(
    engine: LocalEngine, store: RunStore
) -> None:
    run = engine.submit(endless_run())
    wait_for_steps(store, run, 3)

    os.kill(worker_pid(store, run.id), signal.SIGTERM)

    paused = wait_for_state(store, run, "paused", "failed")
    assert paused.state == "paused"
    checkpoint = store.files.find(run.id, "checkpoint.npz")
    assert checkpoint is not None
    with np.load(checkpoint) as arrays:
        assert int(arrays["step"]) == paused.step


def test_worker_that_has_grown_is_replaced_by_a_fresh_one_that_was_ready_before(
    engine: LocalEngine, store: RunStore
) -> None:
    old = worker_pid(store, trained(engine, store, small_run()).id)
    (worn,) = engine._crew.workers
    worn.is_worn = True

    wait_until(lambda: engine._crew.workers != [worn])
    assert engine.state == "ready"
    after = trained(engine, store, small_run())
    assert worker_pid(store, after.id) != old
    wait_until(lambda: worn.has_ended)
