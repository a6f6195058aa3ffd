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
"""The browser gets so many rows at once; the others are on further pages."""

ROW_HEIGHT, HEADING_HEIGHT, LOW, HIGH = 35, 37, 8, 50
KEY = "compare.table"
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
        st.info("No run is like that. Take a filter away, and look at the others again.")
        return
    st.caption(_how_many(len(rows), int((table.runs["deleted"] == question.deleted).sum())))
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        page = _page(len(rows), _key(question, "page"))
        is_high = st.toggle("Taller", key="compare.tall", persist_state="session")
    with place:
        _rows(table, question, rows, page, HIGH if is_high else LOW)


def _how_many(count: int, of: int) -> str:
    shown = f"{count:,} of {of:,}" if count < of else f"{count:,}"
    return f"{shown} run{'s' * (of > 1)} · tick boxes to compare"


def _page(count: int, key: str) -> int:
    """Let one page of the rows be chosen, where there are several."""
    pages = -(-count // MOST_ROWS)
    if pages == 1:
        return 1
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages  # runs were deleted
    page: int = st.pagination(pages, key=key, max_visible_pages=5)
    first, last = (page - 1) * MOST_ROWS + 1, min(page * MOST_ROWS, count)
    st.caption(f"Rows {first:,} to {last:,}", width="stretch")
    return page


def _rows(table: Overview, question: Question, rows: Positions, page: int, most: int) -> None:
    key = _key(question, f"{page}")
    data, ids = _data(table.version, question, page, _table=table, _rows=rows)
    ticked = _ticked_rows(key, ids)
    st.dataframe(
        data,
        hide_index=True,
        width="stretch",
        height=HEADING_HEIGHT + ROW_HEIGHT * min(most, len(ids)),
        key=key,
        on_select=partial(_choose, key),
        selection_mode="multi-row",
        selection_default=ticked,
        placeholder="",
        column_config=_columns(),
        alt="Runs",
    )


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
    version: tuple[Any, ...], question: Question, page: int, *, _table: Overview, _rows: Positions
) -> tuple[pa.Table, tuple[str, ...]]:
    """One page of the table, made once for all visitors, and the runs' ids in its order."""
    shown = _rows[(page - 1) * MOST_ROWS : page * MOST_ROWS]
    runs = _table.runs.iloc[shown]
    best, last, test = (100 * runs[f"{name}_accuracy"] for name in ("best", "last", "test"))
    columns = {
        # As categories each picture is sent once.
        "look": pd.Categorical([swatch(look(number)) for number in runs["number"]]),
        "run": [name or run_id for name, run_id in zip(runs["name"], runs["id"], strict=True)],
        "family": [family_title(family) for family in runs["family"]],
        "differs": what_differs(_table, _rows, shown),
        "params": runs["params"].astype("Int64"),
        "macs": runs["macs"].astype("Int64"),
        "best": best,
        "best_epoch": runs["best_epoch"].astype("Int64"),
        "last": last,
        "curve": runs["curve"],
        "gap": runs["gap"],
        "test": test,
        "images_per_second": runs["images_per_second"],
        "seconds_per_epoch": runs["seconds_per_epoch"],
        "state": runs["state"],
        "group": runs["group"],
        "tags": runs["tags"].map(list),
        "device": runs["device"],
        "arithmetic": runs["arithmetic"],
        "created": runs["created"],
        "id": runs["id"],
    }
    found = pd.DataFrame(columns, index=runs.index)
    # Converted once, and not at every tick of every visitor.
    return pa.Table.from_pandas(found, preserve_index=False), tuple(runs["id"])


def _key(question: Question, part: str) -> str:
    """Names a widget of the table: another question's table begins at its top."""
    return f"{KEY}.{zlib.crc32(repr(question).encode()):x}.{part}"


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "look": config.ImageColumn(
            "", width=86, pinned=True, help="How the run is drawn, on every page."
        ),
        "run": config.TextColumn("Run", width=112, pinned=True),
        "family": config.TextColumn("Family", width=76),
        "differs": config.TextColumn(
            "What differs", width=300, help="From the other runs of its family in this table."
        ),
        "params": config.NumberColumn("Parameters", format="compact", width=90),
        "macs": config.NumberColumn("MACs", format="compact", width=72, help="Of one image."),
        "best": config.ProgressColumn(
            "Best",
            format="%.1f %%",
            min_value=0,
            max_value=100,
            width=110,
            help="The highest validation accuracy.",
        ),
        "best_epoch": config.NumberColumn("at epoch", width=72),
        "last": config.NumberColumn(
            "Last", format="%.1f %%", width=72, help="The newest validation accuracy."
        ),
        "curve": config.LineChartColumn(
            "Epochs", y_min=0, y_max=1, width=100, help="Validation accuracy, epoch by epoch."
        ),
        "gap": config.NumberColumn(
            "Gap",
            format="%+.1f",
            width=62,
            help="Accuracy on a sample of the training images minus validation, in points.",
        ),
        "test": config.NumberColumn("Test", format="%.1f %%", width=72),
        "images_per_second": config.NumberColumn("Images/s", format="%,.0f", width=80),
        "seconds_per_epoch": config.NumberColumn("s/epoch", format="%.1f", width=72),
        "state": config.TextColumn("State", width=80),
        "group": config.TextColumn("Race or sweep", width=120),
        "tags": config.ListColumn("Tags", width=110),
        "device": config.TextColumn("Device", width=130),
        "arithmetic": config.TextColumn("Precision", width=120),
        "created": config.DatetimeColumn(
            "Queued", format="calendar", timezone=st.context.timezone, width=150
        ),
        "id": config.TextColumn("Id", width=100),
    }
