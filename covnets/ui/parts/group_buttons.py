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
    left = group is not None and not active and _has_left(group)
    st.button(
        "Resume" if left else "Pause",
        icon=":material/resume:" if left else ":material/pause:",
        disabled=not left and not (active and group is not None and group.state == "running"),
        on_click=_attempt,
        args=(kind, conductor.resume if left else conductor.pause, group_id),
        key=f"{kind}.pause",
        help="Go on with what is left, and begin anew what failed or was stopped; what has "
        "finished is not trained again."
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
        help=f"Stop all runs of this {kind}; their curves are kept. Resume begins them anew.",
    )


def is_active(group: Group) -> bool:
    """Whether it has runs that are waiting or going on, or will begin some."""
    if group.state == "running":
        return True
    return bool(services.store().runs.list(group=group.id, states=ACTIVE_STATES, limit=1))


def _has_left(group: Group) -> bool:
    """Whether something of it can be trained still."""
    if group.state == "paused":
        return True
    store = services.store()
    lost = {run.id for run in store.runs.list(group=group.id, states=["failed", "cancelled"])}
    # What has a note was not worth going on with.
    return any(lost.intersection(t.run_ids) for t in store.groups.trials(group.id) if not t.note)


def group_problem(kind: GroupKind) -> None:
    """Show why a button could not do its work, or why no worker can be had."""
    notices.show_trouble_of_engine()
    problem = st.session_state.pop(f"{kind}.problem", None)
    if problem:
        notices.show_error(problem)


def _attempt(kind: GroupKind, action: Callable[[str], Group], group_id: str) -> None:
    try:
        action(group_id)
    except CovnetsError as error:
        st.session_state[f"{kind}.problem"] = str(error)
