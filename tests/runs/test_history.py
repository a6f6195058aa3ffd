"""Histories grow while their runs are trained, and what is known of their results with them."""

import pytest

from covnets.errors import StoreError
from tests.frames import history
from tests.runs.conftest import points


def test_steps_made_again_change_nothing_and_time_never_goes_back(store, new_run):
    run = new_run("running")
    store.history.add(run.id, points(7, first=4))
    before = history(store, run.id)
    # It goes on from step 5, and is quicker this time.
    again = [point | {"seconds": point["seconds"] - 0.25} for point in points(9, 6, loss=9.0)]
    store.history.add(run.id, again)
    after = history(store, run.id)
    assert after[: len(before)].equals(before)
    assert after["step"].tolist() == list(range(1, 15))
    assert after["seconds"].tolist()[9:] == pytest.approx([1.0, 1.0, 1.0, 1.05, 1.15])
    assert store.runs.get(run.id).step == 14
    store.history.add(run.id, points(2, first=2))
    assert store.runs.get(run.id).step == 14


@pytest.mark.parametrize(
    "flaw",
    [
        {"split": "test"},
        {"step": 0},
        {"epoch": 0},
        {"loss": None},
        {"accuracy": "good"},
        {"seconds": float("nan")},
    ],
)
def test_one_bad_point_keeps_all_out(store, new_run, flaw):
    run = new_run("running")
    with pytest.raises(StoreError, match="is not a metric point"):
        store.history.add(run.id, [*points(1, first=10), *points(1, first=11, **flaw)])
    assert len(history(store, run.id)) == 3
    assert store.runs.get(run.id).step == 3


def test_a_loss_that_is_not_a_number_is_kept_as_such(store, new_run):
    run = new_run("running")
    store.history.add(run.id, points(1, first=4, loss=float("nan")))
    store.history.add(run.id, points(1, first=5, loss=float("inf")))
    losses = history(store, run.id)["loss"]
    assert losses.isna().tolist() == [False, False, False, True, False]
    assert losses.iloc[4] == float("inf")


def test_results_follow_the_epochs(store, new_run):
    run = new_run("running")
    assert (run.best_accuracy, run.last_accuracy) == (None, None)
    evaluated = [
        points(1, first=10 * epoch, epoch=epoch, split=split, accuracy=accuracy)[0]
        for epoch, validation in enumerate((0.5, 0.8, 0.8, 0.7), start=1)
        for split, accuracy in (("validation", validation), ("train_eval", validation + 0.1))
    ]
    store.history.add(run.id, evaluated)
    store.history.add(run.id, evaluated[:2])  # a message that arrives twice
    run = store.runs.get(run.id)
    assert (run.best_accuracy, run.best_epoch, run.last_accuracy) == (0.8, 2, 0.7)
    assert run.train_eval_accuracy == pytest.approx(0.8)


def test_training_on_is_a_new_run_that_begins_with_its_parents_history(store, new_run, config):
    old = new_run("running")
    store.history.add(old.id, points(1, first=3, epoch=1, split="validation", accuracy=0.6))
    store.states.finish(old.id, "finished")
    new = store.runs.create(config, owner="me", parent=old.id)
    assert (new.parent, new.step, new.epoch, new.seconds) == (old.id, 3, 1, 0.3)
    assert (new.best_accuracy, new.best_epoch) == (0.6, 1)
    assert history(store, new.id).equals(history(store, old.id))
    store.states.claim(new.id, "lab:1")
    store.history.add(new.id, points(1, first=4))
    assert len(history(store, old.id)) == 4
    shorter = store.runs.create(config, owner="me", parent=old.id, until=2)
    assert (shorter.step, shorter.best_accuracy) == (2, None)
    with pytest.raises(StoreError, match="no run 'nowhere'"):
        store.runs.create(config, owner="me", parent="nowhere")
    assert len(store.runs.list()) == 3
