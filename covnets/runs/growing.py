"""Thinned curves that grow with their run: each look reads only the points that are new.

A page that is watched looks at the same runs every second, and so do its other visitors. What is
older than a curve's last bucket does not change any more: it is kept here, once for everybody. The
frames are those of `covnets.runs.frames.thinned`.

Points of a split are recorded in the order of their steps. Should one come late, it is missing
until the curve's buckets next grow wider or the run has ended: then everything is read again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from covnets.runs.buckets import (
    ALL_STEPS,
    COLUMNS,
    Extent,
    Rows,
    SplitReader,
    Steps,
    frame_of,
    rows_of,
    split_readers,
)
from covnets.runs.run import ACTIVE_STATES, unknown_run
from covnets.runs.store import RunStore

MAX_RUNS = 256
"""The curves of so many runs are kept in memory, those that were looked at last."""

_STEP = COLUMNS.index("step")


def curves(
    store: RunStore, run_id: str, max_points: int = 400, window: Steps | None = None
) -> pd.DataFrame:
    """Return what `frames.thinned` returns for the same arguments, sooner.

    Only points are read that came since the last call, whoever made it, and those of the bucket
    that they begin in; from time to time, when buckets have to grow wider, all of them. The points
    in a window are read at each call.

    Args:
        store: the store.
        run_id: the run.
        max_points: how many points a split may have.
        window: the first and the last step of what somebody looks at closely.

    Raises:
        StoreError: there is no such run.
    """
    key = store.database.path, run_id, max_points
    with _lock:
        history = _histories.setdefault(key, _History(max_points))
        _histories.move_to_end(key)
        while len(_histories) > MAX_RUNS:
            _histories.popitem(last=False)
    return history.read(store, run_id, window)


@dataclass(frozen=True)
class _Curve:
    """The points of one split: how far they reach, how wide their buckets are, the buckets."""

    extent: Extent
    width: int
    rows: Rows

    def steps_of_bucket(self, step: int) -> Steps:
        """Return the first and the last step of the bucket in which a step lies."""
        begin = self.extent.first + (step - self.extent.first) // self.width * self.width
        return begin, begin + self.width - 1

    def until(self, step: int) -> Rows:
        """Return the buckets that end before a step."""
        return self.rows[: np.searchsorted(self.rows[:, _STEP], step)]

    def after(self, step: int) -> Rows:
        """Return the buckets that end after a step."""
        return self.rows[np.searchsorted(self.rows[:, _STEP], step, side="right") :]


class _History:
    """The curves of one run, as they were when the run's revision was last seen."""

    def __init__(self, max_points: int) -> None:
        self._max_points = max_points
        self._lock = threading.Lock()
        self._seen: sqlite3.Row | None = None
        self._curves: dict[str, _Curve] = {}
        self._frame = pd.DataFrame()

    def read(self, store: RunStore, run_id: str, window: Steps | None) -> pd.DataFrame:
        with self._lock, store.database.snapshot() as connection:
            run = connection.execute(
                "SELECT number, revision, state, facts FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if run is None:
                raise unknown_run(run_id)
            readers = split_readers(connection, run["number"], run["facts"])
            if self._seen is None or run["revision"] != self._seen["revision"]:
                self._update(run, readers)
            if window is None:
                # Shallow: pandas copies what a caller changes.
                return self._frame.copy(deep=False)
            return frame_of(
                {
                    reader.split: self._closely(reader, self._curves[reader.split], window)
                    for reader in readers
                    if reader.split in self._curves
                }
            )

    def _update(self, run: sqlite3.Row, readers: list[SplitReader]) -> None:
        seen, self._seen = self._seen, None  # if reading fails half-way, all is read next time
        if seen is None or seen["facts"] != run["facts"] or run["state"] not in ACTIVE_STATES:
            self._curves = {}
        for reader in readers:
            curve = _grown(self._curves.get(reader.split), reader, self._max_points)
            if curve is not None:
                self._curves[reader.split] = curve
        self._frame = frame_of({split: curve.rows for split, curve in self._curves.items()})
        self._seen = run

    def _closely(self, reader: SplitReader, curve: _Curve, window: Steps) -> Rows:
        """A split's buckets, with those that a window touches read anew, as the window wants."""
        low, high = window
        if curve.width == 1 or low > curve.extent.last or high < curve.extent.first:
            return curve.rows
        steps = curve.steps_of_bucket(low)[0], curve.steps_of_bucket(high)[1]
        narrow = reader.buckets(
            curve.extent.first, curve.width, steps, window=window, max_points=self._max_points
        )
        return np.concatenate([curve.until(steps[0]), rows_of(narrow), curve.after(steps[1])])


def _grown(known: _Curve | None, reader: SplitReader, max_points: int) -> _Curve | None:
    """A split's curve with what came since it was last read; None before its first point."""
    if known is None:
        extent = reader.extent()
    else:
        extent = _extended(known.extent, reader.extent((known.extent.last + 1, ALL_STEPS[1])))
    if extent is None or (known is not None and extent == known.extent):
        return known
    width = extent.width(max_points)
    if known is None or width != known.width:
        return _Curve(extent, width, rows_of(reader.buckets(extent.first, width)))
    begin, _ = known.steps_of_bucket(known.extent.last)
    newer = rows_of(reader.buckets(extent.first, width, (begin, ALL_STEPS[1])))
    return _Curve(extent, width, np.concatenate([known.until(begin), newer]))


def _extended(known: Extent, newer: Extent | None) -> Extent:
    if newer is None:
        return known
    return Extent(known.count + newer.count, known.first, newer.last)


_lock = threading.Lock()
_histories: OrderedDict[tuple[Path, str, int], _History] = OrderedDict()
