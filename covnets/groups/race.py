"""Races: contestants under equal conditions, where they stand, and what several seeds say.

A race is a group of the store whose trials differ in their seed alone. In each trial the same
contestants train on the same images, in the same order, from the same seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from covnets.config import RunConfig, TrainConfig
from covnets.config.differences import labels
from covnets.errors import ConfigError, StoreError
from covnets.limits import training_macs
from covnets.models import sketch
from covnets.runs import Pace, Run, RunStore

Axis = Literal["step", "epoch", "seconds", "macs"]
MOST_CONTESTANTS = 6
MOST_SEEDS = 10
EQUAL = ("dataset", "epochs", "num_train", "batch_size", "seed")
"""What all contestants have in common: with it come the same images in the same order."""


@dataclass(frozen=True)
class Conditions:
    """What is the same for all contestants.

    Attributes:
        train: a recipe of which only dataset, epochs, images, batch size and seed count; learning
            rate, optimizer and the like stay each contestant's own.
        num_seeds: how often the race is run, each time from the next seed.
        pace: what the contestants advance by.
    """

    train: TrainConfig
    num_seeds: int = 1
    pace: Pace = "epoch"


@dataclass(frozen=True)
class Lane:
    """One contestant and its runs.

    Attributes:
        label: what differs from the others.
        config: its hyperparameters, in the first trial.
        runs: its run in each trial; None where it is not begun.
        macs_per_step: multiply-adds of one step, forward and backward.
    """

    label: str
    config: RunConfig
    runs: tuple[Run | None, ...]
    macs_per_step: float

    @property
    def begun(self) -> list[Run]:
        """Its runs that are there."""
        return [run for run in self.runs if run is not None]

    @property
    def number(self) -> int:
        """The number of its first run, from which its colour follows; 0 before there is one."""
        return next((run.number for run in self.begun), 0)


def trials(contestants: Sequence[RunConfig], conditions: Conditions) -> list[list[RunConfig]]:
    """Return what each trial of a race trains.

    Args:
        contestants: one to six; a single one needs several seeds.
        conditions: what is the same for all.

    Raises:
        ConfigError: there are too few or too many contestants or seeds, or a contestant cannot
            take these images.
    """
    if not 1 <= len(contestants) <= MOST_CONTESTANTS:
        raise ConfigError(
            f"{len(contestants)} contestants cannot race: choose two to {MOST_CONTESTANTS}."
        )
    if len(contestants) == 1 and conditions.num_seeds < 3:
        raise ConfigError(
            "A race needs two contestants: add another one, or repeat the one over three seeds or "
            "more."
        )
    if not 1 <= conditions.num_seeds <= MOST_SEEDS:
        raise ConfigError(
            f"{conditions.num_seeds} seeds: choose 1 to {MOST_SEEDS}; each repeats the race."
        )
    equal = conditions.train.model_dump(include=set(EQUAL))
    return [
        [
            config.replace(train=config.train.replace(**equal | {"seed": seed}))
            for config in contestants
        ]
        for seed in range(conditions.train.seed, conditions.train.seed + conditions.num_seeds)
    ]


def lanes(store: RunStore, group_id: str) -> list[Lane]:
    """Return the contestants of a race with their runs.

    Raises:
        StoreError: there is no such race, or its hyperparameters are another version's.
    """
    in_order = store.groups.trials(group_id)
    runs = {
        run_id: store.runs.get(run_id)
        for trial in in_order
        for run_id in trial.run_ids
        if run_id is not None
    }
    named = _named(in_order[0].configs) if in_order else ()
    return [
        Lane(
            label,
            config,
            tuple(runs.get(trial.run_ids[place] or "") for trial in in_order),
            macs_per_step(config),
        )
        for place, (label, config) in enumerate(named)
    ]


@lru_cache(maxsize=64)
def macs_per_step(config: RunConfig) -> float:
    """Return the multiply-adds of one step, forward and backward."""
    return float(config.train.batch_size * training_macs(sketch(config.network)))


def place_of(points: pd.DataFrame, axis: Axis, per_step: float) -> pd.Series[float]:
    """Return where points lie on an axis.

    Args:
        points: rows of `covnets.runs.frames.thinned`.
        axis: step, epoch, seconds of training, or multiply-adds.
        per_step: multiply-adds of one step.
    """
    place = points["step"] * per_step if axis == "macs" else points[axis]
    return place.astype("float64")


def standings(
    contestants: Sequence[Lane], curves: Mapping[str, pd.DataFrame], axis: Axis
) -> pd.DataFrame:
    """Rank the contestants as far as all of them have come.

    Whoever is ahead after the same number of steps may be behind after the same time: so each axis
    has a ranking of its own. Where there are several seeds, figures are means over the seeds;
    `accuracy` over those in which every contestant has one.

    Args:
        contestants: the lanes.
        curves: the points of each run, by id, as `covnets.runs.frames.thinned` returns them.
        axis: what is the same for all.

    Returns:
        One row a contestant, the best first: place (1 is best; equal ones share it; missing before
        the first evaluation), lane (its place in `contestants`), accuracy (validation, at `at`),
        at (how far on the axis all have come), latest and best (validation accuracy wherever it
        stands itself), epoch_of_best, loss (training, its last point), progress (0 to 1).
    """
    reached = _reached(contestants, curves, axis)
    scores = [
        {
            trial: _accuracy_at(lane, trial, curves, axis, at)
            for trial, at in reached.items()
            if _is_in(lane.runs[trial])
        }
        for lane in contestants
    ]
    known = [trial for trial in reached if all(row.get(trial, 0.0) is not None for row in scores)]
    rows = [
        _standing(lane, curves)
        | {"lane": place, "accuracy": _mean(scores[place].get(trial) for trial in known)}
        for place, lane in enumerate(contestants)
    ]
    table = pd.DataFrame(rows, columns=list(_STANDING)).astype(_STANDING)
    table["place"] = table["accuracy"].rank(method="min", ascending=False).astype("Int64")
    table["at"] = _mean(reached[trial] for trial in known)
    return table.sort_values(["place", "latest", "lane"], ascending=[True, False, True])


def final_scores(contestants: Sequence[Lane]) -> dict[str, dict[int, float]]:
    """Return the test accuracy that each contestant has reached with each seed, from 0 to 1.

    One that has failed or was stopped with a seed has none; one that has none at all, while others
    have, is left out if it has nothing to come.
    """
    scores = {
        lane.label: {
            run.config.train.seed: accuracy
            for run in lane.begun
            if (accuracy := _test_accuracy(run)) is not None
        }
        for lane in contestants
    }
    out = {lane.label for lane in contestants if lane.runs and not any(map(_is_in, lane.runs))}
    return {label: of_seeds for label, of_seeds in scores.items() if of_seeds or label not in out}


def shared_scores(contestants: Sequence[Lane]) -> tuple[list[int], dict[str, list[float]]]:
    """Return the seeds that all have finished, and each contestant's scores in their order.

    Args:
        contestants: the lanes; see `final_scores` for who is compared.
    """
    scores = final_scores(contestants)
    shared = sorted(set[int].intersection(*map(set, scores.values()))) if scores else []
    return shared, {label: [row[seed] for seed in shared] for label, row in scores.items()}


def losses(contestants: Sequence[Lane]) -> dict[str, list[int]]:
    """Return the seeds with which a contestant has failed or was stopped; only who has some."""
    found = {
        lane.label: [run.config.train.seed for run in lane.begun if not _is_in(run)]
        for lane in contestants
    }
    return {label: seeds for label, seeds in found.items() if seeds}


@lru_cache(maxsize=64)
def _named(texts: tuple[str, ...]) -> tuple[tuple[str, RunConfig], ...]:
    """Contestants with their labels; read once, for a race is looked at every second."""
    try:
        configs = [RunConfig.model_validate_json(text) for text in texts]
    except ConfigError as error:
        raise StoreError(
            "The hyperparameters of this race were written by another version and cannot be read "
            f"by this one. Its runs are on the compare page. ({error})"
        ) from error
    return tuple(zip(labels(configs), configs, strict=True))


def _is_in(run: Run | None) -> bool:
    """Whether a run is still in the race, or has come to its end."""
    return run is None or run.state not in ("failed", "cancelled")


def _test_accuracy(run: Run) -> float | None:
    if run.state != "finished":
        return None
    accuracy: float | None = run.summary.get("test_accuracy")
    return accuracy


def _reached(
    contestants: Sequence[Lane], curves: Mapping[str, pd.DataFrame], axis: Axis
) -> dict[int, float]:
    """How far all contestants have come, in each trial that all have begun.

    One that has failed or was stopped does not hold up the others.
    """
    reached = {}
    for trial in range(max((len(lane.runs) for lane in contestants), default=0)):
        going = [lane for lane in contestants if _is_in(lane.runs[trial])]
        ends = [_end(lane, curves, axis, trial) for lane in going]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends):
            reached[trial] = min(known)
    return reached


def _end(lane: Lane, curves: Mapping[str, pd.DataFrame], axis: Axis, trial: int) -> float | None:
    run = lane.runs[trial]
    points = None if run is None else curves.get(run.id)
    if points is None or points.empty:
        return None
    return float(place_of(points, axis, lane.macs_per_step).max())


def _standing(lane: Lane, curves: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    begun = lane.begun
    newest = begun[-1] if begun else None
    points = None if newest is None else curves.get(newest.id)
    trained = None if points is None else points[points["split"] == "train"]
    total = lane.config.train.total_steps * len(lane.runs)
    return {
        "latest": _mean(run.last_accuracy for run in begun),
        "best": _mean(run.best_accuracy for run in begun),
        "epoch_of_best": newest.best_epoch if newest is not None and len(begun) == 1 else None,
        "loss": np.nan if trained is None or trained.empty else trained["loss_mean"].iloc[-1],
        "progress": min(1.0, sum(run.step for run in begun) / total) if total else 0.0,
    }


def _accuracy_at(
    lane: Lane, trial: int, curves: Mapping[str, pd.DataFrame], axis: Axis, until: float
) -> float | None:
    """The last validation accuracy of a trial up to a place on the axis."""
    run = lane.runs[trial]
    points = curves[run.id] if run is not None else pd.DataFrame(columns=["split"])
    evaluated = points[points["split"] == "validation"]
    # A place is a mean of a bucket or a product: rounding must not lose the last epoch.
    near = evaluated[place_of(evaluated, axis, lane.macs_per_step) <= until * (1 + 1e-6)]
    return None if near.empty else float(near["accuracy_mean"].iloc[-1])


def _mean(values: Any) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


_STANDING = {
    "lane": "int64",
    "accuracy": "float64",
    "latest": "float64",
    "best": "float64",
    "epoch_of_best": "Int64",
    "loss": "float64",
    "progress": "float64",
}
