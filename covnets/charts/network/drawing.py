"""The drawing of a network: blocks from the image to the classes, redrawn at every slider move.

A block's height follows the rows of its output, its width the channels; a vector, such as the
output of a dense layer, is a column of units. On a branch of a module a narrow block is widened for
its label, as far as its column is wide. Only the browser knows how wide the page is: so the
text on blocks and below stages is text of bars, which plotly.js fits into them, or hides.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from covnets.charts.network.blocks import KINDS
from covnets.charts.network.captions import describe_block, describe_shortcut, describe_stage
from covnets.charts.network.labels import PAGE_WIDTH, SMALLEST_TEXT, labels_of
from covnets.charts.network.layout import FOLD_ROOM, HINT_ROOM, MAX_COLUMNS, STAGE_ROOM, layout
from covnets.charts.network.placed import HEIGHT, SHORTEST, Box, Edge, Frame, Layout
from covnets.charts.page import CLEAR, MUTE, Figure, Trace, scatter
from covnets.charts.theme import GRAY, LIGHT_BLUE, ink, kind_color, translucent
from covnets.models import Sketch

LINES = {
    "edge": {"width": 1.5, "color": translucent(GRAY, 0.9)},
    "shortcut": {"width": 2, "color": kind_color("Add")},
    "projection": {"width": 2, "color": kind_color("Add"), "dash": "6px,3px"},
}
# What happens on a shortcut: symbol, colour and size of its mark. Identity's is only to hover over.
MARKS = {
    "identity": ("circle", CLEAR, 16),
    "padding": ("diamond", kind_color("MaxPooling2D"), 12),
    "projection": ("square", LIGHT_BLUE, 11),
}
NOT_IN_THE_LEGEND = {
    "image": "labelled below",
    "sum": "has its shortcuts' colour",
    "edge": "speaks for itself",
}
TEXT = 12
# Pixels of a unit of width: what it takes to see a block at all, to label most, to read all.
SEEN, LABELLED, READABLE = 1.7, 9.0, 14.0
# Of a drawing with every block; browsers become slow with wider ones.
MOST_WIDE = 16_000.0
UNFOLDED = 10**6
# Where to find what does not fit on the blocks: on a phone that is most of it.
HINT = {
    "text": "point at a block, or tap it, for its figures",
    "showarrow": False,
    "xref": "paper",
    "x": 1,
    "xanchor": "right",
    "y": HINT_ROOM / 2 - 1,
    "yanchor": "middle",
    "font": {"size": SMALLEST_TEXT},
    "opacity": 0.75,
}


def network_figure(
    sketch: Sketch, *, whole: bool = False, width: int = PAGE_WIDTH, name: str | None = None
) -> Figure:
    """Draw a network: blocks by stage, branches in tracks, shortcuts as arcs.

    More than 24 columns are folded: equal neighbours become one, with the number of its
    repetitions. Colours of text outside blocks are left to the page's theme.

    Args:
        sketch: the network.
        whole: draw every block, however many there are, wide enough to be labelled.
        width: pixels that the page has for it; labels are worded for it.
        name: what a file is called in which the drawing is saved; the family's name if not given.

    Returns:
        A figure as wide as the page, or as `layout.meta.min_width` says in pixels where that is
        more. Its proportions suit some 290 pixels of height.
    """
    drawing = layout(sketch, UNFOLDED if whole else MAX_COLUMNS, is_scrolled=whole)
    wide = min(MOST_WIDE, READABLE * drawing.width) if whole else 0.0
    min_width = max(wide, min(PAGE_WIDTH, SEEN * drawing.width))
    traces = [
        *_folds(drawing.folds),
        *_lines(drawing.edges),
        *_blocks(drawing.boxes, labels_of(drawing, max(width, min_width))),
        *_stages(_pieces(drawing.stages) if whole else drawing.stages),
        *_marks(drawing.edges),
    ]
    meta = {"min_width": round(min_width), "file_name": name or sketch.name}
    page = _page(drawing) | {"meta": meta}
    if whole:
        page["legend"] |= {"x": 0, "xanchor": "left"}  # seen before anything is scrolled
    return {"data": traces, "layout": page}


def is_folded(sketch: Sketch) -> bool:
    """Whether the usual drawing leaves something to unfold, or to see larger."""
    drawing = layout(sketch)
    return bool(drawing.folds) or drawing.width * LABELLED > PAGE_WIDTH


def _page(drawing: Layout) -> dict[str, Any]:
    margin = max(0.0, SHORTEST - drawing.width) / 2 + 0.4
    axis = {"visible": False, "fixedrange": True}
    return {
        "height": HEIGHT,
        "margin": {"l": 2, "r": 2, "t": 0, "b": 0, "pad": 0},
        "xaxis": {**axis, "range": [-margin, drawing.width + margin]},
        "yaxis": {**axis, "range": [0, HEIGHT]},
        "barmode": "overlay",
        "bargap": 0,
        "uniformtext": {"mode": "hide", "minsize": SMALLEST_TEXT},
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 1,
            "yanchor": "top",
            "font": {"size": TEXT},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "annotations": [HINT],
    }


def _blocks(boxes: Sequence[Box], labels: Mapping[str, str]) -> Iterator[Trace]:
    """The blocks, one trace a kind."""
    kinds: dict[str, list[Box]] = {}
    for box in boxes:
        kinds.setdefault(box.block.kind, []).append(box)
    for kind, same in kinds.items():
        color = KINDS[kind]
        yield {
            **_bars(same, [(box.bottom, box.top) for box in same]),
            "name": kind,
            "showlegend": kind not in NOT_IN_THE_LEGEND,
            "marker": {"color": color, "line": {"width": 0}, "cornerradius": 3},
            "text": [labels[box.block.name] for box in same],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "insidetextfont": {"size": TEXT - 1, "color": ink(color)},
            "hovertext": [describe_block(box.block, box.unit) for box in same],
            "hoverinfo": "text",
        }


def _lines(edges: Sequence[Edge]) -> Iterator[Trace]:
    """The edges: plain ones, shortcuts, and dashed the shortcuts with a projection."""
    for name, line in LINES.items():
        points = [
            point
            for edge in edges
            if _line_of(edge) == name
            for point in (*edge.points, (None, None))
        ]
        if points:
            yield scatter(
                name,
                "lines",
                [None if x is None else round(x, 3) for x, _ in points],
                [None if y is None else round(y, 1) for _, y in points],
                name=name,
                line=line,
                showlegend=name not in NOT_IN_THE_LEGEND,
                hoverinfo="skip",
            )


def _line_of(edge: Edge) -> str:
    if edge.shortcut is None:
        return "edge"
    return "projection" if edge.shortcut.kind == "projection" else "shortcut"


def _marks(edges: Sequence[Edge]) -> Iterator[Trace]:
    """At each shortcut's summit a mark for what happens on the way."""
    for kind, (symbol, color, size) in MARKS.items():
        same = [edge for edge in edges if edge.shortcut and edge.shortcut.kind == kind]
        if not same:
            continue
        summits = [edge.points[len(edge.points) // 2] for edge in same]
        yield scatter(
            f"on_{kind}",
            "markers",
            *zip(*summits, strict=True),
            name="zero padding",
            showlegend=kind == "padding",
            marker={"symbol": symbol, "color": color, "size": size, "opacity": 1},
            hovertext=[describe_shortcut(edge.shortcut) for edge in same if edge.shortcut],
            hoverinfo="text",
        )


def _folds(folds: Sequence[Frame]) -> Iterator[Trace]:
    """Behind each folded unit a frame, and how often it is repeated."""
    if not folds:
        return
    sides = [
        (min(box.bottom for box in fold.boxes) - FOLD_ROOM, max(box.top for box in fold.boxes) + 5)
        for fold in folds
    ]
    yield {
        **_bars(folds, sides, margin=0.3),
        "marker": {"color": translucent(GRAY, 0.16), "line": {"width": 0}, "cornerradius": 5},
        **MUTE,
    }
    yield scatter(
        "repeats",
        "text",
        [(fold.left + fold.right) / 2 for fold in folds],
        [bottom + FOLD_ROOM / 2 for bottom, _ in sides],
        text=[f"<b>× {fold.boxes[0].unit.repeats}</b>" for fold in folds],
        textfont={"size": TEXT + 1},
        **MUTE,
    )


def _pieces(stages: Sequence[Frame]) -> list[Frame]:
    """Cut what is wider than a page, so that its caption is seen wherever it is scrolled to."""
    widest = PAGE_WIDTH / READABLE
    pieces = []
    for stage in stages:
        width = stage.right - stage.left
        count = max(1, round(width / widest))
        for number in range(count):
            left = stage.left + width * number / count
            pieces.append(Frame(left, left + width / count, stage.boxes))
    return pieces


def _stages(stages: Sequence[Frame]) -> Iterator[Trace]:
    """A line below each stage, and below it the stage's name and the shape of its output."""
    captions = zip(*(describe_stage(stage.boxes[-1].block) for stage in stages), strict=True)
    rows = ((STAGE_ROOM - 8, LINES["edge"]["color"]), (STAGE_ROOM - 24, CLEAR))
    for (top, color), texts in zip(rows, captions, strict=True):
        yield {
            # Drawn downward: text outside a bar stands beyond its end.
            **_bars(stages, [(top, top - 2)] * len(stages)),
            "marker": {"color": color, "line": {"width": 0}},
            "text": texts,
            # It takes the page's colour, and may be no wider than the bar.
            "textposition": "outside",
            "constraintext": "both",
            "textangle": 0,
            "outsidetextfont": {"size": TEXT},
            "cliponaxis": False,
            **MUTE,
        }


def _bars(
    parts: Sequence[Box | Frame], sides: Sequence[tuple[float, float]], margin: float = 0.0
) -> Trace:
    """Rectangles around parts of the drawing, from one height to the other."""
    return {
        "type": "bar",
        "x": [round((part.left + part.right) / 2, 3) for part in parts],
        "width": [round(part.right - part.left + 2 * margin, 3) for part in parts],
        "base": [round(start, 1) for start, _ in sides],
        "y": [round(end - start, 1) for start, end in sides],
    }
