"""The order of a hyperparameter's values: one list, and every place that sorts by it."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from covnets.charts.sweeps.map import heat_map
from covnets.charts.sweeps.words import tick_of
from covnets.config.order import in_order, natural_key
from covnets.groups.sweep.axes import Axis
from covnets.groups.sweep.grid import SweepPlan, apply, combinations
from covnets.models import PRESETS
from covnets.runs import RunStore, Trial
from covnets.runs.hyperparameters import FIELDS
from covnets.runs.overview import Overview, overview
from covnets.runs.question import Question, matching, ordered
from covnets.ui.compare import run_filters, run_space
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.trials import spoken_column
from covnets.ui.sweep.values import said
from tests.groups.sweep.small_sweeps import base_of
from tests.runs.test_overview import record

IN_ORDER: list[tuple[str, str, list[Any]]] = [
    ("resnet", "filters", [4, 8, 16, 100]),
    ("resnet", "learning_rate", [1e-5, 0.0003, 0.01, 0.2, 1.0]),
    ("resnet", "num_blocks", [1, 2, 10]),
    ("resnet", "shortcut", ["identity", "projection", "none"]),
    ("resnet", "schedule", ["constant", "cosine", "one_cycle"]),
    ("resnet", "batchnorm", [False, True]),
    ("inception", "head", ["average_pooling", "dense"]),
    ("inception", "branches", ["pool", "1x1,5x5", "1x1,3x3,5x5", "1x1,3x3,5x5,pool"]),
]


@pytest.fixture(params=IN_ORDER, ids=lambda case: case[1])
def case(request) -> tuple[str, str, list[Any]]:
    return request.param


@pytest.fixture
def store(tmp_path) -> RunStore:
    with RunStore(tmp_path / "runs") as store:
        yield store


def shuffled(values: list[Any]) -> list[Any]:
    return random.Random(3).sample(values, len(values))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("num_blocks", ["1, 1, 1", "1, 2, 2", "1, 2, 10", "2, 2", "2, 2, 2", "10, 1"]),
        ("num_blocks", [(1, 2), (1, 2, 10), (1, 10, 2), (2,)]),
        ("module_filters", ["none", "8/9/10/2/3/3", "64/9/10/2/3/3", "64/96/10/2/3/3"]),
        ("input_shape", ["9, 9, 1", "28, 28, 1", "224, 224, 3"]),
        ("precision", ["auto", "float32", "mixed_bfloat16", "of another version"]),
        ("dataset", ["Cats", "fashion_mnist", "photos 2", "photos 10"]),
    ],
)
def test_values_of_any_kind_have_an_order(field, values):
    assert list(in_order(FIELDS[field], shuffled(values) * 2)) == values


def test_texts_are_sorted_as_people_do():
    texts = ["", "Race 1", "race 2", "race 10", "race 10b", "sweep"]
    assert sorted(shuffled(texts), key=natural_key) == texts
    assert ordered("group", shuffled(texts)) == texts


def recorded(store: RunStore, case: tuple[str, str, list[Any]]) -> Overview:
    """Runs with these values in no order, and one of another family."""
    family, field, values = case
    for value in shuffled(values):
        config = apply(base_of(family), {field: value})
        record(store, config.network, **config.train.model_dump())
    record(store, PRESETS["mini_vgg"])
    return overview(store)


def test_the_table_of_all_runs_is_sorted_and_filtered_by_value(case, store):
    family, field, values = case
    table = recorded(store, case)
    texts = [value.replace(",", ", ") if isinstance(value, str) else value for value in values]
    if field == "num_blocks":
        texts = [", ".join([str(value)] * 3) for value in values]

    def found(**asked: Any) -> list[Any]:
        rows = matching(table, Question(families=(family,), order=field, **asked))
        return list(table.runs[field].iloc[rows])

    assert found(descending=False) == texts
    assert found() == texts[::-1]
    assert ordered(field, found()) == texts


@pytest.mark.parametrize(
    ("order", "directions"),
    [
        ("shortcut", ("none first", "identity first")),
        ("batchnorm", ("on first", "off first")),
        ("num_blocks", ("highest first", "lowest first")),
        ("branches", ("most first", "fewest first")),
        ("name", ("Z to A", "A to Z")),
    ],
)
def test_directions_are_told_in_words_that_suit_the_values(order, directions, store):
    assert run_filters._directions(overview(store), order) == directions


def test_parallel_coordinates_rise_with_the_value(case, store):
    family, field, _ = case
    table = recorded(store, case)
    rows = matching(table, Question(families=(family,), order=field, descending=False))
    figure = run_space._parallel(table.version, Question(), (field,), _table=table, _rows=rows)
    dimension, *_ = json.loads(figure)["data"][0]["dimensions"]
    values = np.frombuffer(b64decode(dimension["values"]["bdata"]), dimension["values"]["dtype"])
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("method", ["grid", "random"])
def test_the_map_of_a_sweep_has_its_values_in_order(case, method):
    family, field, values = case
    base, seeds = base_of(family), (3, 20)
    axes = [Axis(field=field, values=shuffled(values)), Axis(field="seed", values=seeds)]
    plan = SweepPlan(base=base, axes=axes, method=method)
    tried = shuffled(list(combinations(plan.axes)))[:5]
    trials = [
        Trial(number, (apply(base, cell).model_dump_json(),), (None,))
        for number, cell in enumerate(tried)
    ]
    whole = Sweep(None, plan, trials, {}).whole
    drawn = heat_map(whole.assign(**{field: spoken_column(whole[field])}), ["seed", field])
    spoken = [value if type(value) in (int, float) else said(value) for value in values]
    assert drawn["layout"]["yaxis"]["ticktext"] == [tick_of(value) for value in spoken]
