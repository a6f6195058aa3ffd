"""The axes of curves: what they are drawn by, and whether that of the loss is logarithmic."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from covnets.charts.curves.lines import Axis

AXES: dict[Axis, str] = {"step": "step", "epoch": "epoch", "seconds": "seconds", "macs": "MACs"}


def axis_control(
    key: str, default: Axis, label_visibility: Literal["visible", "collapsed"] = "visible"
) -> Axis:
    """Let the axis be chosen.

    Args:
        key: names the widget.
        default: what it shows at first.
        label_visibility: whether its label is seen.
    """
    axis: Axis = st.segmented_control(
        "Curves by",
        list(AXES),
        default=default,
        required=True,
        format_func=AXES.__getitem__,
        key=key,
        persist_state="session",
        label_visibility=label_visibility,
    )
    return axis


def log_control(key: str) -> bool:
    """Let the axis of the loss be made logarithmic.

    Args:
        key: names the widget.
    """
    return st.toggle(
        "Loss on log scale",
        key=key,
        persist_state="session",
        help="A logarithmic axis: each halving of the loss is as high as any other, and one early "
        "spike does not flatten the rest. The accuracy stays as it is.",
    )
