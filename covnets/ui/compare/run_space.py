"""All runs that the table shows, as points and as lines: what accuracy costs, what mattered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from covnets.charts.page import figure_bytes
from covnets.charts.results.parallel import parallel_figure
from covnets.charts.results.tradeoff import pareto_front, tradeoff_figure
from covnets.config import FIELDS
from covnets.models import FAMILIES
from covnets.runs.overview import COLUMNS, Overview
from covnets.runs.question import Positions, Question, ordered, varying, what_differs
from covnets.ui.live_chart import live_chart
from covnets.ui.parts.wording import family_title

COSTS = {
    "params": "parameters",
    "macs": "multiply-adds per image",
    "training_seconds": "training seconds",
    "seconds_per_epoch": "seconds per epoch",
}
# Of more points than these only the best for their cost are described.
MOST_DESCRIBED = 1000
FIRST_SHOWN = 5
TRADEOFF_HEIGHT, PARALLEL_HEIGHT = 420, 380


def tradeoff(table: Overview, question: Question, rows: Positions) -> None:
    """Show accuracy against what it costs.

    Args:
        table: all runs.
        question: which of them are shown, for the memory of what was drawn.
        rows: their positions.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        cost = st.segmented_control(
            "Accuracy against",
            list(COSTS),
            format_func=COSTS.__getitem__,
            default="params",
            required=True,
            key="compare.cost",
            persist_state="session",
        )
        log = st.toggle("Logarithmic", value=True, key="compare.log", persist_state="session")
    st.caption(
        "A point is a run of the table that has been evaluated. Those with a ring are better than "
        "all that cost as much or less (the Pareto front); the dotted line is the best accuracy "
        "for a cost."
    )
    figure = _tradeoff(table.version, question, cost, log, _table=table, _rows=rows)
    live_chart(figure, key="compare.tradeoff", height=TRADEOFF_HEIGHT)


def parallel(table: Overview, question: Question, rows: Positions) -> None:
    """Show hyperparameters and results as parallel coordinates.

    Args:
        table: all runs.
        question: which of them are shown, for the memory of what was drawn.
        rows: their positions.
    """
    varied = list(dict.fromkeys(name for of in varying(table, rows).values() for name in of))
    key = "compare.parallel"
    if key not in st.session_state:
        st.session_state[key] = [name for name in varied if name != "seed"][:FIRST_SHOWN]
    left_over = [name for name in st.session_state[key] if name not in varied]
    names = st.multiselect(
        "Hyperparameters",
        [*varied, *left_over],
        format_func=lambda name: FIELDS[name].title,
        key=key,
        persist_state="session",
        placeholder="those that differ",
    )
    st.caption(
        "A line is a run of the table that has been evaluated; best accuracy is its highest on the "
        "validation images. Drag along an axis to keep the lines that pass there; drag a heading "
        "to move its axis."
    )
    figure = _parallel(table.version, question, tuple(names), _table=table, _rows=rows)
    live_chart(figure, key="compare.lines", height=PARALLEL_HEIGHT)


@st.cache_data(max_entries=32, show_spinner=False)
def _tradeoff(
    version: tuple[Any, ...],
    question: Question,
    cost: str,
    log: bool,
    *,
    _table: Overview,
    _rows: Positions,
) -> bytes:
    runs = _table.runs.iloc[_rows]
    points = pd.DataFrame(
        {
            "label": _descriptions(_table, _rows, cost),
            "number": runs["number"].to_numpy(),
            "cost": runs[cost].to_numpy(),
            "accuracy": runs["best_accuracy"].to_numpy(),
            "family": _families(runs).array,
        }
    )
    return figure_bytes(tradeoff_figure(points, COSTS[cost], log=log))


def _descriptions(table: Overview, rows: Positions, cost: str) -> list[str]:
    """What each run is called; in what it differs is said of all if they are few enough."""
    runs = table.runs.iloc[rows]
    if len(rows) <= MOST_DESCRIBED:
        said = np.arange(len(rows))
    else:  # of those whose names stand in the chart
        said = pareto_front(runs[cost].to_numpy(), runs["best_accuracy"].to_numpy())
    differs = dict(zip(said.tolist(), what_differs(table, rows, rows[said]), strict=True))
    return [
        name or differs.get(place) or run_id
        for place, (name, run_id) in enumerate(zip(runs["name"], runs["id"], strict=True))
    ]


def _families(runs: pd.DataFrame) -> pd.Series[Any]:
    """Titles of the runs' families as categories; those of another version stand behind."""
    families = [*FAMILIES, *ordered("family", runs["family"])]
    titles = pd.CategoricalDtype(list(dict.fromkeys(map(family_title, families))))
    return runs["family"].map(family_title).astype(titles)


def _in_order(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    """A hyperparameter's values, names and lists as categories in their order."""
    if COLUMNS[name] != "text":
        return column
    say = FIELDS[name].say
    said = dict.fromkeys(map(say, ordered(name, column.dropna().unique())))
    return column.map(say, na_action="ignore").astype(pd.CategoricalDtype(list(said)))


@st.cache_data(max_entries=32, show_spinner=False)
def _parallel(
    version: tuple[Any, ...],
    question: Question,
    names: tuple[str, ...],
    *,
    _table: Overview,
    _rows: Positions,
) -> bytes:
    runs = _table.runs.iloc[_rows]
    found = pd.DataFrame({"family": _families(runs)}, index=runs.index)
    for name in names:
        found[FIELDS[name].title] = _in_order(name, runs[name])
    found["parameters"] = runs["params"]
    found["gap"] = runs["gap"] / 100  # a share, as accuracies are
    found["best accuracy"] = runs["best_accuracy"]
    return figure_bytes(parallel_figure(found, list(map(str, found)), "best accuracy"))
