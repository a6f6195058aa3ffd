"""What charts of every kind share: traces, layouts, names as plain text, sentences, bytes.

Figures are plain dicts in plotly's JSON form, not ``go.Figure``: that would check every property
again at every tick of a live chart, which took longer than all else. The tests have ``go.Figure``
check them instead. ``st.plotly_chart`` takes them as they are, `figure_bytes` packs them for a live
chart. Fonts, backgrounds and colours of text and grid are left to the page.
"""

from __future__ import annotations

import base64
import json
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

Figure = dict[str, Any]
Trace = dict[str, Any]

CLEAR = "rgba(0,0,0,0)"
MUTE = {"hoverinfo": "skip", "showlegend": False}
"""Of what can neither be pointed at nor be found in the legend."""
ACCURACY_AXIS = {"title": {"text": "best validation accuracy"}, "tickformat": ".0%"}
LEGEND_BELOW = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
# What a phone shows in a line of ordinary text.
SENTENCE_WIDTH = 40
LABEL_LENGTH = 40


def scatter(uid: str, mode: str, x: Any, y: Any, **rest: Any) -> Trace:
    """A trace of lines, markers or text.

    Args:
        uid: Names the trace for good.
        mode: Like ``"lines+markers"``.
        x: Where its points lie, (points,).
        y: Their heights, (points,).
        **rest: Whatever else plotly knows of such a trace.
    """
    return {"type": "scatter", "uid": uid, "mode": mode, "x": x, "y": y} | rest


def chart_layout(
    x_axis: dict[str, Any],
    y_axis: dict[str, Any],
    file_name: str | None,
    *,
    top: int = 34,
    legend_below: bool = False,
    **rest: Any,
) -> dict[str, Any]:
    """The layout of a chart with axes.

    Args:
        x_axis: The whole x-axis.
        y_axis: The whole y-axis.
        file_name: What a file is called in which the chart is saved; None if it cannot be saved.
        top: Pixels above the chart, for the buttons, which on a phone are always shown.
        legend_below: Whether the chart has a legend, which begins at the left below it.
        **rest: Whatever else plotly knows of a layout; `meta` is for the live chart.
    """
    page = {
        "xaxis": x_axis,
        "yaxis": y_axis,
        "margin": {"l": 8, "r": 12, "t": top, "b": 8},
        "hoverlabel": {"align": "left"},
    } | rest
    if legend_below:
        page["legend"] = LEGEND_BELOW | rest.get("legend", {})
    if file_name is not None:
        save_at = {"save_at": "right"} if legend_below else {}
        page["meta"] = {"file_name": file_name} | save_at | rest.get("meta", {})
    return page


def plain(text: str) -> str:
    """A name as it was typed: plotly would take some of it for markup.

    Args:
        text: Typed by somebody.
    """
    return escape(text, quote=False)


def shortened(text: str, length: int = LABEL_LENGTH) -> str:
    """A name that fits where there is little room.

    Args:
        text: The name.
        length: How many characters there is room for.
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def names_in_order(column: pd.Series[Any]) -> list[Any]:
    """All names that a column may have in the order of its categories, else alphabetically."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    return sorted(column.unique())


def note(text: str) -> str:
    """A smaller line below an axis' title, to be added to it: how to read the chart.

    Args:
        text: Plain text, as short as a phone is wide.
    """
    return f'<br><span style="font-size:12px">{plain(text)}</span>'


def sentence_figure(sentence: str) -> Figure:
    """A page that says why there is nothing to draw.

    Args:
        sentence: Plain text; it is broken into lines that fit on a phone.
    """
    hidden = {"visible": False, "range": [0, 1], "fixedrange": True}
    words: dict[str, Any] = {
        "text": "<br>".join(plain(line) for line in wrap(sentence, SENTENCE_WIDTH)),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 15},
    }
    return {
        "data": [],
        "layout": {
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": hidden,
            "yaxis": hidden,
            "dragmode": False,
            "annotations": [words],
        },
    }


def figure_bytes(figure: Figure) -> bytes:
    """A figure as JSON, its numbers packed, to be built once and sent to every visitor.

    Args:
        figure: In plotly's JSON form, with arrays of numbers as they are.
    """
    return json.dumps(figure, default=_packed, separators=(",", ":")).encode()


def _packed(values: Any) -> Any:
    """What ``json`` cannot write: arrays as base64 of their bytes, as plotly.js reads them fastest.

    It has no 64-bit integers, and empty arrays are better off as lists.
    """
    if not isinstance(values, np.ndarray) or not values.size or values.dtype.kind not in "iuf":
        return values.tolist()
    if values.dtype.kind != "f" and values.dtype.itemsize > 4:
        values = values.astype(np.float64)
    code = f"{values.dtype.kind}{values.dtype.itemsize}"
    little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)
    packed = {"dtype": code, "bdata": base64.b64encode(little_endian.tobytes()).decode()}
    if values.ndim > 1:
        packed["shape"] = ",".join(map(str, values.shape))
    return packed
