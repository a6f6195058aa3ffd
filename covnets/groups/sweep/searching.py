"""A search as the conductor sees it: what was tried, what is poor, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from covnets.config import RunConfig
from covnets.groups.sweep import search
from covnets.groups.sweep.grid import SweepPlan, apply, values_of
from covnets.groups.sweep.search import Tried
from covnets.runs import Run, RunStore, Trial
from covnets.runs.epochs import validation_curves


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


def poor(plan: SweepPlan, known: Sequence[Tried]) -> dict[int, str]:
    """Return the trials that are worth no more epochs, each with a note that says so."""
    if not plan.prune:
        return {}
    return {
        trial.number: f"Stopped after epoch {trial.intermediate[-1][0]}: half of the others had "
        "been better by then."
        for trial in known
        if trial.state == "running"
        and trial.intermediate
        and search.should_prune(plan, known, trial)
    }


def next_config(plan: SweepPlan, known: Sequence[Tried], runs: Iterable[Run]) -> RunConfig | None:
    """Return what to try next; None when budget or values are used up."""
    if len(known) >= plan.budget_runs or _minutes(runs) >= (plan.budget_minutes or float("inf")):
        return None
    values = search.suggest(plan, known)
    return None if values is None else apply(plan.base, values)


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
