"""A sweep's runs as a table: what was tried, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from covnets.charts.theme import look, swatch
from covnets.config import ConfigField
from covnets.groups.sweep.axes import offered
from covnets.models import FAMILIES
from covnets.runs import Run
from covnets.runs.epochs import validation_curves
from covnets.ui import services, shell
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.state import NAME

STATES = {
    "waiting": "waits",
    "running": "trains",
    "finished": "finished",
    "failed": "failed",
    "pruned": "stopped",
    "impossible": "impossible",
}
FACTS = ("best", "epoch", "curve", "state", "params", "seconds", "run", "reason", "look")
MOST_HIGH = 420
ROW_HEIGHT, HEADING_HEIGHT = 35, 38


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
        height=min(MOST_HIGH, HEADING_HEIGHT + ROW_HEIGHT * max(1, len(table))),
        row_height=ROW_HEIGHT,
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
        family = sweep.plan.base.network.family
        if family in FAMILIES:
            st.switch_page(shell.page_of(family), query_params={"run": run_id})


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
    facts["state"] = [
        "paused" if run is not None and run.state == "paused" else STATES[state]
        for run, state in zip(runs, cells["state"], strict=True)
    ]
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
    # Rounded here: the browser would round the half up, and the map shows it, too.
    best = None if run.best_accuracy is None else round(100 * run.best_accuracy, 1)
    return {
        "look": swatch(look(run.number)),
        "best": best,
        "epoch": run.best_epoch,
        "curve": [accuracy for _, accuracy in curves.get(run.id, [])] or None,
        "params": run.facts.get("num_params"),
        "seconds": run.summary.get("training_seconds") or run.seconds or None,
        "run": run.id,
    }
