"""Evaluations are exact, and no more frequent than a run can afford."""

import pytest

from covnets import limits
from covnets.config import TRAIN_EVAL_IMAGES, TrainConfig
from covnets.limits import (
    MACS_PER_TRAINED_IMAGE,
    MAX_EVALUATION_SHARE,
    SHORT_EVALUATION_MACS,
    evaluated_epochs,
    num_evaluations,
)

NUM_VALIDATION = 2000
MACS = 7_000_000


def share(config, count):
    """What so many evaluations cost of a whole run, in multiply-adds."""
    evaluated = count * (NUM_VALIDATION + min(TRAIN_EVAL_IMAGES, config.num_train))
    trained = config.epochs * config.num_train * MACS_PER_TRAINED_IMAGE
    return evaluated / (evaluated + trained)


def test_recipes_are_evaluated_after_every_epoch():
    assert list(evaluated_epochs(TrainConfig(), MACS, NUM_VALIDATION)) == list(range(1, 9))
    assert num_evaluations(TrainConfig(), MACS, NUM_VALIDATION) == 8


def test_run_of_a_few_seconds_is_evaluated_after_every_epoch():
    config = TrainConfig(num_train=500, epochs=4)
    assert share(config, 4) > MAX_EVALUATION_SHARE
    assert num_evaluations(config, MACS, NUM_VALIDATION) == 4


@pytest.mark.parametrize("num_train", [500, 1000, 2000, 4000, 12_000])
@pytest.mark.parametrize("epochs", [20, 30, 100, 1000])
def test_evaluations_take_at_most_a_fifth_of_a_longer_run(num_train, epochs):
    config = TrainConfig(num_train=num_train, epochs=epochs)
    assert share(config, num_evaluations(config, MACS, NUM_VALIDATION)) <= MAX_EVALUATION_SHARE
    assert 1 in evaluated_epochs(config, MACS, NUM_VALIDATION)


def test_run_that_can_hardly_afford_any_is_evaluated_first_and_last():
    config = TrainConfig(num_train=8, batch_size=8, epochs=20)
    assert num_evaluations(config, SHORT_EVALUATION_MACS // NUM_VALIDATION, NUM_VALIDATION) == 2


def test_last_epoch_is_evaluated_whatever_the_others_are(run_config, record, monkeypatch):
    monkeypatch.setattr(limits, "SHORT_EVALUATION_MACS", 0)
    recorded = record(run_config.replace(train=run_config.train.replace(epochs=8, num_train=70)))
    evaluated = [event["epoch"] for event in recorded.events if event.get("split") == "validation"]
    assert evaluated[0] == 1
    assert evaluated[-1] == 8
    assert len(evaluated) < 8
    assert recorded.events[-1]["validation_accuracy"] is not None
