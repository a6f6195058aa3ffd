"""The page and the legend of charts of several runs, be they single ones or repeated over seeds.

A trace without points holds one that is not a number: plotly would forget that an empty trace's
run was hidden, and drop its legend entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from covnets.charts.curves.lines import (
    AT,
    NUMBER_FORMATS,
    Axis,
    Metric,
    Numbers,
    Trace,
    chance_line,
    curve_layout,
    value_axis,
    what_points_are,
)
from covnets.charts.page import CLEAR, plain, shortened, with_notes
from covnets.charts.theme import CHANCE_COLOR, Look

AXIS_TITLES: dict[Axis, str] = {
    "step": "step",
    "epoch": "epoch",
    "seconds": "training seconds, evaluations included",
    "macs": "multiply-adds of training (G billions, T trillions)",
}
Split = Literal["train", "validation"]

NO_POINTS = np.full(1, np.nan, np.float32)
NOTE_LENGTH = 64
"""Characters of a note that a phone is wide enough for."""
LINES_OF_NOTES = 2
"""At least: the curves keep their height when there is more to say of them."""


def contest_layout(
    metric: Metric, axis: Axis, subject: str, title: str, notes: Sequence[str]
) -> dict[str, Any]:
    """The page of a chart of several runs.

    Args:
        metric: What is drawn.
        axis: What it is drawn by.
        subject: Which runs these are.
        title: Of the x-axis.
        notes: How to read it, each in a few words, as of `how_to_read`.
    """
    title = with_notes(title, *_lines(notes))
    layout = curve_layout(axis, title, value_axis(metric), subject)
    layout["yaxis"]["uirevision"] = f"{subject} {metric}"
    # Otherwise plotly looks at the first trace, which may have no points yet.
    layout["xaxis"]["type"] = "linear"
    if axis == "macs":
        layout["xaxis"]["tickformat"] = "~s"
    layout["legend"] |= {"bgcolor": CLEAR, "font": {"size": 12}}
    return layout | {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hoverlabel": {"align": "left"},
        # The legend begins at the left.
        "meta": {"file_name": f"{metric}-by-{axis}", "save_at": "right"},
    }


def _lines(notes: Sequence[str]) -> list[str]:
    """As many notes in a line as a phone has room for."""
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(note) + 2 <= NOTE_LENGTH:
            lines[-1] += f"; {note}"
        else:
            lines.append(note)
    return lines + ["\N{NO-BREAK SPACE}"] * (LINES_OF_NOTES - len(lines))


def how_to_read(
    points: Mapping[Split, Sequence[Numbers]], *, smoothed: bool = False, with_range: bool = False
) -> list[str]:
    """Which line is which, of what is drawn: thick lines say nothing where others are missing.

    Args:
        points: Of each split that is wanted, `train` or `validation`, each run's: how many
            recorded points each drawn one stands for; empty before the first.
        smoothed: Whether training has smoothed lines.
        with_range: Whether thinned training points have a band from their lowest to their highest.
    """
    joined = {split: np.concatenate([np.zeros(0), *each]) for split, each in points.items()}
    steps, evaluations = (joined.get(split, np.zeros(0)) for split in ("train", "validation"))
    both = steps.size and evaluations.size
    found = []
    if evaluations.size:
        mean = f", {what_points_are(evaluations, 'evaluation')}" if (evaluations > 1).any() else ""
        found.append(f"{'with markers: ' if both else ''}validation{mean}")
    if steps.size:
        each = what_points_are(steps, "step", with_range=with_range)
        line = f"{'without: ' if both else ''}training"
        found += [f"{line}, smoothed", f"pale: {each}"] if smoothed else [f"{line}, {each}"]
    if "validation" in joined and not evaluations.size:
        found.append("no validation yet")
    return found if steps.size or evaluations.size else ["no points yet"]


def guess_line(metric: Metric, last: float, num_classes: int) -> Trace:
    """The line of chance with its name on it, which leaves the legend to the runs.

    Args:
        metric: What is drawn.
        last: Where the line ends.
        num_classes: Of the dataset.
    """
    return chance_line(metric, last, num_classes) | {
        "mode": "lines+text",
        "text": ["", "chance"],
        "textposition": "top left",
        "textfont": {"size": 11, "color": CHANCE_COLOR},
        # A logarithmic axis may end there.
        "cliponaxis": False,
        "showlegend": False,
    }


def legend_key(group: str, label: str, its_look: Look) -> Trace:
    """A trace without points that is the legend entry of a run.

    Args:
        group: What the entry shows and hides.
        label: What it says.
        its_look: How the run is drawn.
    """
    trace = line_trace(group, "key", shortened(label), its_look, NO_POINTS, NO_POINTS)
    return thick(trace, its_look) | {"hoverinfo": "skip", "showlegend": True}


def line_trace(group: str, part: str, label: str, its_look: Look, x: Numbers, y: Numbers) -> Trace:
    """A line in a run's look, without an entry in the legend.

    Args:
        group: The run, or the group of runs.
        part: Which of its lines.
        label: The run's name.
        its_look: How the run is drawn.
        x: Where its points lie, (points,).
        y: Their values, (points,).
    """
    return {
        "type": "scatter",
        "uid": f"{group}.{part}",
        "legendgroup": group,
        "name": plain(label),
        # A line through a single point cannot be seen. What stands for it is a dash, for what has
        # markers is validation.
        "mode": "markers" if len(x) == 1 else "lines",
        "marker": {"color": its_look.color, "symbol": "line-ew-open", "size": 10},
        "x": filled(x),
        "y": filled(y),
        "line": {"color": its_look.color, "dash": its_look.dash},
        "showlegend": False,
    }


def thick(trace: Trace, its_look: Look) -> Trace:
    """The line as validation is drawn."""
    return trace | {
        "mode": "lines+markers",
        "line": trace["line"] | {"width": 3},
        "marker": {"color": its_look.color, "symbol": its_look.symbol, "size": 8},
    }


def filled(values: Numbers) -> Numbers:
    """The values, or one that is not a number where there are none."""
    return values if values.size else NO_POINTS


def hover(what: str, metric: Metric, axis: Axis) -> str:
    """What one reads beside the mouse: `validation 88.1%, step 300`, and whose it is."""
    value = f"%{{y:{NUMBER_FORMATS[metric]}}}"
    return f"{what} {value}, {AT[axis]}<extra>%{{fullData.name}}</extra>"
