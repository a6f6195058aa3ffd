"""The lines of all charts of curves: of one run, of several, of several seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from covnets.charts.page import MUTE, Trace, plain, scatter
from covnets.charts.theme import CHANCE_COLOR, Look, translucent
from covnets.runs.curves import Numbers, XAxis

Metric = Literal["loss", "accuracy"]

# Where a point lies, in the words that a visitor reads beside the mouse.
AT: dict[XAxis, str] = {
    "step": "step %{x}",
    "epoch": "epoch %{x:.2~f}",
    "seconds": "after %{x:.1f} s",
    "macs": "after %{x:.3~s} multiply-adds",
}
NUMBER_FORMATS: dict[Metric, str] = {"loss": ".3~g", "accuracy": ".1%"}
RECORDED = {"train": "step", "train_eval": "evaluation", "validation": "evaluation"}
"""What a recorded point of a split is."""
# The legend begins with what was measured, which has plotly's own rank of 1000; areas and the line
# of chance are drawn first, to lie below it.
LEGEND_RANKS = {"gap": 1001, "chance": 1002}
NO_POINTS = np.full(1, np.nan, np.float32)
"""Plotly would forget that an empty trace was hidden, and drop its legend entry."""


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of a chart; all arrays are as long as `steps`.

    Attributes:
        steps: where its points were recorded, (steps,).
        x: where they are drawn.
        value: how high they are drawn.
        lowest: of what each stands for.
        highest: of what each stands for.
        points: how many recorded points each is the mean of, at most.
        seeds: how many seeds each is the median of; None for the curve of a single run.
    """

    steps: Numbers
    x: Numbers
    value: Numbers
    lowest: Numbers
    highest: Numbers
    points: Numbers
    seeds: Numbers | None = None

    @property
    def is_thinned(self) -> bool:
        """Whether some point stands for several recorded ones."""
        return bool((self.points > 1).any())


def line_trace(uid: str, group: str, name: str, look: Look, x: Numbers, y: Numbers) -> Trace:
    """A thin line in a run's look.

    Args:
        uid: Names the trace for good.
        group: The legend entry that hides it.
        name: What it is called.
        look: How it is drawn.
        x: Where its points lie, (points,).
        y: Their values, (points,).
    """
    return scatter(
        uid,
        # A line through a single point cannot be seen. What stands for it is a dash, for what has
        # markers was evaluated.
        "markers" if len(x) == 1 else "lines",
        x,
        y,
        legendgroup=group,
        name=plain(name),
        marker={"color": look.color, "symbol": "line-ew-open", "size": 10},
        line={"color": look.color, "dash": look.dash, "width": 1.2},
    )


def thick(trace: Trace, look: Look, width: float = 3) -> Trace:
    """A line as what was evaluated is drawn: with markers.

    Args:
        trace: The thin line.
        look: How it is drawn.
        width: In pixels.
    """
    return trace | {
        "mode": "lines+markers",
        "line": trace["line"] | {"width": width},
        "marker": {"color": look.color, "symbol": look.symbol, "size": 8},
    }


def hover(
    metric: Metric, axis: XAxis, *, what: str = "", whose: str = "%{fullData.name}"
) -> dict[str, str]:
    """What one reads beside the mouse: `validation 88.1%, step 300`, and whose it is."""
    value = f"%{{y:{NUMBER_FORMATS[metric]}}}"
    return {"hovertemplate": f"{what} {value}, {AT[axis]}<extra>{whose}</extra>".lstrip()}


def counted(trace: Trace, line: Line, what: str) -> Trace:
    """A curve whose thinned points say beside the mouse how many recorded ones they stand for.

    Args:
        trace: The curve, with a `hovertemplate`.
        line: Its points.
        what: A recorded point: `step`.
    """
    if not line.is_thinned:
        return trace
    template = trace["hovertemplate"].replace(
        "<extra>", f"<br>{what}s averaged: %{{customdata}}<extra>"
    )
    return trace | {"customdata": line.points, "hovertemplate": template}


def area(
    uid: str,
    group: str,
    x: Numbers,
    lower: Numbers,
    upper: Numbers,
    color: str,
    opacity: float = 0.25,
) -> Trace:
    """A filled band: along the lower edge and back along the upper.

    Args:
        uid: Names the trace for good.
        group: The legend entry that hides it.
        x: Where its edges are known.
        lower: The lower edge, as long as `x`.
        upper: The upper edge, as long as `x`.
        color: Like ``"#0072B2"``.
        opacity: From 0, invisible, to 1.
    """
    return scatter(
        uid,
        "lines",
        np.concatenate([x, x[::-1]]),
        np.concatenate([lower, upper[::-1]]),
        legendgroup=group,
        line={"width": 0, "color": color},
        fill="toself",
        fillcolor=translucent(color, opacity),
        **MUTE,
    )


def band(uid: str, group: str, line: Line, color: str, opacity: float = 0.25) -> Trace:
    """From the lowest to the highest of what each point stands for: a single spike is seen.

    Args:
        uid: Names the trace for good.
        group: The legend entry that hides it.
        line: The curve; the band of one whose points are the recorded ones has none.
        color: Like ``"#0072B2"``.
        opacity: From 0, invisible, to 1.
    """
    edges = (line.x, line.lowest, line.highest)
    if not line.steps.size or (line.seeds is None and not line.is_thinned):
        edges = (NO_POINTS,) * 3
    return area(uid, group, *edges, color, opacity)


def chance_line(metric: Metric, last: float, num_classes: int) -> Trace:
    """What guessing would reach: accuracy 1/num_classes, loss log(num_classes).

    Args:
        metric: What is drawn.
        last: Where the line ends; it begins at 0.
        num_classes: Of the dataset.
    """
    level = 1 / num_classes if metric == "accuracy" else math.log(num_classes)
    return scatter(
        "chance",
        "lines",
        [0, last],
        [level, level],
        name="chance",
        legendrank=LEGEND_RANKS["chance"],
        line={"color": CHANCE_COLOR, "width": 1.5, "dash": "dash"},
        hovertemplate=f"%{{y:{NUMBER_FORMATS[metric]}}}<extra>chance</extra>",
    )
