"""What a family's page and the explorer share: their parts, and the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from covnets.models import FAMILIES, sketch
from covnets.runs import Run
from covnets.ui import address, services
from covnets.ui.network.cost_card import budget
from covnets.ui.network.details import details
from covnets.ui.network.network_view import network_view
from covnets.ui.network.outcome import outcome
from covnets.ui.network.run_panel import gap_panel, run_panel
from covnets.ui.network.setup import SetUp
from covnets.ui.parts import controls
from covnets.ui.parts.buttons import problems, run_buttons
from covnets.ui.parts.images import sample_images
from covnets.ui.parts.shown import also_active


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
