"""Which race or sweep a page shows, and how a visitor's browser remembers it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from covnets.errors import StoreError
from covnets.runs import Group, GroupKind
from covnets.ui import address, services

EARLIER = 30
MARKS = {"running": "▶ ", "paused": "⏸ ", "finished": ""}


def group_of_page(kind: GroupKind) -> address.Parameter:
    """Return the parameter that names the race or sweep that a page shows."""

    def read(text: str) -> str:
        group = services.store().groups.get(text[: address.LONGEST_SAID])
        if group.kind != kind:
            way = address.Link(group.kind, f"Open the {group.kind}", {group.kind: group.id})
            raise address.Elsewhere(f"The address names a {group.kind}, not a {kind}.", way)
        return group.id

    return address.Parameter(kind, _shown(kind), read)


def shown_group(kind: GroupKind) -> Group | None:
    """Return the race or sweep that the page shows.

    That is the one that this visitor started or chose last, else the newest of this kind.
    """
    chosen = st.session_state.get(_shown(kind))
    if chosen:
        try:
            return services.store().groups.get(chosen)
        except StoreError:
            del st.session_state[_shown(kind)]  # from another store
    newest = services.store().groups.list(kind, limit=1)
    if newest:
        # Remembered, or it would vanish for those who watch it when another one begins.
        show_group(kind, newest[0].id)
    return newest[0] if newest else None


def show_group(kind: GroupKind, group_id: str) -> None:
    """Let the page show a race or sweep from now on."""
    st.session_state[_shown(kind)] = group_id


def choose_earlier(kind: GroupKind, shown: Group | None) -> None:
    """Offer the latest races or sweeps, where there are several."""
    groups = services.store().groups.list(kind, limit=EARLIER)
    if len(groups) < 2 or shown is None:
        return
    by_id = {group.id: group for group in groups} | {shown.id: shown}
    key = f"{kind}.earlier"
    st.session_state[key] = shown.id
    st.selectbox(
        f"The {kind} that is shown",
        list(by_id),
        format_func=lambda group_id: name_of(by_id[group_id]),
        key=key,
        on_change=_choose,
        args=(kind,),
        label_visibility="collapsed",
        width=420,
    )


def name_of(group: Group) -> str:
    """A race or sweep for people: its name or number, and when it was started."""
    started = datetime.fromtimestamp(group.created_at, _visitors_zone())
    name = group.name or f"{group.kind.title()} {group.number}"
    return f"{MARKS[group.state]}{name} · {started:%d %b, %H:%M}"


def _visitors_zone() -> ZoneInfo | None:
    """The time zone of the visitor's browser; None, the server's, where it is not known here."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (KeyError, OSError, ValueError):
        return None


def _choose(kind: GroupKind) -> None:
    show_group(kind, st.session_state[f"{kind}.earlier"])


def _shown(kind: GroupKind) -> str:
    return f"{kind}.shown"
