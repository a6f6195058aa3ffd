"""Adding to the histories of runs that are being trained."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from covnets.errors import StoreError
from covnets.runs.catalogue import NEXT_REVISION, number_of
from covnets.runs.database import Database
from covnets.runs.points import RESULTS, point_rows


class History:
    """The metric points of a store's runs."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

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
            rows = point_rows(number, points)
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
            connection.execute(
                "UPDATE runs SET step = max(step, ?), epoch = max(epoch, ?), "
                "seconds = max(seconds, ?), heartbeat_at = ?, "
                f"{RESULTS + ', ' if evaluated else ''}revision = {NEXT_REVISION} "
                "WHERE number = ?",
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
