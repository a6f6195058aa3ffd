"""In what the runs of a table differ: only what varies is said, and briefly."""

from __future__ import annotations

import numpy as np
import pytest

from covnets.config import ResNetConfig, VGGConfig
from covnets.runs.contrasts import differing_fields, varying, what_differs
from covnets.runs.overview import Overview, overview
from covnets.runs.question import Question, matching
from tests.runs.test_overview import record


@pytest.fixture
def table(store) -> Overview:
    """Two VGGs and a ResNet, the oldest first."""
    record(store, VGGConfig(filters=8), seed=1)
    record(store, VGGConfig(filters=24, batchnorm=False), seed=2)
    record(store, ResNetConfig(shortcut="none"), seed=1)
    return overview(store)


def all_of(table: Overview, **asked):
    return matching(table, Question(**asked))


def test_only_what_varies_within_a_family_is_said(table):
    rows = all_of(table)
    assert what_differs(table, rows, rows) == [
        "",
        "filters 24 · without BatchNorm · seed 2",
        "filters 8 · with BatchNorm · seed 1",
    ]
    assert set(varying(table, rows)) == {"vgg", "resnet"}


def test_a_part_of_the_rows_is_compared_with_all_of_them(table):
    rows = all_of(table)
    assert what_differs(table, rows, rows[2:]) == ["filters 8 · with BatchNorm · seed 1"]


def test_equal_runs_differ_in_nothing(store):
    for _ in range(2):
        record(store)
    table = overview(store)
    rows = all_of(table)
    assert what_differs(table, rows, rows) == ["", ""]
    assert differing_fields(table, rows) == []


def test_no_run_differs_in_nothing(table):
    none = np.array([], dtype=np.intp)
    assert varying(table, none) == {}
    assert what_differs(table, none, none) == []
    assert differing_fields(table, none) == []


def test_side_by_side_also_names_what_only_one_family_has(table):
    assert {"shortcut", "num_convs", "filters"} <= set(
        differing_fields(table, all_of(table, ranges=(("seed", (1.0, 1.0)),)))
    )


def test_counts_per_stage_say_how_many_stages_there_are(store):
    for counts in ((2, 2), (2, 2, 2)):
        record(store, VGGConfig(num_convs=counts, num_stages=len(counts)))
    table = overview(store)
    rows = all_of(table)
    assert what_differs(table, rows, rows) == [
        "convolutions per stage 2, 2, 2",
        "convolutions per stage 2, 2",
    ]


def test_what_another_value_switches_off_is_no_difference(store):
    record(store, VGGConfig(batchnorm=True, batchnorm_momentum=0.5))
    record(store, VGGConfig(batchnorm=False))
    table = overview(store)
    rows = all_of(table)
    assert what_differs(table, rows, rows) == ["without BatchNorm", "with BatchNorm"]


def test_a_long_list_of_differences_is_cut(store):
    record(store, VGGConfig(filters=8, kernel_size=3, units=8, batchnorm=False), seed=1)
    changes = {"learning_rate": 0.5, "epochs": 3, "num_train": 90, "batch_size": 5}
    record(store, VGGConfig(filters=9, kernel_size=5, units=9, num_convs=1), seed=2, **changes)
    table = overview(store)
    rows = all_of(table)
    text = what_differs(table, rows, rows)[0]
    assert text.endswith(" · …")
    assert text.count(" · ") == 8
