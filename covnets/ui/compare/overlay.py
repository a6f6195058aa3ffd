"""The curves of the chosen runs, one over the other, live while some of them go on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from covnets.charts.curves.contest import Contestant, Split, contest_curve, contest_height
from covnets.charts.curves.curves import figure_bytes
from covnets.charts.curves.lines import Axis, Metric
from covnets.errors import CovnetsError
from covnets.limits import MACS_PER_TRAINED_IMAGE
from covnets.runs import Run, frames, growing
from covnets.runs.buckets import Steps
from covnets.ui import services
from covnets.ui.live_chart import Zoom, live_chart, zoom_of
from covnets.ui.parts.live import axis_control, live, log_control

SECONDS_PER_TICK = 1.0
MOST_DRAWN = 40
"""More curves than these cannot be told apart."""

METRICS: tuple[Metric, ...] = ("accuracy", "loss")
CURVES: dict[str, tuple[Split, ...]] = {
    "both": ("train", "validation"),
    "validation": ("validation",),
    "training": ("train",),
}


def overlay(runs: Sequence[Run], names: dict[str, str]) -> None:
    """Show accuracy and loss of several runs.

    Args:
        runs: the runs.
        names: what each is called, by id.
    """
    drawn = runs[:MOST_DRAWN]
    if len(drawn) < len(runs):
        st.caption(f"The first {MOST_DRAWN} of the {len(runs):,} chosen runs are drawn.")
    period = SECONDS_PER_TICK if any(run.is_active for run in drawn) else None
    ids = tuple(run.id for run in drawn)
    live(partial(_tick, ids, names, period is not None), period)


def points_csv(runs: Sequence[Run], names: dict[str, str]) -> bytes:
    """Return every recorded point of some runs as a CSV file.

    Args:
        runs: the runs.
        names: what each is called, by id.
    """
    store = services.store()
    parts = []
    for run in runs:
        points = frames.history(store, run.id)
        points.insert(0, "run", run.id)
        points.insert(1, "name", names[run.id])
        parts.append(points)
    file = io.StringIO()
    pd.concat(parts, ignore_index=True).to_csv(file, index=False)
    return file.getvalue().encode()


def _tick(ids: tuple[str, ...], names: dict[str, str], was_active: bool) -> None:
    store = services.store()
    runs = [store.runs.get(run_id) for run_id in ids]
    if any(run.is_active for run in runs) != was_active:
        st.rerun()  # ticks end with the last run
    axis, splits, smoothing, log = _controls()
    version = frames.version(store, ids)
    labels = tuple(names[run_id] for run_id in ids)
    height = contest_height(len(runs))
    for place, metric in zip(st.columns(2), METRICS, strict=True):
        with place:
            key = f"compare.{metric}"
            windows = _windows(runs, axis, zoom_of(key))
            figure = _figure(
                *(ids, version, labels, metric, axis, splits, smoothing, windows),
                log=log and metric == "loss",
                _runs=runs,
            )
            live_chart(figure, key=key, height=height, zoomable=True)


def _windows(runs: Sequence[Run], axis: Axis, zoom: Zoom | None) -> tuple[Steps | None, ...]:
    """Return which steps of each run are looked at closely, and so drawn one by one."""
    if zoom is None:
        return (None,) * len(runs)
    store = services.store()
    return tuple(
        frames.steps_between(store, run.id, axis, *zoom, macs_per_step=_macs_per_step(run) or None)
        for run in runs
    )


def _controls() -> tuple[Axis, tuple[Split, ...], float, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        axis = axis_control("compare.axis", "step")
        curves = st.segmented_control(
            "Which",
            list(CURVES),
            default="both",
            required=True,
            key="compare.curves",
            persist_state="session",
        )
        smoothing = st.slider(
            "Smoothing of training",
            *(0.0, 0.98, 0.8, 0.02),
            key="compare.smoothing",
            persist_state="session",
            help="A smoothed curve is drawn over the points; the points stay in sight. Validation "
            "is never smoothed.",
            width=165,
        )
        log = log_control("compare.log_loss")
    return axis, CURVES[curves], smoothing, log


@st.cache_data(max_entries=128, show_spinner=False)
def _figure(
    ids: tuple[str, ...],
    version: tuple[int, ...],
    labels: tuple[str, ...],
    metric: Metric,
    axis: Axis,
    splits: tuple[Split, ...],
    smoothing: float,
    windows: tuple[Steps | None, ...],
    *,
    log: bool,
    _runs: Sequence[Run],
) -> bytes:
    """One chart, built once for all visitors until something in it changes."""
    store = services.store()
    contestants = [
        Contestant(
            *(run.id, label, run.number, growing.curves(store, run.id, window=window)),
            _macs_per_step(run),
        )
        for run, label, window in zip(_runs, labels, windows, strict=True)
    ]
    figure = contest_curve(
        contestants,
        metric,
        axis=axis,
        splits=splits,
        smoothing=smoothing,
        num_classes=_num_classes(_runs),
        subject=" ".join(ids),
        log=log,
    )
    return figure_bytes(figure)


def _macs_per_step(run: Run) -> float:
    facts = run.facts
    return float(MACS_PER_TRAINED_IMAGE * facts.get("macs", 0) * facts.get("batch_size", 0))


def _num_classes(runs: Sequence[Run]) -> int:
    for run in runs:
        try:
            return run.config.network.num_classes
        except CovnetsError:
            continue  # another version's
    return 10
