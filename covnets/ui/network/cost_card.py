"""The cost card: what a network costs, in parameters, multiply-adds and seconds."""

import streamlit as st

from covnets.config import RunConfig
from covnets.models import Sketch
from covnets.runs import speeds
from covnets.ui import services
from covnets.ui.parts.wording import duration, short_number

BUDGET = "budget"
BUDGETS = (15.0, 30.0, 60.0, 90.0, 120.0, 300.0, 600.0)
DEFAULT_BUDGET = 60.0


def cost_card(
    drawn: Sketch, family: str, run_config: RunConfig | None, *, timed: bool = True
) -> None:
    """Show a network's costs.

    Args:
        drawn: the network.
        family: its family's name.
        run_config: the planned run, whose time is predicted; None if it is not valid.
        timed: whether to speak of a run's time.
    """
    with st.container(horizontal=True, gap="small"):
        _figure("Parameters", short_number(drawn.num_params), f"{drawn.num_params:,} trainable.")
        _figure(
            "MACs per image",
            short_number(drawn.macs),
            f"{drawn.macs:,} multiply-adds of convolutions and dense layers, one image's way "
            "forward. Training costs about three times as much.",
        )
        _figure("Depth", str(drawn.depth), "Weight layers on the longest path.")
        _figure(
            "Receptive field of the last spatial layer",
            f"{drawn.receptive_field} px",
            "Side of the image region that one of its cells sees. It may be larger than the image: "
            "the rest is padding. What reads all cells, a dense layer or global pooling, sees the "
            "whole image.",
        )
        if timed:
            _figure("Time for this run", *_predicted_time(drawn, family, run_config))


def budget(drawn: Sketch, family: str, run_config: RunConfig | None, training: str) -> None:
    """Say so when the planned run takes longer than a lesson has time, and offer what fits.

    Args:
        drawn: the network.
        family: its family's name.
        run_config: the planned run; None if it is not valid.
        training: what the keys of the training's widgets begin with.
    """
    if run_config is None:
        return
    seconds = st.session_state.get(BUDGET, DEFAULT_BUDGET)
    known = speeds.known_speeds(services.store(), family)
    predicted = speeds.predict_seconds(known, drawn, run_config.train)
    if predicted <= seconds:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":orange[This run takes about {duration(predicted)}, longer than the lesson's "
            f"{duration(seconds)}.]",
            width="content",
        )
        _offer(training, "epochs", speeds.fitting_epochs(known, drawn, run_config.train, seconds))
        _offer(
            training, "num_train", speeds.fitting_images(known, drawn, run_config.train, seconds)
        )


def budget_control() -> None:
    """Let the lesson's budget be chosen."""
    st.session_state.setdefault(BUDGET, DEFAULT_BUDGET)
    st.select_slider(
        "Time for one run",
        options=BUDGETS,
        format_func=duration,
        key=BUDGET,
        persist_state="session",
        help="A run that will take longer is marked beside Start, with what would fit.",
    )


def _offer(training: str, field: str, value: int | None) -> None:
    if value is None:
        return
    said = f"{value:,} images" if field == "num_train" else f"{value} epoch{'s' * (value > 1)}"
    st.button(
        f"Fit: {said}",
        icon=":material/timer:",
        key=f"{training}.fit.{field}",
        on_click=st.session_state.__setitem__,
        args=(f"{training}.{field}", value),
    )


def _predicted_time(drawn: Sketch, family: str, run_config: RunConfig | None) -> tuple[str, str]:
    if run_config is None:
        return "–", "Put the settings right first."
    known = speeds.known_speeds(services.store(), family)
    seconds = speeds.predict_seconds(known, drawn, run_config.train)
    return f"≈ {duration(seconds)}", (
        "From Start to the end, evaluations included. Predicted from the network's layers and a "
        "short measurement of this machine (until it was measured, a typical one), and corrected "
        "by the runs that ended here."
    )


def _figure(label: str, value: str, explanation: str) -> None:
    st.metric(label, value, help=explanation, border=True)
