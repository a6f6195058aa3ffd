"""A search learns from what was tried, forgets nothing in a restart, and stops only poor runs."""

import math
from dataclasses import replace

import pytest

from covnets.groups.sweep.grid import SweepPlan, apply, combinations
from covnets.groups.sweep.search import Tried, is_poor, suggest
from tests.groups.sweep.small_sweeps import DEPTH, FILTERS, axis, base_of, finished, plan, searched

RATES = axis("learning_rate", 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
THREE = (RATES, axis("num_blocks", 1, 2, 3, 4, 5), axis("shortcut", "identity", "none"))
EPOCHS = 6


def peaked(values):
    """The best is a learning rate of 0.1, four blocks, and a shortcut."""
    return (
        0.9
        - 0.08 * abs(math.log10(values["learning_rate"]) + 1)
        - 0.01 * abs(values["num_blocks"] - 4)
        - 0.05 * (values["shortcut"] == "none")
    )


def by_filters(values):
    return values["filters"] / 100


@pytest.fixture(scope="module")
def searches() -> dict[str, list[list[Tried]]]:
    """Searches by both methods, the same seeds for each."""
    return {
        method: [searched(plan(*THREE, method=method, seed=seed), peaked, 16) for seed in range(10)]
        for method in ("random", "tpe")
    }


def test_tpe_finds_more_than_chance(searches):
    def best(method: str) -> list[float]:
        return [max(trial.score or 0.0 for trial in tried) for tried in searches[method]]

    wins = [
        by_tpe - by_chance for by_tpe, by_chance in zip(*map(best, ("tpe", "random")), strict=True)
    ]
    assert sum(wins) > 0
    assert sum(win > 0 for win in wins) > sum(win < 0 for win in wins)


@pytest.mark.parametrize("score", [by_filters, None], ids=["finished", "running"])
@pytest.mark.parametrize("method", ["random", "tpe"])
@pytest.mark.parametrize(
    ("first", "family", "possible"),
    [(DEPTH, "resnet", (1, 2, 3)), (axis("num_stages", 1, 2, 6, 7, 8), "vgg", (1, 2))],
)
def test_everything_possible_is_tried_once_and_then_nothing(first, family, possible, method, score):
    sweep = plan(first, FILTERS, family=family, method=method, seed=3)
    tried = searched(sweep, score, 3 * len(possible))
    assert sorted(tuple(trial.values.values()) for trial in tried) == [
        (value, filters) for value in possible for filters in (8, 16, 32)
    ]
    assert suggest(sweep, tried) is None


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_a_search_goes_on_after_a_restart_as_if_there_had_been_none(searches, method):
    tried = searches[method][2]
    written = plan(*THREE, method=method, seed=2).model_dump_json()
    again = SweepPlan.model_validate_json(written)
    for known in (0, 5, 12):
        assert suggest(again, tried[:known]) == tried[known].values
        # In whatever order the store hands them out.
        assert suggest(again, tried[:known][::-1]) == tried[known].values


def test_another_seed_tries_something_else():
    first = [suggest(plan(*THREE, method="tpe", seed=seed), []) for seed in range(8)]
    assert len({tuple(values.values()) for values in first if values is not None}) > 4


def test_a_failed_run_keeps_tpe_away():
    """Small learning rates reach nothing, large ones diverge: what is left lies between."""
    chosen = axis("learning_rate", 0.0001, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    sweep = plan(chosen, axis("seed", *range(10)), method="tpe")
    tried = [
        Tried(number, {"learning_rate": rate, "seed": number % 10}, None, (), "failed")
        for number, rate in enumerate(chosen.values[4:])
    ]
    tried += [
        finished(10 + number, {"learning_rate": rate, "seed": number}, 0.1 + 0.2 * number)
        for number, rate in enumerate(chosen.values[:4])
    ]
    rates = []
    for seed in range(10):
        values = suggest(sweep.replace(seed=seed), tried)
        assert values is not None
        rates.append(values["learning_rate"])
    assert sum(rate <= 0.2 for rate in rates) >= 8


def test_runs_that_lie_elsewhere_are_passed_over():
    stranger = finished(0, {"num_blocks": 9, "filters": 8}, 0.9)
    sweep = plan(method="tpe")
    assert suggest(sweep, [stranger]) in list(combinations(sweep.axes))


def curve(last: float, epochs: int = EPOCHS) -> tuple[tuple[int, float], ...]:
    """Rises to its last accuracy, fast and then slowly."""
    return tuple((epoch, last * (1 - 0.5**epoch)) for epoch in range(1, epochs + 1))


SWEEP = SweepPlan(
    base=apply(base_of("resnet"), {"epochs": EPOCHS}), axes=(DEPTH, FILTERS), method="tpe"
)
CELLS = list(combinations(SWEEP.axes))
OTHERS = [
    Tried(number, CELLS[number], last, curve(last), "finished")
    for number, last in enumerate((0.80, 0.84, 0.86, 0.88))
]


def current(last: float, epoch: int, **values: object) -> Tried:
    return Tried(8, CELLS[8] | values, None, curve(last)[:epoch], "running")


def stopped_after(
    sweep: SweepPlan, others: list[Tried], last: float, **values: object
) -> list[int]:
    """The epochs after which a run that reaches this accuracy would be stopped."""
    runs = [current(last, epoch, **values) for epoch in range(1, EPOCHS + 1)]
    assert [is_poor(sweep, others, run) for run in runs] == [
        is_poor(sweep, [*others, run], run) for run in runs
    ]
    return [epoch for epoch, run in enumerate(runs, 1) if is_poor(sweep, others, run)]


def test_a_poor_run_is_stopped_but_not_in_its_first_epoch_nor_at_its_end():
    assert stopped_after(SWEEP, OTHERS, 0.4) == [2, 3, 4, 5]
    assert stopped_after(SWEEP, OTHERS, 0.9) == []
    assert not is_poor(SWEEP, OTHERS, Tried(8, CELLS[8], None, (), "running"))


def test_the_first_third_of_a_long_run_is_left_alone():
    sweep = SWEEP.replace(base=apply(SWEEP.base, {"epochs": 12}))
    others = [replace(trial, intermediate=curve(0.8, 12)) for trial in OTHERS]
    assert stopped_after(sweep, others, 0.4) == [4, 5, 6]


def test_nothing_is_stopped_before_four_runs_have_finished():
    stopped = replace(OTHERS[3], state="pruned")
    assert stopped_after(SWEEP, [*OTHERS[:3], stopped], 0.1) == []


def test_one_bad_epoch_stops_nobody():
    fallen = Tried(8, CELLS[8], None, (*curve(0.9)[:2], (3, 0.1)), "running")
    assert not is_poor(SWEEP, OTHERS, fallen)


def test_a_run_that_is_evaluated_after_other_epochs_is_compared_too():
    others = [replace(trial, intermediate=trial.intermediate[::2]) for trial in OTHERS]
    assert 4 in stopped_after(SWEEP, others, 0.3)
    assert stopped_after(SWEEP, others, 0.9) == []


def test_runs_of_another_length_are_not_compared():
    sweep = SWEEP.replace(axes=(*SWEEP.axes, axis("epochs", 6, 12)))
    others = [replace(trial, values=trial.values | {"epochs": 6}) for trial in OTHERS]
    assert 4 in stopped_after(sweep, others, 0.4, epochs=6)
    assert stopped_after(sweep, others, 0.4, epochs=12) == []


def test_optuna_keeps_quiet(capfd, recwarn):
    searched(plan(method="tpe"), by_filters, 8)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
