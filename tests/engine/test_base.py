"""What an engine writes into the store and refuses, before anything is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from covnets.config import ResNetConfig
from covnets.engine import Engine
from covnets.errors import EngineError, StoreError
from covnets.models.wiring import WIRING
from covnets.runs import CHECKPOINT, Run, RunStore
from covnets.worker.saving import write_checkpoint
from tests import frames
from tests.engine.fake_engine import QueueingEngine
from tests.engine.small_runs import small_run

AS_TODAY = {"wiring": WIRING}
NOT_THERE = "its weights are no longer there"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def engine(store: RunStore) -> Engine:
    return QueueingEngine(store)


def paused_run(
    store: RunStore,
    facts: dict[str, object] = AS_TODAY,
    *,
    saved: int | None = 3,
    **network: object,
) -> Run:
    """A run that was paused after its third step; its weights are of the step `saved`."""
    config = small_run(epochs=8, num_train=50).replace(network=ResNetConfig.model_validate(network))
    run = store.runs.create(config, owner="before")
    store.states.claim(run.id, "lab:1")
    store.states.record_started(run.id, {"total_steps": 8, **facts})
    for step in (1, 2, 3):
        figures = {"loss": 2.3, "accuracy": 0.1, "seconds": 0.1 * step}
        store.history.add(run.id, [{"split": "train", "step": step, "epoch": step, **figures}])
    if saved is not None:
        write_checkpoint(store, run.id, {"step": np.array(saved)})
    return store.states.finish(run.id, "paused")


def test_continuation_begins_with_the_history_of_its_weights(store, engine):
    longer = engine.train_on(paused_run(store, saved=2).id, epochs=7)
    assert (longer.state, longer.owner, longer.step) == ("queued", "me", 2)
    assert frames.history(store, longer.id)["step"].tolist() == [1, 2]


def test_continuation_keeps_the_weights_that_it_begins_with(store, engine):
    run = paused_run(store, saved=2)
    longer = engine.train_on(run.id, epochs=7)
    of_an_earlier_version = store.runs.create(small_run(), owner="me", parent=run.id, until=2)
    write_checkpoint(store, run.id, {"step": np.array(3)})
    assert store.files.step_to_go_on_from(longer) == 2
    # It has no copy, and its parent's weights are now those of a step that it has not on record.
    assert store.files.step_to_go_on_from(of_an_earlier_version) is None


def test_continuation_may_be_paused_before_it_begins(store, engine):
    longer = engine.train_on(paused_run(store).id, epochs=7)
    paused = engine.pause(longer.id)
    assert (paused.state, paused.step) == ("paused", 3)
    resumed = engine.resume(paused.id)
    assert store.files.step_to_go_on_from(resumed) == 3


def test_run_without_weights_is_not_trained_on_and_begins_again_if_it_never_had_any(store, engine):
    lost, unsaved = paused_run(store), paused_run(store, saved=None)
    path = store.files.find(lost.id, CHECKPOINT)
    assert path is not None
    path.unlink()
    for run in (lost, unsaved):
        with pytest.raises(StoreError, match=NOT_THERE):
            engine.train_on(run.id, epochs=5)
    with pytest.raises(StoreError, match=NOT_THERE):
        engine.resume(lost.id)
    assert store.runs.get(lost.id).state == "paused"
    assert engine.resume(unsaved.id).state == "queued"


@pytest.mark.parametrize(
    ("state", "epochs", "message"),
    [
        ("paused", 2, "choose at least 4"),
        ("failed", 9, "is failed and cannot be trained on"),
        ("queued", 9, "is queued and cannot be trained on"),
    ],
)
def test_continuation_needs_an_ended_run_and_more_epochs(store, engine, state, epochs, message):
    run = store.runs.create(small_run(), owner="me") if state != "paused" else paused_run(store)
    if state == "failed":
        store.states.fail(run.id, "No.")
    with pytest.raises(EngineError, match=message):
        engine.train_on(run.id, epochs)


def test_run_whose_network_was_wired_otherwise_stays_paused_with_all_it_has(store, engine):
    earlier = paused_run(store, {}, preactivation=True)
    reason = f"Run {earlier.id} cannot .*earlier version.*start a new run"
    with pytest.raises(EngineError, match=reason):
        engine.resume(earlier.id)
    with pytest.raises(EngineError, match=reason):
        engine.train_on(earlier.id, 9)
    # Its continuation was queued by the earlier version, and paused before it began.
    waiting = store.runs.create(earlier.config, owner="me", parent=earlier.id)
    with pytest.raises(EngineError, match=reason):
        engine.resume(waiting.id)
    assert store.runs.get(earlier.id) == earlier
    assert len(frames.history(store, earlier.id)) == 3


@pytest.mark.parametrize(
    ("facts", "network"),
    [
        (AS_TODAY, {"preactivation": True}),
        ({}, {"preactivation": True, "shortcut": "none"}),
        ({}, {}),
    ],
)
def test_run_whose_network_is_wired_as_ever_goes_on(store, engine, facts, network):
    run = paused_run(store, facts, **network)
    assert engine.train_on(run.id, 9).parent == run.id
    resumed = engine.resume(run.id)
    assert (resumed.state, resumed.owner) == ("queued", "me")
