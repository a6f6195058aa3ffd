"""What a benchmark prints: its rows and goals, as a table for people or as one line of JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from covnets.errors import CovnetsError
from covnets.system import available_cores, processor_name

ROUNDS = 7
BUSY_SHARE = 0.5
VERDICTS = {True: "met ", False: "MISSED"}


class BenchmarkError(CovnetsError):
    """Something that a benchmark needs is not there, or did not do what it should."""


@dataclass(frozen=True)
class Goal:
    """A goal beside what was measured."""

    name: str
    goal: str
    measured: float
    met: bool


@dataclass(frozen=True)
class Report:
    """One benchmark's outcome."""

    benchmark: str
    rows: list[dict[str, Any]]
    goals: list[Goal]
    machine: str = field(
        default_factory=lambda: (
            f"{processor_name()}, {available_cores()} cores, Python {platform.python_version()}"
        )
    )

    def to_json(self) -> str:
        """One object on one line."""
        return json.dumps(asdict(self))

    def to_text(self) -> str:
        """A table."""
        lines = [f"{self.benchmark} on {self.machine}"]
        names = list(self.rows[0]) if self.rows else []
        cells = [names, *([_cell(row.get(name)) for name in names] for row in self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
        lines += [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in cells
        ]
        lines += [
            f"{VERDICTS[goal.met]}  {goal.name}: {goal.measured:.4g} (goal: {goal.goal})"
            for goal in self.goals
        ]
        return "\n".join(lines)


def at_most(name: str, limit: float, measured: float, unit: str) -> Goal:
    """A goal that is met at or below a limit."""
    return Goal(name, f"at most {limit:g} {unit}", round(measured, 4), measured <= limit)


def at_least(name: str, limit: float, measured: float, unit: str) -> Goal:
    """A goal that is met at or above a limit."""
    return Goal(name, f"at least {limit:g} {unit}", round(measured, 4), measured >= limit)


def alternating(
    measures: dict[str, Callable[[], float]], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Measure several things in turn, A B A B ..., so that a noisy machine is noisy to all.

    Args:
        measures: name -> a function that measures once and returns its figure.
        rounds: how often; one more round goes first and is not counted.
    """
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            figure = measure()
            if number:
                figures[name].append(figure)
    return figures


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Median of the ratios pair by pair."""
    pairs = zip(numerators, denominators, strict=True)
    return statistics.median(above / below for above, below in pairs)


def busy_machine() -> str | None:
    """Say so if other work keeps the cores busy just now; None if not, or if nobody knows."""
    if not hasattr(os, "getloadavg"):
        return None
    load, cores = os.getloadavg()[0], available_cores()
    if load <= BUSY_SHARE * cores:
        return None
    return (
        f"Other work keeps this machine busy (load {load:.1f} on {cores} cores): figures may be "
        "far off; trust the ratios of what is measured in turn, or measure again when it is idle."
    )


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
