"""The sweep page: what to try, how long it will take, and what it finds."""

from __future__ import annotations

from math import prod

import streamlit as st

from covnets.config import RunConfig
from covnets.errors import CovnetsError
from covnets.groups.sweep.axes import combination
from covnets.groups.sweep.grid import SweepPlan, plan_seconds, predicted_seconds
from covnets.models import FAMILIES
from covnets.runs import Group
from covnets.ui import address, notices, services
from covnets.ui.parts.buttons import group_buttons, problems
from covnets.ui.parts.shown import choose_earlier, show, shown_group
from covnets.ui.parts.wording import duration
from covnets.ui.sweep.setup import SetUp, set_up
from covnets.ui.sweep.state import NAME, UNFOLDED, follow, remember, titled
from covnets.ui.sweep.view import set_up_again, sweep_view

LONG_SECONDS = 3600.0
MOST_REASONS = 3


def sweep_page() -> None:
    """Show the set-up of the next sweep, and a sweep."""
    follow()
    group = shown_group(NAME)
    header, news, place, results = (st.container() for _ in range(4))
    # Folded away where there is something to see. It stays open once opened.
    unfolded = group is None or st.session_state.get(UNFOLDED, False)
    with place, st.expander("What to try", icon=":material/tune:", expanded=unfolded):
        now = set_up()
        _show_impossible(now)
    with header:
        _header(group, now)
    with news:
        address.show_refusals(NAME)
        problems(NAME, now.problem)
    if now.ready is not None and now.ready.method == "grid":
        services.engine().prepare(now.possible[0], visitor=services.visitor())
    with results:
        _results(group)
    remember(now.plan)
    address.share(NAME)


def _results(group: Group | None) -> None:
    if group is None:
        st.caption("No sweep yet: press Start, and the map of its results fills here.")
        return
    try:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            choose_earlier(NAME, group)
            set_up_again(group)
        sweep_view(group)
    except CovnetsError as error:  # such as a sweep that another version has planned
        notices.show_error(error)


def _header(group: Group | None, now: SetUp) -> None:
    about, buttons = st.columns([8, 6], vertical_alignment="center")
    with about:
        st.title("Sweep", anchor=False)
        st.markdown("One family, many values: how deep, how wide, how fast should it be?")
    with buttons:
        planned = None if now.ready is None else (now.ready, now.possible)
        group_buttons(NAME, group, _start, planned)
    _show_size(now)


def _show_size(now: SetUp) -> None:
    """Say how many runs Start would make, and how long that takes."""
    plan = now.ready
    if plan is None:
        return
    title = FAMILIES[plan.base.network.family].title
    known = services.known()
    if plan.method == "grid":
        seconds = predicted_seconds(now.cells, known)
        count = len(now.possible)
        size = f"{count} run{'s' * (count > 1)} of {title}"
    else:
        seconds = plan_seconds(plan, known)
        everything = prod(len(axis.values) for axis in plan.axes)
        total = len(now.possible) if now.cells else everything
        runs = min(plan.budget_runs, total)
        size = f"at most {runs} runs of {title}, chosen among {total} combinations"
    st.caption(f"Start makes {size}, about {duration(seconds)} one after the other.")
    if seconds > LONG_SECONDS:
        notices.show_warning(
            f"That takes about {duration(seconds)}: fewer values, epochs or training images take "
            "less. It can be paused, and goes on even after a restart."
        )


def _show_impossible(now: SetUp) -> None:
    """Say which combinations cannot be trained, and why."""
    refused = [cell for cell in now.cells if cell.config is None]
    if now.ready is None or not refused:
        return
    base = now.ready.base
    lines = []
    for cell in refused[:MOST_REASONS]:
        which = combination(base.network.family, cell.values)
        why = titled(cell.refusal or "", base)
        lines.append(notices.plain(f"{which}: {why}"))
    if len(refused) > MOST_REASONS:
        lines.append(f"and {len(refused) - MOST_REASONS} more.")
    head = f"{len(refused)} of {len(now.cells)} combinations cannot be trained and are left out:"
    st.caption("\n- ".join([f"{head}\n", *lines]))


def _start(planned: tuple[SweepPlan, list[RunConfig]]) -> None:
    plan, configs = planned
    trials = [[config] for config in configs] if plan.method == "grid" else []
    show(services.conductor().begin(NAME, plan.model_dump(mode="json"), trials))
    st.session_state[UNFOLDED] = False
