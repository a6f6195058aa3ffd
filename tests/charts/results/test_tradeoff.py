"""Accuracy against cost, and the runs that nothing beats."""

import numpy as np
import pandas as pd

from covnets.charts.results.tradeoff import pareto_front, tradeoff_figure
from covnets.charts.theme import look
from tests.charts.figures import trace


def rows(costs, accuracies, families=("resnet",)) -> pd.DataFrame:
    count = len(costs)
    return pd.DataFrame(
        {
            "label": [f"run {place}" for place in range(count)],
            "number": range(1, count + 1),
            "cost": np.array(costs, float),
            "accuracy": np.array(accuracies, float),
            "family": [families[place % len(families)] for place in range(count)],
        }
    )


def test_the_front_is_what_comparing_every_pair_gives_from_cheap_to_dear():
    rng = np.random.default_rng(0)
    costs = rng.integers(1, 40, 200).astype(float)
    scores = np.floor(costs * rng.random(200))  # what is dear may be better
    scores[::9], costs[1], scores[1] = np.nan, np.nan, 99
    points = [point for point in zip(costs, scores, strict=True) if np.isfinite(point).all()]

    def is_beaten(cost: float, score: float) -> bool:
        return any(c <= cost and s >= score and (c, s) != (cost, score) for c, s in points)

    front = pareto_front(costs, scores)
    kept = {point for point in points if not is_beaten(*point)}
    assert [(costs[each], scores[each]) for each in front] == sorted(kept)
    assert pareto_front(costs[:0], scores[:0]).tolist() == []


def test_points_have_the_colours_of_their_runs_and_the_symbol_of_their_family():
    figure = tradeoff_figure(rows([1, 2, 3], [0.5, 0.6, 0.7], ("vgg", "resnet")), "parameters")
    resnet, vgg = (trace(figure, f"family{place}.points") for place in (0, 1))
    assert resnet["text"] == ["run 1"]
    assert vgg["text"] == ["run 0", "run 2"]
    assert vgg["marker"]["color"] == [look(1).color, look(3).color]
    assert resnet["marker"]["symbol"] != vgg["marker"]["symbol"]


def test_front_is_a_stepped_line_to_the_dearest_run():
    line = trace(tradeoff_figure(rows([1, 2, 9], [0.5, 0.8, 0.6]), "parameters"), "front")
    assert line["line"]["shape"] == "hv"
    assert line["x"].tolist() == [1, 2, 9]
    assert line["y"].tolist() == [0.5, 0.8, 0.8]


def test_best_run_is_named_and_names_do_not_crowd():
    table = rows(np.geomspace(1e3, 1e6, 30), np.linspace(0.5, 0.9, 30))
    shown = [text for text in trace(tradeoff_figure(table, "parameters"), "names")["text"] if text]
    assert shown[-1] == "run 29"
    assert 5 < len(shown) < 15
    few = trace(tradeoff_figure(table[::7], "parameters"), "names")["text"]
    assert few == ["run 0", "run 7", "run 14", "run 21", "run 28"]


def test_runs_without_a_result_are_left_out():
    figure = tradeoff_figure(rows([1, 2, 0], [0.5, np.nan, 0.9]), "parameters")
    assert trace(figure, "family0.points")["text"] == ["run 0"]
    linear = tradeoff_figure(rows([1, 2, 0], [0.5, np.nan, 0.9]), "parameters", log=False)
    assert trace(linear, "family0.points")["text"] == ["run 0", "run 2"]


def test_a_family_keeps_its_symbol_whichever_others_are_shown():
    categories = pd.CategoricalDtype(["VGG", "ResNet", "AlexNet"])
    table = rows([1, 2, 3], [0.5, 0.6, 0.7], ("VGG", "ResNet", "AlexNet"))
    table["family"] = table["family"].astype(categories)

    def symbol(shown: pd.DataFrame) -> str:
        return trace(tradeoff_figure(shown, "parameters"), "family1.points")["marker"]["symbol"]

    assert symbol(table) == symbol(table[1:])
    keys = [each["name"] for each in tradeoff_figure(table, "MACs")["data"] if "name" in each]
    assert keys[:3] == list(categories.categories)
