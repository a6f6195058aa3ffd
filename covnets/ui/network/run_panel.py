"""A run on the page: its progress and its live curves."""

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from covnets.charts.curves.one_run import gap_curve, learning_curve
from covnets.charts.curves.traces import Metric
from covnets.charts.page import figure_bytes
from covnets.charts.theme import look, swatch
from covnets.config import TRAIN_EVAL_IMAGES, RunConfig
from covnets.runs import Run
from covnets.runs.curves import XAxis, curves, revisions, steps_in_view
from covnets.ui import notices, services
from covnets.ui.live_chart import Zoom, live_chart, zoom_of
from covnets.ui.parts.curve_charts import METRICS
from covnets.ui.parts.live import axis_control, live, log_control
from covnets.ui.parts.wording import duration, percent, state_badge

# The first point and the end of a stopped run are waited for, and so looked for more often.
SECONDS_PER_LOOK = 0.12
SECONDS_TO_SLOW_DOWN = 0.5
SECONDS_PER_TICK = 1.0
# It has one new point an epoch.
SECONDS_PER_GAP = 3.0
# Low enough that on a laptop's screen the drawing below them is still seen.
CURVES_HEIGHT = 260


def run_panel(
    run: Run | None, planned: RunConfig | None, offer_settings: Callable[[Run], None]
) -> None:
    """Show the chosen run's progress and curves, live while it goes on.

    Args:
        run: the chosen run, None before the first.
        planned: what the sliders describe now.
        offer_settings: offers to show what a run was made with, where the sliders show something
            else.
    """
    if run is None:
        if planned is not None:
            st.caption("No run here yet: press Start, and the curves appear while it learns.")
        return
    waiting = run.is_active and not _makes_steps(run)
    hurried = waiting or run.stop_requested or run.pause_requested
    period = (SECONDS_PER_LOOK if hurried else SECONDS_PER_TICK) if run.is_active else None
    live(partial(_tick, run.id, run.state, waiting, planned, offer_settings), period)


def _tick(
    run_id: str,
    known_state: str,
    was_waiting: bool,
    planned: RunConfig | None,
    offer_settings: Callable[[Run], None],
) -> None:
    """Progress and curves as they are now."""
    store = services.store()
    run = store.runs.get(run_id)
    began = (known_state, run.state) == ("queued", "running")
    if run.state != known_state and not began:
        st.rerun()  # the buttons and the outcome depend on it; on who trains it, nothing does
    with st.container():  # keeps the charts in their places when the progress bar goes
        axis, log = _status(run, planned, offer_settings)
    if run.step == 0:
        return
    version = revisions(store, [run.id])
    for column, metric in zip(st.columns(2), METRICS, strict=True):
        with column:
            key = f"{run.family}.{metric}"
            is_log = log and metric == "loss"
            figure = _figure(run.id, version, metric, axis, zoom_of(key), is_log, run)
            live_chart(figure, key=key, height=CURVES_HEIGHT, zoomable=True)
    if was_waiting and _makes_steps(run):
        # Drawn as soon as it was there; from now on at the slower pace. The browser, which has both
        # charts to set up, is not given the whole page to draw at the same moment.
        drawn_at = st.session_state.setdefault(f"{run.id}.drawn_at", time.monotonic())
        if time.monotonic() - drawn_at > SECONDS_TO_SLOW_DOWN:
            st.rerun()


def _makes_steps(run: Run) -> bool:
    """Whether it makes steps; one that goes on has steps of before, and is traced first."""
    return run.is_begun and run.step > 0


def gap_panel(run: Run) -> None:
    """Offer the gap between training and validation, apart from the curves that are watched."""
    if run.step > 0:
        period = SECONDS_PER_GAP if run.is_active else None
        num_train = run.config.train.num_train
        live(partial(_gap, run.id, run.family, num_train), period)


def _gap(run_id: str, family: str, num_train: int) -> None:
    is_sample = num_train > TRAIN_EVAL_IMAGES
    which = f"a fixed sample of {TRAIN_EVAL_IMAGES:,}" if is_sample else f"all {num_train:,}"
    with st.expander("The gap between training and validation"):
        st.caption(
            f"Accuracy on {which} of its training images minus accuracy on the validation images, "
            "both with the same weights and with dropout off. It grows as the network learns its "
            "training images by heart."
        )
        figure = _gap_figure(run_id, revisions(services.store(), [run_id]))
        live_chart(figure, key=f"{family}.gap", height=220)


@st.cache_data(max_entries=64, show_spinner=False)
def _gap_figure(run_id: str, version: tuple[int, ...]) -> bytes:
    of_run = curves(services.store(), run_id)
    return figure_bytes(gap_curve(of_run, axis="epoch", subject=run_id))


@st.cache_data(max_entries=128, show_spinner=False)
def _figure(
    run_id: str,
    version: tuple[int, ...],
    metric: Metric,
    axis: XAxis,
    zoom: Zoom | None,
    log: bool,
    _run: Run,
) -> bytes:
    """A chart of a run's history, built once for all visitors until the version changes.

    Where a visitor has zoomed in, it has each single step.
    """
    store = services.store()
    figure = learning_curve(
        curves(store, run_id, steps_in_view(store, _run, axis, zoom)),
        metric,
        axis=axis,
        num_classes=_run.config.network.num_classes,
        subject=run_id,
        log=log,
    )
    return figure_bytes(figure)


def _status(
    run: Run, planned: RunConfig | None, offer_settings: Callable[[Run], None]
) -> tuple[XAxis, bool]:
    """Say how the run stands; return what its curves are drawn by, and whether the loss by logs."""
    text = f"paused ({run.reason})" if run.state == "paused" else run.state
    axis: XAxis = "step"
    log = False
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        badge = state_badge(run.state, notices.plain(text))
        st.markdown(f"{badge} :small[{_description(run, planned)}]", width="stretch")
        if planned is not None and planned != run.config:
            offer_settings(run)
        if run.step > 0:
            log = log_control(f"{run.family}.log")
            chosen = axis_control(f"{run.family}.axis", "step", "collapsed", ("step", "epoch"))
            axis = "epoch" if chosen == "epoch" else "step"
    if run.state == "queued":
        st.progress(0.0, _waiting(run))
    elif run.state == "running":
        st.progress(*_progress(run))
    elif run.state == "finished":
        st.markdown(_result(run))
    elif run.state == "failed":
        notices.show_error(run.reason or "It failed.")
    elif run.state == "paused":
        if run.facts:
            st.progress(run.step / run.facts["total_steps"], _place(run))
        if way := _resumes_from(run):
            st.caption(way)
    if run.reason and run.state not in ("paused", "failed"):
        notices.show_warning(run.reason)
    trouble = services.engine().trouble(run.id) if run.is_active else None
    if trouble and run.state == "running":
        notices.show_warning(f"Training goes on, but its points wait in memory. {trouble}")
    elif trouble:
        notices.show_warning(f"It cannot begin yet. {trouble}")
    if run.details:
        with st.expander("Details"):
            st.code(run.details, language=None)
    return axis, log


def _resumes_from(run: Run) -> str | None:
    """Say from where a paused run goes on, unless it is from where it was paused."""
    if run.outdated:
        return f"It cannot be resumed: {run.outdated}."
    step = services.store().files.step_to_go_on_from(run)
    if step == run.step:
        return None
    if step is None:
        return "Its weights are no longer there, so it cannot be resumed."
    if step == 0:
        way = "begins again at step 0, since its weights were not saved yet"
    else:
        way = f"goes on from step {step:,}, where its weights were saved last"
    return f"Resume {way}; the steps after it are made again."


def _waiting(run: Run) -> str:
    if services.engine().state == "starting":
        return "Loading TensorFlow, a few seconds"
    store = services.store()
    if run.step:
        return "About to go on"
    before = store.runs.queue_position(run.id)
    if before:
        return f"Waiting: {before} run{'s' * (before > 1)} before it"
    beside = len(store.runs.list(states=["running"]))
    return f"Waiting for a place beside {beside} others" if beside > 1 else "Waiting for the worker"


def _result(run: Run) -> str:
    test, validation = (run.summary.get(f"{split}_accuracy") for split in ("test", "validation"))
    return f"**Test accuracy {percent(test)}** · validation {percent(validation)}"


def _description(run: Run, planned: RunConfig | None) -> str:
    train = run.config.train
    picture = swatch(look(run.number))  # as it is drawn in every chart of several runs
    text = (
        f"![]({picture}) Run {run.id} · {train.num_train:,} image{'s' * (train.num_train > 1)} · "
        f"{train.epochs} epoch{'s' * (train.epochs > 1)} · batch {train.batch_size} · "
        f"{train.optimizer}, {train.learning_rate:g}, "
        f"{train.schedule.replace('_', '-')} · seed {train.seed}"
    )
    if planned is not None and planned != run.config:
        text += " · *the page shows other settings now*"
    if run.facts:
        threads = run.facts["threads"]
        automatic = " (auto)" if train.precision == "auto" else ""
        text += (
            f" · {run.facts['precision']}{automatic} on {notices.plain(run.facts['device'])}, "
            f"{threads} thread{'s' * (threads != 1)}"
        )
    if run.revivals and run.is_ended:
        text += f" · went on {'once' if run.revivals == 1 else 'twice'} after its worker had ended"
    if run.parent:
        text += f" · goes on from run {run.parent}"
    return text


def _progress(run: Run) -> tuple[float, str]:
    total = run.facts.get("total_steps")
    if not total or not run.seconds or not _makes_steps(run):
        return 0.0, "Building and tracing the network"
    if run.stop_requested:
        return min(run.step / total, 1.0), "Stopping: looking at the validation images"
    if run.step >= total:
        return 1.0, "All steps are made: looking at the validation and the test images"
    left = run.seconds / run.step * (total - run.step)
    speed = run.step * run.facts["batch_size"] / run.seconds
    asked = " · pausing" if run.pause_requested else ""
    return min(run.step / total, 1.0), (
        f"{_place(run)} · {speed:,.0f} images/s · {duration(left)} left{asked}"
    )


def _place(run: Run) -> str:
    """How far a run has come."""
    epochs, total = run.facts["epochs"], run.facts["total_steps"]
    return f"Epoch {run.epoch} of {epochs} · step {run.step:,} of {total:,}"
