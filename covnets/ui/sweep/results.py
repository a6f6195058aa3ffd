"""What a sweep has found: its map, what a search has tried, what mattered, and its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from covnets.charts.page import Figure, figure_bytes
from covnets.charts.sweeps.cells import state_text
from covnets.charts.sweeps.map import heat_map
from covnets.charts.sweeps.trials import importance_figure, tried_figure
from covnets.charts.theme import look, swatch
from covnets.config import ConfigField
from covnets.groups.sweep.axes import combination, offered
from covnets.groups.sweep.effects import importance
from covnets.groups.sweep.search import tried
from covnets.runs import Run
from covnets.runs.curves import validation_curves
from covnets.ui import services
from covnets.ui.parts.shown import open_run
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.state import NAME

FACTS = ("best", "epoch", "curve", "state", "params", "seconds", "run", "reason", "look")
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


def show_trials(sweep: Sweep) -> None:
    """Show the table; choosing a row opens its run."""
    table = trials_table(sweep)
    has_reasons = bool((table["reason"] != "").any())
    hidden = ["look", "run", *([] if has_reasons else ["reason"])]
    st.caption("Choose a row to open its run.")
    chosen = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        placeholder="",
        on_select="rerun",
        selection_mode="single-row",
        column_order=["look", *table.columns.drop(hidden)],
        key=f"{NAME}.trials",
        column_config={
            "look": st.column_config.ImageColumn("", width=80),
            "state": st.column_config.TextColumn("State", width=90),
            "best": st.column_config.NumberColumn(
                "Best", format="%.1f %%", help="Its highest validation accuracy."
            ),
            "epoch": st.column_config.NumberColumn("In epoch", help="Where that was reached."),
            "curve": st.column_config.LineChartColumn(
                "Validation", y_min=0.0, y_max=1.0, help="Accuracy, epoch by epoch."
            ),
            "params": st.column_config.NumberColumn("Parameters", format="localized"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "reason": st.column_config.TextColumn("Why", width="large"),
        },
    )
    rows = chosen.get("selection", {}).get("rows", [])
    if rows and rows[0] < len(table) and (run_id := table["run"].iloc[rows[0]]):
        open_run(sweep.runs[run_id])


def trials_table(sweep: Sweep) -> pd.DataFrame:
    """Return one row a combination, in the order of the grid or of the search.

    Returns:
        The varied hyperparameters by their titles, then best (percent), epoch, curve (validation
        accuracies), state, params, seconds, run (its id), reason and look (a picture); missing
        where a run has not come so far.
    """
    cells = sweep.cells
    curves = validation_curves(services.store(), [run_id for run_id in cells["run_id"] if run_id])
    offers = offered(sweep.plan.base.network.family)
    fields = [offers[axis.field] for axis in sweep.plan.axes]
    table = pd.DataFrame({field.title: spoken_column(field, cells[field.name]) for field in fields})
    runs = [sweep.runs.get(run_id or "") for run_id in cells["run_id"]]
    facts = pd.DataFrame([_facts(run, curves) for run in runs], columns=list(FACTS), dtype="object")
    facts["state"] = list(map(state_text, cells["state"], cells["score"]))
    facts["reason"] = list(cells["reason"])
    numbers = {"best": "float64", "epoch": "Int64", "params": "Int64", "seconds": "float64"}
    return pd.concat([table, facts.astype(numbers)], axis="columns")


def spoken_column(field: ConfigField, values: pd.Series) -> pd.Series:
    """Values for people; numbers stay numbers, to be sorted and drawn as such."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values
    return values.map(field.say)


def _facts(run: Run | None, curves: Mapping[str, list[tuple[int, float]]]) -> dict[str, object]:
    if run is None:
        return {}
    best = None if run.best_accuracy is None else 100 * run.best_accuracy
    return {
        "look": swatch(look(run.number)),
        "best": best,
        "epoch": run.best_epoch,
        "curve": [accuracy for _, accuracy in curves.get(run.id, [])] or None,
        "params": run.facts.get("num_params"),
        "seconds": run.summary.get("training_seconds") or run.seconds or None,
        "run": run.id,
    }
