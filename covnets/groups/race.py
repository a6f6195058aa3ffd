"""Races: contestants under equal conditions, and what several seeds say of them.

A race is a group of the store whose trials differ in their seed alone. In each trial the same
contestants train on the same images, in the same order, from the same seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from covnets import data
from covnets.config import RunConfig, TrainConfig
from covnets.config.differences import labels
from covnets.errors import ConfigError, CovnetsError, StoreError
from covnets.groups.significance import ranking, summary
from covnets.messages import percent
from covnets.runs import Group, Pace, Run, RunStore

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
class Contestant:
    """One contestant and its runs.

    Attributes:
        label: what differs from the others.
        config: its hyperparameters, in the first trial.
        runs: its run in each trial; None where it is not begun.
    """

    label: str
    config: RunConfig
    runs: tuple[Run | None, ...]

    @property
    def begun(self) -> list[Run]:
        """Its runs that are there."""
        return [run for run in self.runs if run is not None]

    @property
    def number(self) -> int:
        """The number of its first run, from which its colour follows; 0 before there is one."""
        return next((run.number for run in self.begun), 0)


def plan_of(conditions: Conditions) -> dict[str, Any]:
    """Return what a race keeps of its conditions besides its trials."""
    return {"pace": conditions.pace}


def pace_of(plan: Mapping[str, Any]) -> Pace:
    """Return what the contestants of a race with this plan advance by."""
    return cast(Pace, plan.get("pace", "step"))


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


def contestants_of(store: RunStore, group_id: str) -> list[Contestant]:
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
        Contestant(
            label,
            config,
            tuple(runs.get(trial.run_ids[place] or "") for trial in in_order),
        )
        for place, (label, config) in enumerate(named)
    ]


def shared_scores(contestants: Sequence[Contestant]) -> tuple[list[int], dict[str, list[float]]]:
    """Return the seeds that all have finished, and each contestant's scores in their order.

    A score is a test accuracy from 0 to 1. Who has dropped out of all trials is left out.

    Args:
        contestants: of a race.
    """
    scores = {
        contestant.label: {
            run.config.train.seed: float(accuracy)
            for run in contestant.begun
            if run.state == "finished"
            and (accuracy := run.summary.get("test_accuracy")) is not None
        }
        for contestant in contestants
        if not all(map(has_dropped_out, contestant.runs))
    }
    shared = sorted(set[int].intersection(*map(set, scores.values()))) if scores else []
    return shared, {label: [row[seed] for seed in shared] for label, row in scores.items()}


def seeds_lost(contestants: Sequence[Contestant]) -> dict[str, list[int]]:
    """Return the seeds with which a contestant has failed or was stopped; only who has some."""
    found = {
        each.label: [run.config.train.seed for run in each.begun if has_dropped_out(run)]
        for each in contestants
    }
    return {label: seeds for label, seeds in found.items() if seeds}


def verdict(store: RunStore, group: Group) -> str:
    """Say in a sentence or two who has won; nothing before all have finished a seed.

    Args:
        store: where the race is.
        group: the race.
    """
    contestants = contestants_of(store, group.id)
    seeds, scores = shared_scores(contestants)
    if not seeds:
        return ""
    planned = len(contestants[0].runs)
    goes_on = group.state == "running" or any(
        run.is_active for contestant in contestants for run in contestant.begun
    )
    if goes_on and len(seeds) < planned:
        return _lead(scores, planned)
    return _result(scores, resolution(contestants))


def _result(scores: dict[str, list[float]], resolution: float) -> str:
    """Return the plain sentence on test accuracies of one seed or several.

    Args:
        scores: of each contestant, from 0 to 1, one a seed.
        resolution: of the scores: 1 / images.
    """
    count = len(next(iter(scores.values())))
    if len(scores) == 1:
        ((name, values),) = scores.items()
        mean = sum(values) / count
        spread = f", from {percent(min(values))} to {percent(max(values))}" if count > 1 else ""
        seeds = f" on average over {count} seeds" if count > 1 else ""
        return f"{name}: {percent(mean)}{seeds}{spread}."
    if count > 1:
        return summary(ranking(scores, resolution=resolution))
    ranked = sorted(scores, key=lambda name: -scores[name][0])
    first, second = (scores[name][0] for name in ranked[:2])
    if first == second:
        return f"{ranked[0]} and {ranked[1]} are level: {percent(first)}."
    lead = 100 * (first - second)
    return (
        f"{ranked[0]} won this time with {percent(first)}, {lead:.1f} points ahead of "
        f"{ranked[1]}. One seed may be luck."
    )


def _lead(scores: dict[str, list[float]], planned: int) -> str:
    """Return who leads while seeds are still to come, without a claim.

    Whoever looks after each seed, and believes the first that says so, would be wrong in one race
    of equals out of five.

    Args:
        scores: of each contestant, from 0 to 1, one a seed.
        planned: how many seeds there will be.
    """
    means = {name: sum(values) / len(values) for name, values in scores.items()}
    leader = max(means, key=means.__getitem__)
    count = len(scores[leader])
    leads = "leads with" if len(means) > 1 else "has"
    return (
        f"So far {leader} {leads} {percent(means[leader])} over {count} of {planned} seeds; the "
        "verdict follows when all have finished."
    )


def resolution(contestants: Sequence[Contestant]) -> float:
    """The step between two test accuracies."""
    try:
        return 1 / len(data.load(contestants[0].config.train.dataset).test_labels)
    except (CovnetsError, ZeroDivisionError):
        return 0.0


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


def has_dropped_out(run: Run | None) -> bool:
    """Whether a run ended before its race did."""
    return run is not None and run.state in ("failed", "cancelled")
