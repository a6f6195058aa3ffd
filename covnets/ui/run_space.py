"""All runs that the table shows, as points and as lines: what accuracy costs, what mattered."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from covnets.charts.curves import figure_bytes
from covnets.charts.parallel import parallel_figure
from covnets.charts.tradeoff import tradeoff_figure
from covnets.runs.contrasts import Positions, varying, what_differs
from covnets.runs.hyperparameters import title
from covnets.runs.overview import Overview
from covnets.runs.question import Question
from covnets.ui.chosen_runs import family_title
from covnets.ui.live_chart import live_chart

COSTS = {
    "params": "parameters",
    "macs": "multiply-adds per image",
    "training_seconds": "training seconds",
    "seconds_per_epoch": "seconds per epoch",
}
SCORES = {
    "best_accuracy": "best accuracy",
    "last_accuracy": "last accuracy",
    "test_accuracy": "test accuracy",
}
RESULTS = {
    "params": "parameters",
    "macs": "MACs",
    "training_seconds": "training seconds",
    "gap": "gap",
    **SCORES,
}
# More points than these are named by their run alone.
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
        "A point is a run of the table. On the dotted line are those that no cheaper or equally "
        "cheap run beats (the Pareto front)."
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
        format_func=title,
        key=key,
        persist_state="session",
        placeholder="those that differ",
    )
    st.caption(
        "A line is a run of the table. Drag along an axis to keep the lines that pass there; drag "
        "a heading to move its axis."
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
    labels = [name or run_id for name, run_id in zip(runs["name"], runs["id"], strict=True)]
    if len(runs) <= MOST_DESCRIBED:
        differs = what_differs(_table, _rows, _rows)
        labels = [
            name or text or run_id
            for name, text, run_id in zip(runs["name"], differs, runs["id"], strict=True)
        ]
    points = pd.DataFrame(
        {
            "id": runs["id"].to_numpy(),
            "label": labels,
            "number": runs["number"].to_numpy(),
            "cost": runs[cost].to_numpy(),
            "accuracy": runs["best_accuracy"].to_numpy(),
            "family": [family_title(family) for family in runs["family"]],
        }
    )
    return figure_bytes(tradeoff_figure(points, COSTS[cost], log=log))


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
    columns = {"family": [family_title(family) for family in runs["family"]]}
    found = pd.DataFrame(columns, index=runs.index)
    for name in names:
        found[title(name)] = runs[name]
    for name, heading in RESULTS.items():
        # Shares, as accuracies are.
        found[heading] = runs[name] / 100 if name == "gap" else runs[name]
    shown = ["family", *(title(name) for name in names), "parameters", "gap", "best accuracy"]
    return figure_bytes(parallel_figure(found, shown, "best accuracy"))
