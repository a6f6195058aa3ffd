"""Start and Stop."""

import time

import streamlit as st

from covnets.config import RunConfig
from covnets.engine import Engine
from covnets.errors import CovnetsError
from covnets.runs import Run
from covnets.ui import notices, services
from covnets.ui.choice import choose

# A second click on Start within this time is a double click, not a wish for two equal runs.
SECONDS_OF_A_DOUBLE_CLICK = 2.0


def start_and_stop(family: str, run: Run | None, planned: RunConfig | None) -> None:
    """Show the two buttons.

    Args:
        family: whose page this is.
        run: the run that Stop stops.
        planned: the run that Start starts; None if it cannot be trained.
    """
    engine = services.engine()
    active = run is not None and run.is_active
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=planned is None,
            on_click=_start,
            args=(family, planned, engine),
            key=f"{family}.start",
            help="Train the network that the sliders describe.",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not active or (run is not None and run.stop_requested),
            on_click=_stop,
            args=(family, run.id if run else "", engine),
            key=f"{family}.stop",
            help="Stop this run; its curves and its weights so far are kept.",
        )


def problems(family: str) -> None:
    """Show what is the matter when no worker can be had, or a button could not do its work."""
    engine = services.engine()
    if engine.state == "broken":
        notices.show_error(engine.message or "No worker can be started.")
    problem = st.session_state.pop(_problem(family), None)
    if problem:
        notices.show_error(problem)


def _start(family: str, run_config: RunConfig, engine: Engine) -> None:
    if _has_just_started(family, run_config):
        return
    try:
        run = engine.submit(run_config)
    except CovnetsError as error:
        st.session_state[_problem(family)] = str(error)
        return
    st.session_state[_started(family)] = run.id
    choose(run)


def _has_just_started(family: str, run_config: RunConfig) -> bool:
    """Whether this visitor started the very same run a moment ago."""
    run_id = st.session_state.get(_started(family))
    if not run_id:
        return False
    try:
        run = services.store().get(run_id)
        is_same = run.config == run_config
    except CovnetsError:
        return False
    age = abs(time.time() - run.created_at)
    return run.is_active and is_same and age < SECONDS_OF_A_DOUBLE_CLICK


def _stop(family: str, run_id: str, engine: Engine) -> None:
    try:
        engine.stop(run_id)
    except CovnetsError as error:
        st.session_state[_problem(family)] = str(error)


def _started(family: str) -> str:
    return f"{family}.started"


def _problem(family: str) -> str:
    return f"{family}.problem"
