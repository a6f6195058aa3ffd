"""The cells of a sweep, one a combination: what they say, which are best, the order of values."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd

from covnets.charts.page import plain, shortened
from covnets.messages import percent, percentage

# Plotly breaks no line by itself.
LETTERS_A_LINE = 56
LETTERS_AT_AN_AXIS = 10

# Where there is nothing to say yet: of an empty text plotly would drop the place, and what is said
# there later would not appear.
NO_WORDS = " "

Cell = dict[str, Any]
"""A row of the sweep's table by the names of its columns."""

STATES = {
    "waiting": "not run yet",
    "running": "running now",
    "finished": "finished",
    "failed": "failed",
    "pruned": "stopped early",
    "impossible": "cannot be built",
}


def cells_of(table: pd.DataFrame) -> list[Cell]:
    """The rows of a sweep's table, numbers as Python's own."""
    records = table.astype(object).to_dict("records")
    return [{str(name): value for name, value in record.items()} for record in records]


def is_scored(cell: Cell) -> bool:
    """Whether a cell's score is final, and so to be compared with the others."""
    return cell["state"] == "finished" and math.isfinite(cell["score"])


def best_of(cells: Sequence[Cell]) -> list[Cell]:
    """The cells with the best final score."""
    scored = list(filter(is_scored, cells))
    best = max((cell["score"] for cell in scored), default=None)
    return [cell for cell in scored if cell["score"] == best]


def cell_text(cell: Cell, fields: Sequence[str]) -> str:
    """What one reads beside the mouse.

    Args:
        cell: one of `cells_of`.
        fields: the sweep's hyperparameters.
    """
    lines = [f"{plain(field)} <b>{plain(value_text(cell[field]))}</b>" for field in fields]
    if math.isfinite(cell["score"]):
        so_far = "" if cell["state"] == "finished" else " so far"
        lines.append(f"best validation accuracy{so_far} <b>{percent(cell['score'])}</b>")
    lines.append(state_text(cell["state"], cell["score"]))
    lines += [plain(line) for line in textwrap.wrap(cell["reason"], LETTERS_A_LINE)]
    return "<br>".join(lines)


def mark(cell: Cell) -> str:
    """What is written on a cell, or at the edge where there is no score yet."""
    if cell["state"] in ("impossible", "failed"):
        return "–" if cell["state"] == "impossible" else "failed"
    number = f"{percentage(cell['score'])}<br>" if math.isfinite(cell["score"]) else ""
    words = {"running": "running", "pruned": "stopped", "waiting": "paused" if number else ""}
    word = words.get(cell["state"])
    return f"{number}<i>{word}</i>" if word else NO_WORDS


def state_text(state: str, score: float) -> str:
    """A state in words; what waits and has a score was paused.

    Args:
        state: of a cell or of a trial.
        score: its best accuracy until now, NaN before there is one.
    """
    return "paused" if state == "waiting" and math.isfinite(score) else STATES[state]


def ordered_values(column: pd.Series[Any]) -> list[Any]:
    """The distinct values: numbers by size, all others in the order in which they come."""
    values = column.drop_duplicates().tolist()
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return sorted(values)
    return values


def tick_of(value: object) -> str:
    """A value as it stands at an axis."""
    return plain(shortened(value_text(value), LETTERS_AT_AN_AXIS))


def value_text(value: object) -> str:
    """1.0 is 1, as in the fields where it was chosen."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
