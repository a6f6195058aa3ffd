"""In what the runs of a table differ: the hyperparameters that are not the same for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from covnets.config import FIELDS
from covnets.runs.overview import Overview, plain_values

Positions = npt.NDArray[np.intp]

# The counts per stage tell it.
_SAID_ELSEWHERE = ("num_stages",)
# What does not fit a cell of a table.
_MOST_NAMED = 8


def varying(table: Overview, rows: Positions) -> dict[str, list[str]]:
    """Return by family in which hyperparameters its runs differ, in the order of their fields.

    Runs are compared within their family: that two families differ in everything is no news. What
    does nothing in a run is missing there, and no difference.

    Args:
        table: all runs.
        rows: positions of the runs to be compared.
    """
    families = table.runs["family"].to_numpy()[rows]
    found = {}
    for family in dict.fromkeys(families.tolist()):
        alike = rows[families == family]
        found[family] = [
            name
            for name in table.fields
            if name not in _SAID_ELSEWHERE and _is_varied(table.codes[name][alike])
        ]
    return found


def differing_fields(table: Overview, rows: Positions) -> list[str]:
    """Return all hyperparameters that are not the same for these runs, or that only some have."""
    return [name for name in table.fields if len(np.unique(table.codes[name][rows])) > 1]


def what_differs(table: Overview, rows: Positions, shown: Positions) -> list[str]:
    """Say of each run shown in what it differs from the others.

    Args:
        table: all runs.
        rows: positions of the runs that are compared.
        shown: positions of those of them that are asked for.

    Returns:
        Texts such as "filters 16 · shortcut none · seed 3"; empty where all are alike.
    """
    names = varying(table, rows)
    columns = {
        name: plain_values(table.runs[name].iloc[shown])
        for name in {name for of_family in names.values() for name in of_family}
    }
    families = table.runs["family"].to_numpy()[shown]
    return [
        _text(names[family], [columns[name][place] for name in names[family]])
        for place, family in enumerate(families)
    ]


def _is_varied(codes: Positions) -> bool:
    there = codes[codes >= 0]
    return bool(there.size and (there != there[0]).any())


def _text(names: Sequence[str], values: Sequence[Any]) -> str:
    parts = [
        FIELDS[name].phrase(value)
        for name, value in zip(names, values, strict=True)
        if value is not None
    ]
    more = " · …" if len(parts) > _MOST_NAMED else ""
    return " · ".join(parts[:_MOST_NAMED]) + more
