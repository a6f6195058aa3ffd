"""The shapes of the learning-rate schedules."""

import numpy as np
import pytest

from covnets.config import TrainConfig
from covnets.training.schedule import learning_rates


def rates(schedule: str, epochs: int = 10, num_train: int = 100) -> np.ndarray:
    return learning_rates(
        TrainConfig(
            schedule=schedule,
            epochs=epochs,
            num_train=num_train,
            batch_size=10,
            learning_rate=0.5,
        )
    )


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("num_train", [10, 95, 100])
def test_there_is_one_positive_rate_a_step_and_none_above_the_highest(schedule, num_train):
    found = rates(schedule, epochs=3, num_train=num_train)
    assert found.shape == (3 * -(-num_train // 10),)
    assert found.dtype == np.float32
    assert (found > 0).all()
    assert found.max() <= 0.5


def test_constant_stays():
    assert set(rates("constant").tolist()) == {0.5}


def test_cosine_falls_from_the_highest_rate_to_almost_zero():
    found = rates("cosine")
    assert found[0] == 0.5
    assert found[50] == pytest.approx(0.25)
    assert (np.diff(found) < 0).all()
    assert found[-1] < 0.01 * 0.5


def test_one_cycle_rises_for_a_quarter_and_then_falls_to_almost_zero():
    found = rates("one_cycle")
    assert found[0] == pytest.approx(0.04 * 0.5)
    assert found.argmax() == 25
    assert found[25] == pytest.approx(0.5)
    assert (np.diff(found[:26]) > 0).all()
    assert (np.diff(found[25:]) < 0).all()
    assert found[-1] < 0.01 * 0.5
