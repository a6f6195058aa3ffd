"""What somebody asks of the table of all runs: which of them, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from covnets.config import FIELDS
from covnets.config.fields import natural_key
from covnets.runs.contrasts import Positions
from covnets.runs.overview import Overview

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
        ranges: by hyperparameter, the lowest and the highest allowed.
        order: a key of `ORDERS`, or a hyperparameter.
        descending: whether the highest comes first; runs without a value come last.
        deleted: whether those are meant that were put aside.
    """

    search: str = ""
    families: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    ranges: tuple[tuple[str, tuple[float, float]], ...] = ()
    order: str = NEWEST_FIRST
    descending: bool = True
    deleted: bool = False

    @property
    def num_filters(self) -> int:
        """How many conditions a run must meet, search not counted."""
        chosen = (self.families, self.states, self.groups, self.tags)
        return sum(map(bool, chosen)) + len(self.values) + len(self.ranges) + self.deleted


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
    for column, (low, high) in question.ranges:
        mask &= runs[column].between(low, high)
    if question.tags:
        wanted = set(question.tags)
        mask &= runs["tags"].map(lambda tags: not wanted.isdisjoint(tags)).astype(bool)
    for word in question.search.casefold().split():
        of_group = runs["group"].str.casefold().str.contains(word, regex=False)
        mask &= runs["words"].str.contains(word, regex=False) | of_group.fillna(False).astype(bool)
    return mask
