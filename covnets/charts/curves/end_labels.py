"""Names of many curves at their right ends, in place of a legend.

They have a narrow pair of axes of their own, right of the curves. So they keep their places while
somebody zooms, and each shows a piece of its run's line, marker included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covnets.charts.page import plain, shortened
from covnets.charts.theme import Look
from covnets.config.fields import without_name

Trace = dict[str, Any]

# Pixels.
LINE_HEIGHT = 14
AROUND_THE_CURVES = 100
"""What margins, tick labels and title of the x-axis take of a chart's height."""
CHARACTER_WIDTH = 6.2
GAP = 10
TEXT_SIZE = 11

LONGEST = 18
"""Characters; a phone has no room for more beside the curves."""
_SEPARATOR = " · "
CURVES_END = 0.92
"""Where the curves' axis ends, as a share of the width between the margins."""


@dataclass(frozen=True, slots=True)
class EndLabel:
    """The name of one curve.

    Attributes:
        uid: names its trace for good.
        text: the name.
        look: the run's.
        value: where the curve ends, from 0 at the bottom to 1 at the top; NaN before its first
            point.
    """

    uid: str
    text: str
    look: Look
    value: float


def labels_height(count: int) -> int:
    """How high a chart must be, in pixels, to have room for so many names."""
    return max(340, AROUND_THE_CURVES + LINE_HEIGHT * (count + 1))


def label_traces(labels: Sequence[EndLabel], height: int) -> list[Trace]:
    """One trace a name, each as near to its curve's end as the others allow.

    Args:
        labels: The names; those of curves that end highest come first where room is short.
        height: Of the whole chart, in pixels.
    """
    gap = LINE_HEIGHT / max(1, height - AROUND_THE_CURVES)
    ranked = sorted(range(len(labels)), key=lambda place: _rank(labels[place]), reverse=True)
    fitting = sorted(ranked[: max(1, math.floor(1 / gap) + 1)], key=ranked.index, reverse=True)
    values = [labels[place].value for place in fitting]
    places = dict(zip(fitting, spread(values, gap), strict=True))
    return [_trace(label, places.get(place)) for place, label in enumerate(labels)]


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Move places on a line of length 1 apart, as little as is simple.

    Args:
        values: Where each would like to be, in increasing order; NaN for anywhere low.
        gap: The least distance. If there is no room for it, the places are evenly spaced.

    Returns:
        Where each is, from 0 to 1, in the same order.
    """
    if (len(values) - 1) * gap > 1:
        return [float(place) for place in np.linspace(0, 1, len(values))]
    places: list[float] = []
    for value in values:
        wish = min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0
        places.append(max(wish, places[-1] + gap) if places else wish)
    highest = 1.0
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], highest)
        highest = places[index] - gap
    return [max(0.0, place) for place in places]


def make_room(layout: dict[str, Any], labels: Sequence[EndLabel]) -> None:
    """Give a chart's page the names' axes and margin.

    Args:
        layout: The page; it is changed.
        labels: All names.
    """
    longest = max((len(brief(label.text)) for label in labels), default=0)
    hidden = {"range": [0, 1], "visible": False, "fixedrange": True}
    layout["xaxis"]["domain"] = [0, CURVES_END]
    layout["xaxis2"] = hidden | {"domain": [CURVES_END, 1], "anchor": "y2"}
    layout["yaxis2"] = hidden | {"anchor": "x2"}
    layout["margin"]["r"] = round(GAP + CHARACTER_WIDTH * longest)


def brief(text: str) -> str:
    """A name that fits beside the curves: of one too long, first the hyperparameters' names go.

    "ResNet · blocks per stage 2 · seed 3" is "ResNet · 2 · 3"; the rest is read beside the mouse.
    """
    if len(text) > LONGEST:
        text = _SEPARATOR.join(map(without_name, text.split(_SEPARATOR)))
    return shortened(text, LONGEST)


def _rank(label: EndLabel) -> float:
    return label.value if math.isfinite(label.value) else -math.inf


def _trace(label: EndLabel, place: float | None) -> Trace:
    color, dash, symbol = label.look
    return {
        "type": "scatter",
        "uid": label.uid,
        "xaxis": "x2",
        "yaxis": "y2",
        "mode": "lines+markers+text",
        "x": [0.15, 1],
        "y": [place, place],
        "text": ["", plain(brief(label.text))],
        "textposition": "middle right",
        "textfont": {"size": TEXT_SIZE},
        "line": {"color": color, "dash": dash, "width": 2.5},
        "marker": {"color": color, "symbol": symbol, "size": [0, 7], "line": {"width": 0}},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }
