"""The page of one family: its sliders, its drawing and costs, its runs."""

from functools import partial
from typing import Any

import streamlit as st

from covnets.config import FIELDS, to_link
from covnets.models import FAMILIES, MINIATURES, Defaults, Family
from covnets.ui import address, shell
from covnets.ui.network.cost_card import budget_control
from covnets.ui.network.network_page import network_page, set_up
from covnets.ui.parts import controls
from covnets.ui.parts.settings import asked_settings, offer_on_family_page
from covnets.ui.parts.shown import run_of_page, shown_run


def family_page(name: str) -> None:
    """Show everything about one family.

    Args:
        name: a key of `FAMILIES`.
    """
    family, table = FAMILIES[name], [run_of_page(name)]
    defaults = family.defaults
    address.follow(name, table, partial(_show, name, defaults), FIELDS)
    of_network, of_training = _sliders(name, defaults)
    now = set_up(name, defaults[0], of_network, defaults[1], of_training)
    run = shown_run(name)
    if now.described is not None:
        address.remember(name, table, to_link(now.described, *defaults))
    address.share(name)
    network_page(name, now, run, about=partial(_about, family), offer_settings=offer_on_family_page)


def _about(family: Family) -> None:
    st.title(family.title, anchor=False)
    st.markdown(family.idea, help=family.paper)


def _sliders(name: str, defaults: Defaults) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show the sliders and return the network's and the training's values."""
    with st.sidebar:
        st.button(
            "Reset to defaults",
            icon=":material/restart_alt:",
            width="stretch",
            on_click=controls.reset_both,
            args=(name, *defaults),
            key=f"{name}.reset",
        )
        st.subheader("Network", anchor=False)
        network = controls.controls(defaults[0], name)
        st.subheader("Training", anchor=False)
        training = controls.controls(defaults[1], controls.training(name))
        budget_control()
        return network, training


def _show(name: str, defaults: Defaults, values: address.Values, asked: address.Texts) -> None:
    """Put the sliders to what the address asks for; a run alone leaves them alone."""
    if not asked:
        return
    config = asked_settings(asked, *defaults)
    if controls.can_show(config, *defaults):
        controls.reset_both(name, config.network, config.train)
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
