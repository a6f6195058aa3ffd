"""Where a network's costs sit: parameters, multiply-adds, receptive field, memory.

All four charts have the same columns from left to right, so they can be read one below the other.
No layer is ever left out: the bars always add up to the sketch's totals.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from covnets.charts import theme
from covnets.charts.network.captions import shape_text
from covnets.charts.network.columns import Column, cost_columns
from covnets.charts.network.tables import memory_text, memory_unit, percent_text
from covnets.charts.page import Figure, Trace, chart_layout, scatter
from covnets.limits import BYTES_PER_VALUE
from covnets.models import Node, Sketch, symbolic

Cost = Literal["parameters", "macs", "receptive field", "memory"]

# So that the labels of short stages do not meet; bars are as wide as anywhere else.
LEAST_STAGE_WIDTH = 0.08
# Kinds that share a colour share a bar, because they do the same job.
JOBS = {
    theme.BLUE: "convolution",
    theme.LIGHT_BLUE: "1×1 conv.",
    theme.VERMILION: "dense",
    theme.LIME: "normalization",
    theme.ORANGE: "activation",
    theme.GREEN: "pooling",
    theme.PINK: "sum or join",
    theme.VIOLET: "dropout",
    theme.SLATE: "images",
    theme.GRAY: "other",
}


class _Stage(NamedTuple):
    """A stage's room on the x-axis."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Measure:
    """How one kind of cost is counted and written."""

    axis: dict[str, Any]
    amount: Callable[[Node], int]
    words: Callable[[int], str]
    size: int = 1
    """The axis' unit: 2**20 for a memory in MB."""
    adds_up: bool = False
    """Whether the hover tells the sum so far as well."""


def cost_figure(sketch: Sketch, what: Cost, *, batch_size: int = 64, flops: bool = False) -> Figure:
    """Draw where one kind of cost sits, from the image on the left to the classes on the right.

    "memory" is the size of the layers' outputs, 4 bytes a value (float32): training keeps them
    all until the backward pass has used them. Weights and gradients come on top. A GB has 2**30
    bytes, as in `covnets.limits`.

    Args:
        sketch: the network.
        what: the cost; "receptive field" is a line, with another one at the image's side.
        batch_size: images kept in memory at once; only "memory" depends on it.
        flops: count floating-point operations, two to each multiply-add; only for "macs".
    """
    columns = cost_columns(sketch)
    stages, places = _stages(columns)
    if what == "receptive field":
        traces = _receptive_fields(
            columns, places, max(sketch.nodes[0].output_shape[:2]), stages[-1].end
        )
        axis = {"title": {"text": "receptive field (pixels)"}}
        texts = [_receptive_field_text(column, sketch) for column in columns]
    else:
        measure = _measure(columns, what, batch_size, flops)
        shares = [_by_job(column, measure) for column in columns]
        traces, axis = list(_bars(shares, places, measure)), measure.axis
        texts = _cost_texts(columns, shares, measure)
    page = _page(columns, stages, axis, f"{sketch.name} {what} {len(columns)}")
    return {"data": [*traces, _hover(places, texts)], "layout": page}


def _measure(columns: Sequence[Column], what: Cost, batch_size: int, flops: bool) -> _Measure:
    if what == "memory":
        per_value = batch_size * BYTES_PER_VALUE
        most = max(sum(node.num_values for node in column.nodes) for column in columns)
        size, unit = memory_unit(per_value * most)
        axis = {"title": {"text": f"layer outputs ({unit})"}}
        return _Measure(axis, lambda node: per_value * node.num_values, memory_text, size, True)
    factor = 2 if flops and what == "macs" else 1
    unit = "parameters" if what == "parameters" else ("MACs", "FLOPs")[factor - 1]
    title = f"{unit} per image" if what == "macs" else unit
    return _Measure(
        {"title": {"text": title}, "tickformat": "~s"},
        lambda node: node.num_params if what == "parameters" else factor * node.macs,
        lambda number: f"{number:,} {unit}",
    )


def _by_job(column: Column, measure: _Measure) -> dict[str, int]:
    """What each job costs in a column, by its colour, without those that cost nothing."""
    amounts: dict[str, int] = {}
    for node in column.nodes:
        if amount := measure.amount(node):
            is_small = isinstance(node.layer, symbolic.Conv2D) and node.layer.kernel_size == 1
            color = theme.LIGHT_BLUE if is_small else theme.kind_color(node.kind)
            amounts[color] = amounts.get(color, 0) + amount
    return amounts


def _bars(
    shares: Sequence[dict[str, int]], places: Sequence[float], measure: _Measure
) -> Iterator[Trace]:
    """A trace for each job that costs something; they are stacked."""
    for color, job in JOBS.items():
        heights = {
            # Exact: a size is a power of two.
            place: share[color] / measure.size
            for place, share in zip(places, shares, strict=True)
            if color in share
        }
        if heights:
            yield {
                "type": "bar",
                "uid": job,
                "name": job,
                "x": list(heights),
                "y": list(heights.values()),
                "marker": {"color": color, "line": {"width": 0}},
                "hoverinfo": "skip",
            }


def _receptive_fields(
    columns: Sequence[Column], places: Sequence[float], side: int, end: float
) -> list[Trace]:
    """The side of the image, and the receptive field of every column that has one."""
    seen = {
        place: column.receptive_field
        for place, column in zip(places, columns, strict=True)
        if column.receptive_field is not None
    }
    image = scatter(
        "image",
        "lines",
        [0, end],
        [side, side],
        name=f"the whole image: {side} pixels",
        line={"color": theme.GRAY, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    fields = scatter(
        "receptive_field",
        "lines+markers",
        list(seen),
        list(seen.values()),
        name="receptive field",
        line={"color": theme.BLUE, "width": 2},
        marker={"size": 5},
        hoverinfo="skip",
    )
    return [image, fields]


def _cost_texts(
    columns: Sequence[Column], shares: Sequence[dict[str, int]], measure: _Measure
) -> list[str]:
    total = sum(sum(share.values()) for share in shares)
    so_far, texts = 0, []
    for column, share in zip(columns, shares, strict=True):
        cost = sum(share.values())
        so_far += cost
        lines = _heading(column)
        if len(share) > 1:
            lines += [f"{JOBS[color]}: {measure.words(each)}" for color, each in share.items()]
        lines.append(f"{measure.words(cost)}, {percent_text(cost / (total or 1), 1)} of all")
        if measure.adds_up:
            lines.append(f"{measure.words(so_far)} up to here")
        texts.append("<br>".join(lines))
    return texts


def _receptive_field_text(column: Column, sketch: Sketch) -> str:
    lines, field = _heading(column), column.receptive_field
    if field is None:
        lines.append("sees the whole image")
    else:
        lines.append(f"a cell sees {field:,} × {field:,} pixels")
        if field >= max(sketch.nodes[0].output_shape[:2]):
            lines.append("as wide as the image, or wider")
    return "<br>".join(lines)


def _heading(column: Column) -> list[str]:
    lines = [f"<b>{column.name}</b>"]
    if len(column.nodes) > 1:
        lines.append(f"{len(column.nodes)} layers")
    return [*lines, f"output {shape_text(column.nodes[-1].output_shape)}"]


def _hover(places: Sequence[float], texts: list[str]) -> Trace:
    """Unseen bars over the whole height: many a bar is too low to be hit with a mouse.

    They have an axis of their own, so that the other fits what is left when bars are hidden.
    """
    return {
        "type": "bar",
        "uid": "hover",
        "x": list(places),
        "y": [1] * len(places),
        "width": 1,
        "yaxis": "y2",
        "hovertext": texts,
        "textposition": "none",
        "marker": {"color": theme.translucent(theme.GRAY, 0), "line": {"width": 0}},
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }


def _stages(columns: Sequence[Column]) -> tuple[list[_Stage], list[float]]:
    """Give each stage its room on the x-axis, from 0 on, and each column, one wide, its middle."""
    least, start = ceil(LEAST_STAGE_WIDTH * len(columns)), 0
    stages: list[_Stage] = []
    places: list[float] = []
    for name, run in groupby(columns, key=attrgetter("stage")):
        width = len(list(run))
        # The image, a single column at the left end, has no label.
        room = width if name == "input" else max(width, least)
        stages.append(_Stage(name.removeprefix("stage"), start, start + room))
        places += [start + (room - width) / 2 + column + 0.5 for column in range(width)]
        start += room
    return stages, places


def _page(
    columns: Sequence[Column], stages: Sequence[_Stage], axis: dict[str, Any], subject: str
) -> dict[str, Any]:
    labelled = [stage for stage in stages if stage.name != "input"]
    most = max(column.num_units for column in columns)
    title = "stage" if most == 1 else f"stage; each bar is up to {most} blocks"
    x_axis = {
        "title": {"text": title},
        "range": [0, stages[-1].end],
        "tickvals": [(stage.start + stage.end) / 2 for stage in labelled],
        "ticktext": [stage.name for stage in labelled],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "uirevision": subject,
    }
    # A thin line between two stages.
    line = {"color": theme.translucent(theme.GRAY, 0.5), "width": 1}
    separator = {"type": "line", "layer": "below", "yref": "paper", "y0": 0, "y1": 1, "line": line}
    return chart_layout(
        x_axis,
        {"rangemode": "tozero", "uirevision": subject} | axis,
        None,
        top=20,
        legend_below=True,
        legend={"traceorder": "normal"},
        barmode="stack",
        bargap=0.15,
        showlegend=True,
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        shapes=[separator | {"x0": stage.start, "x1": stage.start} for stage in stages[1:]],
    )
