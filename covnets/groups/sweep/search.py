"""What a search tries next, and which of its runs are poor.

Optuna chooses; it remembers nothing. The run store is the only truth, and a search goes on after a
restart as if there had been none: its study is made anew at each question, and the same plan and
the same past give the same study.

A value is known to Optuna by its place on its axis. Places of numbers are whole numbers, so that a
search knows which values are neighbours, and steps are equal whether an axis reads 1, 2, 3 or
0.001, 0.01, 0.1; those of names and switches are categories without an order.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import median
from typing import TYPE_CHECKING, Literal

from covnets.config import RunConfig, Value
from covnets.groups.sweep.axes import offered
from covnets.groups.sweep.grid import (
    Places,
    SweepPlan,
    apply,
    combinations,
    places_of,
    try_cell,
    values_of,
)
from covnets.runs import Group, Run, RunStore, Trial
from covnets.runs.curves import validation_curves

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

FIRST_BY_CHANCE = 6
"""TPE chooses by chance until so many runs have told it something."""
ATTEMPTS = 30
"""How often a sampler may come up with what was tried already, or is impossible."""
FIRST_EPOCH_TO_PRUNE = 2
# A schedule that ends with small steps lifts all runs, the large ones most: early on they are low.
UNTOUCHED_SHARE = 1 / 3
RUNS_TO_COMPARE = 4


@dataclass(frozen=True)
class Tried:
    """One run of a search, as far as it has come.

    Attributes:
        number: its place in the search.
        values: what was tried, by the name of the hyperparameter.
        score: best validation accuracy, from 0 to 1; None before there is one.
        intermediate: (epoch, validation accuracy), in ascending order.
        state: pruned, where it was stopped before its end.
    """

    number: int
    values: Mapping[str, Value]
    score: float | None
    intermediate: tuple[tuple[int, float], ...]
    state: Literal["finished", "pruned", "failed", "running"]


def next_trials(
    store: RunStore, group: Group, trials: Sequence[Trial], runs: Mapping[str, Run]
) -> list[list[RunConfig]]:
    """Return the run that a search tries next, if its budget and its values are not used up.

    Args:
        store: where the runs' histories are.
        group: a sweep; all runs of a grid are among its trials from the start.
        trials: its trials.
        runs: their runs, by id.
    """
    plan = SweepPlan.model_validate(group.plan)
    minutes = plan.budget_minutes or float("inf")
    if plan.method == "grid" or _minutes(runs.values()) >= minutes:
        return []
    known = tried(store, plan, trials, runs)
    values = suggest(plan, known) if len(known) < plan.budget_runs else None
    return [] if values is None else [[apply(plan.base, values)]]


def poor_trials(
    store: RunStore, group: Group, trials: Sequence[Trial], runs: Mapping[str, Run]
) -> dict[int, str]:
    """Return the trials of a search that are worth no more epochs, each with a note saying so.

    Args:
        store: where the runs' histories are.
        group: a sweep.
        trials: its trials.
        runs: their runs, by id.
    """
    plan = SweepPlan.model_validate(group.plan)
    if plan.method == "grid" or not plan.prune:
        return {}
    known = tried(store, plan, trials, runs)
    return {
        trial.number: f"Stopped after epoch {trial.intermediate[-1][0]}: half of the others had "
        "been better by then."
        for trial in known
        if trial.state == "running" and is_poor(plan, known, trial)
    }


def tried(
    store: RunStore, plan: SweepPlan, trials: Sequence[Trial], runs: Mapping[str, Run]
) -> list[Tried]:
    """Return what a search knows of its trials, those that are going on among them.

    Args:
        store: where their histories are.
        plan: the search.
        trials: its trials.
        runs: their runs, by id.
    """
    curves = validation_curves(store, runs)
    return [
        _tried(plan, trial, runs[run_id], curves.get(run_id, []))
        for trial in trials
        if (run_id := trial.run_ids[0]) is not None
    ]


def suggest(plan: SweepPlan, tried: Sequence[Tried]) -> dict[str, Value] | None:
    """Return the values to try next, None when everything possible has been tried.

    The budget is for the caller to keep.

    Args:
        plan: the search.
        tried: all its runs until now, those that are running included.

    Returns:
        Values that can be trained and that no run had before.
    """
    known = {places_of(plan.axes, trial.values) for trial in tried} - {None}
    if len(known) >= prod(len(axis.values) for axis in plan.axes):
        return None
    study = _study_of(plan, tried)
    refused: set[Places] = set()
    for _ in range(ATTEMPTS):
        # What is passed over stays open in the study, which keeps TPE away from there.
        chosen = study.ask(_distributions(plan)).params
        places = tuple(chosen[axis.field] for axis in plan.axes)
        if places in known or places in refused:
            continue
        values = {axis.field: axis.values[chosen[axis.field]] for axis in plan.axes}
        if try_cell(plan.base, values).config is not None:
            return values
        refused.add(places)
    everything = list(combinations(plan.axes))
    _chance(plan, len(tried)).shuffle(everything)
    left = (values for values in everything if places_of(plan.axes, values) not in known | refused)
    return next((values for values in left if try_cell(plan.base, values).config is not None), None)


def is_poor(plan: SweepPlan, tried: Sequence[Tried], current: Tried) -> bool:
    """Say whether a run may be stopped: half of the others were better an epoch earlier.

    What counts is the best accuracy until then. As others may be one epoch behind, one bad epoch
    stops nobody. Never before the second epoch, in the first third of a run or at its end, nor
    before four runs have finished. Runs of other lengths are not compared: a schedule that ends
    later rises later.

    Args:
        plan: the search.
        tried: all its runs until now.
        current: the run in question; it may be among them.
    """
    if not current.intermediate:
        return False
    epoch, epochs = current.intermediate[-1][0], _epochs_of(plan, current)
    if not max(FIRST_EPOCH_TO_PRUNE, UNTOUCHED_SHARE * epochs) <= epoch < epochs:
        return False
    reached = [
        max(by_then)
        for other in tried
        if other.state == "finished"
        and other.number != current.number
        and _epochs_of(plan, other) == epochs
        and (by_then := [accuracy for at, accuracy in other.intermediate if at < epoch])
    ]
    best = max(accuracy for _, accuracy in current.intermediate)
    return len(reached) >= RUNS_TO_COMPARE and best < median(reached)


def _minutes(runs: Iterable[Run]) -> float:
    # By each run's own clock: a night in which it was paused does not count.
    return sum(run.seconds + float(run.facts.get("trace_seconds", 0.0)) for run in runs) / 60


def _tried(plan: SweepPlan, trial: Trial, run: Run, curve: Sequence[tuple[int, float]]) -> Tried:
    values = values_of(plan, RunConfig.model_validate_json(trial.configs[0]))
    state: Literal["finished", "pruned", "failed", "running"] = "running"
    if run.state == "finished":
        state = "finished"
    elif run.state in ("failed", "cancelled"):
        state = "pruned" if curve else "failed"
    score = None if state == "running" else run.best_accuracy
    return Tried(trial.number, values, score, tuple(curve), state)


def _epochs_of(plan: SweepPlan, trial: Tried) -> int:
    """The epochs of a run that goes on to its end."""
    return int(trial.values.get("epochs", plan.base.train.epochs))


def _study_of(plan: SweepPlan, tried: Sequence[Tried]) -> optuna.Study:
    """A study, in memory, in which the runs were tried that lie on the plan's axes."""
    import optuna  # a page that starts no search needs neither its memory nor its time

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=_sampler(plan, len(tried)))
    for trial in sorted(tried, key=lambda trial: trial.number):
        if (places := places_of(plan.axes, trial.values)) is not None:
            study.add_trial(_frozen(plan, trial, places))
    return study


def _sampler(plan: SweepPlan, num_tried: int) -> optuna.samplers.BaseSampler:
    import optuna

    # Seeded alike at each question, it would choose by chance the same again and again.
    seed = _chance(plan, num_tried).getrandbits(32)
    if plan.method == "random":
        return optuna.samplers.RandomSampler(seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_BY_CHANCE)


def _distributions(plan: SweepPlan) -> dict[str, BaseDistribution]:
    """What Optuna may choose for each axis: a place on it."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    offers = offered(plan.base.network.family)
    found: dict[str, BaseDistribution] = {}
    for axis in plan.axes:
        count = len(axis.values)
        if offers[axis.field].is_number:
            found[axis.field] = IntDistribution(0, count - 1)
        else:
            found[axis.field] = CategoricalDistribution(range(count))
    return found


def _frozen(plan: SweepPlan, trial: Tried, places: Places) -> optuna.trial.FrozenTrial:
    import optuna

    states = optuna.trial.TrialState
    finished = trial.state == "finished" and trial.score is not None
    state = states.COMPLETE if finished else states.PRUNED
    if trial.state == "running":
        state = states.RUNNING
    # One that failed, as when its loss was no longer finite, counts as stopped before its first
    # epoch: worse than all others, so that the search keeps away from there.
    curve = () if trial.state == "failed" else trial.intermediate
    return optuna.trial.create_trial(
        state=state,
        value=trial.score if finished else None,
        params=dict(zip((axis.field for axis in plan.axes), places, strict=True)),
        distributions=_distributions(plan),
        intermediate_values=dict(curve),
    )


def _chance(plan: SweepPlan, num_tried: int) -> random.Random:
    return random.Random(f"{plan.seed} {num_tried}")
