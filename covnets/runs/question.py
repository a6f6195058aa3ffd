"""What somebody asks of the table of all runs: which, in which order, and how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.config import FIELDS
from covnets.config.fields import natural_key
from covnets.runs.overview import Overview, plain_values

Positions = npt.NDArray[np.intp]
"""Rows of the table."""

NEWEST_FIRST = "number"

ORDERS: dict[str, str] = {
    NEWEST_FIRST: "When it was queued",
    "best_accuracy": "Best validation accuracy",
    "last_accuracy": "Last validation accuracy",
    "test_accuracy": "Test accuracy",
    "gap": "Gap between training and validation",
    "best_epoch": "Epoch of the best",
    "params": "Parameters",
    "macs": "MACs per image",
    "images_per_second": "Images/s",
    "seconds_per_epoch": "Seconds per epoch",
    "training_seconds": "Training time",
    "name": "Name",
    "family": "Family",
    "state": "State",
    "group": "Race or sweep",
    "device": "Device",
    "arithmetic": "Precision",
}
"""Columns that runs can be sorted by, beside the hyperparameters."""

_TOLD_BY_OTHERS = ("num_stages",)
"""Hyperparameters that follow from others: the counts per stage tell how many there are."""

_MOST_NAMED = 8
"""As many differences fit a cell of a table."""


@dataclass(frozen=True)
class Question:
    """Which runs, and in which order; an empty choice means all.

    Attributes:
        search: words that must all occur in name, id, notes, tags, or race or sweep.
        families: keys of `FAMILIES`.
        states: states.
        groups: ids of races and sweeps.
        tags: of which a run must have one.
        values: by hyperparameter, of which a run must have one.
        order: a key of `ORDERS`, or a hyperparameter.
        descending: whether the highest comes first; runs without a value come last.
        deleted: whether deleted runs are meant, and not the others.
    """

    search: str = ""
    families: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    order: str = NEWEST_FIRST
    descending: bool = True
    deleted: bool = False


def matching(table: Overview, question: Question) -> Positions:
    """Return the positions of the runs that are asked for, in the order that is asked for."""
    runs = table.runs
    rows = np.flatnonzero(_mask(runs, question))
    if question.order == NEWEST_FIRST and question.descending:
        return rows  # as the table has them
    column = runs[question.order].iloc[rows].reset_index(drop=True)
    if isinstance(column.dtype, pd.StringDtype):
        # Missing texts are empty, and come last as missing numbers do.
        texts = column[column != ""].dropna().unique()
        places = {text: place for place, text in enumerate(ordered(question.order, texts))}
        column = column.map(places)
    order = column.sort_values(ascending=not question.descending, kind="stable").index
    found: Positions = rows[order.to_numpy()]
    return found


def ordered(column: str, values: Iterable[Any]) -> list[Any]:
    """Return values of a column in their order, each once: of texts such as names, people's."""
    if column in FIELDS:
        return list(FIELDS[column].in_order(values))
    return sorted(set(values), key=natural_key)


def _mask(runs: pd.DataFrame, question: Question) -> pd.Series[bool]:
    mask = runs["deleted"] == question.deleted
    for column, chosen in (
        ("family", question.families),
        ("state", question.states),
        ("group_id", question.groups),
        *question.values,
    ):
        if chosen:
            mask &= runs[column].isin(chosen)
    if question.tags:
        wanted = set(question.tags)
        mask &= runs["tags"].map(lambda tags: not wanted.isdisjoint(tags)).astype(bool)
    for word in question.search.casefold().split():
        of_group = runs["group"].str.casefold().str.contains(word, regex=False)
        mask &= runs["words"].str.contains(word, regex=False) | of_group.fillna(False).astype(bool)
    return mask


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
            if name not in _TOLD_BY_OTHERS and _is_varied(table.codes[name][alike])
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
