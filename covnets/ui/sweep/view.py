"""A sweep on the page: its map and its runs, live while it goes on, and what it has found."""

from __future__ import annotations

from collections import Counter
from functools import partial

import streamlit as st

from covnets.config.differences import description
from covnets.groups.sweep.axes import offered
from covnets.groups.sweep.effects import RUNS_THAT_TELL, STATES_THAT_TELL
from covnets.groups.sweep.grid import SweepPlan
from covnets.groups.sweep.results import best_run, best_text
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import Group
from covnets.runs.curves import revisions
from covnets.ui import notices, services, shell
from covnets.ui.live_chart import live_chart
from covnets.ui.parts.buttons import is_active
from covnets.ui.parts.live import live
from covnets.ui.parts.shown import run_link
from covnets.ui.parts.wording import state_badge
from covnets.ui.sweep import progress as sweep_progress
from covnets.ui.sweep.progress import Sweep
from covnets.ui.sweep.results import Pictures, figures_of, show_trials
from covnets.ui.sweep.setup import METHODS
from covnets.ui.sweep.state import NAME, show_plan, usual

SECONDS_PER_TICK = 1.0
# Somebody else may go on with it.
SECONDS_AT_REST = 5.0
BEST_COMPARED = 4
MOST_FAILURES = 3
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


def set_up_again(group: Group) -> None:
    """Offer to put a sweep's settings into the fields of the set-up.

    Raises:
        CovnetsError: another version has planned it.
    """
    plan = sweep_progress.plan_of(group)
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
    reasons = Counter(run.reason or "" for run in sweep.runs.values() if run.state == "failed")
    for reason, count in reasons.most_common(MOST_FAILURES):
        who = "A run" if count == 1 else f"{count} runs"
        notices.show_error(f"{who} failed. {reason}")
    if len(reasons) > MOST_FAILURES:
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
