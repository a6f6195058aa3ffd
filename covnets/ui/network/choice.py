"""Which run a family's page shows, and how a visitor comes to it."""

import streamlit as st

from covnets.errors import StoreError
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import ACTIVE_STATES, Run
from covnets.ui import address, services

MOST_OFFERED = 6


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

    return address.Parameter("run", _chosen(page), read)


def _shown_elsewhere(run: Run) -> StoreError:
    """Say where a run is shown that was asked for on another family's page."""
    if run.family not in FAMILIES:
        return StoreError(f"Run {run.id} is of the family {run.family}, which has no page here.")
    title = FAMILIES[run.family].title
    has_page = run.family in PAGE_FAMILIES
    where = f"on the page of {title}" if has_page else "in the explorer"
    way = address.Link(run.family if has_page else "explorer", f"Open it {where}", {"run": run.id})
    return address.Elsewhere(f"The address names a run of {title}; it is shown {where}.", way)


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


def _chosen(family: str) -> str:
    return f"{family}.run"
