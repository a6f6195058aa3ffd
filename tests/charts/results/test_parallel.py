"""Runs as lines through their hyperparameters and results."""

import numpy as np
import pandas as pd
import pytest

from covnets.charts.results.parallel import parallel_figure

TABLE = pd.DataFrame(
    {
        "family": ["vgg", "resnet", "vgg", "resnet", "vgg", "vgg"],
        "batch_norm": [True, False, True, True, None, True],
        "num_blocks": [np.nan, 3, np.nan, 5, np.nan, np.nan],
        "learning_rate": [0.0001, 0.001, 0.01, 0.1, 0.05, 0.002],
        "params": [3429, 12_000, 150_000, 2_000_000, 40_000, 5_000],
        "epochs": [5] * 6,
        "validation_accuracy": [0.61, 0.7, 0.75, 0.8, 0.9, 0.65],
    }
)
EVERYTHING = list(TABLE.columns)


def dimensions(table=TABLE) -> dict[str, dict]:
    (trace,) = parallel_figure(table, EVERYTHING, "validation_accuracy")["data"]
    for each in trace["dimensions"]:
        low, high = each["range"]
        assert low <= min(each["values"]) <= max(each["values"]) <= high
        assert low <= min(each["tickvals"]) <= max(each["tickvals"]) <= high
    return {each["label"]: each for each in trace["dimensions"]}


def test_what_is_the_same_in_all_runs_is_left_out():
    assert list(dimensions()) == [
        *("family", "batch norm", "num blocks", "learning rate", "params", "validation accuracy")
    ]


def test_names_and_truth_values_have_places_of_their_own():
    family = dimensions()["family"]
    assert family["ticktext"] == ["resnet", "vgg"]
    assert family["values"].tolist() == [1, 0, 1, 0, 1, 1]
    assert dimensions()["batch norm"]["ticktext"] == ["–", "no", "yes"]


def test_what_a_run_does_not_have_lies_below_all_numbers():
    blocks = dimensions()["num blocks"]
    assert blocks["ticktext"] == ["–", "3", "5"]
    below = blocks["tickvals"][0]
    assert below < 3
    assert blocks["values"].tolist() == [below, 3, below, 5, below, below]


@pytest.mark.parametrize(
    ("label", "texts"),
    [
        ("learning rate", ["0.0001", "0.001", "0.01", "0.1"]),
        ("params", ["3400", "10k", "100k", "2M"]),
    ],
)
def test_numbers_of_very_different_size_are_drawn_by_their_logarithms(label, texts):
    dimension = dimensions()[label]
    assert dimension["ticktext"] == texts
    name = label.replace(" ", "_")
    np.testing.assert_allclose(dimension["values"], np.log10(TABLE[name]))


def test_shares_are_written_in_percent():
    texts = dimensions()["validation accuracy"]["ticktext"]
    assert texts[0] == "61.0 %"
    assert texts[-1] == "90.0 %"


def test_runs_without_the_colouring_result_are_left_out():
    table = TABLE.assign(validation_accuracy=[0.6, np.nan, 0.7, 0.8, 0.9, np.nan])
    assert len(dimensions(table)["params"]["values"]) == 4


def test_more_columns_ask_for_more_room():
    few, many = (
        parallel_figure(TABLE, columns, "validation_accuracy")["layout"]["meta"]["min_width"]
        for columns in (EVERYTHING[:2], EVERYTHING)
    )
    assert few < many
