"""A run's history as curves: columns of numbers for each split, thinned, read as they grow.

A page that is watched once a second must neither read nor send thousands of points to draw some
hundred pixels. So a long curve is thinned inside SQLite: neighbouring steps share a bucket, and
each bucket becomes one point. Buckets are a power of two steps wide and are counted from the
split's first step, so that while a curve grows its older points stay where they are. They are kept
here, once for all visitors, and a look at a run reads only what is new.

Points of a split are recorded in the order of their steps. Should one come late, it is missing
until the curve's buckets next grow wider or the run has ended: then everything is read again.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from covnets.limits import MACS_PER_TRAINED_IMAGE
from covnets.runs.history import SPLITS
from covnets.runs.run import ACTIVE_STATES, Pace, Run, number_of, unknown_run
from covnets.runs.store import RunStore

Numbers: TypeAlias = npt.NDArray[Any]
Columns: TypeAlias = Mapping[str, Numbers]
"""The points of one split in the order of their steps, each column (points,).

Columns: step (int64, the last of its bucket), epoch (a fraction: 1.5 is half-way through the
second), loss_mean, loss_min, loss_max, accuracy_mean, accuracy_min, accuracy_max (NaN where nothing
recorded was a number), seconds since the first step, points (how many recorded ones it stands for).
They are shared: never change them.
"""
Curves: TypeAlias = Mapping[str, Columns]
"""A run's points by split: train, train_eval, validation; each is there, if only without points."""
Steps: TypeAlias = tuple[int, int]
"""The first and the last of some steps."""
XAxis: TypeAlias = Pace
"""What curves are drawn by."""

MAX_POINTS = 400
"""A split with no more points than that is as it was recorded."""
RUNS_KEPT = 256
"""The curves of so many runs are kept in memory, those that were looked at last."""
RECORDED = ("split", "step", "epoch", "loss", "accuracy", "seconds")

_ALL_STEPS: Steps = (0, 2**62)
_NO_STEPS: Steps = (0, -1)
# Each column, as SQL makes it of a bucket's points. Epochs are whole until the run has told its
# steps per epoch.
_BUCKET = {
    "step": "max(step)",
    "epoch": "coalesce(max(step) / :steps_per_epoch, avg(epoch))",
    "loss_mean": "avg(loss)",
    "loss_min": "min(loss)",
    "loss_max": "max(loss)",
    "accuracy_mean": "avg(accuracy)",
    "accuracy_min": "min(accuracy)",
    "accuracy_max": "max(accuracy)",
    "seconds": "max(seconds)",
    "points": "count(*)",
}


def curves(store: RunStore, run_id: str, window: Steps | None = None) -> Curves:
    """Return a run's curves, with at most `MAX_POINTS` points a split.

    Only points are read that came since the last call, whoever made it, and those of the bucket
    that they begin in; from time to time, when buckets have to grow wider, all of them.

    Args:
        store: the store.
        run_id: the run.
        window: the steps that somebody looks at closely. As many points again may lie in it: the
            exact ones, or narrower buckets if they are too many. They are read at each call.

    Raises:
        StoreError: there is no such run.
    """
    return _growing(store.database.path, run_id).read(store, run_id, window)


def recorded(store: RunStore, run_id: str) -> list[tuple[Any, ...]]:
    """Return every point of a run exactly as it was recorded, by split and step.

    Returns:
        The columns `RECORDED`: epoch counts from 1, a loss or accuracy that was not a number is
        None.

    Raises:
        StoreError: there is no such run.
    """
    with store.database.snapshot() as connection:
        rows = connection.execute(
            f"SELECT {', '.join(RECORDED)} FROM points WHERE run = ? ORDER BY split, step",
            (number_of(connection, run_id),),
        ).fetchall()
    return [tuple(row) for row in rows]


def validation_curves(
    store: RunStore, run_ids: Iterable[str]
) -> dict[str, list[tuple[int, float]]]:
    """Return (epoch, accuracy from 0 to 1) of each run, in the order of its epochs.

    Runs without any, and unknown ones, are left out.
    """
    rows = store.database.read(
        "SELECT runs.id, points.epoch, points.accuracy FROM runs "
        "JOIN points ON points.run = runs.number AND points.split = 'validation' "
        "WHERE runs.id IN (SELECT value FROM json_each(?)) AND points.accuracy IS NOT NULL "
        "ORDER BY runs.number, points.step",
        (json.dumps(list(run_ids)),),
    )
    found: dict[str, list[tuple[int, float]]] = {}
    for run_id, epoch, accuracy in rows:
        found.setdefault(run_id, []).append((epoch, accuracy))
    return found


def revisions(store: RunStore, run_ids: Sequence[str]) -> tuple[int, ...]:
    """Return numbers that differ whenever something visible of these runs has changed.

    Points, state, facts, label and files count; a mere heartbeat does not. Cheap enough for every
    tick of every page.

    Args:
        store: the store.
        run_ids: the runs.

    Returns:
        One number a run, in their order, -1 for an unknown one.
    """
    rows = store.database.read(
        "SELECT id, revision FROM runs WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(run_ids)),),
    )
    found: dict[str, int] = {row["id"]: row["revision"] for row in rows}
    return tuple(found.get(run_id, -1) for run_id in run_ids)


def x_values(columns: Columns, axis: XAxis, per_step: float = 0.0) -> Numbers:
    """Return where points lie on an axis, (points,).

    Args:
        columns: the points.
        axis: step, epoch, seconds of training, or multiply-adds.
        per_step: multiply-adds of one step.
    """
    if axis == "macs":
        return columns["step"] * per_step
    return columns[axis]


def macs_per_step(run: Run) -> float:
    """Return the multiply-adds of one training step, forward and backward; 0 before it is known."""
    facts = run.facts
    return float(MACS_PER_TRAINED_IMAGE * facts.get("macs", 0) * facts.get("batch_size", 0))


def steps_in_view(
    store: RunStore, run: Run, axis: XAxis, view: tuple[float, float] | None
) -> Steps | None:
    """Return the steps that a part of a chart's x-axis shows, for the window of `curves`.

    They reach to the next step on either side, so that a line that leaves the picture leaves it in
    the right direction.

    Args:
        store: the store.
        run: the run.
        axis: what the chart is drawn by.
        view: where the part begins and ends, in the axis' unit; None for the whole axis.

    Returns:
        The first and the last step; None for the whole axis, or if it cannot be told in steps.
    """
    if view is None:
        return None
    low, high = min(view), max(view)
    if axis == "seconds":
        ((before, after),) = store.database.read(
            "SELECT max(step) FILTER (WHERE seconds <= ?), min(step) FILTER (WHERE seconds >= ?) "
            "FROM points WHERE run = ?",
            (low, high, run.number),
        )
        return before or 0, after or _ALL_STEPS[1]
    units_per_step = {
        "step": 1.0,
        "epoch": 1 / run.facts.get("steps_per_epoch", math.inf),
        "macs": macs_per_step(run),
    }[axis]
    if not units_per_step:
        return None
    first, last = _ALL_STEPS
    return (
        math.floor(max(low / units_per_step, first)),
        math.ceil(min(high / units_per_step, last)),
    )


class GrowingCurves:
    """The curves of one run, as they were when the run's revision was last seen."""

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._max_points = max_points
        self._lock = threading.Lock()
        self._seen: sqlite3.Row | None = None
        self._curves = dict.fromkeys(SPLITS, _EMPTY)

    def read(self, store: RunStore, run_id: str, window: Steps | None = None) -> Curves:
        """Return the curves as they are now; see `curves`."""
        with self._lock, store.database.snapshot() as connection:
            run = connection.execute(
                "SELECT number, revision, state, facts FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if run is None:
                raise unknown_run(run_id)
            steps_per_epoch = json.loads(run["facts"]).get("steps_per_epoch")
            readers = {
                split: _Reader(connection, run["number"], split, steps_per_epoch)
                for split in SPLITS
            }
            if self._seen is None or run["revision"] != self._seen["revision"]:
                self._update(run, readers)
            return {
                split: self._closely(self._curves[split], reader, window)
                for split, reader in readers.items()
            }

    def _update(self, run: sqlite3.Row, readers: Mapping[str, _Reader]) -> None:
        seen, self._seen = self._seen, None  # if reading fails half-way, all is read next time
        if seen is None or seen["facts"] != run["facts"] or run["state"] not in ACTIVE_STATES:
            self._curves = dict.fromkeys(SPLITS, _EMPTY)
        for split, reader in readers.items():
            self._curves[split] = _grown(self._curves[split], reader, self._max_points)
        self._seen = run

    def _closely(self, curve: _Curve, reader: _Reader, window: Steps | None) -> Columns:
        """A split's points, those that a window touches read anew, as the window wants them."""
        low, high = window or _NO_STEPS
        if curve.width == 1 or low > curve.extent.last or high < curve.extent.first:
            return curve.columns
        begin, end = curve.bucket_of(low)[0], curve.bucket_of(high)[1]
        narrow = reader.buckets(
            curve.extent.first, curve.width, (begin, end), (low, high), self._max_points
        )
        return _joined(curve.part(until=begin), narrow, curve.part(after=end))


@lru_cache(maxsize=RUNS_KEPT)
def _growing(_store: Path, _run_id: str) -> GrowingCurves:
    return GrowingCurves()


def _columns(rows: Sequence[sqlite3.Row]) -> Columns:
    values = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, len(_BUCKET))
    columns = dict(zip(_BUCKET, values.T.copy(), strict=True))
    return columns | {"step": columns["step"].astype(np.int64)}


def _joined(*parts: Columns) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in _BUCKET}


NO_POINTS: Curves = dict.fromkeys(SPLITS, _columns([]))
"""The curves of a run that has not begun."""


@dataclass(frozen=True)
class _Extent:
    """How many points there are, and from which step to which."""

    count: int
    first: int
    last: int

    def width(self, max_points: int) -> int:
        """How many steps wide buckets are, of which at most `max_points` hold all points."""
        width = 1
        if self.count > max_points:
            while width * max_points < self.last - self.first + 1:
                width *= 2
        return width


@dataclass(frozen=True)
class _Curve:
    """The points of one split: how far they reach, how wide their buckets are, one point each."""

    extent: _Extent
    width: int
    columns: Columns

    def bucket_of(self, step: int) -> Steps:
        """The first and the last step of the bucket in which a step lies."""
        begin = self.extent.first + (step - self.extent.first) // self.width * self.width
        return begin, begin + self.width - 1

    def part(self, *, until: int = _ALL_STEPS[1], after: int = 0) -> Columns:
        """The points of buckets that end before a step and after another."""
        steps = self.columns["step"]
        begin, end = np.searchsorted(steps, after, "right"), np.searchsorted(steps, until)
        return {name: values[begin:end] for name, values in self.columns.items()}


_EMPTY = _Curve(_Extent(0, 0, 0), 1, NO_POINTS["train"])


@dataclass(frozen=True)
class _Reader:
    """Reads the points of one split of a run, from a snapshot of the store."""

    connection: sqlite3.Connection
    run: int
    split: str
    steps_per_epoch: float | None

    def extent(self, steps: Steps = _ALL_STEPS) -> _Extent:
        """How far the points of some steps reach."""
        row = self.connection.execute(
            "SELECT count(*), coalesce(min(step), 0), coalesce(max(step), 0) FROM points "
            "WHERE run = ? AND split = ? AND step BETWEEN ? AND ?",
            (self.run, self.split, *steps),
        ).fetchone()
        return _Extent(*row)

    def buckets(
        self,
        first: int,
        width: int,
        steps: Steps = _ALL_STEPS,
        window: Steps = _NO_STEPS,
        max_points: int = 1,
    ) -> Columns:
        """The points of some steps, one a bucket.

        Args:
            first: the split's first step, from which buckets are counted.
            width: how many steps wide they are.
            steps: only these steps are read.
            window: steps that are looked at closely. Buckets are cut at its borders; those in it
                are as narrow as `max_points` of them allow.
            max_points: how many buckets fit into the window.
        """
        values = {
            "run": self.run,
            "split": self.split,
            "steps_per_epoch": self.steps_per_epoch and float(self.steps_per_epoch),
            "from": steps[0],
            "to": steps[1],
            "low": window[0],
            "high": window[1],
            "first": first,
            "width": width,
            "narrow": 1 if window == _NO_STEPS else self.extent(window).width(max_points),
        }
        rows = self.connection.execute(
            f"SELECT {', '.join(_BUCKET.values())} FROM points "
            "WHERE run = :run AND split = :split AND step BETWEEN :from AND :to "
            "GROUP BY (step >= :low) + (step > :high), (step - :first) / "
            "CASE WHEN step BETWEEN :low AND :high THEN :narrow ELSE :width END "
            "ORDER BY max(step)",
            values,
        ).fetchall()
        return _columns(rows)


def _grown(known: _Curve, reader: _Reader, max_points: int) -> _Curve:
    """A split's curve with what came since it was last read."""
    newer = reader.extent((known.extent.last + 1, _ALL_STEPS[1]))
    if not newer.count:
        return known
    first = known.extent.first or newer.first
    extent = _Extent(known.extent.count + newer.count, first, newer.last)
    width = extent.width(max_points)
    # What came may belong to the last bucket that is known; all belong to wider ones.
    begin = known.bucket_of(known.extent.last)[0] if width == known.width else 0
    added = reader.buckets(first, width, (begin, _ALL_STEPS[1]))
    return _Curve(extent, width, _joined(known.part(until=begin), added))
