"""What a search tries next, and which of its runs are poor."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

from covnets.groups.sweep.axes import Value
from covnets.groups.sweep.effects import importance
from covnets.groups.sweep.grid import SweepPlan, combinations, try_cell
from covnets.groups.sweep.past import (
    Places,
    Tried,
    distributions,
    epochs_of,
    places_of,
    study_of,
)

if TYPE_CHECKING:
    import optuna

__all__ = ["Tried", "importance", "should_prune", "suggest"]

FIRST_BY_CHANCE = 6
"""TPE chooses by chance until so many runs have told it something."""
ATTEMPTS = 30
"""How often a sampler may come up with what was tried already, or is impossible."""
FIRST_EPOCH_TO_PRUNE = 2
# A schedule that ends with small steps lifts all runs, the large ones most: early on they are low.
UNTOUCHED_SHARE = 1 / 3
RUNS_TO_COMPARE = 4


def suggest(plan: SweepPlan, tried: Sequence[Tried]) -> dict[str, Value] | None:
    """Return the values to try next, None when everything possible has been tried.

    The budget is for the caller to keep.

    Args:
        plan: the sweep; that of a grid goes through it in order.
        tried: all runs of the sweep until now, those that are running included.

    Returns:
        Values that can be trained and that no run had before.
    """
    known = {places_of(plan.axes, trial.values) for trial in tried} - {None}
    if len(known) >= prod(len(axis.values) for axis in plan.axes):
        return None
    if plan.method == "grid":
        return _first_possible(plan, combinations(plan.axes), known)
    study = study_of(plan, tried, _sampler(plan, len(tried)))
    refused: set[Places] = set()
    for _ in range(ATTEMPTS):
        # What is passed over stays open in the study, which keeps TPE away from there.
        chosen = study.ask(distributions(plan)).params
        places = tuple(chosen[axis.field] for axis in plan.axes)
        if places in known or places in refused:
            continue
        values = {axis.field: axis.values[chosen[axis.field]] for axis in plan.axes}
        if try_cell(plan.base, values).config is not None:
            return values
        refused.add(places)
    everything = list(combinations(plan.axes))
    _chance(plan, len(tried)).shuffle(everything)
    return _first_possible(plan, everything, known | refused)


def should_prune(plan: SweepPlan, tried: Sequence[Tried], current: Tried) -> bool:
    """Say whether a run may be stopped: half of the others were better an epoch earlier.

    What counts is the best accuracy until then. As others may be one epoch behind, one bad epoch
    stops nobody. Never before the second epoch, in the first third of a run or at its end, nor
    before four runs have finished. Runs of other lengths are not compared: a schedule that ends
    later rises later.

    Args:
        plan: the sweep.
        tried: all runs of the sweep until now.
        current: the run in question; it may be among them.
    """
    if not plan.prune or plan.method == "grid" or not current.intermediate:
        return False
    epoch, epochs = current.intermediate[-1][0], epochs_of(plan, current)
    if not max(FIRST_EPOCH_TO_PRUNE, UNTOUCHED_SHARE * epochs) <= epoch < epochs:
        return False
    import optuna

    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=RUNS_TO_COMPARE, n_min_trials=RUNS_TO_COMPARE
    )
    others = [
        trial
        for trial in tried
        if trial.number != current.number and epochs_of(plan, trial) == epochs
    ]
    asked = study_of(plan, others, pruner=pruner).ask()
    asked.report(max(accuracy for _, accuracy in current.intermediate), epoch - 1)
    return bool(asked.should_prune())


def _sampler(plan: SweepPlan, num_tried: int) -> optuna.samplers.BaseSampler:
    import optuna

    # Seeded alike at each question, it would choose by chance the same again and again.
    seed = _chance(plan, num_tried).getrandbits(32)
    if plan.method == "random":
        return optuna.samplers.RandomSampler(seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_BY_CHANCE)


def _chance(plan: SweepPlan, num_tried: int) -> random.Random:
    return random.Random(f"{plan.seed} {num_tried}")


def _first_possible(
    plan: SweepPlan, candidates: Iterable[dict[str, Value]], known: Collection[Places | None]
) -> dict[str, Value] | None:
    left = (values for values in candidates if places_of(plan.axes, values) not in known)
    return next((values for values in left if try_cell(plan.base, values).config is not None), None)
