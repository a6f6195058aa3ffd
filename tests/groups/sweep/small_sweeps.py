"""Sweeps over a small ResNet, and scores that are computed instead of trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from covnets.config import RunConfig
from covnets.groups.sweep.axes import Axis
from covnets.groups.sweep.grid import SweepPlan
from covnets.groups.sweep.search import Tried, suggest
from covnets.models import FAMILIES

Score = Callable[[Mapping[str, Any]], float]


def base_of(family: str) -> RunConfig:
    return RunConfig(network=FAMILIES[family].config_class(), train=FAMILIES[family].train_defaults)


def axis(field: str, *values: Any) -> Axis:
    return Axis(field=field, values=values)


DEPTH, FILTERS = axis("num_blocks", 1, 2, 3), axis("filters", 8, 16, 32)


def plan(*axes: Axis, family: str = "resnet", **fields: Any) -> SweepPlan:
    return SweepPlan(base=base_of(family), axes=axes or (DEPTH, FILTERS), **fields)


def finished(number: int, values: Mapping[str, Any], score: float) -> Tried:
    return Tried(number, values, score, ((1, score),), "finished")


def searched(sweep: SweepPlan, score: Score | None, runs: int) -> list[Tried]:
    """What a search has tried after so many runs; without scores they all are still running."""
    tried: list[Tried] = []
    for number in range(runs):
        values = suggest(sweep, tried)
        assert values is not None
        tried.append(
            finished(number, values, score(values))
            if score is not None
            else Tried(number, values, None, (), "running")
        )
    return tried
