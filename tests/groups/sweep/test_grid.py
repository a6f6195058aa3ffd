"""A grid keeps what is impossible, with its sentence; a plan survives being written down."""

import pytest

from covnets.config import RunConfig
from covnets.errors import ConfigError
from covnets.groups.sweep.grid import (
    SweepPlan,
    apply,
    grid,
    plan_seconds,
    predicted_seconds,
    values_of,
)
from covnets.runs.estimate import Known
from tests.groups.sweep.small_sweeps import DEPTH, axis, base_of, plan

BASE = base_of("resnet")
TYPICAL = Known()
SOME_IMPOSSIBLE = (axis("num_stages", 2, 6), axis("batch_size", 64, 65_536))


def test_a_grid_is_every_combination_in_order():
    cells = grid(plan())
    assert [tuple(cell.values.values()) for cell in cells] == [
        (depth, filters) for depth in (1, 2, 3) for filters in (8, 16, 32)
    ]
    for cell in cells:
        assert cell.refusal is None
        assert cell.config is not None
        assert cell.config.network.num_blocks == (cell.values["num_blocks"],) * 3
        assert cell.config.network.filters == cell.values["filters"]
        assert cell.config.train == BASE.train


def test_a_change_goes_to_the_network_or_to_the_training():
    changed = apply(BASE, {"shortcut": "none", "learning_rate": 0.01})
    assert changed.network == BASE.network.replace(shortcut="none")
    assert changed.train == BASE.train.replace(learning_rate=0.01)
    with pytest.raises(ConfigError, match="did you mean filters"):
        apply(BASE, {"fliters": 8})
    assert apply(base_of("inception"), {"branches": "3x3,pool"}).network.branches == ("3x3", "pool")


def test_stages_and_depth_can_be_swept_together():
    cells = grid(plan(axis("num_stages", 1, 3), axis("num_blocks", 1, 2)))
    assert [cell.config.network.num_blocks for cell in cells if cell.config] == [
        (1,),
        (2,),
        (1, 1, 1),
        (2, 2, 2),
    ]


def test_impossible_cells_are_kept_with_their_sentence():
    possible, *impossible = grid(plan(*SOME_IMPOSSIBLE, family="vgg"))
    assert possible.config is not None
    sentences = [cell.refusal or "" for cell in impossible]
    assert [cell.config for cell in impossible] == [None] * 3
    assert "batch_size=65536 is larger than the 12000 training images" in sentences[0]
    assert "num_stages=6 needs at least 64x64 pixels" in sentences[1]


def test_what_is_too_large_to_train_is_impossible():
    [cell] = grid(plan(axis("filters", 1024)))
    assert cell.config is None
    assert "possible here: use fewer filters" in (cell.refusal or "")


def test_a_grid_of_more_than_a_hundred_runs_is_refused_and_a_search_among_a_thousand():
    axes = [axis("filters", *range(1, 12)), axis("seed", *range(10))]
    with pytest.raises(ConfigError, match="11 x 10 values are 110 combinations, and at most 100"):
        plan(*axes)
    assert plan(*axes, method="tpe").method == "tpe"
    axes = [axis("filters", *range(1, 51)), axis("seed", *range(50))]
    with pytest.raises(ConfigError, match="2,500 combinations, and at most 1,000"):
        plan(*axes, method="random")


@pytest.mark.parametrize(
    "fields",
    [{}, {"method": "tpe", "budget_runs": 30, "budget_minutes": 12.5, "prune": False, "seed": 7}],
)
def test_a_plan_survives_being_written_down(fields):
    axes = (axis("learning_rate", 1, 0.1), axis("shortcut", "none"), axis("batchnorm", False, True))
    written = plan(*axes, **fields)
    assert SweepPlan.model_validate_json(written.model_dump_json()) == written
    assert SweepPlan.model_validate(written.model_dump(mode="json")) == written


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"budget_runs": 101}, "budget_runs=101 is too large: choose at most 100."),
        ({"budget_minutes": 0}, "budget_minutes=0 is too small: choose more than 0.0."),
        ({"method": "genetic"}, "method=genetic is not offered: choose 'grid', 'random' or 'tpe'."),
        ({"axis": 3}, "There is no field 'axis': did you mean axes?"),
        ({"base": None}, "refused"),
    ],
)
def test_a_wild_plan_is_refused_in_a_sentence(fields, sentence):
    with pytest.raises(ConfigError) as refused:
        SweepPlan(**({"base": BASE, "axes": (DEPTH,)} | fields))
    assert sentence in str(refused.value)


def test_a_plans_values_are_read_back_from_a_run():
    sweep = plan(DEPTH, axis("learning_rate", 0.1, 0.01))
    values = {"num_blocks": 2, "learning_rate": 0.01}
    config = RunConfig.model_validate_json(apply(sweep.base, values).model_dump_json())
    assert values_of(sweep, config) == values


def test_predicted_seconds_are_the_sum_of_what_is_possible():
    cells = grid(plan(*SOME_IMPOSSIBLE, family="vgg"))
    [possible] = [cell.config for cell in cells if cell.config is not None]
    seconds = TYPICAL.seconds(possible)
    assert predicted_seconds(cells, TYPICAL) == pytest.approx(seconds)
    assert predicted_seconds([*cells, *cells], TYPICAL) == pytest.approx(2 * seconds)


def test_a_searchs_time_follows_from_its_budget():
    whole = plan_seconds(plan(), TYPICAL)
    assert plan_seconds(plan(method="random", budget_runs=3), TYPICAL) == pytest.approx(whole / 3)
    # No more runs than there are combinations, and no more minutes than it may take.
    assert plan_seconds(plan(method="random", budget_runs=50), TYPICAL) == pytest.approx(whole)
    short = plan(method="tpe", budget_minutes=whole / 120)
    assert plan_seconds(short, TYPICAL) == pytest.approx(whole / 2)


def test_a_large_searchs_time_is_estimated_from_some_of_it():
    axes = axis("filters", *range(4, 34)), axis("num_blocks", 1, 2, 3)
    estimated = plan_seconds(plan(*axes, method="tpe", budget_runs=90), TYPICAL)
    true = plan_seconds(plan(*axes), TYPICAL)
    assert estimated == pytest.approx(true, rel=0.15)
