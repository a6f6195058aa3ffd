"""What holds for every chart of the dashboard; curves have more to keep: `curves`."""

import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from covnets.charts.network.costs import cost_figure
from covnets.charts.network.drawing import network_figure
from covnets.charts.page import figure_bytes
from covnets.charts.results.confusions import (
    confusion_difference_figure,
    confusion_figure,
    per_class_figure,
)
from covnets.charts.results.parallel import parallel_figure
from covnets.charts.results.tradeoff import MOST_IN_SVG, tradeoff_figure
from covnets.charts.sweeps.map import heat_map
from covnets.charts.sweeps.trials import importance_figure, tried_figure
from covnets.config import ResNetConfig
from covnets.models import PRESETS, sketch
from tests.charts.figures import assert_can_be_shown
from tests.charts.results.test_tradeoff import rows

NAME = "<i>3 & 5"
ESCAPED = "&lt;i&gt;3 &amp; 5"
CLASSES = ("cat", NAME, "owl")
LABELS, PREDICTIONS = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
STATES = ["waiting", "running", "finished", "failed", "pruned", "impossible"]


def runs(count: int) -> pd.DataFrame:
    accuracies = np.linspace(0.1, 0.9, count)
    return rows(range(1, count + 1), accuracies, families=("VGG", NAME)).assign(label=NAME)


def cells(count: int = 6) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{NAME: [NAME, "x", "y"] * 2, "blocks": [1, 1, 1, 2, 2, 2], "seed": [1, 2] * 3},
            "score": [math.nan, 0.5, 0.7, math.nan, 0.6, math.nan],
            **{"state": STATES, "reason": ["", "", "", NAME, "", "too deep"]},
        }
    ).head(count)


def trials(count: int) -> pd.DataFrame:
    state = ["finished", "pruned"] * (count // 2)
    return pd.DataFrame({"trial": range(count), "score": 0.5, "state": state, "label": NAME})


COUNTS = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 10]])
SHARES = np.array([0.5, math.nan, 0.7])
NAMED: dict[str, Callable[[], dict]] = {
    "points": lambda: tradeoff_figure(runs(40), "parameters"),
    "many points": lambda: tradeoff_figure(runs(MOST_IN_SVG + 2), "parameters", log=False),
    "parallel": lambda: parallel_figure(runs(4), ["family", "cost"], "accuracy"),
    "confusions": lambda: confusion_figure(LABELS, PREDICTIONS, CLASSES),
    "difference": lambda: confusion_difference_figure(COUNTS, COUNTS.T, CLASSES, NAME, "b"),
    "classes": lambda: per_class_figure({NAME: SHARES, "b": SHARES}, [3, 14], CLASSES),
    "no runs": lambda: per_class_figure({}, [], CLASSES),
    "line": lambda: heat_map(cells(3), [NAME]),
    "map": lambda: heat_map(cells(), [NAME, "blocks"]),
    "maps": lambda: heat_map(cells(), ["blocks", "seed", NAME]),
    "tried": lambda: tried_figure(trials(4)),
    "importance": lambda: importance_figure({NAME: 0.7, "blocks": 0.3}),
}
SENTENCES: dict[str, Callable[[], dict]] = {
    "No run has both an accuracy": lambda: tradeoff_figure(runs(0), "parameters"),
    "Two or more runs": lambda: parallel_figure(runs(2).head(1), ["cost"], "accuracy"),
    "differ in nothing": lambda: parallel_figure(runs(4).assign(cost=1), ["cost"], "accuracy"),
}
FIGURES: dict[str, Callable[[], dict]] = {
    **{
        f"drawing of {name}": lambda name=name, whole=whole: network_figure(
            sketch(PRESETS[name]), whole=whole
        )
        for name, whole in {"mini_vgg": False, "googlenet_aux": False, "resnet152": True}.items()
    },
    "folded drawing": lambda: network_figure(sketch(ResNetConfig(num_blocks=9))),
    **{
        what: lambda what=what: cost_figure(sketch(PRESETS["googlenet_aux"]), what)
        for what in ("parameters", "macs", "receptive field", "memory")
    },
    **NAMED,
    "nothing tried": lambda: tried_figure(trials(0)),
    **SENTENCES,
}


@pytest.mark.parametrize("chart", FIGURES)
def test_every_chart_can_be_shown(chart):
    assert_can_be_shown(FIGURES[chart]())


@pytest.mark.parametrize("chart", NAMED)
def test_names_are_shown_as_they_were_typed(chart):
    def shown(part: dict) -> dict:
        return {key: each for key, each in part.items() if key not in ("legendgroup", "meta")}

    text = str(json.loads(figure_bytes(NAMED[chart]()), object_hook=shown))
    assert ESCAPED in text
    assert NAME not in text


@pytest.mark.parametrize("sentence", SENTENCES)
def test_nothing_to_draw_is_said_in_a_sentence(sentence):
    (words,) = SENTENCES[sentence]()["layout"]["annotations"]
    assert sentence in words["text"].replace("<br>", " ")
