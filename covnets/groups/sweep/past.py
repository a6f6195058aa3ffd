"""The past of a search, as Optuna's study: made anew at each question.

Optuna chooses; it remembers nothing. The run store is the only truth, and a search goes on after a
restart as if there had been none. The same plan and the same past give the same study.

A value is known to Optuna by its place on its axis. Places of numbers are whole numbers, so that a
search knows which values are neighbours, and steps are equal whether an axis reads 1, 2, 3 or
0.001, 0.01, 0.1; those of names and switches are categories without an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from covnets.groups.sweep.axes import Axis, Value, offered
from covnets.groups.sweep.grid import SweepPlan

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

Places = tuple[int, ...]


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


def study_of(
    plan: SweepPlan,
    tried: Sequence[Tried],
    sampler: optuna.samplers.BaseSampler | None = None,
    pruner: optuna.pruners.BasePruner | None = None,
) -> optuna.Study:
    """Return a study, in memory, in which the runs were tried.

    Args:
        plan: the sweep.
        tried: its runs; those whose values are not on its axes are left out.
        sampler: chooses what is tried next.
        pruner: says which run is poor.
    """
    import optuna  # a page that starts no search needs neither its memory nor its time

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize",
        sampler=sampler or optuna.samplers.RandomSampler(plan.seed),
        pruner=pruner or optuna.pruners.NopPruner(),
    )
    for trial in sorted(tried, key=lambda trial: trial.number):
        if (places := places_of(plan.axes, trial.values)) is not None:
            study.add_trial(_frozen(plan, trial, places))
    return study


def distributions(plan: SweepPlan) -> dict[str, BaseDistribution]:
    """Return what Optuna may choose for each axis: a place on it."""
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


def places_of(axes: Sequence[Axis], values: Mapping[str, Value]) -> Places | None:
    """Return where values lie on their axes, None for a run that lies elsewhere."""
    try:
        return tuple(axis.values.index(values[axis.field]) for axis in axes)
    except (KeyError, ValueError):
        return None


def epochs_of(plan: SweepPlan, trial: Tried) -> int:
    """Return the epochs of a run that goes on to its end."""
    return int(trial.values.get("epochs", plan.base.train.epochs))


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
        distributions=distributions(plan),
        intermediate_values=_best_so_far(curve, epochs_of(plan, trial))
        if finished
        else dict(curve),
    )


def _best_so_far(curve: Sequence[tuple[int, float]], epochs: int) -> dict[int, float]:
    """The best accuracy until each epoch; large networks are not evaluated after every one."""
    accuracies, found, best = dict(curve), dict[int, float](), -1.0
    for epoch in range(1, epochs + 1):
        best = max(best, accuracies.get(epoch, -1.0))
        if best >= 0:
            found[epoch] = best
    return found
