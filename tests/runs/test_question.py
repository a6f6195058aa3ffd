"""Which runs of the table are asked for, in which order, and in what they differ."""

from __future__ import annotations

import numpy as np
import pytest

from covnets.config import ResNetConfig, VGGConfig
from covnets.runs.contrasts import differing_fields, varying, what_differs
from covnets.runs.overview import Overview, overview
from covnets.runs.question import ORDERS, Question, matching
from tests.runs.test_overview import record


@pytest.fixture
def table(store) -> Overview:
    names = {
        "small": record(store, VGGConfig(filters=8), (0.6,), seed=1),
        "large": record(store, VGGConfig(filters=24, batchnorm=False), (0.9,), seed=2),
        "plain": record(store, ResNetConfig(shortcut="none"), (0.7,), seed=1),
        "gone": record(store, VGGConfig(), (0.8,)),
    }
    for name, run_id in names.items():
        store.set_label(run_id, name=name)
    store.set_label(names["small"], notes="Hello World", tags=["homework", "tiny"])
    store.set_label(names["plain"], tags=["lecture"])
    store.delete([names["gone"]])
    waiting = store.create(store.get(names["small"]).config, owner="test", name="waiting")
    assert waiting.state == "queued"
    return overview(store)


def found(table: Overview, **asked) -> list[str]:
    return list(table.runs["name"].iloc[matching(table, Question(**asked))])


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["waiting", "plain", "large", "small"]),
        ({"descending": False}, ["small", "large", "plain", "waiting"]),
        ({"deleted": True}, ["gone"]),
        ({"families": ("resnet",)}, ["plain"]),
        ({"states": ("queued",)}, ["waiting"]),
        ({"tags": ("tiny", "lecture")}, ["plain", "small"]),
        ({"search": "WORLD hello"}, ["small"]),
        ({"search": "homework"}, ["small"]),
        ({"search": ".*"}, []),
        ({"values": (("filters", (24.0,)),)}, ["large"]),
        ({"values": (("batchnorm", (False,)),)}, ["large"]),
        ({"values": (("shortcut", ("none",)), ("seed", (1.0,)))}, ["plain"]),
        ({"ranges": (("filters", (10.0, 30.0)),)}, ["plain", "large"]),
        ({"order": "best_accuracy"}, ["large", "plain", "small", "waiting"]),
        ({"order": "best_accuracy", "descending": False}, ["small", "plain", "large", "waiting"]),
        ({"order": "name", "descending": False}, ["large", "plain", "small", "waiting"]),
        ({"order": "shortcut"}, ["plain", "waiting", "large", "small"]),
    ],
)
def test_runs_are_found_and_ordered(table, asked, names):
    assert found(table, **asked) == names


def test_the_table_can_be_sorted_by_every_column_that_is_offered(table):
    for order in (*ORDERS, *table.fields):
        assert len(found(table, order=order)) == 4


def test_filters_are_counted():
    asked = Question(search="x", families=("vgg",), values=(("seed", (1.0,)),), deleted=True)
    assert asked.num_filters == 3


def test_only_what_varies_within_a_family_is_said(table):
    rows = matching(table, Question(states=("finished",)))
    assert what_differs(table, rows, rows) == [
        "",
        "filters 24 · without BatchNorm · seed 2",
        "filters 8 · with BatchNorm · seed 1",
    ]
    assert set(varying(table, rows)) == {"vgg", "resnet"}


def test_equal_runs_differ_in_nothing(table):
    rows = matching(table, Question(search="small"))
    assert what_differs(table, rows, rows) == [""]
    assert differing_fields(table, rows) == []
    assert varying(table, np.array([], dtype=np.intp)) == {}


def test_side_by_side_also_names_what_only_one_family_has(table):
    rows = matching(table, Question(search="plain")), matching(table, Question(search="small"))
    assert {"shortcut", "num_convs", "filters"} <= set(
        differing_fields(table, np.concatenate(rows))
    )
