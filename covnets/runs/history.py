"""The histories of runs: metric points, as training reports them."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from covnets.errors import StoreError
from covnets.runs.database import Part
from covnets.runs.run import change_runs, number_of

SPLITS = ("train", "train_eval", "validation")

_OF_SPLIT = (
    "(SELECT {} FROM points WHERE points.run = runs.number AND split = '{}' "
    "AND accuracy IS NOT NULL ORDER BY {} LIMIT 1)"
)
RESULTS = ", ".join(
    f"{column} = {_OF_SPLIT.format(source, split, order)}"
    for column, source, split, order in (
        ("best_accuracy", "accuracy", "validation", "accuracy DESC, step"),
        ("best_epoch", "epoch", "validation", "accuracy DESC, step"),
        ("last_accuracy", "accuracy", "validation", "step DESC"),
        ("train_eval_accuracy", "accuracy", "train_eval", "step DESC"),
    )
)
"""SQL that brings a run's results up to date with its points."""

_EXPECTED = (
    f"Expected: split ({', '.join(SPLITS)}), step and epoch (counted from 1), loss, accuracy "
    "and seconds (finite)."
)

Row: TypeAlias = tuple[int, str, int, int, float | None, float | None, float]
"""Run, split, step, epoch, loss, accuracy, seconds."""


class History(Part):
    """The metric points of a store's runs."""

    def add(self, run_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Append metric points to a running run's history, in one transaction.

        A point that is there already (same split, same step) stays as it is: a run that goes on
        from a checkpoint makes its last steps a second time, with the same loss and accuracy.
        Only their moments differ, and pages have drawn the first ones. What is new lies after them
        in time, too, even if the second time was quicker.

        Args:
            run_id: the run.
            points: "metrics" events: step and epoch (from 1), split, loss, accuracy, seconds.
                A loss that is not a number is kept as such.

        Raises:
            StoreError: the run is not running, or a point lacks a field; nothing is kept then.
        """
        with self._database.transaction() as connection:
            number = running(connection, run_id)
            rows = [_row(number, point) for point in points]
            if not rows:
                return
            connection.executemany(
                "INSERT INTO points (run, split, step, epoch, loss, accuracy, seconds) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, max(?7, coalesce((SELECT seconds FROM points "
                "WHERE run = ?1 AND split = ?2 AND step < ?3 ORDER BY step DESC LIMIT 1), 0))) "
                "ON CONFLICT (run, split, step) DO NOTHING",
                rows,
            )
            step, epoch = max(row[2] for row in rows), max(row[3] for row in rows)
            seconds = max((row[6] for row in rows if row[1] == "train"), default=0.0)
            evaluated = any(row[1] != "train" for row in rows)
            progress = (
                "step = max(step, ?), epoch = max(epoch, ?), seconds = max(seconds, ?), "
                "heartbeat_at = ?"
            )
            change_runs(
                connection,
                f"{progress}, {RESULTS}" if evaluated else progress,
                "number = ?",
                (step, epoch, seconds, self._clock(), number),
            )


def running(connection: sqlite3.Connection, run_id: str) -> int:
    """Return a running run's number; refuse any other."""
    number = number_of(connection, run_id)
    (state,) = connection.execute("SELECT state FROM runs WHERE number = ?", (number,)).fetchone()
    if state != "running":
        raise StoreError(
            f"Run {run_id} is {state}, so nothing can be added to its history: only a running "
            "run's grows. To train on, start a new run with this one as its parent."
        )
    return number


def copy_history(
    connection: sqlite3.Connection, source: int, target: int | None, until: int | None
) -> None:
    """Give a new run the points of the run that it continues."""
    connection.execute(
        "INSERT INTO points (run, split, step, epoch, loss, accuracy, seconds) "
        "SELECT :target, split, step, epoch, loss, accuracy, seconds FROM points "
        "WHERE run = :source AND (:until IS NULL OR step <= :until)",
        {"source": source, "target": target, "until": until},
    )
    last_step = (
        "(step, epoch, seconds) = "
        "(SELECT coalesce(max(step), 0), coalesce(max(epoch), 0), coalesce(max(seconds), 0) "
        "FROM points WHERE run = :target AND split = 'train')"
    )
    change_runs(connection, f"{last_step}, {RESULTS}", "number = :target", {"target": target})


def _row(run_number: int, point: Mapping[str, Any]) -> Row:
    """Turn a "metrics" event into a row; what is not a number becomes None, SQL's NULL."""
    try:
        split, step, epoch = str(point["split"]), int(point["step"]), int(point["epoch"])
        loss, accuracy = _number(point["loss"]), _number(point["accuracy"])
        seconds = float(point["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{dict(point)} is not a metric point ({error!r}). {_EXPECTED}") from error
    if split not in SPLITS or step < 1 or epoch < 1 or not math.isfinite(seconds):
        raise StoreError(f"{dict(point)} is not a metric point. {_EXPECTED}")
    return run_number, split, step, epoch, loss, accuracy, max(0.0, seconds)


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number
