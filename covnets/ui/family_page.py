"""The page of one family: its sliders, its drawing and costs, its runs."""

from dataclasses import dataclass

import streamlit as st

from covnets.charts.curves import figure_bytes
from covnets.charts.drawing import network_figure
from covnets.charts.layer_table import layer_table
from covnets.config import NetworkConfig, RunConfig, TrainConfig
from covnets.errors import CovnetsError
from covnets.limits import check_run
from covnets.models import FAMILIES, Family, Sketch, sketch
from covnets.ui import controls
from covnets.ui.cost_card import cost_card
from covnets.ui.live_chart import live_chart
from covnets.ui.run_panel import choose_run, run_panel, start_and_stop
from covnets.ui.samples import sample_images

DRAWING_HEIGHT = 320
LAYER_COLUMNS = {
    "parameters": st.column_config.NumberColumn(format="localized"),
    "MACs": st.column_config.NumberColumn(format="localized"),
    "share of parameters": st.column_config.ProgressColumn(format="percent"),
    "share of MACs": st.column_config.ProgressColumn(format="percent"),
}


@dataclass(frozen=True)
class Plan:
    """What the sliders describe.

    Attributes:
        sketch: the network, None if there is no such network.
        run_config: the run, None if it cannot be trained.
        problem: what to change then, in a sentence.
    """

    sketch: Sketch | None
    run_config: RunConfig | None
    problem: str | None


def family_page(name: str) -> None:
    """Show everything about one family.

    Args:
        name: a key of `FAMILIES`.
    """
    family = FAMILIES[name]
    plan = _plan(*_sliders(name, family))
    run = choose_run(name)

    about, buttons = st.columns([3, 1], vertical_alignment="bottom")
    with about:
        st.title(family.title, anchor=False)
        st.markdown(f"{family.idea}  \n:small[:gray[{family.paper}]]")
    with buttons:
        start_and_stop(name, run, plan.run_config)
    if plan.problem is not None:
        st.warning(plan.problem, icon="⚠️")

    sample_images(family.train_defaults.dataset)
    if plan.sketch is not None:
        live_chart(
            figure_bytes(network_figure(plan.sketch)), key=f"{name}.drawing", height=DRAWING_HEIGHT
        )
        cost_card(plan.sketch, name, plan.run_config)
    run_panel(name, run, plan.run_config)
    if plan.sketch is not None:
        _details(family, plan.sketch)


def _sliders(name: str, family: Family) -> tuple[dict[str, object], dict[str, object], Family]:
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
        return network, controls.controls(family.train_defaults, _training(name)), family


def _plan(network: dict[str, object], train: dict[str, object], family: Family) -> Plan:
    drawn = None
    try:
        changed: NetworkConfig = family.config_class().replace(**network)
        drawn = sketch(changed)
        recipe: TrainConfig = family.train_defaults.replace(**train)
        run_config = RunConfig.model_validate({"network": changed, "train": recipe})
        check_run(run_config)
    except CovnetsError as error:
        return Plan(drawn, None, str(error))
    return Plan(drawn, run_config, None)


def _reset(name: str, family: Family) -> None:
    controls.reset(family.config_class(), name)
    controls.reset(family.train_defaults, _training(name))


def _training(name: str) -> str:
    return f"{name}.train"


def _details(family: Family, drawn: Sketch) -> None:
    layers, source = st.tabs(["Layers", "Source"])
    with layers:
        st.dataframe(
            layer_table(drawn), hide_index=True, width="stretch", column_config=LAYER_COLUMNS
        )
    with source:
        st.caption("This very code builds the network, for the drawing above as for training.")
        st.code(family.source, language="python", line_numbers=True)
