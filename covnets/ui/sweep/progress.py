"""How a sweep stands: read from the store at one moment, counted, and how long it will take."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import pandas as pd
import streamlit as st

from covnets.config import RunConfig
from covnets.errors import CovnetsError
from covnets.groups.sweep.grid import SweepPlan
from covnets.groups.sweep.results import cells_table
from covnets.runs import Group, Run, RunStore, Trial
from covnets.runs.run import State
from covnets.ui import services
from covnets.ui.parts.wording import duration
from covnets.ui.sweep.state import titled

SECONDS_OF_A_PREDICTION = 60
PLANS_KEPT = 64
# A paused run goes on when the sweep does.
OVER = ("finished", "failed", "cancelled")


@dataclass(frozen=True)
class Sweep:
    """A sweep as it was at one moment.

    Attributes:
        group: the sweep.
        plan: what it tries.
        trials: its trials, in their order.
        runs: its runs by id, deleted ones among them.
    """

    group: Group
    plan: SweepPlan
    trials: list[Trial]
    runs: dict[str, Run]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """What became of each combination, as `covnets.groups.sweep.results.cells_table` has it."""
        return self._table(whole=False)

    @cached_property
    def whole(self) -> pd.DataFrame:
        """The same, of a search with what it has not tried, in the grid's order.

        So its map has all its places, and its axes the order of their values.
        """
        return self._table(whole=True)

    def _table(self, *, whole: bool) -> pd.DataFrame:
        table = cells_table(self.plan, self.trials, self.runs.values(), whole=whole)
        named = partial(titled, config=self.plan.base)
        return table.assign(reason=table["reason"].map(named).astype("object"))

    @property
    def is_search(self) -> bool:
        """Whether it chooses among its combinations."""
        return self.plan.method != "grid"

    @property
    def total(self) -> int:
        """How many runs it makes, a search at most."""
        is_open = self.is_search and self.group.state != "finished"
        return max(len(self.trials), self.plan.budget_runs) if is_open else len(self.trials)


def read(store: RunStore, group_id: str) -> Sweep:
    """Read a sweep from the store.

    Raises:
        CovnetsError: there is no such sweep, or another version wrote its plan.
    """
    group = store.groups.get(group_id)
    runs = [*store.runs.list(group=group_id), *store.runs.list(group=group_id, deleted=True)]
    by_id = {run.id: run for run in runs}
    return Sweep(group, plan_of(group), store.groups.trials(group_id), by_id)


def plan_of(group: Group) -> SweepPlan:
    """Return what a sweep tries.

    Raises:
        CovnetsError: another version wrote it.
    """
    return _plan(json.dumps(group.plan))


@lru_cache(maxsize=PLANS_KEPT)
def _plan(text: str) -> SweepPlan:
    return SweepPlan.model_validate_json(text)


def progress_text(sweep: Sweep) -> str:
    """How a sweep stands: "5 of 9 runs finished · 2 running · about 3 min left"."""
    states = Counter(run.state for run in sweep.runs.values())
    of = f"at most {sweep.total}" if sweep.total > len(sweep.trials) else str(sweep.total)
    parts = [f"{states['finished']} of {of} runs finished"]
    others: tuple[State, ...] = ("running", "failed", "cancelled")
    parts += [f"{states[state]} {state}" for state in others if states[state]]
    if sweep.group.state == "paused" and not (states["running"] or states["queued"]):
        return " · ".join([*parts, "**paused**: Resume goes on with what is left"])
    if sweep.group.state == "running":
        seconds = seconds_left(sweep)
        if seconds is not None:
            parts.append(f"about {duration(seconds)} left")
    return " · ".join(parts)


def share_done(sweep: Sweep) -> float:
    """How far a sweep has come, from 0 to 1."""
    done = sum(map(_share, sweep.runs.values()))
    return min(1.0, done / sweep.total) if sweep.total else 0.0


def seconds_left(sweep: Sweep) -> float | None:
    """Estimate how long a sweep goes on: as predicted, corrected by what has ended already.

    Returns:
        Seconds; None while a search has not begun a run.
    """
    work = _predicted(sweep.group.id, len(sweep.trials))
    if not work:
        return None
    runs = [sweep.runs.get(trial.run_ids[0] or "") for trial in sweep.trials]
    known = list(zip(runs, work, strict=True))
    ended = [(run, hoped) for run, hoped in known if run and run.state == "finished" and hoped]
    left = sum(hoped * (1.0 - _share(run)) for run, hoped in known)
    left += (sweep.total - len(sweep.trials)) * sum(work) / len(work)
    if ended:
        left *= sum(_seconds(run) for run, _ in ended) / sum(hoped for _, hoped in ended)
    if sweep.is_search and sweep.plan.budget_minutes is not None:
        spent = sum(map(_seconds, sweep.runs.values()))
        left = min(left, max(0.0, 60 * sweep.plan.budget_minutes - spent))
    at_once = sum(run.state == "running" for run in sweep.runs.values())
    return left / max(1, at_once)


@st.cache_data(ttl=SECONDS_OF_A_PREDICTION, max_entries=64, show_spinner=False)
def _predicted(group_id: str, num_trials: int) -> list[float]:
    """Seconds of each trial alone."""
    store = services.store()
    known = services.known()
    predicted = []
    for trial in store.groups.trials(group_id)[:num_trials]:
        try:
            seconds = known.seconds(RunConfig.model_validate_json(trial.configs[0]))
        except CovnetsError:  # written by another version, which is not trained here
            seconds = 0.0
        predicted.append(seconds)
    return predicted


def _seconds(run: Run) -> float:
    """What a run took, without the time in which it was paused."""
    return run.seconds + float(run.facts.get("trace_seconds") or 0.0)


def _share(run: Run | None) -> float:
    """How far a run has come, from 0 to 1."""
    if run is None:
        return 0.0
    if run.state in OVER:
        return 1.0
    total = run.facts.get("total_steps")
    # After its last step it is evaluated and kept, which takes a while.
    return min(0.95, run.step / total) if total else 0.0
