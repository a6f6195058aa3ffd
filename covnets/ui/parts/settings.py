"""The way back to settings: from a run, and from an address."""

from collections.abc import Callable

import streamlit as st

from covnets.config import NetworkConfig, RunConfig, TrainConfig, from_link
from covnets.errors import ConfigError
from covnets.models import FAMILIES
from covnets.runs import Run
from covnets.ui import address, shell
from covnets.ui.parts import controls

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
        on_click=show,
        args=(run,),
    ):
        st.rerun()  # the sliders stand outside this part of the page


def offer_on_family_page(run: Run) -> None:
    """Offer the same on a family's page, or the explorer, whose fields can show any run."""
    if controls.can_show(run.config, *FAMILIES[run.family].defaults):
        offer(run, controls.show_settings)
    else:
        st.page_link(
            shell.page_file("explorer"),
            label=f"{LABEL} in the explorer",
            icon=":material/tune:",
            query_params={"run": run.id},
        )


def asked_settings(params: address.Texts, network: NetworkConfig, recipe: TrainConfig) -> RunConfig:
    """Return the settings that an address asks for.

    Args:
        params: the hyperparameters in the address.
        network: what they change.
        recipe: what they change of the training.

    Raises:
        ConfigError: one of them is not valid, or no page has a widget for it.
    """
    config = from_link(params, network, recipe)
    hidden = controls.hidden_fields(config.train, recipe)
    if hidden:
        raise ConfigError(f"{', '.join(hidden)} cannot be set on a page: leave it out.")
    return config
