"""The pictures of a sweep: its map, what a search has tried, and what mattered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from covnets.charts.curves.curves import figure_bytes
from covnets.charts.page import Figure
from covnets.charts.sweeps.map import heat_map
from covnets.charts.sweeps.trials import importance_figure, tried_figure
from covnets.groups.sweep.axes import combination, offered
from covnets.groups.sweep.effects import importance
from covnets.groups.sweep.search import tried
from covnets.ui import services
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.trials import spoken_column

# Pixels.
TRIED_HEIGHT = 300
BELOW, MORE_BELOW = 82, 28


@dataclass(frozen=True)
class Pictures:
    """The figures of a sweep, packed, each with its height in pixels.

    Attributes:
        cells: what came of each combination.
        tried: the results in their order; None of a grid.
        mattered: which hyperparameters mattered; None where that is not known.
        shares: the same in numbers, by short name, the largest first.
    """

    cells: tuple[bytes, int]
    tried: tuple[bytes, int] | None
    mattered: tuple[bytes, int] | None
    shares: Mapping[str, float]


def figures_of(sweep: Sweep, *, with_effects: bool = True) -> Pictures:
    """Draw a sweep.

    Args:
        sweep: the sweep.
        with_effects: whether to ask which hyperparameters mattered.
    """
    family, subject = sweep.plan.base.network.family, sweep.group.id
    fields = [offered(family)[axis.field] for axis in sweep.plan.axes]
    titles = {field.name: field.short for field in fields}
    spoken = {field.name: spoken_column(field, sweep.whole[field.name]) for field in fields}
    cells = sweep.whole.assign(**spoken).rename(columns=titles)
    shares: dict[str, float] = {}
    if with_effects:
        known = tried(services.store(), sweep.plan, sweep.trials, sweep.runs)
        shares = {titles[name]: share for name, share in importance(sweep.plan, known).items()}
    return Pictures(
        _packed(_with_room_below(heat_map(cells, list(titles.values()), subject=subject))),
        _packed(tried_figure(_tried(sweep, cells), subject=subject)) if sweep.is_search else None,
        _packed(_with_room_below(importance_figure(shares))) if len(shares) > 1 else None,
        shares,
    )


def _with_room_below(figure: Figure) -> Figure:
    """Room for the links that save it, which on a phone would cover the axis' title."""
    layout = figure["layout"]
    if "height" not in layout:
        return figure
    margin = layout["margin"] | {"b": BELOW}
    return figure | {"layout": layout | {"margin": margin, "height": layout["height"] + MORE_BELOW}}


def _packed(figure: Figure) -> tuple[bytes, int]:
    return figure_bytes(figure), int(figure["layout"].get("height", TRIED_HEIGHT))


def _tried(sweep: Sweep, cells: pd.DataFrame) -> pd.DataFrame:
    family, begun = sweep.plan.base.network.family, cells[cells["run_id"].notna()]
    labels = [
        combination(family, {axis.field: row[axis.field] for axis in sweep.plan.axes})
        for row in sweep.whole.loc[begun.index].to_dict("records")
    ]
    return begun.assign(trial=begun["trial"] + 1, label=labels)
