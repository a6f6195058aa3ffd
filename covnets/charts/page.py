"""What charts of every kind share: clear backgrounds, names as plain text, sentences, bytes.

Figures are plain dicts in plotly's JSON form, not ``go.Figure``: that would check every property
again at every tick of a live chart, which took longer than all else. The tests have ``go.Figure``
check them instead. ``st.plotly_chart`` takes them as they are, `figure_bytes` packs them for a live
chart.
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

CLEAR = "rgba(0,0,0,0)"
# What a phone shows in a line of ordinary text.
SENTENCE_WIDTH = 40
LABEL_LENGTH = 40


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


def with_notes(title: str, *notes: str) -> str:
    """The title of an axis with smaller lines below it, which say how to read the chart.

    Args:
        title: Plain text.
        notes: Plain text, each as short as a phone is wide.
    """
    return plain(title) + "".join(map(note, notes))


def note(text: str) -> str:
    """A smaller line below an axis' title, to be added to it.

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
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
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
