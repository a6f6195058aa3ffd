"""What only an engine with workers does: shares them, survives their deaths, replaces them."""

from __future__ import annotations

import os
import signal

import numpy as np

from covnets.errors import StoreUnavailable
from covnets.runs import Run
from covnets.runs.states import States
from tests.engine.small_runs import (
    DEEP,
    endless_run,
    recorded_steps,
    small_run,
    trained,
    use_up_revivals,
    wait_for_state,
    wait_for_steps,
    wait_until,
    worker_pid,
)


def test_run_stopped_while_its_network_is_traced_is_cancelled_at_once(engine, store):
    run = engine.submit(DEEP.replace(train=small_run().train))
    wait_for_state(store, run, "running")

    engine.stop(run.id)

    stopped = wait_for_state(store, run, "cancelled")
    assert stopped.step == 0
    trained(engine, store, small_run())


def test_runs_that_share_a_worker_all_move_and_end_by_themselves(engine, store):
    runs = [engine.submit(endless_run()) for _ in range(3)]
    fourth, fifth = engine.submit(small_run()), engine.submit(endless_run())
    for run in runs:
        wait_for_steps(store, run, 3)
    assert len({store.runs.get(run.id).worker for run in runs}) == 1
    assert [store.runs.get(run.id).state for run in (fourth, fifth)] == ["queued"] * 2

    assert engine.stop(fifth.id).state == "cancelled"
    engine.stop(runs[1].id)
    engine.pause(runs[2].id)

    wait_for_state(store, runs[1], "cancelled")
    wait_for_state(store, runs[2], "paused")
    wait_for_state(store, fourth, "finished")
    assert store.runs.get(runs[0].id).state == "running"
    engine.stop(runs[0].id)
    wait_for_state(store, runs[0], "cancelled")


def test_third_death_leaves_a_failed_run_with_its_history_once_the_disk_has_room(
    engine, store, monkeypatch
):
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
    os.kill(worker_pid(store, run), signal.SIGKILL)
    next_run = engine.submit(small_run())

    failed = wait_for_state(store, run, "failed")
    assert "killed" in (failed.reason or "")
    assert refused == [run.id, run.id]
    steps = recorded_steps(store, run)
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= before.step
    wait_for_state(store, next_run, "finished")


def test_worker_asked_to_end_pauses_its_run_with_a_checkpoint(engine, store):
    run = engine.submit(endless_run())
    wait_for_steps(store, run, 3)

    os.kill(worker_pid(store, run), signal.SIGTERM)

    paused = wait_for_state(store, run, "paused")
    checkpoint = store.files.find(run.id, "checkpoint.npz")
    assert checkpoint is not None
    with np.load(checkpoint) as arrays:
        assert int(arrays["step"]) == paused.step


def test_worker_that_has_grown_is_replaced_by_a_fresh_one_that_was_ready_before(engine, store):
    old = worker_pid(store, trained(engine, store, small_run()))
    (worn,) = engine._crew.workers
    worn.is_worn = True

    wait_until(lambda: engine._crew.workers != [worn])
    assert engine.state == "ready"
    after = trained(engine, store, small_run())
    assert worker_pid(store, after) != old
    wait_until(lambda: worn.has_ended)
