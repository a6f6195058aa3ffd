"""A sweep's map fills cell by cell."""

import math

import pandas as pd
import pytest

from covnets.charts.sweeps.map import heat_map
from covnets.charts.sweeps.trials import importance_figure, tried_figure
from tests.charts.figures import trace

FIELDS = ["filters", "num blocks", "shortcut"]
STATES = ["waiting", "running", "finished", "failed", "pruned", "impossible"]


def cells(*, states=("finished",), third=("identity", "projection")) -> pd.DataFrame:
    rows = []
    for shortcut in third:
        for blocks in (1, 2):
            for filters in (32, 8, 16):
                state = states[len(rows) % len(states)]
                scored = state in ("finished", "running", "pruned")
                rows.append(
                    {
                        "filters": filters,
                        "num blocks": blocks,
                        "shortcut": shortcut,
                        "score": 0.5 + filters / 100 if scored else math.nan,
                        "state": state,
                        "reason": "too deep" if state == "impossible" else "",
                    }
                )
    return pd.DataFrame(rows)


def trials(*scores: float, states=("finished",)) -> pd.DataFrame:
    count = len(scores)
    return pd.DataFrame(
        {
            "trial": range(1, count + 1),
            "score": scores,
            "state": [states[place % len(states)] for place in range(count)],
            "label": [f"filters {place}" for place in range(1, count + 1)],
        }
    )


def shown(figure: dict, uid: str) -> dict[tuple[float, float], str]:
    texts = trace(figure, uid)
    return dict(zip(zip(texts["x"], texts["y"], strict=True), texts["text"], strict=True))


@pytest.mark.parametrize(
    "figures",
    [
        [heat_map(cells(states=states), FIELDS[:count]) for states in (["waiting"], STATES)]
        for count in (1, 2, 3)
    ]
    + [[tried_figure(trials()), tried_figure(trials(0.5, 0.6))]],
    ids=["line", "map", "maps", "tried"],
)
def test_traces_and_page_are_the_same_from_the_first_run_to_the_last(figures):
    before, after = figures
    assert [each["uid"] for each in before["data"]] == [each["uid"] for each in after["data"]]
    assert before["layout"] == after["layout"]


def test_each_finished_cell_shows_its_accuracy_and_the_best_stands_out():
    figure = heat_map(cells(third=("none",)), FIELDS[:2])
    assert shown(figure, "score_texts") == {
        **{(0, row): "58.0" for row in (0, 1)},
        **{(1, row): "66.0" for row in (0, 1)},
        **{(2, row): "<b>82.0</b>" for row in (0, 1)},
    }
    assert trace(figure, "best")["x"][:5] == [1.5, 2.5, 2.5, 1.5, 1.5]
    assert figure["layout"]["xaxis"]["ticktext"] == ["8", "16", "32"]


def test_every_state_can_be_read():
    figure = heat_map(cells(states=STATES, third=("none",)), FIELDS[:2])
    assert shown(figure, "score_texts") == {(1, 0): "<b>66.0</b>"}
    assert shown(figure, "state_texts") == {
        (2, 0): " ",
        (0, 0): "58.0<br><i>running</i>",
        (2, 1): "failed",
        (0, 1): "58.0<br><i>stopped</i>",
        (1, 1): "–",
    }
    assert trace(figure, "running")["x"][:2] == [-0.5, 0.5]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_text_is_empty_that_may_be_filled_later(count):
    figure = heat_map(cells(states=STATES).drop_duplicates(FIELDS[:count]), FIELDS[:count])
    texts = [text for each in figure["data"] if "text" in each.get("mode", "")
             for text in each.get("text", [])]  # fmt: skip
    assert texts
    assert "" not in texts


def test_only_finished_cells_are_coloured():
    scores = trace(heat_map(cells(states=STATES, third=("none",)), FIELDS[:2]), "scores")["z"]
    assert scores[0, 1] == pytest.approx(0.66)
    assert sum(not math.isnan(score) for score in scores.flat) == 1


def test_cells_tell_their_values_their_state_and_why():
    texts = trace(heat_map(cells(states=STATES, third=("none",)), FIELDS[:2]), "cells")["text"]
    assert texts[0][2] == "filters <b>32</b><br>num blocks <b>1</b><br>not run yet"
    assert texts[0][0].endswith("best validation accuracy so far <b>58.0 %</b><br>running now")
    assert texts[1][1].endswith("cannot be built<br>too deep")
    # What waits half-way was paused.
    table = cells(states=["waiting"], third=("none",)).assign(score=0.4)
    figure = heat_map(table, FIELDS[:2])
    said = trace(figure, "cells")["text"][0][2]
    assert said.endswith("best validation accuracy so far <b>40.0 %</b><br>paused")
    assert set(trace(figure, "state_texts")["text"]) == {"40.0<br><i>paused</i>"}


def test_a_third_hyperparameter_gives_maps_side_by_side():
    figure = heat_map(cells(), FIELDS)
    assert list(shown(figure, "map_titles").values()) == [
        "<b>shortcut identity</b>",
        "<b>shortcut projection</b>",
    ]
    assert figure["layout"]["xaxis"]["ticktext"] == ["8", "16", "32"] * 2
    assert len(shown(figure, "score_texts")) == 12
    edges = trace(figure, "cells")["x"]
    assert len(edges) == len(trace(figure, "cells")["z"][0]) + 1
    assert edges == sorted(set(edges))


def test_a_single_hyperparameter_gives_points_on_a_line():
    figure = heat_map(cells(states=STATES, third=("none",)).head(3), ["filters"])
    assert trace(figure, "finished")["x"] == [1]
    assert trace(figure, "unfinished")["x"] == [0]
    assert trace(figure, "states")["x"] == [2]
    assert trace(figure, "best")["x"] == [1]
    # What is told where there is no score is told as on a map.
    others = heat_map(cells(states=["pruned"], third=("none",)).assign(score=math.nan), FIELDS[:1])
    assert set(trace(others, "states")["text"]) == {"<i>stopped</i>"}


def test_whole_numbers_have_no_decimals():
    rates = cells(third=("none",)).head(3).assign(filters=[0.5, 1.0, 2.0])
    for fields in (["filters"], FIELDS[:2]):
        figure = heat_map(rates, fields)
        assert figure["layout"]["xaxis"]["ticktext"] == ["0.5", "1", "2"]


def test_a_long_reason_is_broken_into_lines():
    long = cells(states=("failed",)).assign(reason="a reason of many words " * 10)
    (text, *_), *_ = trace(heat_map(long, FIELDS[:2]), "cells")["text"]
    assert max(map(len, text.split("<br>"))) < 60


def test_best_so_far_rises_with_finished_trials_only():
    table = trials(0.5, 0.9, 0.4, 0.7, math.nan, states=("finished", "pruned"))
    figure = tried_figure(table)
    assert trace(figure, "best")["x"] == [1, 3, 5]
    assert trace(figure, "best")["y"] == [0.5, 0.5, 0.5]
    assert trace(figure, "others")["text"] == [
        "filters 2<br>stopped early",
        "filters 4<br>stopped early",
    ]
    assert trace(figure, "others")["marker"]["color"] == "rgba(0,0,0,0)"


def test_what_mattered_most_is_on_top():
    figure = importance_figure({"filters": 0.1, "learning rate": 0.7, "num blocks": 0.2})
    (bars,) = figure["data"]
    assert bars["y"] == ["filters", "num blocks", "learning rate"]
    assert bars["x"] == [0.1, 0.2, 0.7]
