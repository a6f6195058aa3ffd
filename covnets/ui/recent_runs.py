"""A table of the latest runs; choosing a row opens the run on its family's page."""

import streamlit as st

from covnets.models import FAMILIES
from covnets.runs import frames
from covnets.ui import app, services

NEWEST = 20
SECONDS_PER_TICK = 2.0


def recent_runs() -> None:
    """Show the latest runs of all families, and keep the table up to date while some are active."""
    store = services.store()
    if not store.list(limit=1):
        st.caption("No runs yet. Open a family, press Start, and its runs are listed here.")
        return
    active = bool(store.list(states=["running", "queued"], limit=1))
    st.fragment(_table, run_every=SECONDS_PER_TICK if active else None)()


def _table() -> None:
    runs = services.store().list(limit=NEWEST)
    table = frames.runs_table(runs)
    table["family"] = [FAMILIES[family].title for family in table["family"]]
    # A share of the planned steps, which for an ended run is what it was stopped at.
    table["progress"] = [
        run.step / total if (total := run.facts.get("total_steps")) else 0.0 for run in runs
    ]
    chosen = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        key="recent_runs",
        column_order=(
            "created",
            "family",
            "state",
            "progress",
            "test_accuracy",
            "validation_accuracy",
            "params",
            "epochs",
            "training_seconds",
            "images_per_second",
            "id",
        ),
        column_config={
            "created": st.column_config.DatetimeColumn("Started", format="calendar"),
            "family": "Family",
            "state": "State",
            "progress": st.column_config.ProgressColumn("Steps", format="percent"),
            "test_accuracy": st.column_config.NumberColumn("Test", format="percent"),
            "validation_accuracy": st.column_config.NumberColumn("Validation", format="percent"),
            "params": st.column_config.NumberColumn("Parameters", format="localized"),
            "epochs": "Epochs",
            "training_seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "images_per_second": st.column_config.NumberColumn("Images/s", format="%.0f"),
            "id": "Run",
        },
    )
    rows = chosen.get("selection", {}).get("rows", [])
    if rows and rows[0] < len(runs):
        run = runs[rows[0]]
        st.switch_page(app.page_file(run.family), query_params={"run": run.id})
