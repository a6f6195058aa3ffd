"""A field of the config tables: its names, its values in order, and how they are read and said."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from covnets.charts.sweeps.cells import tick_of
from covnets.charts.sweeps.map import heat_map
from covnets.config import FIELDS, ConfigField, TrainConfig, fields_of
from covnets.config.fields import natural_key
from covnets.errors import ConfigError
from covnets.groups.sweep.axes import Axis, offered
from covnets.groups.sweep.grid import SweepPlan, apply, combinations
from covnets.models import FAMILIES, PRESETS
from covnets.runs import RunStore, Trial
from covnets.runs.overview import Overview, overview
from covnets.runs.question import Question, matching, ordered
from covnets.ui.compare import run_space
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.results import spoken_column
from tests.groups.sweep.small_sweeps import base_of
from tests.runs.test_overview import record

IN_ORDER: list[tuple[str, str, list[Any]]] = [
    ("resnet", "num_blocks", [1, 2, 10]),
    ("resnet", "shortcut", ["identity", "projection", "none"]),
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


def fields_of_a_run(family: str) -> list[ConfigField]:
    return [*fields_of(FAMILIES[family].config_class, TrainConfig).values()]


@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_fields_of_a_run_have_the_same_name(family):
    fields = fields_of_a_run(family)
    for names in ([field.short for field in fields], [field.title for field in fields]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_field_that_several_families_have_is_called_and_kept_the_same_in_all(family):
    for field in fields_of_a_run(family):
        known = FIELDS[field.name]
        assert (field.short, field.kind, field.names) == (known.short, known.kind, known.names)


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_written_is_read_as_the_same_value(preset):
    network = PRESETS[preset]
    for table in (network, FAMILIES[network.family].train_defaults):
        for name, field in fields_of(type(table)).items():
            value = getattr(table, name)
            assert field.read(field.write(value)) == field.read(value) == value


@pytest.mark.parametrize(
    ("name", "value", "written", "phrase"),
    [
        ("filters", 16.0, "16", "filters 16"),
        ("num_train", 12000, "12000", "images 12,000"),
        ("learning_rate", 0.00001, "1e-05", "learning rate 1e-05"),
        ("learning_rate", 0.1 + 0.2, "0.30000000000000004", "learning rate 0.30000000000000004"),
        ("batchnorm", True, "true", "with BatchNorm"),
        ("batchnorm", False, "false", "without BatchNorm"),
        ("preactivation", True, "true", "with pre-activation"),
        ("batchnorm_momentum", 0.9, "0.9", "BatchNorm momentum 0.9"),
        ("schedule", "one_cycle", "one_cycle", "schedule one cycle"),
        ("dataset", "my_own", "my_own", "dataset my_own"),
        ("num_blocks", 3, "3", "blocks 3"),
        ("num_blocks", (3, 8, 36, 3), "3,8,36,3", "blocks 3, 8, 36, 3"),
        ("branches", ("1x1", "pool"), "1x1,pool", "branches 1x1, pool"),
        ("input_shape", (224, 224, 3), "224x224x3", "image shape 224x224x3"),
        ("module_filters", ((1, 2), (3, 4)), "1/2,3/4", "filters of each module 1/2, 3/4"),
        ("module_filters", (), "none", "filters of each module none"),
    ],
)
def test_a_value_is_written_for_programs_and_said_for_people(name, value, written, phrase):
    field = FIELDS[name]
    assert field.write(value) == written
    assert field.phrase(value) == field.phrase(written) == phrase


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("batchnorm", "on", True),
        ("batchnorm", "false", False),
        ("filters", "16.0", 16),
        ("num_blocks", "3, 8 36;3", (3, 8, 36, 3)),
        ("input_shape", "224 x 224 x 3", (224, 224, 3)),
        ("module_filters", "1/2/3/4/5/6\n6/5/4/3/2/1", ((1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1))),
    ],
)
def test_a_text_is_read_as_people_write_it(name, text, value):
    assert FIELDS[name].read(text) == value


def test_a_value_that_is_not_valid_is_refused_in_the_words_of_its_field():
    with pytest.raises(ConfigError, match=r"^filters=0 is too small: choose at least 1\.$"):
        FIELDS["filters"].read("0")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("num_blocks", ["1,1,1", "1,2,2", "1,2,10", "2,2", "2,2,2", "10,1"]),
        ("num_blocks", [(1, 2), (1, 2, 10), (1, 10, 2), (2,)]),
        ("module_filters", ["none", "8/9/10/2/3/3", "64/9/10/2/3/3", "64/96/10/2/3/3"]),
        ("learning_rate", [1e-5, 0.0003, 0.01, 0.2, 1.0]),
        ("batchnorm", [False, True]),
        ("precision", ["auto", "float32", "mixed_bfloat16", "of another version"]),
        ("dataset", ["Cats", "fashion_mnist", "photos 2", "photos 10"]),
    ],
)
def test_values_of_any_kind_have_an_order(field, values):
    assert list(FIELDS[field].in_order(shuffled(values) * 2)) == values


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
    texts = [",".join([str(value)] * 3) for value in values] if field == "num_blocks" else values

    def found(**asked: Any) -> list[Any]:
        rows = matching(table, Question(families=(family,), order=field, **asked))
        return list(table.runs[field].iloc[rows])

    assert found(descending=False) == texts
    assert found() == texts[::-1]
    assert ordered(field, found()) == texts


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
    known = offered(family)[field]
    drawn = heat_map(whole.assign(**{field: spoken_column(known, whole[field])}), ["seed", field])
    spoken = [value if type(value) in (int, float) else known.say(value) for value in values]
    assert drawn["layout"]["yaxis"]["ticktext"] == [tick_of(value) for value in spoken]
