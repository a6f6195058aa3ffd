"""Who leads a race, and by what: each axis has a ranking of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from covnets.groups.race import Contestant, has_dropped_out
from covnets.runs.curves import Curves, XAxis, macs_per_step, x_values

_STANDING = {
    "contestant": "int64",
    "accuracy": "float64",
    "latest": "float64",
    "best": "float64",
    "progress": "float64",
}


def standings(
    contestants: Sequence[Contestant], curves: Mapping[str, Curves], axis: XAxis
) -> pd.DataFrame:
    """Rank the contestants as far as all of them have come.

    Whoever is ahead after the same number of steps may be behind after the same time: so each axis
    has a ranking of its own. Where there are several seeds, figures are means over the seeds;
    `accuracy` over those in which every contestant has one.

    Args:
        contestants: of a race, with their runs.
        curves: those of each run, by id.
        axis: what is the same for all.

    Returns:
        One row a contestant, the best first: place (1 is best; equal ones share it; missing before
        the first evaluation), contestant (its place in `contestants`), accuracy (validation, at
        `at`), at (how far on the axis all have come), latest and best (validation accuracy wherever
        it stands itself), progress (0 to 1).
    """
    reached = _reached(contestants, curves, axis)
    scores = [
        {
            trial: _accuracy_at(contestant, trial, curves, axis, at)
            for trial, at in reached.items()
            if not has_dropped_out(contestant.runs[trial])
        }
        for contestant in contestants
    ]
    known = [trial for trial in reached if all(row.get(trial, 0.0) is not None for row in scores)]
    rows = [
        _standing(contestant)
        | {"contestant": place, "accuracy": _mean(scores[place].get(trial) for trial in known)}
        for place, contestant in enumerate(contestants)
    ]
    table = pd.DataFrame(rows, columns=list(_STANDING)).astype(_STANDING)
    table["place"] = table["accuracy"].rank(method="min", ascending=False).astype("Int64")
    table["at"] = _mean(reached[trial] for trial in known)
    return table.sort_values(["place", "latest", "contestant"], ascending=[True, False, True])


def _reached(
    contestants: Sequence[Contestant], curves: Mapping[str, Curves], axis: XAxis
) -> dict[int, float]:
    """How far all contestants have come, in each trial that all have begun.

    One that has failed or was stopped does not hold up the others.
    """
    reached = {}
    for trial in range(max((len(contestant.runs) for contestant in contestants), default=0)):
        going = [each for each in contestants if not has_dropped_out(each.runs[trial])]
        ends = [_end(each, curves, axis, trial) for each in going]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends):
            reached[trial] = min(known)
    return reached


def _end(
    contestant: Contestant, curves: Mapping[str, Curves], axis: XAxis, trial: int
) -> float | None:
    run = contestant.runs[trial]
    if run is None:
        return None
    ends = [x_values(each, axis, macs_per_step(run))[-1:] for each in curves[run.id].values()]
    return max((float(end[0]) for end in ends if end.size), default=None)


def _standing(contestant: Contestant) -> dict[str, Any]:
    begun = contestant.begun
    total = contestant.config.train.total_steps * len(contestant.runs)
    return {
        "latest": _mean(run.last_accuracy for run in begun),
        "best": _mean(run.best_accuracy for run in begun),
        "progress": min(1.0, sum(run.step for run in begun) / total) if total else 0.0,
    }


def _accuracy_at(
    contestant: Contestant, trial: int, curves: Mapping[str, Curves], axis: XAxis, until: float
) -> float | None:
    """The last validation accuracy of a trial up to a place on the axis."""
    run = contestant.runs[trial]
    if run is None:
        return None
    evaluated = curves[run.id]["validation"]
    # A place is a mean of a bucket or a product: rounding must not lose the last epoch.
    near = x_values(evaluated, axis, macs_per_step(run)) <= until * (1 + 1e-6)
    return float(evaluated["accuracy_mean"][near][-1]) if near.any() else None


def _mean(values: Any) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")
