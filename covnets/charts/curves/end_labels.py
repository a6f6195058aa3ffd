"""Names of many curves at their right ends, in place of a legend.

They have a narrow pair of axes of their own, right of the curves. So they keep their places while
somebody zooms, and each shows a piece of its run's line, marker included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from covnets.charts.page import MUTE, Trace, plain, scatter, shortened
from covnets.charts.theme import Look
from covnets.config.fields import without_name

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
        value: where the curve ends, from 0 at the bottom to 1 at the top.
    """

    uid: str
    text: str
    look: Look
    value: float


def labels_height(count: int) -> int:
    """How high a chart must be, in pixels, to have room for so many names."""
    return max(340, AROUND_THE_CURVES + LINE_HEIGHT * (count + 1))


def label_traces(labels: Sequence[EndLabel]) -> list[Trace]:
    """One trace a name, each as near to its curve's end as the others allow.

    Args:
        labels: The names, for a chart as high as `labels_height` says.
    """
    gap = LINE_HEIGHT / (labels_height(len(labels)) - AROUND_THE_CURVES)
    order = sorted(range(len(labels)), key=lambda index: labels[index].value)
    places = dict(zip(order, spread([labels[index].value for index in order], gap), strict=True))
    return [_trace(label, places[index]) for index, label in enumerate(labels)]


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Move places on a line of length 1 apart, as little as is simple.

    Args:
        values: Where each would like to be, in increasing order.
        gap: The least distance; there is room for it.

    Returns:
        Where each is, from 0 to 1, in the same order.
    """
    places: list[float] = []
    for value in values:
        wanted = min(max(value, 0.0), 1.0)
        places.append(max(wanted, places[-1] + gap) if places else wanted)
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

    "ResNet · blocks 2 · seed 3" is "ResNet · 2 · 3"; the rest is read beside the mouse.
    """
    if len(text) > LONGEST:
        text = _SEPARATOR.join(map(without_name, text.split(_SEPARATOR)))
    return shortened(text, LONGEST)


def _trace(label: EndLabel, place: float) -> Trace:
    color, dash, symbol = label.look
    return scatter(
        label.uid,
        "lines+markers+text",
        [0.15, 1],
        [place, place],
        xaxis="x2",
        yaxis="y2",
        text=["", plain(brief(label.text))],
        textposition="middle right",
        textfont={"size": TEXT_SIZE},
        line={"color": color, "dash": dash, "width": 2.5},
        marker={"color": color, "symbol": symbol, "size": [0, 7], "line": {"width": 0}},
        cliponaxis=False,
        **MUTE,
    )
