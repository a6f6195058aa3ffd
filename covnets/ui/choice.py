"""Which run a family's page shows, and how a visitor's browser remembers it."""

import re
import time

import streamlit as st

from covnets.errors import StoreError
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import ACTIVE_STATES, Run, RunStore
from covnets.ui import app, notices, services

MOST_OFFERED = 6
SECONDS_OF_AN_OLD_ADDRESS = 3.0

_RUN_ID = re.compile(r"[0-9a-f]{10}")


def choose_run(family: str) -> Run | None:
    """Return the run that this page shows.

    That is the one in the address, else the one that this visitor started or looked at last, else
    one of this family that is going on now, else the family's newest.
    """
    store = services.store()
    run = visitors_run(family)
    if run is not None:
        return run
    going_on = [
        *store.list(family=family, states=["running"], limit=1),
        *store.list(family=family, states=["queued"], limit=1),
    ]
    if going_on:
        # Remembered, or it would vanish for those who watch it when another one begins.
        st.session_state[_chosen(family)] = going_on[0].id
        return going_on[0]
    return next(iter(store.list(family=family, limit=1)), None)


def visitors_run(family: str) -> Run | None:
    """Return the run in the address, else the one that this visitor started or looked at last."""
    store = services.store()
    return _from_address(store, family) or _from_session(store, family)


def _from_address(store: RunStore, family: str) -> Run | None:
    named = st.query_params.get("run")
    if not named:
        return None
    if _is_left_behind(family, named):
        del st.query_params["run"]
        return None
    if not _RUN_ID.fullmatch(named):
        notices.show_warning("The address names a run that does not exist here.")
        return None
    try:
        run = store.get(named)
    except StoreError as error:
        notices.show_warning(error)
        return None
    if run.family != family:
        _point_to(run)
        return None
    st.session_state[_chosen(family)] = run.id
    return run


def _point_to(run: Run) -> None:
    """Say where a run is shown that was asked for on another family's page."""
    if run.family not in FAMILIES:
        notices.show_warning(f"Run {run.id} is of the family {run.family}, which has no page here.")
        return
    title = FAMILIES[run.family].title
    where = f"on the page of {title}" if run.family in PAGE_FAMILIES else "in the explorer"
    notices.show_warning(f"The address names a run of {title}; it is shown {where}.")
    page = app.page_of(run.family)
    st.page_link(page, label=f"Open it {where}", query_params={"run": run.id})


def _from_session(store: RunStore, family: str) -> Run | None:
    remembered = st.session_state.get(_chosen(family))
    if not remembered:
        return None
    try:
        run = store.get(remembered)
    except StoreError:
        del st.session_state[_chosen(family)]  # from another store
        return None
    if "run" not in st.query_params:
        # A change of pages has emptied the address; with the run in it, a reload finds it again.
        st.query_params["run"] = run.id
    return run


def also_active(family: str, shown: Run | None) -> None:
    """Offer the family's other runs that wait or go on."""
    others = [
        run
        for run in services.store().list(family=family, states=ACTIVE_STATES, limit=MOST_OFFERED)
        if shown is None or run.id != shown.id
    ]
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Also here:", width="content")
        for run in others:
            st.button(
                f"{run.id} · {run.state}",
                type="tertiary",
                key=f"{family}.show.{run.id}",
                on_click=choose,
                args=(run,),
                help="Show this run; the other one goes on.",
            )


def choose(run: Run) -> None:
    """Let the page show a run from now on."""
    st.session_state[_left(run.family)] = st.query_params.get("run"), time.monotonic()
    st.session_state[_chosen(run.family)] = run.id
    st.query_params["run"] = run.id


def leave_behind(family: str) -> str | None:
    """Take the run out of the address, for the page now shows another family; return its id."""
    named: str | None = st.query_params.pop("run", None)
    st.session_state[_left(family)] = named, time.monotonic()
    return named


def is_chosen(run: Run) -> bool:
    """Whether this visitor has started or chosen the run before."""
    return bool(st.session_state.get(_chosen(run.family)) == run.id)


def _is_left_behind(family: str, named: str) -> bool:
    """Whether the address names the run that a choice has just replaced.

    A tick of the live curves that was on its way when the choice was made brings the address of
    before along.
    """
    left, moment = st.session_state.get(_left(family), (None, 0.0))
    return bool(named == left and time.monotonic() - moment < SECONDS_OF_AN_OLD_ADDRESS)


def _left(family: str) -> str:
    return f"{family}.left"


def _chosen(family: str) -> str:
    return f"{family}.run"
