"""A race on the page: its curves and its leader board, live while it goes on, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from covnets.groups import race as races
from covnets.groups.race import Lane
from covnets.groups.standings import standings
from covnets.runs import Group
from covnets.runs.curves import Axis, curves, revisions
from covnets.ui import notices, services
from covnets.ui.parts.buttons import is_active
from covnets.ui.parts.curve_charts import Drawn, contest_charts
from covnets.ui.parts.live import axis_control, live, log_control
from covnets.ui.parts.shown import run_link
from covnets.ui.race import contestants
from covnets.ui.race.results import has_seeds, leader_board, verdict

NAME = "race"
SECONDS_PER_LOOK = 0.2
SECONDS_PER_TICK = 1.0
# Somebody else may go on with it.
SECONDS_AT_REST = 5.0
CURVES_HEIGHT = 300
SMOOTHING = 0.9


def race_view(group: Group) -> None:
    """Show a race, live while it goes on.

    Args:
        group: a race.
    """
    lanes = races.lanes(services.store(), group.id)
    active = is_active(group)
    waiting = active and _is_waiting(lanes)
    period = SECONDS_PER_LOOK if waiting else SECONDS_PER_TICK if active else SECONDS_AT_REST
    known = active, *_progress_of(lanes)
    live(partial(_tick, group.id, known, waiting), period)
    verdict(group, lanes)
    _links(lanes)


def _tick(group_id: str, known: tuple[bool, int, int], was_waiting: bool) -> None:
    store = services.store()
    group = store.groups.get(group_id)
    lanes = races.lanes(store, group_id)
    if (is_active(group), *_progress_of(lanes)) != known:
        st.rerun()  # the buttons and the verdict depend on it
    runs = [run for lane in lanes for run in lane.begun]
    # Containers keep the charts in their places when a notice above them comes or goes.
    status, board = st.container(), st.container()
    with status:
        axis, smooth, log = _status(group, lanes)
    version = revisions(store, [run.id for run in runs])
    with board:
        leader_board(lanes, _standings(group_id, version, axis, lanes), axis)
    contest_charts(
        NAME,
        [
            Drawn(
                f"{group_id}-{place}",
                lane.label,
                lane.number or place + 1,
                lane.runs,
            )
            for place, lane in enumerate(lanes)
        ],
        axis=axis,
        subject=group_id,
        num_classes=lanes[0].config.network.num_classes if lanes else 10,
        smoothing=SMOOTHING if smooth else 0.0,
        log=log,
        height=CURVES_HEIGHT,
    )
    if was_waiting and not _is_waiting(lanes):
        st.rerun()  # from now on at the slower pace


def _progress_of(lanes: Sequence[Lane]) -> tuple[int, int]:
    """What the page around the ticks depends on: how many runs have ended, and of how many."""
    ended = sum(run.is_ended for lane in lanes for run in lane.begun)
    return ended, sum(len(lane.runs) for lane in lanes)


def _is_waiting(lanes: Sequence[Lane]) -> bool:
    """Whether there is no step yet to be seen."""
    return not any(run.step for lane in lanes for run in lane.begun)


@st.cache_data(max_entries=64, show_spinner=False)
def _standings(
    group_id: str, version: tuple[int, ...], axis: Axis, _lanes: Sequence[Lane]
) -> pd.DataFrame:
    """Who leads, found out once for all visitors until something has changed."""
    store = services.store()
    of_runs = {run.id: curves(store, run.id) for lane in _lanes for run in lane.begun}
    return standings(_lanes, of_runs, axis)


def _status(group: Group, lanes: Sequence[Lane]) -> tuple[Axis, bool, bool]:
    """Say how the race stands; return its curves' axis, and whether smoothed, and by logs."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[{_progress(group, lanes)}]", width="stretch")
        smooth = not has_seeds(lanes) and st.toggle(
            "Smooth",
            value=True,
            key=f"{NAME}.smooth",
            persist_state="session",
            help="Draw an average over the training points; the points themselves stay in sight.",
        )
        log = log_control(f"{NAME}.log")
        axis = axis_control(f"{NAME}.axis", "epoch", "collapsed")
    runs = [run for lane in lanes for run in lane.begun]
    for run in runs:
        if run.state == "failed":
            notices.show_error(f"Run {run.id} failed. {run.reason or ''}")
    notices.show_trouble(group.id, runs)
    return axis, smooth, log


def _progress(group: Group, lanes: Sequence[Lane]) -> str:
    runs = [run for lane in lanes for run in lane.begun]
    total = sum(len(lane.runs) for lane in lanes)
    finished = sum(run.state == "finished" for run in runs)
    if has_seeds(lanes):
        seeds = len(lanes[0].runs)
        begun = max((len(lane.begun) for lane in lanes), default=0)
        which = f"{seeds} seeds" if finished == total else f"Seed {begun} of {seeds}"
        text = f"{which} · {finished} of {total} runs finished"
    else:
        text = f"{finished} of {total} runs finished"
    if group.state == "paused":
        return f"{text} · **paused**: Resume lets it go on"
    active = [run for run in runs if run.is_active]
    if active and all(run.state == "queued" for run in active):
        return f"{text} · waiting for a worker"
    if active and not any(run.is_begun for run in active):
        return f"{text} · building and tracing the networks"
    return text


def _links(lanes: Sequence[Lane]) -> None:
    """Lead from a race to its runs, and to the next race."""
    runs = [(lane, run) for lane in lanes for run in lane.begun[:1]]
    if not runs:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for lane, run in runs:
            run_link(run, f"Open {lane.label}")
        st.button(
            "Race these again",
            icon=":material/replay:",
            type="tertiary",
            key=f"{NAME}.again",
            on_click=contestants.set_line_up,
            args=([lane.config for lane in lanes],),
            help="Change something and race again.",
        )
