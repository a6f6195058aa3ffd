"""The way back to settings: from a run, and from an address."""

from collections.abc import Callable, Mapping

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
        help="Move the sliders, and with them the drawing, to the settings of this run.",
        on_click=show,
        args=(run,),
    ):
        st.rerun()  # the sliders stand outside this part of the page


def offer_on_family_page(run: Run) -> None:
    """Offer the same on a family's page, or the explorer, whose fields can show any run."""
    family = FAMILIES[run.family]
    if controls.can_show(run.config, family.config_class(), family.train_defaults):
        offer(run, controls.show_settings)
    else:
        st.page_link(
            shell.page_file("explorer"),
            label=f"{LABEL} in the explorer",
            icon=":material/tune:",
            query_params={"run": run.id},
        )


def asked_settings(
    page: str,
    params: Mapping[str, str | list[str]],
    network: NetworkConfig,
    recipe: TrainConfig,
) -> RunConfig | None:
    """Return the settings that an address asks for; what cannot be is refused on the page.

    Args:
        page: the page's name.
        params: the hyperparameters in the address.
        network: what they change.
        recipe: what they change of the training.
    """
    try:
        config = from_link(params, network, recipe)
    except ConfigError as error:
        address.refuse(page, f"The address asks for what cannot be. {error}")
        return None
    hidden = controls.hidden_fields(config.train, recipe)
    if hidden:
        address.refuse(page, f"The address sets {', '.join(hidden)}, which no page can change.")
        return None
    return config
