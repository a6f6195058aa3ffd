"""The chosen runs side by side: in which hyperparameters they differ, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from covnets.config import FIELDS
from covnets.runs import Run
from covnets.runs.overview import Overview, plain_values
from covnets.runs.question import differing_fields
from covnets.ui.parts.wording import duration, family_title, percent, short_number

# On a phone a long name would push everything else away.
HEADING_WIDTH = 190

RESULTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "params": ("Parameters", short_number),
    "macs": ("MACs per image", short_number),
    "best_accuracy": ("Best validation accuracy", percent),
    "best_epoch": ("at epoch", "{:.0f}".format),
    "last_accuracy": ("Last validation accuracy", percent),
    "gap": ("Gap, points", "{:+.1f}".format),
    "test_accuracy": ("Test accuracy", percent),
    "training_seconds": ("Training time", duration),
    "images_per_second": ("Images/s", "{:,.0f}".format),
}
"""By column: heading, and a value as text."""


def side_by_side(table: Overview, runs: Sequence[Run], names: dict[str, str]) -> None:
    """Show in what some runs differ: a column a run.

    Args:
        table: all runs.
        runs: those that are compared.
        names: what each is called, by id.
    """
    everything = st.toggle("All hyperparameters", key="compare.everything", persist_state="session")
    places = np.array([table.positions[run.id] for run in runs if run.id in table.positions])
    compared = table.runs.iloc[places]
    fields = list(table.fields) if everything else differing_fields(table, places)
    fields = [name for name in fields if bool(compared[name].notna().any())]
    lines: dict[str, list[str | None]] = {"Family": list(map(family_title, compared["family"]))}
    lines |= {FIELDS[name].title: _texts(compared[name], FIELDS[name].say) for name in fields}
    lines |= {heading: _texts(compared[name], spell) for name, (heading, spell) in RESULTS.items()}
    columns = [names[run_id] for run_id in compared["id"]]
    st.dataframe(
        pd.DataFrame(list(lines.values()), index=list(lines), columns=columns),
        width="stretch",
        height="content",
        placeholder="–",
        column_config={"_index": st.column_config.Column("", pinned=True, width=HEADING_WIDTH)},
        alt="Chosen runs side by side",
    )


def _texts(column: pd.Series[Any], spell: Callable[[Any], str]) -> list[str | None]:
    return [None if value is None else spell(value) for value in plain_values(column)]
