"""What mattered is told where something did, and only there."""

import math
import random

import pytest

from covnets.groups.sweep.effects import RUNS_THAT_TELL, importance
from covnets.groups.sweep.grid import combinations
from covnets.groups.sweep.search import Tried
from tests.groups.sweep.small_sweeps import DEPTH, FILTERS, Score, axis, finished, plan

SWEEP = plan()
STAGES = axis("num_stages", 1, 2, 3)
NOISE = 0.005


def swept(score: Score, seed: int = 0, noise: float = NOISE, sweep=SWEEP) -> list[Tried]:
    """A whole grid, its scores blurred."""
    chance = random.Random(seed)
    return [
        finished(number, values, score(values) + chance.gauss(0, noise))
        for number, values in enumerate(combinations(sweep.axes))
    ]


def by_depth(values):
    return 0.7 + 0.03 * values["num_blocks"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("other", "score", "name"),
    [
        (DEPTH, by_depth, "num_blocks"),
        (DEPTH, lambda values: 0.7 + 0.03 * math.log2(values["filters"]), "filters"),
        # A choice of names.
        (
            axis("shortcut", "identity", "projection", "none"),
            lambda values: 0.7 - 0.1 * (values["shortcut"] == "none"),
            "shortcut",
        ),
        # The best value lies in the middle.
        (
            axis("learning_rate", 0.001, 0.01, 0.1, 1.0),
            lambda values: 0.8 - 0.05 * abs(math.log10(values["learning_rate"]) + 1),
            "learning_rate",
        ),
    ],
)
def test_what_the_scores_follow_matters_most(other, score, name, seed):
    sweep = plan(other, FILTERS)
    shares = importance(sweep, swept(score, seed, sweep=sweep))
    assert sum(shares.values()) == pytest.approx(1)
    assert next(iter(shares)) == name
    assert shares[name] > 0.8


def test_shares_are_those_of_the_variance():
    """Effects of two to one on places of equal spread: squares of four to one."""
    sweep = plan(DEPTH, STAGES)
    tried = swept(
        lambda values: 0.7 + 0.02 * values["num_blocks"] + 0.01 * values["num_stages"],
        sweep=sweep,
        noise=0,
    )
    assert importance(sweep, tried) == pytest.approx({"num_blocks": 0.8, "num_stages": 0.2}, 0.01)


def test_a_value_that_was_mostly_tried_beside_good_ones_gets_no_credit():
    """A search goes where it is good, and takes along whatever else it tries there."""
    sweep = plan(DEPTH, STAGES, method="tpe")
    together = [(1, 1), (1, 1), (1, 2), (2, 2), (2, 2), (2, 1), (3, 3), (3, 3), (3, 3), (3, 2)]
    chance = random.Random(1)
    tried = [
        finished(
            number,
            {"num_blocks": depth, "num_stages": stages},
            0.7 + 0.03 * depth + chance.gauss(0, NOISE),
        )
        for number, (depth, stages) in enumerate(together)
    ]
    assert importance(sweep, tried)["num_blocks"] > 0.9


def test_noise_says_nothing():
    told = sum(bool(importance(SWEEP, swept(lambda values: 0.8, seed))) for seed in range(40))
    assert told <= 5


def test_nothing_is_said_of_few_runs_or_equal_scores():
    tried = swept(by_depth, noise=0)
    assert importance(SWEEP, []) == {}
    assert importance(SWEEP, tried[: RUNS_THAT_TELL - 1]) == {}
    assert importance(SWEEP, swept(lambda values: 0.8, noise=0)) == {}


def test_a_hyperparameter_that_never_varied_is_left_out():
    sweep = plan(axis("num_blocks", *range(1, 10)), axis("filters", 8))
    assert importance(sweep, swept(by_depth, sweep=sweep)) == {"num_blocks": 1.0}


def test_runs_that_were_stopped_early_count():
    tried = [
        trial
        if trial.values["num_blocks"] == 3
        else Tried(trial.number, trial.values, trial.score, (), "pruned")
        for trial in swept(by_depth)
    ]
    assert next(iter(importance(SWEEP, tried))) == "num_blocks"


def test_failed_and_running_runs_do_not_count():
    tried = swept(by_depth)
    others = [
        Tried(9, tried[0].values, None, (), "failed"),
        Tried(10, tried[8].values, 0.1, ((1, 0.1),), "running"),
    ]
    assert importance(SWEEP, [*tried, *others]) == importance(SWEEP, tried)
