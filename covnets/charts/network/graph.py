"""The network as a plain graph in Graphviz' language: blocks, arrows, and a frame a stage.

The blocks, and what is folded into one, are those of `covnets.charts.network.blocks`, so
that the graph shows what the drawing shows. The background is clear and all that is written on it
gray, for light pages and dark ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from covnets.charts.network.blocks import Block, Shortcut
from covnets.charts.network.captions import describe_shared, describe_stage, label, shape_text
from covnets.charts.network.kinds import BLOCKS, kind_of
from covnets.charts.network.layout import MAX_COLUMNS
from covnets.charts.network.units import Unit, units
from covnets.charts.theme import GRAY, ink, kind_color
from covnets.models import Sketch

Attributes = dict[str, str]

INDENT = "  "
FONT = {"fontname": "Helvetica,Arial,sans-serif", "fontsize": "12"}
NODE = {"shape": "box", "style": "filled,rounded", "color": "transparent", "margin": "0.16,0.05"}
EDGE = {"color": GRAY, "fontcolor": GRAY, "arrowsize": "0.7"}
# Beside the middle, where arrows enter from above.
STAGE = {"style": "rounded", "color": GRAY, "fontcolor": GRAY, "labeljust": "l"}
FOLD = {**STAGE, "style": "rounded,dashed"}


def dot(sketch: Sketch, max_columns: int = MAX_COLUMNS) -> str:
    """Write a network's graph in DOT, the language of Graphviz.

    Args:
        sketch: the network.
        max_columns: a network whose drawing has more columns than this is folded: equal
            neighbours become one, labelled with the number of its repetitions.

    Returns:
        A directed graph whose nodes are called as the layers that give the blocks their names.
    """
    parts = units(sketch, max_columns)
    graph = {"rankdir": "TB", "bgcolor": "transparent", "tooltip": sketch.name, **FONT}
    lines = [
        f"digraph {_quoted(sketch.name)} {{",
        f"{INDENT}graph {_attributes(graph)};",
        f"{INDENT}node {_attributes(NODE | FONT)};",
        f"{INDENT}edge {_attributes(EDGE | FONT)};",
    ]
    for stage, group in groupby(parts, key=lambda unit: unit.stage):
        members = list(group)
        frame = _cluster(f"stage {stage}", _stage_attributes(members), _nodes(members))
        lines += [f"{INDENT}{line}" for line in frame]
    lines += [f"{INDENT}{line}" for line in _edges(parts)]
    return "\n".join([*lines, "}", ""])


def _stage_attributes(group: Sequence[Unit]) -> Attributes:
    last = next(unit for unit in reversed(group) if not unit.aside)
    name, shape = describe_stage(last.blocks[-1])
    return {"label": f"{name}, {shape}", "tooltip": f"{name}, {shape}", **STAGE}


def _nodes(group: Sequence[Unit]) -> Iterator[str]:
    """The blocks of a stage; several that are repeated together have a frame of their own."""
    for unit in group:
        nodes = [
            f"{_quoted(block.name)} {_attributes(_node(block, unit))};" for block in unit.blocks
        ]
        if unit.repeats > 1 and len(unit.blocks) > 1:
            attributes = {"label": f"× {unit.repeats}", "tooltip": _names(unit), **FOLD}
            yield from _cluster(f"unit {unit.blocks[0].name}", attributes, nodes)
        else:
            yield from nodes


def _node(block: Block, unit: Unit) -> Attributes:
    """How a block looks: its layer's colour, its label, and on hovering its name and shapes."""
    colour = BLOCKS[kind_of(block)]
    alone = unit.repeats > 1 and len(unit.blocks) == 1
    place = unit.blocks.index(block)
    names = [unit.names[0][place], unit.names[-1][place]]
    title = " … ".join(dict.fromkeys(names))
    shapes = f"{shape_text(block.input_shape)} → {shape_text(block.output_shape)}"
    return {
        "label": f"{label(block)}, × {unit.repeats}" if alone else label(block),
        "fillcolor": colour,
        "fontcolor": ink(colour),
        "tooltip": f"{title}\n{shapes if block.inputs else shape_text(block.output_shape)}",
    }


def _names(unit: Unit) -> str:
    return f"{unit.names[0][0]} … {unit.names[-1][-1]}"


def _edges(parts: Sequence[Unit]) -> Iterator[str]:
    """Every connection between blocks; those between the copies of a folded unit are the fold."""
    shown = {
        name: block
        for unit in parts
        for names in unit.names
        for block, name in zip(unit.blocks, names, strict=True)
    }
    for unit in parts:
        for block in unit.blocks:
            for name in block.inputs:
                yield _edge(shown[name], block, {})
            for shortcut in block.shortcuts:
                yield _edge(shown[shortcut.source], block, _shortcut(shortcut))


def _edge(source: Block, target: Block, attributes: Attributes) -> str:
    """An arrow; on hovering it tells the shape of what flows."""
    carried = attributes.pop("tooltip", "")
    tooltip = "\n".join(filter(None, [carried, shape_text(source.output_shape)]))
    ends = f"{_quoted(source.name)} -> {_quoted(target.name)}"
    return f"{ends} {_attributes({**attributes, 'tooltip': tooltip})};"


def _shortcut(shortcut: Shortcut) -> Attributes:
    """A shortcut has the colour of the sum that it enters, and is dashed where it is projected."""
    words = {"identity": "identity", "padding": "zero padding", "projection": "projection"}
    return {
        "color": kind_color("Add"),
        "penwidth": "2",
        "style": "dashed" if shortcut.kind == "projection" else "solid",
        "tooltip": ", ".join(
            filter(None, [f"shortcut: {words[shortcut.kind]}", describe_shared(shortcut)])
        ),
    }


def _cluster(name: str, attributes: Attributes, content: Iterable[str]) -> list[str]:
    """A frame around what it contains; Graphviz knows it by the beginning of its name."""
    return [
        f"subgraph {_quoted(f'cluster {name}')} {{",
        f"{INDENT}graph {_attributes(attributes)};",
        *(f"{INDENT}{line}" for line in content),
        "}",
    ]


def _attributes(attributes: Attributes) -> str:
    written = " ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())
    return f"[{written}]"


def _quoted(text: str) -> str:
    """A text between quotes; in DOT a backslash and a quote mean themselves after a backslash."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
