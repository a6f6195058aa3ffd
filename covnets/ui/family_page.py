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
from covnets.runs import Run
from covnets.ui import controls, notices, services
from covnets.ui.buttons import problems, start_and_stop
from covnets.ui.choice import also_active, choose_run
from covnets.ui.cost_card import budget, budget_control, cost_card
from covnets.ui.live_chart import live_chart
from covnets.ui.outcome import outcome
from covnets.ui.run_panel import gap_panel, run_panel
from covnets.ui.samples import sample_images

DRAWING_HEIGHT = 290
# Widths that show the longest names (stage1_module1_pool_projection_activation) and all titles on a
# laptop's screen beside the sidebar; the stage is not listed: a name begins with it.
LAYER_COLUMNS = {
    "layer": st.column_config.TextColumn(width=286),
    "kind": st.column_config.TextColumn(width=134),
    "stage": None,
    "output shape": st.column_config.TextColumn(width=96),
    "parameters": st.column_config.NumberColumn(format="localized", width=84),
    "MACs": st.column_config.NumberColumn(format="localized", width=80),
    "receptive field": st.column_config.NumberColumn(
        "field", width=56, help="Receptive field: the side of what one cell sees, in pixels."
    ),
    "share of parameters": st.column_config.ProgressColumn("% params", format="percent", width=80),
    "share of MACs": st.column_config.ProgressColumn("% MACs", format="percent", width=80),
}


@dataclass(frozen=True)
class Plan:
    """What the sliders describe.

    Attributes:
        sketch: the network; the last possible one if there is no such network.
        run_config: the run, None if it cannot be trained.
        problem: what to change then, in a sentence.
    """

    sketch: Sketch
    run_config: RunConfig | None
    problem: str | None


def family_page(name: str) -> None:
    """Show everything about one family.

    Args:
        name: a key of `FAMILIES`.
    """
    family = FAMILIES[name]
    plan = _plan(name, *_sliders(name, family))
    # Containers keep the parts below in their places when one above comes or goes; a chart that
    # is moved would be drawn anew.
    header, news, run_place, network, result = (st.container() for _ in range(5))
    with news:
        run = choose_run(name)
        problems(name)
        if plan.problem is not None:
            notices.show_warning(plan.problem)
    with header:
        _header(name, family, run, plan)
        budget(plan.sketch, name, plan.run_config)
        sample_images(family.train_defaults.dataset)
    if plan.run_config is not None:
        services.engine().prepare(plan.run_config, visitor=services.visitor())
    with run_place:
        also_active(name, run)
        run_panel(run, plan.run_config)
    with network:
        cost_card(plan.sketch, name, plan.run_config)
        drawing = figure_bytes(network_figure(plan.sketch))
        live_chart(drawing, key=f"{name}.drawing", height=DRAWING_HEIGHT)
    with result:
        if run is not None:
            gap_panel(run)
            if run.is_ended:
                outcome(run)
    _details(family, plan.sketch)


def _header(name: str, family: Family, run: Run | None, plan: Plan) -> None:
    about, buttons = st.columns([9, 5], vertical_alignment="center")
    with about:
        st.title(family.title, anchor=False)
        st.markdown(family.idea, help=family.paper)
    with buttons:
        start_and_stop(name, run, plan.run_config)


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
        training = controls.controls(family.train_defaults, controls.training(name))
        budget_control()
        return network, training, family


def _plan(name: str, network: dict[str, object], train: dict[str, object], family: Family) -> Plan:
    possible = f"{name}.possible"
    drawn = None
    try:
        changed: NetworkConfig = family.config_class().replace(**network)
        drawn = sketch(changed)
        st.session_state[possible] = changed
        recipe: TrainConfig = family.train_defaults.replace(**train)
        run_config = RunConfig.model_validate({"network": changed, "train": recipe})
        check_run(run_config)
    except CovnetsError as error:
        problem = controls.with_titles(str(error), family.config_class(), family.train_defaults)
        if drawn is None:
            drawn = sketch(st.session_state.get(possible) or family.config_class())
            problem += " The drawing and the figures are those of the last possible network."
        return Plan(drawn, None, problem)
    return Plan(drawn, run_config, None)


def _reset(name: str, family: Family) -> None:
    controls.reset(family.config_class(), name)
    controls.reset(family.train_defaults, controls.training(name))


def _details(family: Family, drawn: Sketch) -> None:
    layers, source = st.tabs(["Layers", "Source"])
    with layers:
        st.dataframe(
            layer_table(drawn), hide_index=True, width="stretch", column_config=LAYER_COLUMNS
        )
    with source:
        st.caption(family.paper)
        st.caption("This very code builds the network, for the drawing above as for training.")
        st.code(family.source, language="python", line_numbers=True)
