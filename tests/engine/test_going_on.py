"""Pausing, resuming and training on: nothing of a run is lost, and nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from covnets.config import ResNetConfig
from covnets.engine import InlineEngine, LocalEngine
from covnets.engine.requests import check_resumable, create_continuation
from covnets.errors import EngineError
from covnets.models.wiring import WIRING
from covnets.runs import CHECKPOINT, Run, RunStore, frames
from covnets.worker.saving import write_checkpoint
from tests.engine.small_runs import small_run, wait_for_state, wait_for_steps

# Some seconds, so that it is paused on its way.
LONG = small_run(epochs=20, num_train=3000)


def curve(store: RunStore, run: Run):
    return frames.history(store, run.id).drop(columns="seconds")


def test_paused_and_resumed_run_has_the_curve_of_one_that_was_not_paused(
    engine: LocalEngine, store: RunStore
) -> None:
    run = engine.submit(LONG)
    wait_for_steps(store, run, 3)
    engine.pause(run.id)
    paused = wait_for_state(store, run, "paused", "finished", "failed")
    assert (paused.state, paused.reason) == ("paused", "by hand")
    assert 3 <= paused.step < LONG.train.total_steps

    assert engine.resume(run.id).state == "queued"
    finished = wait_for_state(store, run, "finished", "failed")
    whole = wait_for_state(store, engine.submit(LONG), "finished", "failed")

    assert (finished.state, whole.state) == ("finished", "finished")
    assert curve(store, finished).equals(curve(store, whole))
    assert finished.summary["test_accuracy"] == whole.summary["test_accuracy"]
    moments = frames.history(store, run.id).query("split == 'train'")["seconds"]
    assert moments.is_monotonic_increasing
    assert finished.seconds <= finished.summary["training_seconds"]


@pytest.fixture(scope="module")
def inline(store: RunStore) -> InlineEngine:
    return InlineEngine(store)


def test_run_that_is_trained_on_is_a_longer_run_with_a_parent(
    inline: InlineEngine, store: RunStore
) -> None:
    short = inline.submit(small_run(epochs=1, schedule="constant"))
    before = curve(store, short)

    longer = inline.train_on(short.id, epochs=3)

    assert (longer.state, longer.parent, longer.config.train.epochs) == ("finished", short.id, 3)
    whole = inline.submit(small_run(epochs=3, schedule="constant"))
    assert curve(store, longer).equals(curve(store, whole))
    assert curve(store, short).equals(before)
    assert store.runs.get(short.id) == short


def test_run_that_is_trained_on_may_be_paused_before_it_begins(
    inline: InlineEngine, store: RunStore
) -> None:
    short = inline.submit(small_run(epochs=1, schedule="constant"))
    waiting = create_continuation(store, short.id, epochs=3, owner="another")
    paused = store.states.request_pause(waiting.id)
    assert (paused.state, paused.step) == ("paused", short.step)

    longer = inline.resume(paused.id)

    assert longer.state == "finished"
    whole = inline.submit(small_run(epochs=3, schedule="constant"))
    assert curve(store, longer).equals(curve(store, whole))


def test_run_without_weights_is_neither_resumed_nor_trained_on(
    inline: InlineEngine, store: RunStore
) -> None:
    run = inline.submit(small_run())
    path = store.files.find(run.id, CHECKPOINT)
    assert path is not None
    path.unlink()
    with pytest.raises(EngineError, match="its weights are not there"):
        inline.train_on(run.id, epochs=5)
    with pytest.raises(EngineError, match="its weights are not there"):
        inline.resume(run.id)


def test_run_is_not_trained_on_for_fewer_epochs_than_it_has(
    inline: InlineEngine, store: RunStore
) -> None:
    run = inline.submit(small_run(epochs=2))
    with pytest.raises(EngineError, match="choose at least 3"):
        inline.train_on(run.id, epochs=2)
    failed = store.runs.create(small_run(), owner="test")
    store.states.fail(failed.id, "No.")
    with pytest.raises(EngineError, match="is failed and cannot be trained on"):
        inline.train_on(failed.id, epochs=9)


def paused_run(store: RunStore, facts: dict[str, object], **network: object) -> Run:
    config = small_run().replace(network=ResNetConfig.model_validate(network))
    run = store.runs.create(config, owner="me")
    store.states.claim(run.id, "lab:1")
    store.states.record_started(run.id, {"total_steps": 8, **facts})
    point = {"split": "train", "step": 1, "epoch": 1, "loss": 2.3, "accuracy": 0.1, "seconds": 0.1}
    store.history.add(run.id, [point])
    write_checkpoint(store, run.id, {"step": np.array(1)})
    return store.states.finish(run.id, "paused")


def test_run_whose_shortcuts_were_wired_otherwise_stays_paused_with_all_it_has(
    store: RunStore,
) -> None:
    earlier = paused_run(store, {}, preactivation=True)
    reason = f"Run {earlier.id} cannot go on.*earlier version.*start a new run"
    with pytest.raises(EngineError, match=reason):
        check_resumable(store, earlier.id)
    with pytest.raises(EngineError, match=reason):
        create_continuation(store, earlier.id, 9, "me")
    assert store.runs.get(earlier.id) == earlier
    assert len(frames.history(store, earlier.id)) == 1


def test_continuation_of_a_run_that_was_wired_otherwise_does_not_begin(store: RunStore) -> None:
    earlier = paused_run(store, {}, preactivation=True)
    # Queued by the earlier version, and paused before it began.
    waiting = store.runs.create(earlier.config, owner="me", parent=earlier.id)
    with pytest.raises(EngineError, match="earlier version"):
        check_resumable(store, waiting.id)


@pytest.mark.parametrize(
    ("facts", "network"),
    [
        ({"wiring": WIRING}, {"preactivation": True}),
        ({}, {"preactivation": True, "shortcut": "none"}),
        ({}, {}),
    ],
)
def test_run_whose_network_is_wired_as_ever_goes_on(facts, network, store: RunStore) -> None:
    run = paused_run(store, facts, **network)
    check_resumable(store, run.id)
    assert create_continuation(store, run.id, 9, "me").parent == run.id
