"""The page of one family: its sliders, its drawing and costs, its runs."""

from functools import partial
from typing import Any

import streamlit as st

from covnets.config import FIELDS, to_link
from covnets.models import FAMILIES, MINIATURES, Family
from covnets.runs import Run
from covnets.ui import address, services, shell
from covnets.ui.network.cost_card import budget, budget_control
from covnets.ui.network.details import details
from covnets.ui.network.network_view import network_view
from covnets.ui.network.outcome import outcome
from covnets.ui.network.run_panel import gap_panel, run_panel
from covnets.ui.parts import controls
from covnets.ui.parts.buttons import problems, run_buttons
from covnets.ui.parts.images import sample_images
from covnets.ui.parts.plan import Plan, plan
from covnets.ui.parts.settings import asked_settings, offer_on_family_page
from covnets.ui.parts.shown import also_active, run_of_page, shown_run


def family_page(name: str) -> None:
    """Show everything about one family.

    Args:
        name: a key of `FAMILIES`.
    """
    family = FAMILIES[name]
    address.follow(name, [run_of_page(name)], partial(_show, name, family), FIELDS)
    of_network, of_training = _sliders(name, family)
    planned = plan(name, family.config_class(), of_network, family.train_defaults, of_training)
    run = shown_run(name)
    _remember(name, family, planned)
    # Containers keep the parts below in their places when one above comes or goes; a chart that
    # is moved would be drawn anew.
    header, news, run_place, network, result = (st.container() for _ in range(5))
    with news:
        address.show_refusals(name)
        problems(name, planned.problem)
    with header:
        _header(name, family, run, planned)
        budget(planned.run_config, controls.training(name))
        sample_images(family.train_defaults.dataset)
    if planned.run_config is not None:
        services.engine().prepare(planned.run_config, visitor=services.visitor())
    with run_place:
        also_active(name, run)
        run_panel(run, planned.run_config, offer_on_family_page)
    with network:
        network_view(name, planned.network, planned.run_config)
    with result:
        if run is not None:
            gap_panel(run)
            if run.is_ended:
                outcome(run)
    details(name, planned.network, planned.sketch, planned.batch_size)


def _header(name: str, family: Family, run: Run | None, planned: Plan) -> None:
    about, buttons = st.columns([9, 5], vertical_alignment="center")
    with about:
        st.title(family.title, anchor=False)
        st.markdown(family.idea, help=family.paper)
    with buttons:
        run_buttons(name, run, planned.run_config)


def _sliders(name: str, family: Family) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show the sliders and return the network's and the training's values."""
    with st.sidebar:
        st.button(
            "Reset to defaults",
            icon=":material/restart_alt:",
            width="stretch",
            on_click=_reset,
            args=(name, family),
            key=f"{name}.reset",
        )
        st.subheader("Network", anchor=False)
        network = controls.controls(family.config_class(), name)
        st.subheader("Training", anchor=False)
        training = controls.controls(family.train_defaults, controls.training(name))
        budget_control()
        return network, training


def _reset(name: str, family: Family) -> None:
    controls.reset(family.config_class(), name)
    controls.reset(family.train_defaults, controls.training(name))


def _show(name: str, family: Family, values: address.Values, asked: address.Texts) -> None:
    """Put the sliders to what the address asks for; a run alone leaves them alone."""
    if not asked:
        return
    defaults = family.config_class(), family.train_defaults
    config = asked_settings(asked, *defaults)
    if controls.can_show(config, *defaults):
        controls.reset(config.network, name)
        controls.reset(config.train, controls.training(name))
    else:
        _pass_on(name, {"preset": MINIATURES[name], **values, **asked})


def _pass_on(name: str, in_explorer: address.Params) -> None:
    """Go on to the explorer, which has a field for everything, with what was asked for.

    Not when the browser's way back leads here once more: it would never lead any further back.
    """
    if st.session_state.get(f"{name}.passed_on") != in_explorer:
        st.session_state[f"{name}.passed_on"] = in_explorer
        st.switch_page(shell.page_file("explorer"), query_params=in_explorer)
    way = address.Link("explorer", "Open it in the explorer", in_explorer)
    address.refuse(name, "The sliders here cannot show what the address asks for.", way)


def _remember(name: str, family: Family, planned: Plan) -> None:
    """Let the address hold what the page shows, and offer it as a link."""
    if planned.described is not None:
        settings = to_link(planned.described, family.config_class(), family.train_defaults)
        address.remember(name, [run_of_page(name)], settings)
    address.share(name)
