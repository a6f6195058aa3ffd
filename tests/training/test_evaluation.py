"""Evaluations are exact, and no more frequent than a run can afford."""

import pytest

from covnets.config import TRAIN_EVAL_IMAGES, TrainConfig
from covnets.duration import evaluations
from covnets.duration.evaluations import LARGEST_SHARE, SMALL_MACS, epochs_per_evaluation
from covnets.limits import MACS_PER_TRAINED_IMAGE

NUM_VALIDATION = 2000
MACS = 7_000_000


def share(config, every, macs=MACS):
    """What evaluations cost of a whole run, in multiply-adds."""
    images = NUM_VALIDATION + min(TRAIN_EVAL_IMAGES, config.num_train)
    evaluations = -(-config.epochs // every) * images * macs
    training = config.epochs * config.num_train * MACS_PER_TRAINED_IMAGE * macs
    return evaluations / (evaluations + training)


def test_recipes_are_evaluated_after_every_epoch():
    assert epochs_per_evaluation(TrainConfig(), MACS, NUM_VALIDATION) == 1


def test_run_of_a_few_seconds_is_evaluated_after_every_epoch():
    config = TrainConfig(num_train=500, epochs=4)
    assert share(config, 1) > LARGEST_SHARE
    assert epochs_per_evaluation(config, MACS, NUM_VALIDATION) == 1


@pytest.mark.parametrize("num_train", [500, 1000, 2000, 4000, 12_000])
@pytest.mark.parametrize("epochs", [20, 30, 100, 1000])
def test_evaluations_take_at_most_a_fifth_of_a_longer_run(num_train, epochs):
    config = TrainConfig(num_train=num_train, epochs=epochs)
    every = epochs_per_evaluation(config, MACS, NUM_VALIDATION)
    assert share(config, every) <= LARGEST_SHARE
    assert every == 1 or share(config, every - 1) > LARGEST_SHARE


def test_run_that_cannot_afford_any_is_evaluated_once():
    config = TrainConfig(num_train=8, batch_size=8, epochs=20)
    macs = SMALL_MACS // NUM_VALIDATION
    assert epochs_per_evaluation(config, macs, NUM_VALIDATION) == 20


def test_last_epoch_is_evaluated_whatever_the_others_are(run_config, record, monkeypatch):
    monkeypatch.setattr(evaluations, "SMALL_MACS", 0)
    recorded = record(run_config.replace(train=run_config.train.replace(epochs=5)))
    evaluated = [event["epoch"] for event in recorded.events if event.get("split") == "validation"]
    every = epochs_per_evaluation(
        run_config.train.replace(epochs=5), 1, len(recorded.result.probabilities)
    )
    assert every > 1
    assert evaluated == [epoch for epoch in range(1, 6) if (5 - epoch) % every == 0]
    assert recorded.events[-1]["validation_accuracy"] is not None
