"""Curves and tables as pandas data frames, ready to be drawn.

Long curves are thinned inside SQLite: a page that is watched once a second must not read and ship
thousands of points to draw some hundred pixels.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import pandas as pd

from covnets.errors import StoreError
from covnets.runs.catalogue import number_of
from covnets.runs.run import Run
from covnets.runs.store import RunStore

_HISTORY: dict[str, str] = {
    "split": "str",
    "step": "int64",
    "epoch": "int64",
    "loss": "float64",
    "accuracy": "float64",
    "seconds": "float64",
}
_THINNED: dict[str, str] = {
    "split": "str",
    "step": "int64",
    "epoch": "float64",
    "loss_mean": "float64",
    "loss_min": "float64",
    "loss_max": "float64",
    "accuracy_mean": "float64",
    "accuracy_min": "float64",
    "accuracy_max": "float64",
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


def thinned(store: RunStore, run_id: str, max_points: int = 400) -> pd.DataFrame:
    """Return a run's curves with at most `max_points` points a split.

    A split with no more points than that comes exactly as it was recorded. A longer one is cut
    into buckets of neighbouring steps; minimum and maximum keep a spike of a single step visible.
    Buckets are a power of two steps wide and begin at the split's first step, so that while a
    curve grows its older points stay where they are.

    Returns:
        Columns split, step (a bucket's last), epoch (as a fraction: 1.5 is half-way through the
        second), loss_mean, loss_min, loss_max, accuracy_mean, accuracy_min, accuracy_max, seconds.

    Raises:
        StoreError: there is no such run.
    """
    rows: list[sqlite3.Row] = []
    with store.database.snapshot() as connection:
        number = number_of(connection, run_id)
        epoch = _epoch_as_fraction(connection, number)
        extents = connection.execute(
            "SELECT split, count(*), min(step), max(step) FROM points WHERE run = ? "
            "GROUP BY split ORDER BY split",
            (number,),
        ).fetchall()
        for split, count, first, last in extents:
            width = 1 if count <= max_points else _bucket_width(last - first + 1, max_points)
            rows += connection.execute(
                f"SELECT split, max(step) AS step, {epoch}, avg(loss), min(loss), max(loss), "
                "avg(accuracy), min(accuracy), max(accuracy), max(seconds) FROM points "
                "WHERE run = ? AND split = ? GROUP BY (step - ?) / ? ORDER BY step",
                (number, split, first, width),
            ).fetchall()
    return _frame(rows, _THINNED)


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


def _epoch_as_fraction(connection: sqlite3.Connection, number: int) -> str:
    """Return the SQL for a bucket's epoch; whole epochs before the run told its steps per epoch."""
    (facts,) = connection.execute("SELECT facts FROM runs WHERE number = ?", (number,)).fetchone()
    steps_per_epoch = json.loads(facts).get("steps_per_epoch")
    return f"max(step) / {float(steps_per_epoch)}" if steps_per_epoch else "avg(epoch)"


def _bucket_width(num_steps: int, max_points: int) -> int:
    width = 1
    while width * max(1, max_points) < num_steps:
        width *= 2
    return width


def _frame(rows: Sequence[Sequence[Any]], columns: dict[str, str]) -> pd.DataFrame:
    # Without the dtypes an empty table, or a column of nothing but None, would have other ones.
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    return frame.astype(columns)
