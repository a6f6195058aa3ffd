"""The local engine's contract: submit, stop, crash; no run is shown as running when none runs."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import LocalEngine
from covnets.errors import ConfigError, StoreUnavailable
from covnets.runs import Run, RunStore, frames
from covnets.runs.states import States
from tests.engine.small_runs import (
    NETWORK,
    endless_run,
    let_die,
    small_run,
    wait_for_state,
    wait_for_steps,
    wait_until,
)


def worker_pid(store: RunStore, run_id: str) -> int:
    return int((store.runs.get(run_id).worker or "").rpartition(":")[2])


def test_submitted_run_finishes_with_whole_history_and_files(
    engine: LocalEngine, store: RunStore
) -> None:
    run = wait_for_state(store, engine.submit(small_run(epochs=2)), "finished", "failed")

    assert run.state == "finished", run.details
    history = frames.history(store, run.id)
    steps = history.loc[history["split"] == "train", "step"].tolist()
    assert steps == list(range(1, 17))
    assert len(history[history["split"] == "validation"]) == 2
    assert len(history[history["split"] == "train_eval"]) == 2
    assert run.facts["threads"] == 1
    assert run.facts["precision"] == "float32"
    assert 0 <= run.summary["test_accuracy"] <= 1
    assert store.files.find(run.id, "model.keras") is not None
    predictions = store.files.find(run.id, "predictions.npz")
    assert predictions is not None
    with np.load(predictions) as arrays:
        assert str(arrays["split"]) == "test"
        assert arrays["probabilities"].shape == (2000, 10)


def test_stopped_run_is_cancelled_with_weights_and_validation_only(
    engine: LocalEngine, store: RunStore
) -> None:
    run = engine.submit(endless_run())
    wait_for_steps(store, run, 3)

    engine.stop(run.id)

    run = wait_for_state(store, run, "cancelled", "failed")
    assert run.state == "cancelled"
    assert run.summary["test_accuracy"] is None
    assert 0 <= run.summary["validation_accuracy"] <= 1
    assert store.files.find(run.id, "model.keras") is not None
    history = frames.history(store, run.id)
    steps = history.loc[history["split"] == "train", "step"].tolist()
    assert steps == list(range(1, len(steps) + 1))


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
    next_run = wait_for_state(store, engine.submit(small_run()), "finished", "failed")
    assert next_run.state == "finished"


def test_queued_run_can_be_stopped_before_it_starts(engine: LocalEngine, store: RunStore) -> None:
    first, second = engine.submit(endless_run()), engine.submit(small_run())
    wait_for_steps(store, first)
    assert store.runs.get(second.id).state == "queued"

    engine.stop(second.id)
    engine.stop(first.id)

    assert store.runs.get(second.id).state == "cancelled"
    wait_for_state(store, first, "cancelled")


def test_third_death_leaves_a_failed_run_with_its_history_and_the_next_run_starts(
    engine: LocalEngine, store: RunStore
) -> None:
    run, next_run = engine.submit(endless_run()), engine.submit(small_run())
    let_die(store, run)
    before = wait_for_steps(store, run, 5)

    os.kill(worker_pid(store, run.id), signal.SIGKILL)

    failed = wait_for_state(store, run, "failed")
    assert "killed" in (failed.reason or "")
    history = frames.history(store, run.id)
    steps = history.loc[history["split"] == "train", "step"].tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= before.step
    assert wait_for_state(store, next_run, "finished", "failed").state == "finished"


def test_failure_of_a_killed_worker_is_told_as_soon_as_the_disk_has_room(
    engine: LocalEngine, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = engine.submit(endless_run())
    let_die(store, run)
    wait_for_steps(store, run, 1)
    refused = []

    def fail(run_id: str, reason: str, details: str | None = None) -> Run:
        if len(refused) < 2:
            refused.append(run_id)
            raise StoreUnavailable("The disk is full: free some space.")
        return States.fail(store.states, run_id, reason, details)

    monkeypatch.setattr(store.states, "fail", fail)
    os.kill(worker_pid(store, run.id), signal.SIGKILL)

    next_run = wait_for_state(store, engine.submit(small_run()), "finished", "failed")
    assert next_run.state == "finished"
    failed = wait_for_state(store, run, "failed")
    assert "killed" in (failed.reason or "")
    assert refused == [run.id, run.id]


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
    old = worker_pid(store, wait_for_state(store, engine.submit(small_run()), "finished").id)
    (worn,) = engine._crew.workers
    worn.is_worn = True

    wait_until(lambda: engine._crew.workers != [worn])
    assert engine.state == "ready"
    after = wait_for_state(store, engine.submit(small_run()), "finished", "failed")
    assert after.state == "finished"
    assert worker_pid(store, after.id) != old
    wait_until(lambda: worn.has_ended)


def test_run_that_cannot_be_trained_is_refused_before_it_is_queued(
    engine: LocalEngine, store: RunStore
) -> None:
    colour = RunConfig(network=ResNetConfig(input_shape=(32, 32, 3)))
    known = {run.id for run in store.runs.list()}

    with pytest.raises(ConfigError, match="28x28x1"):
        engine.submit(colour)

    assert {run.id for run in store.runs.list()} == known


def test_run_that_fails_tells_its_reason(engine: LocalEngine, store: RunStore) -> None:
    # Without BatchNorm, and with no units that die, nothing holds the values back.
    network = NETWORK.replace(batchnorm=False, num_convs=4, activation="leaky_relu")
    recipe = small_run(learning_rate=100.0, optimizer="sgd", schedule="constant", epochs=50).train
    wild = RunConfig(network=network, train=recipe)

    run = wait_for_state(store, engine.submit(wild), "failed", "finished")

    assert run.state == "failed"
    assert "loss became" in (run.reason or "")
    assert run.details is None
