"""What a family's page and the explorer share: what their widgets describe, and their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from covnets.config import AnyNetworkConfig, RunConfig, TrainConfig, with_titles
from covnets.errors import CovnetsError
from covnets.limits import check_run
from covnets.models import FAMILIES, sketch
from covnets.runs import Run
from covnets.ui import address, services
from covnets.ui.network.cost_card import budget
from covnets.ui.network.details import details
from covnets.ui.network.network_view import network_view
from covnets.ui.network.outcome import outcome
from covnets.ui.network.run_panel import gap_panel, run_panel
from covnets.ui.parts import controls
from covnets.ui.parts.buttons import problems, run_buttons
from covnets.ui.parts.images import sample_images
from covnets.ui.parts.shown import also_active


@dataclass(frozen=True)
class SetUp:
    """What the widgets describe.

    Attributes:
        network: the network; the last possible one if there is no such network.
        batch_size: images of one step.
        described: network and training, even if too large for this machine; None if there is no
            such network or training.
        problem: what to change before it can be trained, in a sentence.
    """

    network: AnyNetworkConfig
    batch_size: int
    described: RunConfig | None
    problem: str | None

    @property
    def run_config(self) -> RunConfig | None:
        """The run, None if it cannot be trained."""
        return self.described if self.problem is None else None


def set_up(
    name: str,
    network: AnyNetworkConfig,
    of_network: Mapping[str, object],
    recipe: TrainConfig,
    of_training: Mapping[str, object],
) -> SetUp:
    """Put the values of the widgets together.

    Args:
        name: begins the key under which the last possible network is remembered.
        network: what the values change.
        of_network: values of the network's hyperparameters.
        recipe: what the other values change.
        of_training: values of the training's hyperparameters.
    """
    possible, batch_size = f"{name}.possible", int(str(of_training["batch_size"]))
    changed: AnyNetworkConfig | None = None
    described: RunConfig | None = None
    problem: str | None = None
    try:
        changed = network.replace(**of_network)
        st.session_state[possible] = changed
        train = recipe.replace(**of_training)
        described = RunConfig.model_validate({"network": changed, "train": train})
        check_run(described)
    except CovnetsError as error:
        problem = with_titles(str(error), network, recipe)
    if changed is None:
        changed = st.session_state.get(possible) or network
        problem = f"{problem} The drawing and the figures are those of the last possible network."
    return SetUp(changed, batch_size, described, problem)


def network_page(
    page: str,
    now: SetUp,
    run: Run | None,
    *,
    about: Callable[[], None],
    offer_settings: Callable[[Run], None],
) -> None:
    """Show a network, its costs and what is known of it, and let it be trained.

    Args:
        page: a family, or the explorer.
        now: what the page's widgets describe.
        run: the run that is shown.
        about: shows the title, and what this network is.
        offer_settings: offers to move the page's widgets to what a run was made with.
    """
    family, run_config = now.network.family, now.run_config
    is_family = page == family
    # Containers keep the parts below in their places when one above comes or goes; a chart that
    # is moved would be drawn anew.
    header, news, run_place, network, result = (st.container() for _ in range(5))
    with news:
        address.show_refusals(page)
        # An original that is too large to be trained here is shown all the same.
        problems(family, now.problem if is_family or now.described is None else None)
    with header:
        left, right = st.columns([9, 5], vertical_alignment="center")
        with left:
            about()
        with right:
            run_buttons(family, run, run_config)
        budget(run_config, controls.training(page if is_family else f"{page}.{family}"))
        if is_family:
            sample_images(FAMILIES[family].train_defaults.dataset)
    if run_config is not None:
        services.engine().prepare(run_config, visitor=services.visitor())
    with run_place:
        if is_family:
            also_active(family, run)
        run_panel(run, run_config, offer_settings)
    with network:
        network_view(page, now.network, run_config, with_original=is_family)
    with result:
        if run is not None:
            gap_panel(run)
            if run.is_ended:
                outcome(run)
    details(page, now.network, sketch(now.network), now.batch_size)
