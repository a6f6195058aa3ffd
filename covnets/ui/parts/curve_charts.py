"""Accuracy and loss of several networks side by side, live: of a race, or of chosen runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from covnets.charts.curves.contest import Entry, Split, contest_curve, contest_height
from covnets.charts.curves.traces import Metric
from covnets.charts.page import figure_bytes
from covnets.runs import Run
from covnets.runs.curves import NO_POINTS, XAxis, curves, macs_per_step, revisions, steps_in_view
from covnets.ui import services
from covnets.ui.live_chart import Zoom, live_chart, zoom_of

METRICS: tuple[Metric, ...] = ("accuracy", "loss")


@dataclass(frozen=True)
class Drawn:
    """A network whose curves are drawn.

    Attributes:
        key: names it on the page for good, as `Entry.key`.
        label: what it is called beside the others.
        number: the number of its first run, from which its look comes.
        runs: one a seed; None where it is not begun.
    """

    key: str
    label: str
    number: int
    runs: tuple[Run | None, ...]

    def entry(self, axis: XAxis, zoom: Zoom | None) -> Entry:
        """The network with its points; where a visitor has zoomed in, with each single step."""
        store = services.store()
        seeds = [
            curves(store, run.id, steps_in_view(store, run, axis, zoom)) if run else NO_POINTS
            for run in self.runs
        ]
        per_step = max((macs_per_step(run) for run in self.runs if run), default=0.0)
        return Entry(self.key, self.label, self.number, seeds, per_step)


def contest_charts(
    page: str,
    drawn: Sequence[Drawn],
    *,
    axis: XAxis,
    subject: str,
    num_classes: int,
    splits: tuple[Split, ...] = ("train", "validation"),
    smoothing: float = 0.0,
    log: bool = False,
    height: int | None = None,
) -> None:
    """Show both charts, drawn anew when there is something new.

    Args:
        page: names the charts.
        drawn: the networks.
        axis: what they are drawn by.
        subject: which networks these are.
        num_classes: of the dataset.
        splits: which curves.
        smoothing: of training, from 0 to less than 1.
        log: whether the axis of the loss is logarithmic.
        height: in pixels; None for as high as the names need.
    """
    version = revisions(services.store(), [run.id for each in drawn for run in each.runs if run])
    labels = tuple(each.label for each in drawn)
    for place, metric in zip(st.columns(2), METRICS, strict=True):
        with place:
            key = f"{page}.{metric}"
            figure = _figure(
                *(subject, version, labels, metric, axis, splits, smoothing, num_classes),
                log and metric == "loss",
                zoom_of(key),
                drawn,
            )
            live_chart(figure, key=key, height=height or contest_height(len(drawn)), zoomable=True)


@st.cache_data(max_entries=128, show_spinner=False)
def _figure(
    subject: str,
    version: tuple[int, ...],
    labels: tuple[str, ...],
    metric: Metric,
    axis: XAxis,
    splits: tuple[Split, ...],
    smoothing: float,
    num_classes: int,
    log: bool,
    zoom: Zoom | None,
    _drawn: Sequence[Drawn],
) -> bytes:
    """One chart, built once for all visitors until something in it changes."""
    figure = contest_curve(
        [each.entry(axis, zoom) for each in _drawn],
        metric,
        axis=axis,
        splits=splits,
        smoothing=smoothing,
        num_classes=num_classes,
        subject=subject,
        log=log,
    )
    return figure_bytes(figure)
