"""The chosen runs side by side: in which hyperparameters they differ, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from covnets.runs import Run
from covnets.runs.contrasts import differing_fields
from covnets.runs.hyperparameters import spelled, title
from covnets.runs.overview import Overview, plain_values
from covnets.ui.chosen_runs import family_title
from covnets.ui.numbers import duration, percent, short_number

# More runs than these do not fit side by side: then each is a row.
MOST_COLUMNS = 5
# On a phone a long name would push everything else away.
HEADING_WIDTH = 190

RESULTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "params": ("Parameters", short_number),
    "macs": ("MACs per image", short_number),
    "best_accuracy": ("Best validation accuracy", percent),
    "best_epoch": ("at epoch", lambda epoch: f"{epoch:.0f}"),
    "last_accuracy": ("Last validation accuracy", percent),
    "gap": ("Gap, points", lambda gap: f"{gap:+.1f}"),
    "test_accuracy": ("Test accuracy", percent),
    "training_seconds": ("Training time", duration),
    "images_per_second": ("Images/s", lambda speed: f"{speed:,.0f}"),
}


def side_by_side(table: Overview, runs: Sequence[Run], names: dict[str, str]) -> None:
    """Show in what some runs differ.

    Args:
        table: all runs.
        runs: those that are compared.
        names: what each is called, by id.
    """
    everything = st.toggle("All hyperparameters", key="compare.everything", persist_state="session")
    places = np.array([table.positions[run.id] for run in runs if run.id in table.positions])
    texts = settings_table(table, places, names, everything=everything)
    if len(runs) > MOST_COLUMNS:
        texts = texts.T
    st.dataframe(
        texts,
        width="stretch",
        placeholder="–",
        column_config={"_index": st.column_config.Column("", pinned=True, width=HEADING_WIDTH)},
        alt="Chosen runs side by side",
    )


def settings_table(
    table: Overview, rows: Any, names: dict[str, str], *, everything: bool = False
) -> pd.DataFrame:
    """Return a column a run: its hyperparameters and its results, as texts.

    Args:
        table: all runs.
        rows: positions of the runs.
        names: what each is called, by id.
        everything: whether also what is the same for all.
    """
    runs = table.runs.iloc[rows]
    fields = list(table.fields) if everything else differing_fields(table, rows)
    lines: dict[str, list[str | None]] = {
        "Family": [family_title(family) for family in runs["family"]]
    }
    for name in fields:
        if bool(runs[name].notna().any()):
            lines[title(name)] = _texts(runs[name], partial(spelled, name))
    for name, (heading, spell) in RESULTS.items():
        lines[heading] = _texts(runs[name], spell)
    columns = [names.get(run_id, run_id) for run_id in runs["id"]]
    return pd.DataFrame(list(lines.values()), index=list(lines), columns=columns)


def _texts(column: pd.Series[Any], spell: Callable[[Any], str]) -> list[str | None]:
    return [None if value is None else spell(value) for value in plain_values(column)]
