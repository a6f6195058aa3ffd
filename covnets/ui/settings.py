"""The way back from a run to its settings."""

from collections.abc import Callable

import streamlit as st

from covnets.models import FAMILIES
from covnets.runs import Run
from covnets.ui import app, controls

LABEL = "Show its settings"


def offer(run: Run, show: Callable[[Run], None]) -> None:
    """Offer to move a page's sliders to what a run was made with.

    Args:
        run: the run.
        show: moves them.
    """
    if st.button(
        LABEL,
        icon=":material/tune:",
        key=f"{run.family}.settings",
        type="tertiary",
        help="Move the sliders, and with them the drawing, to the settings of this run.",
        on_click=show,
        args=(run,),
    ):
        st.rerun()  # the sliders stand outside this part of the page


def offer_on_family_page(run: Run) -> None:
    """Offer the same on a family's page, or the explorer, whose fields can show any run."""
    family = FAMILIES[run.family]
    if controls.can_show(run, family.config_class(), family.train_defaults):
        offer(run, controls.show_settings)
    else:
        st.page_link(
            app.page_file("explorer"),
            label=f"{LABEL} in the explorer",
            icon=":material/tune:",
            query_params={"run": run.id},
        )
