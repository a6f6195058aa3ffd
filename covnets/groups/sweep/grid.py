"""A sweep's settings, and its grid: which combinations can be trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from covnets.config import RunConfig, Table, TrainConfig, Value, value_of
from covnets.config.table import options, slider
from covnets.errors import ConfigError, CovnetsError
from covnets.groups.sweep.axes import Axis, checked
from covnets.limits import check_run
from covnets.runs.estimate import Known

Method = Literal["grid", "random", "tpe"]
Places = tuple[int, ...]

MOST_RUNS = 100
"""As many runs has one sweep at most: a lesson, or a night."""
MOST_COMBINATIONS = 1000
"""Among so many a search may choose."""
SAMPLED_CELLS = 25
"""From so many cells a search's time is estimated: all of them would take too long on a page."""


class SweepPlan(Table):
    """What a sweep tries: which hyperparameters, by which method, and how much of it."""

    base: RunConfig = Field(description="The run of which all others are made.")
    axes: tuple[Axis, ...] = Field(
        title="Hyperparameters", description="What is varied: one to three, and their values."
    )
    method: Method = Field(
        "grid",
        title="Method",
        description=(
            "Grid: every combination. Random: some of them by chance. TPE: by chance first, then "
            "more and more where the results were best."
        ),
    )
    budget_runs: int = Field(
        20,
        ge=1,
        le=MOST_RUNS,
        title="Runs",
        description="How many runs a search may make; a grid makes them all.",
        json_schema_extra=slider(5, MOST_RUNS, 5),
    )
    budget_minutes: float | None = Field(
        None,
        gt=0.0,
        le=7 * 24 * 60,
        title="Minutes",
        description="After how many minutes of training a search starts no further run.",
        json_schema_extra=options(5, 10, 20, 30, 60, 120, 480),
    )
    prune: bool = Field(
        True,
        title="Stop poor runs",
        description=(
            "Stop a run of a search early where half of the others were better an epoch earlier."
        ),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed of the search",
        description="Fixes what is tried by chance. The runs themselves keep their own seed.",
        json_schema_extra=slider(0, 99, 1),
    )

    @field_validator("axes")
    @classmethod
    def _can_be_swept(cls, axes: tuple[Axis, ...], info: ValidationInfo) -> tuple[Axis, ...]:
        base = info.data.get("base")
        # Without a base there is another refusal.
        return axes if base is None else checked(base, axes)

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        counts = [len(axis.values) for axis in self.axes]
        most = MOST_RUNS if self.method == "grid" else MOST_COMBINATIONS
        if prod(counts) > most:
            raise ConfigError(
                f"{' x '.join(map(str, counts))} values are {prod(counts):,} combinations, and at "
                f"most {most:,} can be swept over: use fewer values or fewer hyperparameters."
            )
        return self


@dataclass(frozen=True)
class Cell:
    """One combination of values.

    Attributes:
        values: by the name of the hyperparameter, in the order of the axes.
        config: the run; None if it is impossible.
        refusal: why it is impossible, and what to change, in a sentence.
    """

    values: dict[str, Value] = field(hash=False)
    config: RunConfig | None
    refusal: str | None = None


def apply(base: RunConfig, values: Mapping[str, Value]) -> RunConfig:
    """Return a run with some hyperparameters of its network or its training changed.

    Args:
        base: the run.
        values: by name, written as on an `Axis`: one number stands for all stages.

    Raises:
        ConfigError: a name is unknown, or a value or the combination is not valid.
    """
    changes: dict[str, Any] = dict(values)
    of_train = {name: changes.pop(name) for name in values if name in TrainConfig.model_fields}
    return RunConfig(network=base.network.replace(**changes), train=base.train.replace(**of_train))


def values_of(plan: SweepPlan, config: RunConfig) -> dict[str, Value]:
    """Return what a run of a sweep has in place of the plan's axes, written as on them."""
    return {axis.field: value_of(config, axis.field) for axis in plan.axes}


def try_cell(base: RunConfig, values: Mapping[str, Value]) -> Cell:
    """Return the cell of a combination of values, whether or not it can be trained."""
    try:
        config = apply(base, values)
        check_run(config)
        return Cell(dict(values), config)
    except CovnetsError as error:
        return Cell(dict(values), None, str(error))


def combinations(axes: Iterable[Axis]) -> Iterator[dict[str, Value]]:
    """Yield the values of each cell of a grid, the last axis' changing first."""
    axes = tuple(axes)
    for values in product(*(axis.values for axis in axes)):
        yield {axis.field: value for axis, value in zip(axes, values, strict=True)}


def places_of(axes: Sequence[Axis], values: Mapping[str, Value]) -> Places | None:
    """Return where values lie on their axes, None for a run that lies elsewhere."""
    try:
        return tuple(axis.values.index(values[axis.field]) for axis in axes)
    except (KeyError, ValueError):
        return None


def grid(plan: SweepPlan) -> list[Cell]:
    """Return all combinations of a plan's values, the last axis' changing first.

    Impossible ones are among them, with the reason.
    """
    return [try_cell(plan.base, values) for values in combinations(plan.axes)]


def predicted_seconds(cells: Iterable[Cell], known: Known) -> float:
    """Predict how many seconds all possible cells take one after the other.

    Args:
        cells: a grid.
        known: what is known of this machine's speed.
    """
    return sum(known.seconds(cell.config) for cell in cells if cell.config is not None)


def plan_seconds(plan: SweepPlan, known: Known) -> float:
    """Predict how long a sweep's runs take one after the other, if none is stopped early.

    Args:
        plan: the sweep.
        known: what is known of this machine's speed.

    Returns:
        Seconds; for a search an estimate from some of the combinations, and no more than its
        budget.
    """
    if plan.method == "grid":
        return predicted_seconds(grid(plan), known)
    everything = list(combinations(plan.axes))
    possible = [cell for cell in _some_cells(plan, everything) if cell.config is not None]
    if not possible:
        return 0.0
    share = min(plan.budget_runs, len(everything)) / len(possible)
    seconds = share * predicted_seconds(possible, known)
    return seconds if plan.budget_minutes is None else min(seconds, 60 * plan.budget_minutes)


def _some_cells(plan: SweepPlan, everything: Sequence[dict[str, Value]]) -> list[Cell]:
    """Evenly spaced cells of the grid: the middle one of each of equal parts."""
    count = min(len(everything), SAMPLED_CELLS)
    numbers = [(2 * part + 1) * len(everything) // (2 * count) for part in range(count)]
    return [try_cell(plan.base, everything[number]) for number in numbers]
