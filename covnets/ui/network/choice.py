"""Which run a family's page shows, and how a visitor comes to it."""

import re

import streamlit as st

from covnets.errors import StoreError
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import ACTIVE_STATES, Run
from covnets.ui import address, services

MOST_OFFERED = 6

_RUN_ID = re.compile(r"[0-9a-f]{10}")


def choose_run(family: str) -> Run | None:
    """Return the run that this page shows.

    That is the one that this visitor asked for, started or looked at last, else one of this family
    that is going on now, else the family's newest.
    """
    store = services.store()
    run = visitors_run(family)
    if run is not None:
        return run
    going_on = [
        *store.runs.list(family=family, states=["running"], limit=1),
        *store.runs.list(family=family, states=["queued"], limit=1),
    ]
    if going_on:
        # Remembered, or it would vanish for those who watch it when another one begins.
        choose(going_on[0])
        return going_on[0]
    return next(iter(store.runs.list(family=family, limit=1)), None)


def visitors_run(family: str) -> Run | None:
    """Return the run that this visitor asked for, started or looked at last."""
    remembered = st.session_state.get(_chosen(family))
    if not remembered:
        return None
    store = services.store()
    try:
        return store.runs.get(remembered)
    except StoreError:
        del st.session_state[_chosen(family)]  # from another store
        return None


def asked_run(page: str, named: str | list[str] | None) -> Run | None:
    """Return the run that an address names; what is no run is refused on the page.

    Args:
        page: the page's name.
        named: the parameter of the address, None if it has none.
    """
    if named is None:
        return None
    store = services.store()
    if not isinstance(named, str) or not _RUN_ID.fullmatch(named):
        address.refuse(page, "The address names a run that does not exist here.")
        return None
    try:
        return store.runs.get(named)
    except StoreError as error:
        address.refuse(page, error)
        return None


def point_to(page: str, run: Run) -> None:
    """Say on a page where a run is shown that was asked for on another family's."""
    if run.family not in FAMILIES:
        address.refuse(page, f"Run {run.id} is of the family {run.family}, which has no page here.")
        return
    title = FAMILIES[run.family].title
    has_page = run.family in PAGE_FAMILIES
    where = f"on the page of {title}" if has_page else "in the explorer"
    way = address.Link(run.family if has_page else "explorer", f"Open it {where}", {"run": run.id})
    address.refuse(page, f"The address names a run of {title}; it is shown {where}.", way)


def also_active(family: str, shown: Run | None) -> None:
    """Offer the family's other runs that wait or go on."""
    others = [
        run
        for run in services.store().runs.list(
            family=family, states=ACTIVE_STATES, limit=MOST_OFFERED
        )
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
    st.session_state[_chosen(run.family)] = run.id


def is_chosen(run: Run) -> bool:
    """Whether this visitor has started or chosen the run before."""
    return bool(st.session_state.get(_chosen(run.family)) == run.id)


def _chosen(family: str) -> str:
    return f"{family}.run"
