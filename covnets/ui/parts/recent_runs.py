"""A table of the latest runs; choosing a row opens the run on its family's page."""

from typing import Any

import pandas as pd
import streamlit as st

from covnets.charts.theme import look, swatch
from covnets.errors import StoreError
from covnets.runs import ACTIVE_STATES, Run
from covnets.ui import notices, services
from covnets.ui.parts.live import live
from covnets.ui.parts.shown import open_run
from covnets.ui.parts.wording import family_title

NEWEST = 20
SECONDS_PER_TICK = 2.0
# A column of nothing but None would not be one of numbers.
_NUMBERS = {
    "test_accuracy": "float64",
    "validation_accuracy": "float64",
    "params": "Int64",
    "epochs": "Int64",
    "training_seconds": "float64",
}


def recent_runs() -> None:
    """Show the latest runs of all families, up to date while some are active, and their folder."""
    store = services.store()
    if not store.runs.list(limit=1):
        st.caption("No runs yet. Open a family, press Start, and its runs are listed here.")
    else:
        st.caption("Choose a row to open the run.")
        live(_table, SECONDS_PER_TICK if is_any_active() else None, page_depends_on=is_any_active)
    st.caption(f"Runs are kept in {notices.plain(str(store.home))}")


def is_any_active() -> bool:
    """Whether a run of this store waits or goes on."""
    return bool(services.store().runs.list(states=ACTIVE_STATES, limit=1))


def _table() -> None:
    runs = services.store().runs.list(limit=NEWEST)
    table = pd.DataFrame([_row(run) for run in runs]).astype(_NUMBERS)
    chosen = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        key="recent_runs",
        placeholder="",
        column_config={
            "look": st.column_config.ImageColumn("", width=80),
            "created": st.column_config.DatetimeColumn(
                "Queued", format="calendar", timezone=st.context.timezone
            ),
            "family": "Family",
            "state": "State",
            "progress": st.column_config.ProgressColumn(
                "Steps", format="%.0f %%", min_value=0, max_value=100, width=96
            ),
            "test_accuracy": st.column_config.NumberColumn("Test", format="%.1f %%"),
            "validation_accuracy": st.column_config.NumberColumn("Validation", format="%.1f %%"),
            "params": st.column_config.NumberColumn("Parameters", format="localized"),
            "epochs": "Epochs",
            "training_seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "id": st.column_config.TextColumn("Run", width=100),
        },
    )
    rows = chosen.get("selection", {}).get("rows", [])
    if rows and rows[0] < len(runs):
        open_run(runs[rows[0]])


def _row(run: Run) -> dict[str, Any]:
    total = run.facts.get("total_steps")
    return {
        "look": swatch(look(run.number)),
        "created": pd.Timestamp(int(run.created_at), unit="s", tz="UTC"),
        "family": family_title(run.family),
        "state": run.state,
        # Of the planned steps, which for an ended run is what it was stopped at. All in percent:
        # the browser's own format of shares has two decimals.
        "progress": 100 * run.step / total if total else 0.0,
        "test_accuracy": _percent(run.summary.get("test_accuracy")),
        "validation_accuracy": _percent(run.summary.get("validation_accuracy")),
        "params": run.facts.get("num_params"),
        "epochs": run.facts.get("epochs") or _planned_epochs(run),
        "training_seconds": run.summary.get("training_seconds"),
        "id": run.id,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _planned_epochs(run: Run) -> int | None:
    try:
        return run.config.train.epochs
    except StoreError:
        return None  # another version's
