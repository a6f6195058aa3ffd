"""What every engine does, whoever trains."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import ENGINES, Engine, InlineEngine, engine_from_environment
from covnets.errors import CovnetsError
from covnets.runs import Run, RunStore
from covnets.system import whole_number
from tests import frames
from tests.engine.small_runs import (
    curve,
    diverging_run,
    recorded_steps,
    small_run,
    trained,
    wait_for_state,
    wait_for_steps,
    wait_until,
)

# Some seconds, so that it is paused or stopped on its way.
LONG = small_run(epochs=12, num_train=3000)


@pytest.fixture(scope="module", params=ENGINES)
def any_engine(request: pytest.FixtureRequest, store: RunStore) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COVNETS_THREADS", "1")
        running = ENGINES[request.param](store)
    with closing(running):
        yield running


def under_way(engine: Engine, store: RunStore) -> Run:
    """A long run that has begun, submitted from a thread: without workers, submitting trains."""
    known = len(store.runs.list())
    threading.Thread(target=engine.submit, args=(LONG,)).start()
    wait_until(lambda: len(store.runs.list()) > known)
    return wait_for_steps(store, store.runs.list(limit=1)[0], 3)


def test_submitted_run_finishes_with_whole_history_and_files(any_engine, store):
    wait_until(lambda: any_engine.state == "ready")
    assert any_engine.message is None
    assert any_engine.capacity >= 1
    run = wait_for_state(store, any_engine.submit(small_run(epochs=2)), "finished")
    assert any_engine.trouble(run.id) is None
    steps = recorded_steps(store, run)
    assert steps == list(range(1, 17))
    assert frames.history(store, run.id)["split"].value_counts()[
        ["validation", "train_eval"]
    ].tolist() == [2, 2]
    assert run.facts["precision"] == "float32"
    assert 0 <= run.summary["test_accuracy"] <= 1
    assert store.files.find(run.id, "model.keras") is not None
    with np.load(store.files.find(run.id, "predictions.npz")) as arrays:
        assert str(arrays["split"]) == "test"
        assert arrays["probabilities"].shape == (2000, 10)


def test_stopped_run_is_cancelled_with_weights_and_validation_only(any_engine, store):
    run = under_way(any_engine, store)
    any_engine.stop(run.id)
    run = wait_for_state(store, run, "cancelled")
    assert run.summary["test_accuracy"] is None
    assert 0 <= run.summary["validation_accuracy"] <= 1
    assert store.files.find(run.id, "model.keras") is not None
    steps = recorded_steps(store, run)
    assert steps == list(range(1, len(steps) + 1))


def test_paused_and_resumed_run_has_the_curve_of_one_that_was_not_paused(any_engine, store):
    run = under_way(any_engine, store)
    any_engine.pause(run.id)
    paused = wait_for_state(store, run, "paused")
    assert paused.reason == "by hand"
    assert 3 <= paused.step < LONG.train.total_steps

    any_engine.resume(run.id)
    finished = wait_for_state(store, run, "finished")
    whole = trained(any_engine, store, LONG)

    assert curve(store, finished).equals(curve(store, whole))
    assert finished.summary["test_accuracy"] == whole.summary["test_accuracy"]
    moments = frames.history(store, run.id).query("split == 'train'")["seconds"]
    assert moments.is_monotonic_increasing
    assert finished.seconds <= finished.summary["training_seconds"]


def test_run_that_is_trained_on_is_a_longer_run_with_a_parent(any_engine, store):
    short = trained(any_engine, store, small_run(epochs=1, schedule="constant"))
    before = curve(store, short)
    longer = wait_for_state(store, any_engine.train_on(short.id, epochs=3), "finished")
    assert (longer.parent, longer.config.train.epochs) == (short.id, 3)
    whole = trained(any_engine, store, small_run(epochs=3, schedule="constant"))
    assert curve(store, longer).equals(curve(store, whole))
    assert curve(store, short).equals(before)
    assert store.runs.get(short.id) == short


def test_contestants_of_a_trial_are_trained_together_and_once(store, any_engine):
    race = store.groups.create("race", {}, [[small_run()] * 2], owner=any_engine.owner)
    runs = any_engine.begin_trial(race.id, 0, pace="epoch")
    assert any_engine.begin_trial(race.id, 0) == []
    first, second = (wait_for_state(store, run, "finished") for run in runs)
    assert first.race == second.race is not None
    assert first.worker == second.worker
    assert first.summary["had_company"]


def test_run_that_fails_tells_its_reason(any_engine, store):
    run = wait_for_state(store, any_engine.submit(diverging_run()), "failed")
    assert "loss became" in (run.reason or "")
    assert run.details is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (small_run(dataset="imagenet"), "choose among fashion_mnist"),
        (RunConfig(network=ResNetConfig(input_shape=(32, 32, 3))), "28x28x1"),
    ],
)
def test_run_that_cannot_be_trained_is_refused_before_it_is_queued(
    any_engine, store, config, message
):
    known = store.runs.list()
    with pytest.raises(CovnetsError, match=message):
        any_engine.submit(config)
    assert store.runs.list() == known


def test_environment_chooses_the_engine(store, monkeypatch):
    """`set COVNETS_ENGINE=inline & ...` of Windows' command prompt leaves a space behind."""
    for setting in ("inline", "inline "):
        monkeypatch.setenv("COVNETS_ENGINE", setting)
        assert isinstance(engine_from_environment(store), InlineEngine)
    monkeypatch.setenv("COVNETS_THREADS", " 3 ")
    assert whole_number("COVNETS_THREADS") == 3


@pytest.mark.parametrize(
    ("variable", "value"), [("COVNETS_ENGINE", "slurm"), ("COVNETS_WORKERS", "0")]
)
def test_environment_that_makes_no_sense_is_refused(store, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(CovnetsError, match=f"{variable}={value}"):
        engine_from_environment(store)
