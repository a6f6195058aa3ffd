"""Which run, race or sweep a page shows, and the ways to another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from covnets.errors import StoreError
from covnets.groups.kinds import kind_of
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import ACTIVE_STATES, Group, GroupKind, Run
from covnets.ui import address, notices, services, shell

MOST_OFFERED = 6
EARLIER = 30
MARKS = {"running": "▶ ", "paused": "⏸ ", "finished": ""}

_Shown = TypeVar("_Shown", Run, Group)


def show(shown: Run | Group) -> None:
    """Let the page of a run's family, or of races or sweeps, show it from now on."""
    _show(shown.family if isinstance(shown, Run) else shown.kind, shown.id)


def shown_run(family: str) -> Run | None:
    """Return the run that a family's page shows.

    That is the one that this visitor asked for, started or looked at last, else one of this family
    that is going on now, else the family's newest.
    """
    runs = services.store().runs
    run = visitors_run(family)
    if run is not None:
        return run
    for state in ("running", "queued"):
        for going_on in runs.list(family=family, states=[state], limit=1):
            # Remembered, or it would vanish for those who watch it when another one begins.
            show(going_on)
            return going_on
    return next(iter(runs.list(family=family, limit=1)), None)


def visitors_run(family: str) -> Run | None:
    """Return the run that this visitor asked for, started or looked at last."""
    return _remembered(family, services.store().runs.get)


def shown_group(kind: GroupKind) -> Group | None:
    """Return the race or sweep that the page shows.

    That is the one that this visitor started or chose last, else the newest of this kind.
    """
    groups = services.store().groups
    group = _remembered(kind, groups.get)
    if group is not None:
        return group
    newest = next(iter(groups.list(kind, limit=1)), None)
    if newest is not None:
        show(newest)  # remembered, as a run that goes on is
    return newest


def read_run(text: str) -> Run:
    """Return the run that an address names.

    Raises:
        StoreError: there is no such run here.
    """
    return services.store().runs.get(text[: address.LONGEST_SAID])


def run_of_page(page: str) -> address.Parameter:
    """Return the parameter of a family's page that names the run that is shown.

    Args:
        page: the family.
    """

    def read(text: str) -> str:
        run = read_run(text)
        if run.family != page:
            raise _shown_elsewhere(run)
        return run.id

    return address.Parameter("run", _key(page), read)


def _shown_elsewhere(run: Run) -> StoreError:
    """Say where a run is shown that was asked for on another family's page."""
    if run.family not in FAMILIES:
        return StoreError(_without_page(run))
    title = FAMILIES[run.family].title
    has_page = run.family in PAGE_FAMILIES
    where = f"on the page of {title}" if has_page else "in the explorer"
    way = address.Link(run.family if has_page else "explorer", f"Open it {where}", {"run": run.id})
    return address.Elsewhere(f"The address names a run of {title}; it is shown {where}.", way)


def group_of_page(kind: GroupKind) -> address.Parameter:
    """Return the parameter that names the race or sweep that a page shows."""

    def read(text: str) -> str:
        group = services.store().groups.get(text[: address.LONGEST_SAID])
        if group.kind != kind:
            kind_of(group.kind)  # an unknown one has no page
            way = address.Link(group.kind, f"Open the {group.kind}", {group.kind: group.id})
            raise address.Elsewhere(f"The address names a {group.kind}, not a {kind}.", way)
        return group.id

    return address.Parameter(kind, _key(kind), read)


def open_run(run: Run) -> None:
    """Go to the page that shows a run, if there is one."""
    if run.family in FAMILIES:
        st.switch_page(shell.page_of(run.family), query_params={"run": run.id})
    notices.show_warning(_without_page(run))


def run_link(run: Run, label: str) -> None:
    """Offer the way to the page that shows a run, if there is one.

    Args:
        run: the run.
        label: what stands on the link, in Markdown.
    """
    if run.family not in FAMILIES:
        st.caption(notices.plain(_without_page(run)))
        return
    st.page_link(
        shell.page_of(run.family),
        label=label,
        icon=":material/open_in_new:",
        query_params={"run": run.id},
    )


def also_active(family: str, shown: Run | None) -> None:
    """Offer the family's other runs that wait or go on."""
    active = services.store().runs.list(family=family, states=ACTIVE_STATES, limit=MOST_OFFERED)
    others = [run for run in active if shown is None or run.id != shown.id]
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Also here:", width="content")
        for run in others:
            st.button(
                f"{run.id} · {run.state}",
                type="tertiary",
                key=f"{family}.show.{run.id}",
                on_click=show,
                args=(run,),
            )


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
        on_change=lambda: _show(kind, st.session_state[key]),
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


def _without_page(run: Run) -> str:
    return f"Run {run.id} is of the family {run.family}, which has no page here."


def _show(page: str, shown_id: str) -> None:
    st.session_state[_key(page)] = shown_id


def _remembered(page: str, get: Callable[[str], _Shown]) -> _Shown | None:
    remembered = st.session_state.get(_key(page))
    if not remembered:
        return None
    try:
        return get(remembered)
    except StoreError:
        del st.session_state[_key(page)]  # from another store
        return None


def _key(page: str) -> str:
    return f"{page}.shown"
