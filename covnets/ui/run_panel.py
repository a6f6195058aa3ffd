"""A run on the page: Start and Stop, its progress, its live curves, and what came out of it."""

import time
from typing import Literal

import streamlit as st

from covnets.charts.curves import Axis, figure_bytes, gap_curve, learning_curve
from covnets.config import RunConfig
from covnets.engine import Engine
from covnets.errors import CovnetsError, StoreError
from covnets.runs import Run, frames
from covnets.ui import outcome, services
from covnets.ui.live_chart import live_chart
from covnets.ui.numbers import duration

# The first point and the end of a stopped run are waited for, and so looked for more often.
SECONDS_PER_LOOK = 0.4
SECONDS_PER_TICK = 1.0

Colour = Literal["gray", "blue", "orange", "green", "red", "violet"]

BADGES: dict[str, Colour] = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "finished": "green",
    "failed": "red",
    "cancelled": "violet",
}


def choose_run(family: str) -> Run | None:
    """Return the run that this page shows.

    That is the one in the address, else the one that this visitor started or looked at last, else
    one of this family that is going on now.
    """
    store = services.store()
    wanted = st.query_params.get("run") or st.session_state.get(_chosen(family))
    if wanted:
        try:
            run = store.get(wanted)
        except StoreError as error:
            st.warning(str(error), icon="⚠️")
        else:
            if run.family == family:
                st.session_state[_chosen(family)] = run.id
                return run
    active = store.list(family=family, states=["running", "queued"], limit=1)
    if not active:
        return None
    # Remembered, or it would vanish for those who watch it when it ends.
    st.session_state[_chosen(family)] = active[0].id
    return active[0]


def run_panel(family: str, run: Run | None, planned: RunConfig | None) -> None:
    """Show the chosen run, live while it goes on.

    Args:
        family: whose page this is.
        run: the chosen run, None before the first.
        planned: what the sliders describe now.
    """
    if run is None:
        st.caption("No run yet: press Start, and the curves appear here while it learns.")
        return
    waiting = run.is_active and run.step == 0
    hurried = waiting or run.stop_requested
    period = (SECONDS_PER_LOOK if hurried else SECONDS_PER_TICK) if run.is_active else None
    st.fragment(_live, run_every=period)(run.id, run.state, waiting, planned)
    if run.is_ended:
        outcome.outcome(run)


def start_and_stop(family: str, run: Run | None, planned: RunConfig | None) -> None:
    """Show the two buttons, and what is the matter when no worker is ready.

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
            args=(run.id if run else "", engine),
            key=f"{family}.stop",
            help="Stop this run; its curves and its weights so far are kept.",
        )
    if engine.state == "broken":
        st.error(engine.message or "No worker can be started.", icon="⚠️")
    problem = st.session_state.pop(f"{family}.problem", None)
    if problem:
        st.error(problem, icon="⚠️")


def _start(family: str, run_config: RunConfig, engine: Engine) -> None:
    try:
        run = engine.submit(run_config)
    except CovnetsError as error:
        st.session_state[f"{family}.problem"] = str(error)
        return
    st.session_state[_chosen(family)] = run.id
    st.query_params["run"] = run.id


def _stop(run_id: str, engine: Engine) -> None:
    engine.stop(run_id)


def _chosen(family: str) -> str:
    return f"{family}.run"


def _live(run_id: str, known_state: str, was_waiting: bool, planned: RunConfig | None) -> None:
    """One tick; a tick runs without the page around it, and so says itself what is wrong."""
    try:
        _tick(run_id, known_state, was_waiting, planned)
    except CovnetsError as error:
        st.error(str(error), icon="⚠️")


def _tick(run_id: str, known_state: str, was_waiting: bool, planned: RunConfig | None) -> None:
    """Progress and curves as they are now."""
    store = services.store()
    run = store.get(run_id)
    if run.state != known_state:
        st.rerun()  # the buttons and the outcome depend on it
    _status(run, planned)
    if run.step == 0:
        return
    axis = st.segmented_control(
        "Curves by",
        ["step", "epoch"],
        default="step",
        required=True,
        key=f"{run.family}.axis",
        label_visibility="collapsed",
    )
    version = frames.version(store, [run.id])
    num_classes = run.config.network.num_classes
    figures = _figures(run.id, version, "epoch" if axis == "epoch" else "step", num_classes)
    left, right = st.columns(2)
    with left:
        live_chart(figures["accuracy"], key=f"{run.family}.accuracy", height=340)
    with right:
        live_chart(figures["loss"], key=f"{run.family}.loss", height=340)
    if was_waiting:
        st.rerun()  # drawn as soon as it was there; from now on at the slower pace
    with st.expander("The gap between training and validation"):
        st.caption(
            "Accuracy on a fixed sample of the training images minus accuracy on the validation "
            "images, both with dropout off and the same weights. It grows as the network learns "
            "its training images by heart. The thin training curve cannot be compared with "
            "validation: it is measured with dropout on, before each step."
        )
        live_chart(figures["gap"], key=f"{run.family}.gap", height=220)


@st.cache_data(max_entries=64, show_spinner=False)
def _figures(
    run_id: str, version: tuple[int, ...], axis: Axis, num_classes: int
) -> dict[str, bytes]:
    """The figures of a run's history, built once for all visitors until the version changes."""
    points = frames.thinned(services.store(), run_id)
    drawn = {
        "accuracy": learning_curve(points, "accuracy", axis=axis, num_classes=num_classes),
        "loss": learning_curve(points, "loss", axis=axis, num_classes=num_classes),
        "gap": gap_curve(points, axis=axis),
    }
    return {name: figure_bytes(figure) for name, figure in drawn.items()}


def _status(run: Run, planned: RunConfig | None) -> None:
    text = f"paused ({run.reason})" if run.state == "paused" else run.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(text, color=BADGES[run.state])
        st.markdown(f":small[{_description(run, planned)}]")
    if run.state == "queued":
        before = services.store().queue_position(run.id)
        st.progress(0.0, f"Waiting: {before} before it" if before else "Waiting for the worker")
    elif run.state == "running":
        st.progress(*_progress(run))
    elif run.state == "failed":
        st.error(run.reason or "It failed.", icon="⚠️")
    elif run.reason and run.state != "paused":
        st.warning(run.reason, icon="⚠️")
    if run.details:
        with st.expander("Details"):
            st.code(run.details, language=None)


def _description(run: Run, planned: RunConfig | None) -> str:
    train = run.config.train
    text = (
        f"Run {run.id} · {train.num_train:,} images · {train.epochs} epochs · batch "
        f"{train.batch_size} · {train.optimizer}, {train.learning_rate:g}, "
        f"{train.schedule.replace('_', '-')} · seed {train.seed}"
    )
    if planned is not None and planned != run.config:
        text += " · *the sliders have moved since*"
    return text


def _progress(run: Run) -> tuple[float, str]:
    total = run.facts.get("total_steps")
    if not total or not run.step or run.started_at is None:
        return 0.0, "Building and tracing the network"
    begun = run.started_at + run.facts["trace_seconds"]
    elapsed = max(time.time() - begun, 1e-3)
    left = elapsed / run.step * (total - run.step)
    speed = run.step * run.facts["batch_size"] / elapsed
    stopping = " · stopping" if run.stop_requested else ""
    return min(run.step / total, 1.0), (
        f"Epoch {run.epoch} of {run.facts['epochs']} · step {run.step:,} of {total:,} · "
        f"{speed:,.0f} images/s · {duration(left)} left{stopping}"
    )
