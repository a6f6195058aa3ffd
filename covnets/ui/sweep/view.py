"""A sweep on the page: its map and its runs, live while it goes on, and what it has found."""

from __future__ import annotations

from functools import partial

import streamlit as st

from covnets.config.differences import description
from covnets.errors import CovnetsError
from covnets.groups.sweep.axes import combination, offered
from covnets.groups.sweep.effects import RUNS_THAT_TELL, STATES_THAT_TELL
from covnets.groups.sweep.grid import SweepPlan, values_of
from covnets.groups.sweep.results import best_run, best_text
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import Group, Run
from covnets.runs.curves import revisions
from covnets.ui import notices, services, shell
from covnets.ui.live_chart import live_chart
from covnets.ui.parts.buttons import is_active
from covnets.ui.parts.live import live
from covnets.ui.parts.shown import name_of, run_link
from covnets.ui.parts.wording import state_badge
from covnets.ui.sweep import progress as sweep_progress
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.results import Pictures, figures_of, show_trials, trials_table
from covnets.ui.sweep.setup import METHODS
from covnets.ui.sweep.state import NAME, show_plan, usual

SECONDS_PER_TICK = 1.0
# Somebody else may go on with it.
SECONDS_AT_REST = 5.0
BEST_COMPARED = 4
MOST_FAILURES = 3
LONGEST_NAME = 80
# A smaller share would read 0 %.
LEAST_SHARE = 0.005


def sweep_view(group: Group) -> None:
    """Show a sweep, live while it goes on.

    Args:
        group: a sweep.
    """

    def is_going_on() -> bool:
        return is_active(services.store().groups.get(group.id))

    active = is_active(group)
    seconds = SECONDS_PER_TICK if active else SECONDS_AT_REST
    live(partial(_tick, group.id, active), seconds, page_depends_on=is_going_on)


def sweep_tools(group: Group) -> None:
    """Offer what can be done with a sweep as a whole: a name, its settings, its table."""
    plan = sweep_progress.plan_of(group)
    with st.popover("Name", icon=":material/edit:", type="tertiary"):
        st.text_input(
            "Name of the sweep",
            value=group.name,
            max_chars=LONGEST_NAME,
            key=f"{NAME}.name.{group.id}",
            on_change=notices.attempt,
            args=(NAME, _rename, group.id),
            placeholder=f"Sweep {group.number}",
        )
    if plan.base.network.family in PAGE_FAMILIES:
        st.button(
            "Set up again",
            icon=":material/replay:",
            type="tertiary",
            key=f"{NAME}.again",
            on_click=show_plan,
            args=(plan,),
            help="Put its hyperparameters, values and method into the fields above.",
        )
    st.download_button(
        "CSV",
        lambda: csv_of(group.id),
        file_name=f"sweep-{group.number}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        key=f"{NAME}.csv",
        on_click="ignore",
        help="The table of its runs.",
    )


def _title(group: Group, plan: SweepPlan) -> str:
    family = plan.base.network.family
    varied = " x ".join(offered(family)[axis.field].short for axis in plan.axes)
    name = group.name or f"Sweep {group.number}"
    method = "" if plan.method == "grid" else f", {METHODS[plan.method][0]}"
    return f"{name}: {FAMILIES[family].title}, {varied}{method}"


def _settings(plan: SweepPlan) -> str:
    """What all its runs have in common."""
    differs = description(plan.base, usual(plan.base.network.family))
    return notices.plain(f"The same for all, where it is not usual: {differs}")


def csv_of(group_id: str) -> str:
    """Return a sweep's table of runs as comma-separated values."""
    table = trials_table(sweep_progress.read(services.store(), group_id))
    return table.drop(columns=["look", "curve"]).to_csv(index=False)


def _tick(group_id: str, active: bool) -> None:
    store = services.store()
    sweep = sweep_progress.read(store, group_id)
    with st.container():  # keeps the charts in their places when a sentence comes or goes
        _status(sweep, active)
    version = (*revisions(store, list(sweep.runs)), len(sweep.trials))
    pictures = _pictures(group_id, version, sweep.is_search or not active)
    _chart(pictures.cells, "map")
    with st.container():
        _best(sweep)
    if pictures.tried is not None:
        left, right = st.columns([2, 1])
        with left:
            _chart(pictures.tried, "tried")
        with right:
            _importance(sweep, pictures)
    elif not active:
        _importance(sweep, pictures)
    show_trials(sweep)


@st.cache_data(max_entries=64, show_spinner=False)
def _pictures(group_id: str, version: tuple[int, ...], with_effects: bool) -> Pictures:
    """The figures of a sweep, built once for all visitors until something has changed."""
    sweep = sweep_progress.read(services.store(), group_id)
    return figures_of(sweep, with_effects=with_effects)


def _chart(picture: tuple[bytes, int], name: str) -> None:
    live_chart(picture[0], key=f"{NAME}.{name}", height=picture[1])


def _status(sweep: Sweep, active: bool) -> None:
    state = "pausing" if sweep.group.state == "paused" and active else sweep.group.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(state_badge(state), width="content")
        title = notices.plain(_title(sweep.group, sweep.plan))
        st.markdown(f"**{title}**", help=_settings(sweep.plan), width="content")
        st.markdown(f":small[{sweep_progress.progress_text(sweep)}]", width="content")
    if active:
        st.progress(sweep_progress.share_done(sweep))
    notices.show_trouble(sweep.group.id, sweep.runs.values())
    _failures(sweep)


def _failures(sweep: Sweep) -> None:
    """Say what failed and why, each reason once: a worker takes several runs along."""
    by_reason: dict[str, list[Run]] = {}
    for run in sorted(sweep.runs.values(), key=lambda run: run.trial or 0):
        if run.state == "failed":
            by_reason.setdefault(run.reason or "", []).append(run)
    for reason, runs in list(by_reason.items())[:MOST_FAILURES]:
        which = "; ".join(_run_text(sweep, run) for run in runs[:MOST_FAILURES])
        more = len(runs) - MOST_FAILURES
        which += f"; and {more} more" if more > 0 else ""
        who = "The run" if len(runs) == 1 else f"{len(runs)} runs"
        notices.show_error(f"{who} with {which} failed. {reason}")
    if len(by_reason) > MOST_FAILURES:
        st.caption("Others failed, too; the table says why.")


def _best(sweep: Sweep) -> None:
    best = sweep.runs.get(best_run(sweep.cells) or "")
    if best is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        text = best_text(sweep.group, sweep.plan, best)
        st.markdown(notices.plain(text), width="content")
        run_link(best, "Open it")
        ranked = _best_first(sweep)
        if len(ranked) > 1:
            st.page_link(
                shell.page_file("compare"),
                label="Compare the best ones",
                icon=":material/compare_arrows:",
                query_params={"runs": ",".join(ranked[:BEST_COMPARED])},
            )


def _best_first(sweep: Sweep) -> list[str]:
    """Finished runs, the best first."""
    finished = sweep.cells[sweep.cells["state"] == "finished"].dropna(subset=["score"])
    return [str(run_id) for run_id in finished.sort_values("score", ascending=False)["run_id"]]


def _importance(sweep: Sweep, pictures: Pictures) -> None:
    """Say which hyperparameters mattered, and whether that can be said at all."""
    counts = sweep.cells["state"].isin(STATES_THAT_TELL) & sweep.cells["score"].notna()
    ended = int(counts.sum())
    if not pictures.shares and ended < RUNS_THAT_TELL:
        if sweep.is_search:
            st.caption(f"What mattered can be told from {RUNS_THAT_TELL} ended runs on.")
        return
    if not pictures.shares:
        st.caption(
            "The results differ no more than they would by chance: these runs cannot say which "
            "value is better."
        )
        return
    if pictures.mattered is None:
        st.caption("It matters: the results differ by more than chance explains.")
        return
    first, *others = (
        notices.plain(f"{title} ({100 * share:.0f} %)")
        for title, share in pictures.shares.items()
        if share >= LEAST_SHARE
    )
    rest = f", then {', then '.join(others)}" if others else "; all else hardly did"
    st.caption(
        f"What mattered: **{first}**{rest}. These are their shares in what they explain together "
        "of the differences between the runs."
    )
    _chart(pictures.mattered, "mattered")


def _run_text(sweep: Sweep, run: Run) -> str:
    """What a run was tried with, in words: "blocks per stage 3, filters 16"."""
    try:
        return combination(run.family, values_of(sweep.plan, run.config))
    except CovnetsError:
        return f"id {run.id}"


def _rename(group_id: str) -> None:
    name = st.session_state[f"{NAME}.name.{group_id}"].strip()
    group = services.store().groups.rename(group_id, name)
    st.toast(f"It is called {name_of(group)} now.")
