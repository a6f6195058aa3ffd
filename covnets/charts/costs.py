"""Where a network's costs sit: parameters, multiply-adds, receptive field, memory, column by column.

All four charts have the same columns from left to right, so they can be read one below the other.
A column is a block of the drawing: a convolution with its BatchNorm and activation, a pooling, a
sum with the projection that enters it. Where that makes too many, a column is a unit (a residual
block, an Inception module), and then several units in a row. No layer is ever left out: the bars
always add up to the sketch's totals.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.curves`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from math import ceil, prod
from typing import Any, Literal

from covnets.charts.blocks import UNIT_OF_NAME, Block, blocks
from covnets.charts.captions import shape_text
from covnets.charts.theme import (
    BLUE,
    GRAY,
    GREEN,
    LIME,
    ORANGE,
    PINK,
    VERMILION,
    VIOLET,
    kind_color,
    translucent,
)
from covnets.models import Node, Sketch

Cost = Literal["parameters", "macs", "receptive field", "memory"]
Figure = dict[str, Any]
Trace = dict[str, Any]

# More bars than this are too thin to be told apart on a phone.
MAX_COLUMNS = 100
BYTES_PER_VALUE = 4
# Kinds that share a colour share a bar, because they do the same job.
JOBS = {
    BLUE: "convolution",
    VERMILION: "dense layer",
    LIME: "normalization",
    ORANGE: "activation",
    GREEN: "pooling",
    PINK: "sum or join",
    VIOLET: "dropout",
    GRAY: "image, padding, flattening",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Neighbouring layers whose costs are drawn above one place of the x-axis.

    Attributes:
        first: name of the block or unit, the first one if there are several.
        last: name of the last one.
        stage: the stage that it belongs to.
        nodes: its layers; the last one makes its output.
    """

    first: str
    last: str
    stage: str
    nodes: tuple[Node, ...]

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return self.first if self.first == self.last else f"{self.first} … {self.last}"

    @property
    def receptive_field(self) -> int:
        """Side in pixels of what a cell of its output sees."""
        return max(node.receptive_field for node in self.nodes)


@dataclass(frozen=True, slots=True)
class _Measure:
    """How one kind of cost is counted and written."""

    title: str
    amount: Callable[[Node], int]
    words: Callable[[int], str]
    size: int = 1
    """The chart's unit: 2**20 for a memory in MB."""
    is_kept: bool = False


def cost_figure(
    sketch: Sketch, what: Cost, *, batch_size: int = 64, flops: bool = False
) -> Figure:
    """Draw where one kind of cost sits, from the image on the left to the classes on the right.

    "memory" is the size of the layers' outputs, 4 bytes a value (float32): training keeps them
    all until the backward pass has used them. Weights and gradients come on top. A GB has 2**30
    bytes, as in `covnets.limits`.

    Args:
        sketch: the network.
        what: the cost; "receptive field" is a line, with another one at the image's side.
        batch_size: images kept in memory at once; only "memory" depends on it.
        flops: count floating-point operations, two to each multiply-add; only for "macs".

    Raises:
        ValueError: `what` is none of the four costs, or `batch_size` is not positive.
    """
    columns = cost_columns(sketch)
    if what == "receptive field":
        traces = _sight_traces(columns, sketch)
        title = "receptive field (pixels)"
    else:
        measure = _measure(columns, what, batch_size, flops)
        traces = [*_bars(columns, measure), _hover(columns, measure)]
        title = measure.title
    return {"data": traces, "layout": _layout(columns, title, f"{sketch.name} {what}")}


def cost_columns(sketch: Sketch) -> tuple[Column, ...]:
    """Cut a network into at most `MAX_COLUMNS` columns; each of its layers is in one of them."""
    columns = [_column(block) for block in blocks(sketch)]
    if len(columns) > MAX_COLUMNS:
        columns = [_merged(list(unit)) for _, unit in groupby(columns, key=_unit_name)]
    if len(columns) > MAX_COLUMNS:
        runs = [list(run) for _, run in groupby(columns, key=_stage)]
        most = max(map(len, runs))
        together = next(
            size
            for size in range(2, most + 1)
            if size == most or sum(ceil(len(run) / size) for run in runs) <= MAX_COLUMNS
        )
        columns = [
            _merged(run[start : start + together])
            for run in runs
            for start in range(0, len(run), together)
        ]
    return tuple(columns)


def kept_values(sketch: Sketch) -> int:
    """Values in all layers' outputs for one image, which the backward pass needs."""
    return sum(_num_values(node) for node in sketch.nodes)


def memory_text(num_bytes: float) -> str:
    """A memory for people, two or three figures and a unit: `3.9 GB`. A GB has 2**30 bytes."""
    size, unit = _memory_unit(num_bytes)
    value = num_bytes / size
    digits = 1 if size > 1 and value < 10 else 0
    return f"{value:,.{digits}f} {unit}"


def percent_text(share: float, digits: int = 0) -> str:
    """A share from 0 to 1 in percent; what is neither nothing nor all is never called so."""
    least = 10.0**-digits
    rounded = round(100 * share, digits)
    if share > 0 and rounded < least:
        return f"less than {least:g} %"
    if share < 1 and rounded > 100 - least:
        return f"more than {100 - least:g} %"
    return f"{rounded:.{digits}f} %"


def _column(block: Block) -> Column:
    on_shortcuts = [node for way in block.shortcuts for node in way.nodes]
    return Column(block.name, block.name, block.node.stage, (*on_shortcuts, *block.nodes))


def _merged(columns: Sequence[Column]) -> Column:
    """One column of several neighbours; a whole unit has the unit's own name."""
    first, last = columns[0], columns[-1]
    names = (first.first, last.last)
    if len(columns) > 1 and _unit_name(first) == _unit_name(last):
        names = (_unit_name(first),) * 2
    return Column(*names, first.stage, tuple(node for each in columns for node in each.nodes))


def _unit_name(column: Column) -> str:
    match = UNIT_OF_NAME.match(column.first)
    return match.group(1) if match else column.first


def _stage(column: Column) -> str:
    return column.stage


def _measure(columns: Sequence[Column], what: Cost, batch_size: int, flops: bool) -> _Measure:
    if what == "parameters":
        return _Measure("parameters", lambda node: node.num_params, partial(_counted, "parameters"))
    if what == "macs":
        unit, factor = ("FLOPs", 2) if flops else ("MACs", 1)
        return _Measure(
            f"{unit} per image", lambda node: factor * node.macs, partial(_counted, unit)
        )
    if what != "memory":
        raise ValueError(
            f"what={what!r}: use 'parameters', 'macs', 'receptive field' or 'memory'."
        )
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: use 1 or more images.")

    def amount(node: Node) -> int:
        return batch_size * BYTES_PER_VALUE * _num_values(node)

    size, unit = _memory_unit(max(sum(map(amount, column.nodes)) for column in columns))
    return _Measure(f"layer outputs ({unit})", amount, memory_text, size, is_kept=True)


def _bars(columns: Sequence[Column], measure: _Measure) -> Iterator[Trace]:
    """A trace for each job, all stacked; only jobs that cost something."""
    colors = {color: job for color, job in JOBS.items()}
    heights: dict[str, dict[int, int]] = {color: {} for color in colors}
    for place, column in enumerate(columns):
        for color, amount in _by_color(column, measure).items():
            heights[color][place] = amount
    for color, job in colors.items():
        if heights[color]:
            yield {
                "type": "bar",
                "uid": job,
                "name": job,
                "x": list(heights[color]),
                "y": [_scaled(amount, measure.size) for amount in heights[color].values()],
                "marker": {"color": color, "line": {"width": 0}},
                "hoverinfo": "skip",
            }


def _hover(columns: Sequence[Column], measure: _Measure) -> Trace:
    """What appears anywhere above a column: a bar may be too low to be hit with a mouse.

    The points lie on the axis, where they hold no scale when the highest bars are hidden.
    """
    total = sum(measure.amount(node) for column in columns for node in column.nodes)
    before, texts = 0, []
    for column in columns:
        amounts = _by_color(column, measure)
        cost = sum(amounts.values())
        before += cost
        lines = _heading(column)
        if len(amounts) > 1:
            lines += [f"{JOBS[color]}: {measure.words(each)}" for color, each in amounts.items()]
        lines.append(f"{measure.words(cost)}, {percent_text(cost / (total or 1), 1)} of all")
        if measure.is_kept:
            lines.append(f"{measure.words(before)} up to here")
        texts.append("<br>".join(lines))
    return {
        "type": "scatter",
        "uid": "hover",
        "mode": "markers",
        "x": list(range(len(columns))),
        "y": [0] * len(columns),
        "text": texts,
        "marker": {"color": GRAY, "opacity": 0, "size": 1},
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def _sight_traces(columns: Sequence[Column], sketch: Sketch) -> list[Trace]:
    """The receptive field of every column with cells, and the side of the image."""
    seen = [(x, column) for x, column in enumerate(columns) if is_spatial(column.nodes[-1])]
    side = max(sketch.nodes[0].output_shape[:2])
    texts = []
    for _, column in seen:
        field = column.receptive_field
        whole = ["as wide as the image" if field == side else "wider than the image"]
        lines = [*_heading(column), f"a cell sees {field:,} × {field:,} pixels"]
        texts.append("<br>".join(lines + whole * (field >= side)))
    line: Trace = {
        "type": "scatter",
        "uid": "receptive_field",
        "name": "receptive field",
        "mode": "lines+markers",
        "x": [x for x, _ in seen],
        "y": [column.receptive_field for _, column in seen],
        "text": texts,
        "line": {"color": BLUE, "width": 2},
        "marker": {"size": 5},
        "hovertemplate": "%{text}<extra></extra>",
    }
    image: Trace = {
        "type": "scatter",
        "uid": "image",
        "name": f"the whole image: {side} pixels",
        "mode": "lines",
        "x": [-0.5, len(columns) - 0.5],
        "y": [side, side],
        "line": {"color": GRAY, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    return [image, line]


def _heading(column: Column) -> list[str]:
    lines = [f"<b>{column.name}</b>"]
    if len(column.nodes) > 1:
        lines.append(f"{len(column.nodes)} layers")
    return [*lines, f"output {shape_text(column.nodes[-1].output_shape)}"]


def _layout(columns: Sequence[Column], title: str, subject: str) -> dict[str, Any]:
    stages = [(stage, len(list(run))) for stage, run in groupby(columns, key=_stage)]
    edges = [0]
    for _, width in stages:
        edges.append(edges[-1] + width)
    # The image is a single column at the left end: its label would meet the next one.
    named = [
        ((start + end - 1) / 2, stage.removeprefix("stage"))
        for (stage, _), (start, end) in zip(stages, pairwise(edges), strict=True)
        if stage != "input"
    ]
    revision = f"{subject} {len(columns)}"
    return {
        "barmode": "stack",
        "bargap": 0.15,
        "showlegend": True,
        "xaxis": {
            "title": {"text": "stage"},
            "range": [-0.5, len(columns) - 0.5],
            "tickvals": [place for place, _ in named],
            "ticktext": [stage for _, stage in named],
            "ticks": "",
            "showgrid": False,
            "zeroline": False,
            "uirevision": revision,
        },
        "yaxis": {
            "title": {"text": title},
            "rangemode": "nonnegative",
            "tickformat": "~s" if "(" not in title else "",
            "uirevision": revision,
        },
        "shapes": [_separator(edge - 0.5) for edge in edges[1:-1]],
        "margin": {"l": 8, "r": 12, "t": 28, "b": 8},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        "hovermode": "x",
        "uirevision": "constant",
    }
