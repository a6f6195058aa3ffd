"""Curves and tables as pandas data frames, ready to be drawn.

Long curves are thinned inside SQLite: a page that is watched once a second must not read and ship
thousands of points to draw some hundred pixels.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from typing import Any

import pandas as pd

from covnets.errors import StoreError
from covnets.runs.buckets import Rows, Steps, frame_of, rows_of, split_readers
from covnets.runs.run import Pace, Run, number_of
from covnets.runs.store import RunStore

_HISTORY: dict[str, str] = {
    "split": "str",
    "step": "int64",
    "epoch": "int64",
    "loss": "float64",
    "accuracy": "float64",
    "seconds": "float64",
}
_TABLE: dict[str, str] = {
    "id": "str",
    "name": "str",
    "family": "str",
    "state": "str",
    "created": "datetime64[s, UTC]",
    "params": "Int64",
    "epochs": "Int64",
    "test_accuracy": "float64",
    "validation_accuracy": "float64",
    "images_per_second": "float64",
    "training_seconds": "float64",
}


def history(store: RunStore, run_id: str) -> pd.DataFrame:
    """Return every point of a run, by split and step.

    Returns:
        Columns split, step, epoch (both from 1), loss, accuracy (0 to 1), seconds since the first
        step. A loss that was not a number is NaN.

    Raises:
        StoreError: there is no such run.
    """
    with store.database.snapshot() as connection:
        rows = connection.execute(
            f"SELECT {', '.join(_HISTORY)} FROM points WHERE run = ? ORDER BY split, step",
            (number_of(connection, run_id),),
        ).fetchall()
    return _frame(rows, _HISTORY)


def thinned(
    store: RunStore, run_id: str, max_points: int = 400, window: Steps | None = None
) -> pd.DataFrame:
    """Return a run's curves with at most `max_points` points a split.

    A split with no more points than that comes exactly as it was recorded. A longer one is cut
    into buckets of neighbouring steps; minimum and maximum keep a spike of a single step visible.
    Buckets are a power of two steps wide and begin at the split's first step, so that while a
    curve grows its older points stay where they are.

    Args:
        store: the store.
        run_id: the run.
        max_points: how many points a split may have.
        window: the first and the last step of what somebody looks at closely. As many points
            again may lie in it: the exact ones, or narrower buckets if they are too many.

    Returns:
        Columns split, step (a bucket's last), epoch (as a fraction: 1.5 is half-way through the
        second), loss_mean, loss_min, loss_max, accuracy_mean, accuracy_min, accuracy_max, seconds,
        points (how many recorded ones the row stands for).

    Raises:
        StoreError: there is no such run.
    """
    rows: dict[str, Rows] = {}
    with store.database.snapshot() as connection:
        number, facts = _number_and_facts(connection, run_id)
        for reader in split_readers(connection, number, facts):
            extent = reader.extent()
            if extent is None:
                continue
            width = extent.width(max_points)
            looked_at = window if width > 1 else None
            found = reader.buckets(extent.first, width, window=looked_at, max_points=max_points)
            rows[reader.split] = rows_of(found)
    return frame_of(rows)


def steps_between(
    store: RunStore,
    run_id: str,
    axis: Pace,
    low: float,
    high: float,
    *,
    macs_per_step: float | None = None,
) -> Steps | None:
    """Return the steps that a part of a chart's x-axis shows, for the window of `thinned`.

    They reach to the next step on either side, so that a line that leaves the picture leaves it in
    the right direction.

    Args:
        store: the store.
        run_id: the run.
        axis: what the chart is drawn by.
        low: where the part begins, in the axis' unit.
        high: where it ends; either may be infinite.
        macs_per_step: what a step costs, for the axis "macs".

    Returns:
        The first and the last step, within those that were recorded; None if the part lies beside
        them, or cannot be told in steps.

    Raises:
        StoreError: there is no such run.
    """
    low, high = min(low, high), max(low, high)
    with store.database.snapshot() as connection:
        number, facts = _number_and_facts(connection, run_id)
        if math.isnan(low) or math.isnan(high):
            return None
        if axis == "seconds":
            return _steps_between_seconds(connection, number, low, high)
        extents = [reader.extent() for reader in split_readers(connection, number, facts)]
    steps = [(extent.first, extent.last) for extent in extents if extent is not None]
    steps_per_epoch = json.loads(facts).get("steps_per_epoch")
    per_unit = {
        "step": 1.0,
        "epoch": float(steps_per_epoch or 0),
        "macs": 1 / macs_per_step if macs_per_step else 0.0,
    }[axis]
    if not steps or not per_unit:
        return None
    first, last = min(first for first, _ in steps), max(last for _, last in steps)
    low, high = low * per_unit, high * per_unit
    if high < first or low > last:
        return None
    return math.floor(max(low, first)), math.ceil(min(high, last))


def version(store: RunStore, run_ids: Sequence[str] | None = None) -> tuple[int, ...]:
    """Return a key that differs whenever something visible of these runs has changed.

    Points, state, facts, label and files count; a mere heartbeat does not. Cheap enough for every
    tick of every page.

    Args:
        store: the store.
        run_ids: the runs; None for the whole store, new runs included.

    Returns:
        One number a run, in their order, -1 for an unknown one; a single number for the store.
    """
    if run_ids is None:
        return (int(store.database.read("SELECT coalesce(max(revision), 0) FROM runs")[0][0]),)
    rows = store.database.read(
        "SELECT id, revision FROM runs WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(run_ids)),),
    )
    revisions: dict[str, int] = {row["id"]: row["revision"] for row in rows}
    return tuple(revisions.get(run_id, -1) for run_id in run_ids)


def runs_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row a run, for a table of recent runs.

    Returns:
        Columns id, name, family, state, created (UTC), params, epochs (as planned), test_accuracy,
        validation_accuracy (0 to 1), images_per_second, training_seconds; missing where a run has
        not come so far.
    """
    return _frame([_table_row(run) for run in runs], _TABLE)


def _table_row(run: Run) -> tuple[Any, ...]:
    return (
        run.id,
        run.name or "",
        run.family,
        run.state,
        pd.Timestamp(int(run.created_at), unit="s", tz="UTC"),
        run.facts.get("num_params"),
        run.facts["epochs"] if "epochs" in run.facts else _planned_epochs(run),
        run.summary.get("test_accuracy"),
        run.summary.get("validation_accuracy"),
        run.summary.get("images_per_second"),
        run.summary.get("training_seconds"),
    )


def _planned_epochs(run: Run) -> int | None:
    try:
        return run.config.train.epochs
    except StoreError:
        return None


def _number_and_facts(connection: sqlite3.Connection, run_id: str) -> tuple[int, str]:
    number = number_of(connection, run_id)
    row = connection.execute("SELECT facts FROM runs WHERE number = ?", (number,)).fetchone()
    return number, row["facts"]


def _steps_between_seconds(
    connection: sqlite3.Connection, number: int, low: float, high: float
) -> Steps | None:
    before, after, first, last, began, ended = connection.execute(
        "SELECT max(step) FILTER (WHERE seconds <= :low), "
        "min(step) FILTER (WHERE seconds >= :high), "
        "min(step), max(step), min(seconds), max(seconds) FROM points WHERE run = :run",
        {"run": number, "low": low, "high": high},
    ).fetchone()
    if first is None or high < began or low > ended:
        return None
    before, after = (first if before is None else before), (last if after is None else after)
    return min(before, after), max(before, after)


def _frame(rows: Sequence[Sequence[Any]], columns: dict[str, str]) -> pd.DataFrame:
    # Without the dtypes an empty table, or a column of nothing but None, would have other ones.
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    return frame.astype(columns)
