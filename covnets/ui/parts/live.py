"""Parts of a page that are drawn again while something goes on, and the axes of their curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from covnets.errors import CovnetsError
from covnets.runs.curves import XAxis
from covnets.ui import notices

AXES: dict[XAxis, str] = {"step": "step", "epoch": "epoch", "seconds": "seconds", "macs": "MACs"}
SMOOTHING = 0.9


def live(
    draw: Callable[[], object],
    seconds: float | None,
    *,
    page_depends_on: Callable[[], object] = lambda: None,
) -> None:
    """Draw a part of the page, and draw it again and again without the page around it.

    Args:
        draw: draws it. A `CovnetsError` is shown in its place: between two runs of the page there
            is nobody else to show it.
        seconds: from one drawing to the next; None to draw it once in each run of the page.
        page_depends_on: what the page around was drawn from. Once it is another, the page is run
            anew, and `live` is called with what is right then.
    """
    known = page_depends_on()

    def tick() -> None:
        try:
            if page_depends_on() != known:
                st.rerun()
            draw()
        except CovnetsError as error:
            notices.show_error(error)

    st.fragment(tick, run_every=seconds)()


def axis_control(
    key: str,
    default: XAxis,
    label_visibility: Literal["visible", "collapsed"] = "visible",
    offered: Sequence[XAxis] = tuple(AXES),
) -> XAxis:
    """Let the axis by which curves are drawn be chosen.

    Args:
        key: names the widget.
        default: what it shows at first.
        label_visibility: whether its label is seen.
        offered: the axes.
    """
    axis: XAxis = st.segmented_control(
        "Curves by",
        offered,
        default=default,
        required=True,
        format_func=AXES.__getitem__,
        key=key,
        persist_state="session",
        label_visibility=label_visibility,
    )
    return axis


def smoothing_control(key: str) -> float:
    """Let the training curves be smoothed; return by how much, from 0 to less than 1.

    Args:
        key: names the widget.
    """
    is_smooth = st.toggle(
        "Smooth",
        value=True,
        key=key,
        persist_state="session",
        help="Draw an average over the training points; the points themselves stay in sight.",
    )
    return SMOOTHING if is_smooth else 0.0


def log_control(key: str) -> bool:
    """Let the axis of the loss be made logarithmic.

    Args:
        key: names the widget.
    """
    return st.toggle("Loss on log scale", key=key, persist_state="session")
