"""Start, Pause, Resume, Stop, and Train on."""

import time
from collections.abc import Callable

import streamlit as st

from covnets.config import RunConfig
from covnets.engine import Engine
from covnets.errors import CovnetsError
from covnets.runs import Run
from covnets.ui import notices, services
from covnets.ui.network.choice import choose
from covnets.ui.race import contestants

# A second click on Start within this time is a double click, not a wish for two equal runs.
SECONDS_OF_A_DOUBLE_CLICK = 2.0
MOST_EPOCHS_MORE = 100


def start_and_stop(family: str, run: Run | None, planned: RunConfig | None) -> None:
    """Show the buttons; Pause becomes Resume while the run is paused.

    Args:
        family: whose page this is.
        run: the run that they pause and stop.
        planned: the run that Start starts; None if it cannot be trained.
    """
    engine = services.engine()
    active = run is not None and run.is_active
    ending = run is not None and (run.stop_requested or run.pause_requested)
    paused = run is not None and run.state == "paused"
    run_id = run.id if run else ""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=planned is None,
            on_click=_start,
            args=(family, planned, engine),
            key=f"{family}.start",
            help="Train the network that is shown.",
        )
        st.button(
            "Resume" if paused else "Pause",
            icon=":material/resume:" if paused else ":material/pause:",
            disabled=not paused and (not active or ending),
            on_click=_attempt,
            args=(family, engine.resume if paused else engine.pause, run_id),
            key=f"{family}.pause",
            help="Go on; the curves are the same as without the pause."
            if paused
            else "Let this run rest; it can go on exactly where it was.",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not active or (run is not None and run.stop_requested),
            on_click=_attempt,
            args=(family, engine.stop, run_id),
            key=f"{family}.stop",
            help="Stop this run; its curves and its weights so far are kept.",
        )
        contestants.add_button(family, planned)


def train_on(run: Run) -> None:
    """Offer to train an ended run on for more epochs.

    Args:
        run: a finished, cancelled or paused run whose weights are there.
    """
    family, train = run.family, run.config.train
    with st.popover("Train on", icon=":material/fast_forward:"):
        more = st.number_input(
            "More epochs",
            min_value=1,
            max_value=MOST_EPOCHS_MORE,
            value=2,
            key=f"{run.id}.more",
            help="A new run that begins with this one's curves, weights and optimizer.",
        )
        if train.schedule != "constant":
            st.caption(
                f"The {train.schedule.replace('_', '-')} schedule is stretched over all "
                f"{train.epochs + more} epochs, so the learning rate rises again."
            )
        st.button(
            "Go on",
            type="primary",
            on_click=_train_on,
            args=(run, services.engine()),
            key=f"{family}.train_on",
        )


def problems(family: str) -> None:
    """Show what is the matter when no worker can be had, or a button could not do its work."""
    notices.show_trouble_of_engine()
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
        run = services.store().runs.get(run_id)
        is_same = run.config == run_config
    except CovnetsError:
        return False
    age = abs(time.time() - run.created_at)
    return run.is_active and is_same and age < SECONDS_OF_A_DOUBLE_CLICK


def _attempt(family: str, action: Callable[[str], Run], run_id: str) -> None:
    try:
        action(run_id)
    except CovnetsError as error:
        st.session_state[_problem(family)] = str(error)


def _train_on(run: Run, engine: Engine) -> None:
    epochs = run.config.train.epochs + int(st.session_state[f"{run.id}.more"])
    try:
        choose(engine.train_on(run.id, epochs))
    except CovnetsError as error:
        st.session_state[_problem(run.family)] = str(error)


def _started(family: str) -> str:
    return f"{family}.started"


def _problem(family: str) -> str:
    return f"{family}.problem"
