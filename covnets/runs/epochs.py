"""Validation accuracy epoch by epoch, of many runs at once."""

from __future__ import annotations

import json
from collections.abc import Iterable

from covnets.runs.store import RunStore

Curve = list[tuple[int, float]]


def validation_curves(store: RunStore, run_ids: Iterable[str]) -> dict[str, Curve]:
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
    curves: dict[str, Curve] = {}
    for run_id, epoch, accuracy in rows:
        curves.setdefault(run_id, []).append((epoch, accuracy))
    return curves
