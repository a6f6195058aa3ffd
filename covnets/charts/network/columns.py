"""The columns of the cost view: neighbouring layers together, so that they can be told apart.

A column is a block of the drawing: a convolution with its BatchNorm and activation, a pooling, a
sum with the projection that enters it. Where that makes too many, a column is a unit (a residual
block, an Inception module), and then several units in a row. No layer is ever left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby, pairwise
from math import ceil
from operator import attrgetter

from covnets.charts.network.blocks import Block, blocks
from covnets.charts.network.units import unit_name
from covnets.models import Node, Sketch

# More bars than this are too thin to be told apart on a phone.
MAX_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Column:
    """Neighbouring layers whose costs are drawn above one place of the x-axis.

    Attributes:
        first: name of the block or unit, the first one if there are several.
        last: name of the last one.
        stage: the stage that it belongs to.
        nodes: its layers; the last one makes its output.
        num_units: how many blocks or units of the drawing it stands for.
    """

    first: str
    last: str
    stage: str
    nodes: tuple[Node, ...]
    num_units: int = 1

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return self.first if self.first == self.last else f"{self.first} … {self.last}"

    @property
    def receptive_field(self) -> int | None:
        """Side in pixels of what a cell of its output sees, None if that is the whole image."""
        return self.nodes[-1].receptive_field

    @property
    def unit(self) -> str:
        """Name of the residual block or module that it stands in; its own if there is none."""
        return unit_name(self.first)


def cost_columns(sketch: Sketch) -> tuple[Column, ...]:
    """Cut a network into at most `MAX_COLUMNS` columns; each of its layers is in one of them."""
    columns = [_column(block) for block in blocks(sketch)]
    if len(columns) > MAX_COLUMNS:
        columns = [_merged(list(unit)) for _, unit in groupby(columns, key=attrgetter("unit"))]
    if len(columns) > MAX_COLUMNS:
        runs = [list(run) for _, run in groupby(columns, key=attrgetter("stage"))]
        size = _group_size([len(run) for run in runs])
        columns = [_merged(part) for run in runs for part in _even(run, ceil(len(run) / size))]
    return tuple(columns)


def _group_size(lengths: Sequence[int]) -> int:
    """How many units go into a column: the fewest that leave at most `MAX_COLUMNS` columns.

    If it can be had with less than half as many columns less, each run is cut without a rest: equal
    blocks must not look unequal because one column has fewer of them.
    """
    fewest = next(
        size
        for size in count(2)
        if size == max(lengths) or sum(ceil(length / size) for length in lengths) <= MAX_COLUMNS
    )
    without_rest = (
        size
        for size in range(fewest, 2 * fewest)
        if all(length % size == 0 for length in lengths if length > size)
    )
    return next(without_rest, fewest)


def _even(run: Sequence[Column], number: int) -> Iterator[Sequence[Column]]:
    """Cut a run into parts of the same length, or nearly: a short last one would look cheap."""
    edges = [round(part * len(run) / number) for part in range(number + 1)]
    return (run[start:end] for start, end in pairwise(edges))


def _column(block: Block) -> Column:
    on_shortcuts = [node for way in block.shortcuts for node in way.nodes]
    return Column(block.name, block.name, block.node.stage, (*on_shortcuts, *block.nodes))


def _merged(columns: Sequence[Column]) -> Column:
    """One column of several neighbours; a whole unit has the unit's own name."""
    first, last = columns[0], columns[-1]
    names = (first.first, last.last)
    if len(columns) > 1 and first.unit == last.unit:
        names = (first.unit,) * 2
    units = 1 if names[0] == names[1] else sum(each.num_units for each in columns)
    nodes = tuple(node for each in columns for node in each.nodes)
    return Column(*names, first.stage, nodes, units)
