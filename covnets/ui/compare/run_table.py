"""The table of all runs: rows are chosen in it, and new runs appear by themselves."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.elements.arrow import DataframeStateInput

from covnets.charts.theme import look, swatch
from covnets.runs.overview import Overview, overview
from covnets.runs.question import Positions, Question, matching, what_differs
from covnets.ui import services
from covnets.ui.compare import chosen_runs
from covnets.ui.parts.live import live
from covnets.ui.parts.recent_runs import is_any_active
from covnets.ui.parts.wording import family_title

SECONDS_PER_TICK = 2.0
# While nothing trains: a run that somebody else starts is still seen.
SECONDS_PER_IDLE_TICK = 15.0
# From a change of the order until a visitor can have seen it, and clicked.
SECONDS_TO_ARRIVE = 0.5
MOST_ROWS = 1000
"""The browser gets so many rows; filters and another order bring the others up."""

KEY = "compare.table"
ACCURACIES = ("best_accuracy", "last_accuracy", "test_accuracy")
_config = st.column_config
LISTED: dict[str, Any] = {
    "look": _config.ImageColumn(
        "", width=86, pinned=True, help="How the run is drawn, on every page."
    ),
    "run": _config.TextColumn("Run", width=112, pinned=True),
    "family": "Family",
    "differs": _config.TextColumn(
        "What differs", width=300, help="From the other runs of its family in this table."
    ),
    "params": _config.NumberColumn("Parameters", format="compact"),
    "macs": _config.NumberColumn("MACs", format="compact", help="Of one image."),
    "best_accuracy": _config.ProgressColumn(
        "Best",
        format="%.1f %%",
        min_value=0,
        max_value=100,
        help="The highest validation accuracy.",
    ),
    "best_epoch": _config.NumberColumn("at epoch", format="%d"),
    "last_accuracy": _config.NumberColumn(
        "Last", format="%.1f %%", help="The newest validation accuracy."
    ),
    "curve": _config.LineChartColumn(
        "Epochs", y_min=0, y_max=1, width=100, help="Validation accuracy, epoch by epoch."
    ),
    "gap": _config.NumberColumn(
        "Gap",
        format="%+.1f",
        help="Accuracy on a sample of the training images minus validation, in points.",
    ),
    "test_accuracy": _config.NumberColumn("Test", format="%.1f %%"),
    "seconds_per_epoch": _config.NumberColumn("s/epoch", format="%.1f"),
    "state": "State",
    "group": "Race or sweep",
    "tags": "Tags",
    "id": "Id",
}
"""What is listed of each run, beside when it was queued."""

ORDERS = "compare.table_orders"


class _Orders(NamedTuple):
    """Which run each row of a table is: now, and before it changed last."""

    key: str
    now: tuple[str, ...]
    before: tuple[str, ...]
    changed_at: float


def run_table(question: Question) -> None:
    """Show the runs that are asked for, and let some of them be chosen.

    Args:
        question: which, and in which order.
    """
    live(
        partial(_table, question),
        SECONDS_PER_TICK if is_any_active() else SECONDS_PER_IDLE_TICK,
        # When a row was chosen, the charts below are others.
        page_depends_on=lambda: (is_any_active(), tuple(chosen_runs.ids())),
    )


def _table(question: Question) -> None:
    table = overview(services.store())
    rows = matching(table, question)
    if not len(rows):
        st.info("No run matches. Remove a filter to see more.")
        return
    st.caption(_how_many(len(rows), int((table.runs["deleted"] == question.deleted).sum())))
    # Another question's table begins at its top.
    key = f"{KEY}.{zlib.crc32(repr(question).encode()):x}"
    data, ids = _data(table.version, question, _table=table, _rows=rows)
    st.dataframe(
        data,
        hide_index=True,
        key=key,
        on_select=partial(_choose, key),
        selection_mode="multi-row",
        selection_default=_ticked_rows(key, ids),
        placeholder="",
        column_config=LISTED | {"created": _queued()},
        alt="Runs",
    )


def _how_many(count: int, of: int) -> str:
    shown = f"{count:,} of {of:,}" if count < of else f"{count:,}"
    listed = f" · the first {MOST_ROWS:,} are listed" if count > MOST_ROWS else ""
    return f"{shown} run{'s' * (of > 1)}{listed} · tick boxes to compare"


def _ticked_rows(key: str, ids: tuple[str, ...]) -> DataframeStateInput:
    """Tick the boxes of the chosen runs, wherever their rows are now."""
    known: _Orders | None = st.session_state.get(ORDERS)
    if known is None or known.key != key:
        st.session_state[ORDERS] = _Orders(key, ids, ids, 0.0)
    elif known.now != ids:
        st.session_state[ORDERS] = _Orders(key, ids, known.now, time.monotonic())
    chosen = set(chosen_runs.ids())
    rows = [row for row, run_id in enumerate(ids) if run_id in chosen]
    ticked: DataframeStateInput = {"selection": {"rows": rows, "columns": [], "cells": []}}
    if key in st.session_state and rows != _selected_rows(key):
        st.session_state[key] = ticked
    return ticked


def _choose(key: str) -> None:
    """Choose the rows whose boxes are ticked.

    A row's place says which run it is in the order that the browser shows. That may be the order
    of before, if a new run has just appeared: it is the one in which the fewest boxes have changed.
    """
    rows, known = _selected_rows(key), st.session_state[ORDERS]
    chosen = set(chosen_runs.ids())

    def picked(order: Sequence[str]) -> list[str]:
        return [order[row] for row in rows if row < len(order)]

    def changes(order: Sequence[str]) -> int:
        return len(chosen.intersection(order).symmetric_difference(picked(order)))

    is_new = time.monotonic() - known.changed_at < SECONDS_TO_ARRIVE
    orders = (known.before, known.now) if is_new else (known.now, known.before)
    order = min(orders, key=changes)
    chosen_runs.choose_among(order, picked(order))


def _selected_rows(key: str) -> list[int]:
    state: Any = st.session_state.get(key, {})
    return sorted(state.get("selection", {}).get("rows", []))


@st.cache_resource(max_entries=32, show_spinner=False)
def _data(
    version: tuple[Any, ...], question: Question, *, _table: Overview, _rows: Positions
) -> tuple[pa.Table, tuple[str, ...]]:
    """The rows, made once for all visitors, and the runs' ids in their order."""
    shown = _rows[:MOST_ROWS]
    runs = _table.runs.iloc[shown]
    found = runs.assign(
        # As categories each picture is sent once.
        look=pd.Categorical([swatch(look(number)) for number in runs["number"]]),
        run=[name or run_id for name, run_id in zip(runs["name"], runs["id"], strict=True)],
        family=runs["family"].map(family_title),
        differs=what_differs(_table, _rows, shown),
        tags=runs["tags"].map(list),
        **{name: 100 * runs[name] for name in ACCURACIES},
    )
    # Converted once, and not at every tick of every visitor.
    listed = pa.Table.from_pandas(found[[*LISTED, "created"]], preserve_index=False)
    return listed, tuple(runs["id"])


def _queued() -> Any:
    """The column of times, which are the visitor's."""
    return st.column_config.DatetimeColumn(
        "Queued", format="calendar", timezone=st.context.timezone, width=150
    )
