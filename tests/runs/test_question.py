"""Which runs of the table are asked for, in which order, and in what they differ."""

from __future__ import annotations

import pandas as pd
import pytest

from covnets.config import ResNetConfig, VGGConfig
from covnets.runs.overview import Overview, overview
from covnets.runs.question import ORDERS, Question, differing_fields, matching, what_differs
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
        store.labels.set(run_id, name=name)
    store.labels.set(names["small"], notes="Hello World", tags=["homework", "tiny"])
    store.labels.set(names["plain"], tags=["lecture"])
    store.labels.delete([names["gone"]])
    waiting = store.runs.create(store.runs.get(names["small"]).config, owner="test")
    store.labels.set(waiting.id, name="waiting")
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
        ({"order": "best_accuracy"}, ["large", "plain", "small", "waiting"]),
        ({"order": "best_accuracy", "descending": False}, ["small", "plain", "large", "waiting"]),
        ({"order": "name", "descending": False}, ["large", "plain", "small", "waiting"]),
        ({"order": "shortcut"}, ["plain", "waiting", "large", "small"]),
        ({"order": "batchnorm"}, ["waiting", "plain", "small", "large"]),
        # Without BatchNorm there is no momentum, and what is missing comes last.
        (
            {"order": "batchnorm_momentum", "descending": False},
            ["waiting", "plain", "small", "large"],
        ),
        ({"groups": ("nowhere",)}, []),
        ({"search": "a race that nobody ran"}, []),
    ],
)
def test_runs_are_found_and_ordered(table, asked, names):
    assert found(table, **asked) == names


def test_the_table_can_be_sorted_by_every_column_that_is_offered(table):
    for order in (*ORDERS, *table.fields):
        assert len(found(table, order=order)) == 4


def test_runs_are_found_by_their_race(store):
    config = store.runs.get(record(store)).config
    race = store.groups.create("race", {}, [[config]], owner="me", name="Depth [2]")
    [of_race] = store.groups.begin_trial(race.id, 0, owner="me")
    table = overview(store)
    for asked in (Question(groups=(race.id,)), Question(search="depth [2]")):
        assert list(table.runs["id"].iloc[matching(table, asked)]) == [of_race.id]


def test_an_empty_table_answers_every_question(store):
    table = overview(store)
    for order in ORDERS:
        asked = Question(search="x", tags=("a",), order=order, values=(("seed", (1.0,)),))
        assert list(matching(table, asked)) == []


def test_asking_changes_nothing_in_the_table(table):
    before = table.runs.copy(deep=True)
    for asked in (Question(search="hello", tags=("tiny",)), Question(order="name")):
        matching(table, asked)
    pd.testing.assert_frame_equal(table.runs, before)


SMALL, LARGE = VGGConfig(filters=8), VGGConfig(filters=24, batchnorm=False)


@pytest.mark.parametrize(
    ("networks", "differences"),
    [
        # Only what varies within a family is said.
        (
            [(SMALL, 1), (LARGE, 2), (ResNetConfig(shortcut="none"), 1)],
            ["filters 8 · with BatchNorm · seed 1", "filters 24 · without BatchNorm · seed 2", ""],
        ),
        ([(SMALL, 1), (SMALL, 1)], ["", ""]),
        ([], []),
        # Counts per stage say how many stages there are.
        (
            [
                (VGGConfig(num_convs=(2, 2), num_stages=2), 0),
                (VGGConfig(num_convs=(2, 2, 2), num_stages=3), 0),
            ],
            ["convolutions 2, 2", "convolutions 2, 2, 2"],
        ),
        # What another value switches off is no difference.
        (
            [(VGGConfig(batchnorm_momentum=0.5), 0), (VGGConfig(batchnorm=False), 0)],
            ["with BatchNorm", "without BatchNorm"],
        ),
    ],
)
def test_runs_say_in_what_they_differ_from_others_of_their_family(store, networks, differences):
    for network, seed in networks:
        record(store, network, seed=seed)
    table = overview(store)
    rows = matching(table, Question(descending=False))
    assert what_differs(table, rows, rows) == differences
    # A part of them is compared with all of them.
    assert what_differs(table, rows, rows[1:]) == differences[1:]


def test_side_by_side_also_names_what_only_one_family_has(table):
    rows = matching(table, Question(values=(("seed", (1.0,)),), tags=("tiny", "lecture")))
    assert {"shortcut", "num_convs", "filters"} <= set(differing_fields(table, rows))
    assert differing_fields(table, rows[:1]) == []


def test_a_long_list_of_differences_is_cut(store):
    record(store, VGGConfig(filters=8, kernel_size=3, units=8, batchnorm=False), seed=1)
    changes = {"learning_rate": 0.5, "epochs": 3, "num_train": 90, "batch_size": 5}
    record(store, VGGConfig(filters=9, kernel_size=5, units=9, num_convs=1), seed=2, **changes)
    table = overview(store)
    rows = matching(table, Question())
    text = what_differs(table, rows, rows)[0]
    assert text.endswith(" · …")
    assert text.count(" · ") == 8
