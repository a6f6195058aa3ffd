"""The cost card: what a network costs, in parameters, multiply-adds and seconds."""

import streamlit as st

from covnets.config import RunConfig
from covnets.limits import LAYERS_TRACED_AHEAD
from covnets.models import Sketch
from covnets.runs.estimate import SHORTENED, work_of
from covnets.ui import services
from covnets.ui.parts.live import live
from covnets.ui.parts.wording import duration, estimated, short_number

BUDGET = "budget"
BUDGETS = (15.0, 30.0, 60.0, 90.0, 120.0, 300.0, 600.0)
DEFAULT_BUDGET = 60.0
SECONDS_PER_LOOK = 1.0


def cost_card(drawn: Sketch, run_config: RunConfig | None, *, timed: bool = True) -> None:
    """Show a network's costs.

    Args:
        drawn: the network.
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
            _time(run_config)


def budget(run_config: RunConfig | None, training: str) -> None:
    """Say so when the planned run takes longer than a lesson has time, and offer what fits.

    Args:
        run_config: the planned run; None if it is not valid.
        training: what the keys of the training's widgets begin with.
    """
    if run_config is None:
        return
    seconds = st.session_state.get(BUDGET, DEFAULT_BUDGET)
    train, speed = run_config.train, services.known().speed(run_config)
    if speed.seconds(train) <= seconds:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":orange[This run takes {estimated(speed, train)}, longer than the lesson's "
            f"{duration(seconds)}.]",
            width="content",
        )
        for field in SHORTENED:
            _offer(training, field, speed.fitting(field, train, seconds))


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


def _time(run_config: RunConfig | None) -> None:
    """Show how long the planned run takes, and more exactly as soon as its network was timed."""
    label = "Time for this run"
    if run_config is None:
        _figure(label, "–", "Put the settings right first.")
        return
    speed = services.known().speed(run_config)
    _figure(
        label,
        estimated(speed, run_config.train),
        "From Start to the end, evaluations included. A network is traced while the sliders rest, "
        "and makes some steps then: its time is known. Until then it is about what networks like "
        "it took on this machine.",
    )

    is_traced_ahead = work_of(run_config.network).layers <= LAYERS_TRACED_AHEAD
    # Nothing is timed while others train, nor where no worker can be had.
    may_be_timed = services.engine().state in ("starting", "ready")
    if not speed.is_exact and is_traced_ahead and may_be_timed:
        live(
            lambda: None,
            SECONDS_PER_LOOK,
            page_depends_on=lambda: services.known().speed(run_config).is_exact,
        )


def _figure(label: str, value: str, explanation: str) -> None:
    st.metric(label, value, help=explanation, border=True)
