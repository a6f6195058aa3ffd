"""The prices of a cost model are found from few measurements, and never make no sense."""

from __future__ import annotations

import pytest

from covnets.config import TrainConfig
from covnets.duration import CostModel, measured_runs
from covnets.duration.fitting import fit_prices
from covnets.duration.model import TYPICAL
from covnets.models import PAGE_FAMILIES, sketch
from tests.known_machine import sample

DESIGN = [run for family in PAGE_FAMILIES for run in measured_runs(family, "float32")]
TYPICAL_PRICES = {"layer": 1.0, "mac": 2.0}


def total(terms: dict[str, float], prices: dict[str, float]) -> float:
    return sum(amount * prices[name] for name, amount in terms.items())


def test_prices_of_many_measurements_are_found_again():
    prices = {"layer": 3.0, "mac": 1.0}
    measured = [{"layer": 1.0 + i % 7, "mac": 1.0 + i % 11} for i in range(2000)]
    seconds = [total(terms, prices) for terms in measured]
    found = fit_prices(measured, seconds, TYPICAL_PRICES, [["layer"], ["mac"]])
    assert found == pytest.approx(prices, rel=0.02)


def test_one_measurement_makes_everything_dearer_alike():
    found = fit_prices([{"layer": 1.0, "mac": 1.0}], [30.0], TYPICAL_PRICES, [TYPICAL_PRICES])
    assert found == pytest.approx({"layer": 10.0, "mac": 20.0})


def test_groups_become_dearer_each_by_itself():
    measured = [{"layer": 100.0, "mac": 1.0}, {"layer": 1.0, "mac": 100.0}] * 20
    seconds = [total(terms, {"layer": 1.0, "mac": 1.0}) for terms in measured]
    found = fit_prices(measured, seconds, TYPICAL_PRICES, [["layer"], ["mac"]])
    assert found == pytest.approx({"layer": 1.0, "mac": 1.0}, rel=0.05)


def test_no_price_is_negative():
    measured = [{"layer": 10.0, "mac": 1.0}, {"layer": 1.0, "mac": 1.0}] * 10
    found = fit_prices(measured, [1.0, 5.0] * 10, TYPICAL_PRICES, [["layer"], ["mac"]])
    assert min(found.values()) >= 0


@pytest.mark.parametrize("slower", [0.2, 1.0, 7.0])
def test_a_machine_of_another_speed_is_found_exactly(slower):
    model = CostModel.fit([sample(run, slower) for run in DESIGN])
    for run in DESIGN:
        drawn = sketch(run.network)
        train = TrainConfig(epochs=3, num_train=2000, batch_size=32)
        expected = slower * TYPICAL.cost(drawn, train).duration(train).seconds
        assert model.cost(drawn, train).duration(train).seconds == pytest.approx(expected, rel=1e-4)


def test_a_machine_whose_layers_cost_more_is_known_better_than_by_one_factor():
    dear = {
        name: price * (4 if name == "convolutions" else 1) for name, price in TYPICAL.step.items()
    }
    machine = CostModel(TYPICAL.trace, dear, TYPICAL.evaluation)
    samples = []
    for run in DESIGN:
        cost, usual = machine.cost(sketch(run.network), run.train), sample(run)
        seconds = cost.step + run.train.batch_size * cost.image
        samples.append(type(usual)(run, usual.trace_seconds, seconds, usual.evaluation_seconds))
    model = CostModel.fit(samples)
    assert model.step["convolutions"] > 1.5 * TYPICAL.step["convolutions"]


def test_one_sample_is_enough():
    assert CostModel.fit([sample(DESIGN[0], 3.0)]).step["step"] == pytest.approx(
        3 * TYPICAL.step["step"]
    )
