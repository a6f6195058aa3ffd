"""The curves of the chosen runs, one over the other, live while some of them go on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import streamlit as st

from covnets.charts.curves.contest import Split
from covnets.errors import CovnetsError
from covnets.runs import Run
from covnets.runs.curves import RECORDED, XAxis, recorded
from covnets.ui import services
from covnets.ui.parts.curve_charts import Drawn, contest_charts
from covnets.ui.parts.live import axis_control, live, log_control, smoothing_control

SECONDS_PER_TICK = 1.0
MOST_DRAWN = 40
"""More curves than these cannot be told apart."""

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
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("run", "name", *RECORDED))
    for run in runs:
        points = recorded(services.store(), run.id)
        rows.writerows((run.id, names[run.id], *point) for point in points)
    return file.getvalue().encode()


def _tick(ids: tuple[str, ...], names: dict[str, str], was_active: bool) -> None:
    store = services.store()
    runs = [store.runs.get(run_id) for run_id in ids]
    if any(run.is_active for run in runs) != was_active:
        st.rerun()  # ticks end with the last run
    axis, splits, smoothing, log = _controls()
    contest_charts(
        "compare",
        [Drawn(run.id, names[run.id], run.number, (run,)) for run in runs],
        axis=axis,
        subject=" ".join(ids),
        num_classes=_num_classes(runs),
        splits=splits,
        smoothing=smoothing,
        log=log,
    )


def _controls() -> tuple[XAxis, tuple[Split, ...], float, bool]:
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
        smoothing = smoothing_control("compare.smooth")
        log = log_control("compare.log_loss")
    return axis, CURVES[curves], smoothing, log


def _num_classes(runs: Sequence[Run]) -> int:
    for run in runs:
        try:
            return run.config.network.num_classes
        except CovnetsError:
            continue  # another version's
    return 10
