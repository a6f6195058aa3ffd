"""Pause, Resume and Stop of a race or sweep."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from covnets.errors import CovnetsError
from covnets.runs import ACTIVE_STATES, Group, GroupKind
from covnets.ui import notices, services


def group_buttons(kind: GroupKind, group: Group | None) -> None:
    """Show the buttons; Pause becomes Resume while something is left to be done.

    Args:
        kind: whose page this is.
        group: the race or sweep that they pause and stop.
    """
    conductor = services.conductor()
    group_id = group.id if group else ""
    active = group is not None and is_active(group)
    left = group is not None and group.state == "paused" and not active
    st.button(
        "Resume" if left else "Pause",
        icon=":material/resume:" if left else ":material/pause:",
        disabled=not left and not (active and group is not None and group.state == "running"),
        on_click=_attempt,
        args=(kind, conductor.resume if left else conductor.pause, group_id),
        key=f"{kind}.pause",
        help="Go on with what is left; what has finished is not trained again."
        if left
        else f"Let this {kind} rest; it can go on exactly where it was.",
    )
    st.button(
        "Stop",
        icon=":material/stop:",
        disabled=not active,
        on_click=_attempt,
        args=(kind, conductor.stop, group_id),
        key=f"{kind}.stop",
        help=f"Stop all runs of this {kind}; their curves are kept, and the {kind} can be resumed.",
    )


def is_active(group: Group) -> bool:
    """Whether it has runs that are waiting or going on, or will begin some."""
    if group.state == "running":
        return True
    return bool(services.store().list(group=group.id, states=ACTIVE_STATES, limit=1))


def group_problem(kind: GroupKind) -> None:
    """Show why a button could not do its work, or why no worker can be had."""
    engine = services.engine()
    if engine.state == "broken":
        notices.show_error(engine.message or "No worker can be started.")
    problem = st.session_state.pop(f"{kind}.problem", None)
    if problem:
        notices.show_error(problem)


def _attempt(kind: GroupKind, action: Callable[[str], Group], group_id: str) -> None:
    try:
        action(group_id)
    except CovnetsError as error:
        st.session_state[f"{kind}.problem"] = str(error)
