"""A sweep as a table: what became of every combination of its values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import pandas as pd

from covnets.config import RunConfig, Value
from covnets.errors import ConfigError
from covnets.groups.sweep.axes import combination
from covnets.groups.sweep.grid import SweepPlan, combinations, places_of, try_cell, values_of
from covnets.messages import percent
from covnets.runs import Group, Run, RunStore, Trial
from covnets.runs.run import State

CellState = Literal["waiting", "running", "finished", "failed", "pruned", "impossible"]

STATES: Mapping[State, CellState] = {
    "queued": "waiting",
    "paused": "waiting",
    "running": "running",
    "finished": "finished",
    "failed": "failed",
    # Stopped before its end, by whomever: its trial's note, or its own reason, says why.
    "cancelled": "pruned",
}
Row = tuple[Mapping[str, Value], Mapping[str, Any]]
"""The values of a cell, and what became of it."""

FACTS = ("trial", "score", "state", "run_id", "reason")


def cells_table(
    plan: SweepPlan, trials: Sequence[Trial], runs: Iterable[Run], *, whole: bool = False
) -> pd.DataFrame:
    """Return what became of a sweep's combinations of values.

    Args:
        plan: the sweep.
        trials: its trials, in their order; one that was written by another version is left out.
        runs: their runs, in any order. One that is missing counts as not begun.
        whole: whether a search has a row for what it has not tried, too.

    Returns:
        One row a cell of the grid, in the grid's order; of a search that is not to be whole, one
        row a trial, in the order in which they were tried. The columns are the hyperparameters by
        name, then

        - trial: the trial's number, <NA> where there is none.
        - score: the best validation accuracy, 0 to 1, also of a run that is under way; NaN before.
        - state: one of "waiting", "running", "finished", "failed", "pruned", "impossible".
        - run_id: identity of the run, None before.
        - reason: a sentence on what went wrong or why it was stopped, else "".
    """
    by_id = {run.id: run for run in runs}
    rows: list[Row] = [
        (values, _row_of(trial, by_id))
        for trial in trials
        if (values := _read_values(plan, trial.configs[0])) is not None
    ]
    if whole or plan.method == "grid":
        rows = _whole_grid(plan, rows)
    table = pd.DataFrame(
        [{**values, **row} for values, row in rows],
        columns=[*(axis.field for axis in plan.axes), *FACTS],
    )
    table["run_id"] = pd.Series([row["run_id"] for _, row in rows], dtype="object")
    return table.astype({"trial": "Int64", "score": "float64"})


def best_run(table: pd.DataFrame) -> str | None:
    """Return the run of a sweep's best cell, the first one if there are several; None before.

    Args:
        table: what `cells_table` returned.
    """
    ended = table[(table["state"] == "finished") & table["score"].notna()]
    return None if ended.empty else str(ended["run_id"].iloc[int(ended["score"].argmax())])


def verdict(store: RunStore, group: Group) -> str:
    """Say which of a sweep's finished runs is the best; nothing before one has finished.

    Args:
        store: where the sweep is.
        group: the sweep.
    """
    plan = SweepPlan.model_validate(group.plan)
    runs = store.runs.list(group=group.id)
    by_id = {run.id: run for run in runs}
    best = by_id.get(best_run(cells_table(plan, store.groups.trials(group.id), runs)) or "")
    return "" if best is None else best_text(group, plan, best)


def best_text(group: Group, plan: SweepPlan, best: Run) -> str:
    """Say what the best finished run of a sweep has reached, and with which values."""
    so_far = "" if group.state == "finished" else " so far"
    values = combination(best.family, values_of(plan, best.config))
    return (
        f"Best finished run{so_far}: {percent(best.best_accuracy or 0.0)} validation accuracy "
        f"with {values}, in epoch {best.best_epoch}."
    )


def _whole_grid(plan: SweepPlan, rows: Sequence[Row]) -> list[Row]:
    known = {places_of(plan.axes, values): row for values, row in rows}

    def row_of(values: Mapping[str, Value]) -> Mapping[str, Any]:
        row = known.get(places_of(plan.axes, values))
        if row is None and plan.method == "grid":
            return _untried(plan, tuple(values.items()))
        return row or _row()  # a search finds out by itself what is impossible

    return [(values, row_of(values)) for values in combinations(plan.axes)]


@lru_cache(maxsize=1000)
def _untried(plan: SweepPlan, values: tuple[tuple[str, Value], ...]) -> Mapping[str, Any]:
    """The row of a cell without a trial; a page asks for it again and again."""
    refusal = try_cell(plan.base, dict(values)).refusal
    return _row(state="waiting" if refusal is None else "impossible", reason=refusal or "")


def _row_of(trial: Trial, by_id: Mapping[str, Run]) -> dict[str, Any]:
    run = by_id.get(trial.run_ids[0] or "")
    if run is None:
        return _row(trial.number, reason=trial.note)
    return _row(
        trial.number,
        score=math.nan if run.best_accuracy is None else run.best_accuracy,
        state=STATES[run.state],
        run_id=run.id,
        reason=trial.note or run.reason or "",
    )


def _row(
    trial: int | None = None,
    score: float = math.nan,
    state: CellState = "waiting",
    run_id: str | None = None,
    reason: str = "",
) -> dict[str, Any]:
    return {"trial": trial, "score": score, "state": state, "run_id": run_id, "reason": reason}


@lru_cache(maxsize=10_000)
def _read_values(plan: SweepPlan, config_json: str) -> dict[str, Value] | None:
    try:
        return values_of(plan, RunConfig.model_validate_json(config_json))
    except ConfigError:
        return None
