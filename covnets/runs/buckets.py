"""Long curves thinned inside SQLite: buckets of neighbouring steps, each one row.

Buckets are a power of two steps wide and are counted from the split's first step, so that while a
curve grows its older buckets stay as they are.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.runs.history import SPLITS

# The first and the last of some steps.
Steps: TypeAlias = tuple[int, int]
# One row a bucket, one column for each of `COLUMNS`.
Rows: TypeAlias = npt.NDArray[np.float64]

COLUMNS = (
    "step",
    "epoch",
    "loss_mean",
    "loss_min",
    "loss_max",
    "accuracy_mean",
    "accuracy_min",
    "accuracy_max",
    "seconds",
    "points",
)
"""What a bucket's row holds: its last step, its epoch as a fraction, what was measured, and how
many recorded points it stands for."""

ALL_STEPS: Steps = (0, 2**62)
_NO_STEPS: Steps = (0, -1)


@dataclass(frozen=True)
class Extent:
    """How many points there are, and from which step to which."""

    count: int
    first: int
    last: int

    def width(self, max_points: int) -> int:
        """Return how many steps wide buckets are, of which at most `max_points` hold all points."""
        if self.count <= max_points:
            return 1
        width = 1
        while width * max(1, max_points) < self.last - self.first + 1:
            width *= 2
        return width


@dataclass(frozen=True)
class SplitReader:
    """Reads the points of one split of a run.

    Attributes:
        connection: a snapshot of the store.
        run: the run's number.
        split: the split.
        epoch: the SQL for a bucket's epoch, of `epoch_as_fraction`.
    """

    connection: sqlite3.Connection
    run: int
    split: str
    epoch: str

    def extent(self, steps: Steps = ALL_STEPS) -> Extent | None:
        """Return the extent of the points of some steps, None if there are none."""
        row = self.connection.execute(
            "SELECT count(*), min(step), max(step) FROM points "
            "WHERE run = ? AND split = ? AND step BETWEEN ? AND ?",
            (self.run, self.split, *steps),
        ).fetchone()
        return Extent(*row) if row[0] else None

    def buckets(
        self,
        first: int,
        width: int,
        steps: Steps = ALL_STEPS,
        *,
        window: Steps | None = None,
        max_points: int = 0,
    ) -> list[sqlite3.Row]:
        """Return one row a bucket, with the columns `COLUMNS`, in the order of their steps.

        Args:
            first: the split's first step, from which buckets are counted.
            width: how many steps wide they are.
            steps: only points of these steps are read.
            window: steps that are looked at closely. Buckets are cut at its borders; those in it
                are as narrow as `max_points` of them allow.
            max_points: how many buckets fit into the window.
        """
        inside = None if window is None else self.extent(window)
        low, high = _NO_STEPS if window is None else window
        values = {"run": self.run, "split": self.split, "from": steps[0], "to": steps[1]}
        values |= {"low": low, "high": high, "first": first, "width": width}
        values |= {"narrow": inside.width(max_points) if inside is not None else 1}
        return self.connection.execute(
            f"SELECT max(step) AS last, {self.epoch}, avg(loss), min(loss), max(loss), "
            "avg(accuracy), min(accuracy), max(accuracy), max(seconds), count(*) FROM points "
            "WHERE run = :run AND split = :split AND step BETWEEN :from AND :to "
            "GROUP BY (step >= :low) + (step > :high), (step - :first) / "
            "CASE WHEN step BETWEEN :low AND :high THEN :narrow ELSE :width END ORDER BY last",
            values,
        ).fetchall()


def split_readers(connection: sqlite3.Connection, run: int, facts: str) -> list[SplitReader]:
    """Return a reader for each split, whether it has points or not, in alphabetical order.

    Args:
        connection: a snapshot of the store.
        run: the run's number.
        facts: the run's facts as the store holds them.
    """
    epoch = epoch_as_fraction(facts)
    return [SplitReader(connection, run, split, epoch) for split in sorted(SPLITS)]


def epoch_as_fraction(facts: str) -> str:
    """Return the SQL for a bucket's epoch; whole epochs before the run told its steps per epoch.

    Args:
        facts: the run's facts as the store holds them.
    """
    steps_per_epoch = json.loads(facts).get("steps_per_epoch")
    return f"max(step) / {float(steps_per_epoch)}" if steps_per_epoch else "avg(epoch)"


def rows_of(buckets: Sequence[sqlite3.Row]) -> Rows:
    """Return what `SplitReader.buckets` read as numbers; NaN for what was none."""
    values = np.array([tuple(bucket) for bucket in buckets], dtype=np.float64)
    return values.reshape(-1, len(COLUMNS))


def frame_of(rows: Mapping[str, Rows]) -> pd.DataFrame:
    """Return the buckets of a run's splits in one data frame.

    Args:
        rows: the buckets of each split.

    Returns:
        Column split, and the columns `COLUMNS`; by split, in the order of the steps.
    """
    # Column by column: changing dtypes afterwards would take four times as long.
    splits = sorted(rows)
    lengths = np.array([len(rows[split]) for split in splits], dtype=np.int64)
    values = np.concatenate([rows_of([]), *(rows[split] for split in splits)]).T.copy()
    columns: dict[str, Any] = {"split": pd.array(splits, dtype="str").repeat(lengths)}
    columns |= dict(zip(COLUMNS, values, strict=True))
    columns["step"] = columns["step"].astype(np.int64)
    return pd.DataFrame(columns, copy=False)
