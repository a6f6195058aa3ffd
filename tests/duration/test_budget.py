"""What fits a budget is the most that the slider offers."""

from __future__ import annotations

import pytest

from covnets.config import TrainConfig
from covnets.duration import RunCost, fitting_epochs, fitting_images

# An epoch of 1,000 images in steps of 100 takes 2 s, its evaluation of 3,000 images 3 s, the test
# images 2 s, tracing 1 s.
COST = RunCost(
    trace=1.0, step=0.1, image=0.001, batch=0.0, evaluated_image=0.001, batch_size=250, macs=1
)
TRAIN = TrainConfig(num_train=1000, batch_size=100, epochs=4)


def test_parts_of_a_duration():
    parts = COST.duration(TRAIN)
    assert (parts.trace, parts.training, parts.validation, parts.test) == pytest.approx(
        (1.0, 8.0, 12.0, 2.0)
    )
    assert parts.seconds == pytest.approx(23.0)


def test_every_begun_batch_is_evaluated_and_every_begun_step_counts():
    cost = RunCost(
        trace=0.0, step=1.0, image=0.0, batch=1.0, evaluated_image=0.0, batch_size=250, macs=1
    )
    train = TRAIN.replace(num_train=1001, epochs=1)
    assert cost.epoch(train) == 11
    assert cost.evaluation(251, 250) == 3


def test_duration_grows_with_epochs_and_images():
    def seconds(**changes: int) -> float:
        return COST.duration(TRAIN.replace(**changes)).seconds

    assert seconds(epochs=1) < seconds(epochs=2) < seconds(epochs=30)
    assert seconds(num_train=500) < seconds(num_train=1500) < seconds(num_train=12_000)


@pytest.mark.parametrize(
    ("budget", "epochs"), [(7.9, None), (8.1, 1), (12.9, 1), (13.1, 2), (60, 11), (1e6, 30)]
)
def test_fitting_epochs(budget, epochs):
    assert fitting_epochs(COST, TRAIN, budget) == epochs


@pytest.mark.parametrize(
    ("budget", "images"), [(16.9, None), (17.1, 500), (23.1, 1000), (27.1, 1500), (1e6, 12_000)]
)
def test_fitting_images(budget, images):
    assert fitting_images(COST, TRAIN, budget) == images


def test_images_are_never_fewer_than_a_batch():
    train = TRAIN.replace(batch_size=512, epochs=1)
    cheapest = COST.duration(train.replace(num_train=1000)).seconds
    assert fitting_images(COST, train, cheapest + 0.01) == 1000
    assert fitting_images(COST, train, cheapest - 0.01) is None


def test_a_slower_machine_takes_longer_for_all_but_tracing():
    usual, slow = COST.duration(TRAIN), COST.slower(3).duration(TRAIN)
    assert slow.trace == usual.trace
    assert (slow.training, slow.validation, slow.test) == pytest.approx(
        (3 * usual.training, 3 * usual.validation, 3 * usual.test)
    )
