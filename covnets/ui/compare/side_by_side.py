"""The chosen runs side by side: in which hyperparameters they differ, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from covnets.config import FIELDS
from covnets.runs import Run
from covnets.runs.overview import COLUMNS, Overview, plain_values
from covnets.runs.question import differing_fields
from covnets.ui.parts.wording import duration, family_title, percent, short_number

# More runs than these do not fit side by side: then each is a row.
MOST_COLUMNS = 5
# On a phone a long name would push everything else away.
HEADING_WIDTH = 190

PERCENT = "%.1f %%"
RESULTS: dict[str, tuple[str, Callable[[float], str], str]] = {
    "params": ("Parameters", short_number, "compact"),
    "macs": ("MACs per image", short_number, "compact"),
    "best_accuracy": ("Best validation accuracy", percent, PERCENT),
    "best_epoch": ("at epoch", lambda epoch: f"{epoch:.0f}", "%d"),
    "last_accuracy": ("Last validation accuracy", percent, PERCENT),
    "gap": ("Gap, points", lambda gap: f"{gap:+.1f}", "%+.1f"),
    "test_accuracy": ("Test accuracy", percent, PERCENT),
    "training_seconds": ("Training time", duration, "%.0f s"),
    "images_per_second": ("Images/s", lambda speed: f"{speed:,.0f}", "%,.0f"),
}
"""By column: heading, a value as text, and the browser's format of the number."""


def side_by_side(table: Overview, runs: Sequence[Run], names: dict[str, str]) -> None:
    """Show in what some runs differ.

    Args:
        table: all runs.
        runs: those that are compared.
        names: what each is called, by id.
    """
    everything = st.toggle("All hyperparameters", key="compare.everything", persist_state="session")
    places = np.array([table.positions[run.id] for run in runs if run.id in table.positions])
    compared = table.runs.iloc[places]
    compared = compared.set_axis([names.get(run_id, run_id) for run_id in compared["id"]])
    fields = list(table.fields) if everything else differing_fields(table, places)
    fields = [name for name in fields if bool(compared[name].notna().any())]
    formats: dict[str, str] = {}
    if len(runs) > MOST_COLUMNS:
        shown = _row_a_run(compared, fields)
        formats = dict.fromkeys(shown.select_dtypes("number").columns, "%g")
        formats |= {heading: form for heading, _, form in RESULTS.values()}
    else:
        shown = _column_a_run(compared, fields)
    config = {
        heading: st.column_config.NumberColumn(format=form) for heading, form in formats.items()
    }
    config["_index"] = st.column_config.Column("", pinned=True, width=HEADING_WIDTH)
    st.dataframe(
        shown,
        width="stretch",
        placeholder="–",
        column_config=config,
        alt="Chosen runs side by side",
    )


def _column_a_run(runs: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Hyperparameters and results one below the other, as texts."""
    lines: dict[str, list[str | None]] = {"Family": list(map(family_title, runs["family"]))}
    lines |= {FIELDS[name].title: _texts(runs[name], FIELDS[name].say) for name in fields}
    lines |= {heading: _texts(runs[name], spell) for name, (heading, spell, _) in RESULTS.items()}
    return pd.DataFrame(list(lines.values()), index=list(lines), columns=runs.index)


def _row_a_run(runs: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Hyperparameters and results one beside the other; numbers stay numbers, to be sorted by."""
    columns: dict[str, Any] = {"Family": list(map(family_title, runs["family"]))}
    for name in fields:
        numbers = runs[name] if COLUMNS[name] == "number" else runs[name].map(_count, "ignore")
        is_number = numbers.notna().equals(runs[name].notna())
        columns[FIELDS[name].title] = (
            numbers.astype("float64") if is_number else _texts(runs[name], FIELDS[name].say)
        )
    for name, (heading, _, form) in RESULTS.items():
        columns[heading] = 100 * runs[name] if form == PERCENT else runs[name]
    return pd.DataFrame(columns, index=runs.index)


def _count(value: Any) -> float | None:
    """The one number that stands for all stages in "3,3,3"; None where there is none."""
    first, *others = str(value).split(",")
    return float(first) if first.isdecimal() and {*others} <= {first} else None


def _texts(column: pd.Series[Any], spell: Callable[[Any], str]) -> list[str | None]:
    return [None if value is None else spell(value) for value in plain_values(column)]
