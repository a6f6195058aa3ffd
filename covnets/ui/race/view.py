"""A race on the page: its curves and its leader board, live while it goes on, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from covnets.groups import race as races
from covnets.groups.race import Contestant
from covnets.groups.standings import standings
from covnets.runs import Group
from covnets.runs.curves import XAxis, curves, revisions
from covnets.ui import notices, services
from covnets.ui.parts.buttons import is_active
from covnets.ui.parts.curve_charts import Drawn, contest_charts
from covnets.ui.parts.live import axis_control, live, log_control, smoothing_control
from covnets.ui.parts.shown import run_link
from covnets.ui.race.contestants import set_line_up
from covnets.ui.race.results import has_seeds, leader_board, verdict

NAME = "race"
SECONDS_PER_LOOK = 0.2
SECONDS_PER_TICK = 1.0
# Somebody else may go on with it.
SECONDS_AT_REST = 5.0
CURVES_HEIGHT = 300


def race_view(group: Group) -> None:
    """Show a race, live while it goes on.

    Args:
        group: a race.
    """
    contestants = races.contestants_of(services.store(), group.id)
    active = is_active(group)
    waiting = active and _is_waiting(contestants)
    period = SECONDS_PER_LOOK if waiting else SECONDS_PER_TICK if active else SECONDS_AT_REST
    known = active, *_progress_of(contestants)
    live(partial(_tick, group.id, known, waiting), period)
    verdict(group, contestants)
    _links(contestants)


def _tick(group_id: str, known: tuple[bool, int, int], was_waiting: bool) -> None:
    store = services.store()
    group = store.groups.get(group_id)
    contestants = races.contestants_of(store, group_id)
    if (is_active(group), *_progress_of(contestants)) != known:
        st.rerun()  # the buttons and the verdict depend on it
    runs = [run for contestant in contestants for run in contestant.begun]
    # Containers keep the charts in their places when a notice above them comes or goes.
    status, board = st.container(), st.container()
    with status:
        axis, smoothing, log = _status(group, contestants)
    version = revisions(store, [run.id for run in runs])
    with board:
        leader_board(contestants, _standings(group_id, version, axis, contestants), axis)
    contest_charts(
        NAME,
        [
            Drawn(f"{group_id}-{place}", each.label, each.number or place + 1, each.runs)
            for place, each in enumerate(contestants)
        ],
        axis=axis,
        subject=group_id,
        num_classes=contestants[0].config.network.num_classes if contestants else 10,
        smoothing=smoothing,
        log=log,
        height=CURVES_HEIGHT,
    )
    if was_waiting and not _is_waiting(contestants):
        st.rerun()  # from now on at the slower pace


def _progress_of(contestants: Sequence[Contestant]) -> tuple[int, int]:
    """What the page around the ticks depends on: how many runs have ended, and of how many."""
    ended = sum(run.is_ended for contestant in contestants for run in contestant.begun)
    return ended, sum(len(contestant.runs) for contestant in contestants)


def _is_waiting(contestants: Sequence[Contestant]) -> bool:
    """Whether there is no step yet to be seen."""
    return not any(run.step for contestant in contestants for run in contestant.begun)


@st.cache_data(max_entries=64, show_spinner=False)
def _standings(
    group_id: str, version: tuple[int, ...], axis: XAxis, _contestants: Sequence[Contestant]
) -> pd.DataFrame:
    """Who leads, found out once for all visitors until something has changed."""
    store = services.store()
    of_runs = {run.id: curves(store, run.id) for each in _contestants for run in each.begun}
    return standings(_contestants, of_runs, axis)


def _status(group: Group, contestants: Sequence[Contestant]) -> tuple[XAxis, float, bool]:
    """Say how the race stands; return its curves' axis, their smoothing, and whether by logs."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[{_progress(group, contestants)}]", width="stretch")
        smoothing = 0.0 if has_seeds(contestants) else smoothing_control(f"{NAME}.smooth")
        log = log_control(f"{NAME}.log")
        axis = axis_control(f"{NAME}.axis", "epoch", "collapsed")
    runs = [run for contestant in contestants for run in contestant.begun]
    for run in runs:
        if run.state == "failed":
            notices.show_error(f"Run {run.id} failed. {run.reason or ''}")
    notices.show_trouble(group.id, runs)
    return axis, smoothing, log


def _progress(group: Group, contestants: Sequence[Contestant]) -> str:
    runs = [run for contestant in contestants for run in contestant.begun]
    total = sum(len(contestant.runs) for contestant in contestants)
    finished = sum(run.state == "finished" for run in runs)
    if has_seeds(contestants):
        seeds = len(contestants[0].runs)
        begun = max((len(contestant.begun) for contestant in contestants), default=0)
        which = f"{seeds} seeds" if finished == total else f"Seed {begun} of {seeds}"
        text = f"{which} · {finished} of {total} runs finished"
    else:
        text = f"{finished} of {total} runs finished"
    if runs:
        train = runs[0].config.train
        epochs = f"{train.epochs} epoch{'s' * (train.epochs > 1)}"
        images = f"{train.num_train:,} images, batches of {train.batch_size}"
        text = f"{epochs} of {images} · {text}"
    if group.state == "paused":
        return f"{text} · **paused**: Resume lets it go on"
    active = [run for run in runs if run.is_active]
    if active and all(run.state == "queued" for run in active):
        return f"{text} · waiting for a worker"
    if active and not any(run.is_begun for run in active):
        return f"{text} · building and tracing the networks"
    return text


def _links(contestants: Sequence[Contestant]) -> None:
    """Lead from a race to its runs, and to the next race."""
    runs = [(contestant, run) for contestant in contestants for run in contestant.begun[:1]]
    if not runs:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for contestant, run in runs:
            run_link(run, f"Open {contestant.label}")
        st.button(
            "Race these again",
            icon=":material/replay:",
            type="tertiary",
            key=f"{NAME}.again",
            on_click=set_line_up,
            args=([contestant.config for contestant in contestants],),
            help="Change something and race again.",
        )
