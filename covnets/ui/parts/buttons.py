"""What can be done with a run, a race or a sweep: start, pause, resume, stop, repeat, train on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from covnets.config import RunConfig
from covnets.engine import Engine
from covnets.errors import CovnetsError
from covnets.groups import race as races
from covnets.groups.conductor import Conductor
from covnets.runs import ACTIVE_STATES, Group, GroupKind, Run
from covnets.ui import notices, services, shell
from covnets.ui.parts.live import live
from covnets.ui.parts.shown import show
from covnets.ui.race import contestants

# A second click on Start within this time is a double click, not a request for two equal runs.
SECONDS_OF_A_DOUBLE_CLICK = 2.0
# A worker that cannot be started is tried three times, some seconds each.
SECONDS_PER_LOOK = 2.0
MOST_EPOCHS_MORE = 100
SEED_COUNTS = (3, 5, races.MOST_SEEDS)
"""So often a finished run, or a race, can be repeated."""


def run_buttons(family: str, run: Run | None, planned: RunConfig | None) -> None:
    """Show the buttons of a family's page.

    Args:
        family: whose page this is.
        run: the run that they pause and stop.
        planned: the run that Start starts; None if it cannot be trained.
    """
    active = run is not None and run.is_active
    stopping = run is not None and run.stop_requested
    with st.container(horizontal=True, horizontal_alignment="right"):
        _start_button(family, _start_run, planned)
        _pause_and_stop(
            family,
            services.engine(),
            run.id if run else "",
            can_pause=active and not stopping and not (run is not None and run.pause_requested),
            can_resume=run is not None and run.state == "paused",
            can_stop=active and not stopping,
        )
        contestants.add_button(family, planned)


def group_buttons(
    kind: GroupKind,
    group: Group | None,
    start: Callable[..., object],
    planned: object | None,
) -> None:
    """Show the buttons of the race or the sweep page.

    Args:
        kind: whose page this is.
        group: the race or sweep that they pause and stop.
        start: starts what is planned.
        planned: what Start starts; None if it cannot be trained.
    """
    active = group is not None and is_active(group)
    with st.container(horizontal=True, horizontal_alignment="right"):
        _start_button(kind, start, planned)
        _pause_and_stop(
            kind,
            services.conductor(),
            group.id if group else "",
            can_pause=active and group is not None and group.state == "running",
            can_resume=group is not None and not active and _has_left(group),
            can_stop=active,
            resume_help="Begins what failed or was stopped anew; what has finished is kept.",
        )


def _start_button(page: str, start: Callable[..., object], planned: Any | None) -> None:
    """Show Start; a double click on it starts once."""
    st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=planned is None,
        on_click=notices.attempt,
        args=(page, _start_once, page, start, planned),
        key=f"{page}.start",
    )


def _start_once(page: str, start: Callable[..., object], planned: Any) -> None:
    last, moment = st.session_state.get(f"{page}.started", (None, -math.inf))
    if last == planned and time.monotonic() - moment < SECONDS_OF_A_DOUBLE_CLICK:
        return
    start(planned)
    st.session_state[f"{page}.started"] = planned, time.monotonic()


def _start_run(planned: RunConfig) -> None:
    show(services.engine().submit(planned))


def _pause_and_stop(
    page: str,
    actor: Engine | Conductor,
    shown_id: str,
    *,
    can_pause: bool,
    can_resume: bool,
    can_stop: bool,
    resume_help: str | None = None,
) -> None:
    """Show Pause, which is Resume where there is something to resume, and Stop."""
    st.button(
        "Resume" if can_resume else "Pause",
        icon=":material/resume:" if can_resume else ":material/pause:",
        disabled=not (can_resume or can_pause),
        on_click=notices.attempt,
        args=(page, actor.resume if can_resume else actor.pause, shown_id),
        key=f"{page}.pause",
        help=resume_help if can_resume else None,
    )
    st.button(
        "Stop",
        icon=":material/stop:",
        disabled=not can_stop,
        on_click=notices.attempt,
        args=(page, actor.stop, shown_id),
        key=f"{page}.stop",
    )


def is_active(group: Group) -> bool:
    """Whether it has runs that are waiting or going on, or will begin some."""
    if group.state == "running":
        return True
    return bool(services.store().runs.list(group=group.id, states=ACTIVE_STATES, limit=1))


def _has_left(group: Group) -> bool:
    """Whether something of it can be trained still."""
    if group.state == "paused":
        return True
    store = services.store()
    lost = {run.id for run in store.runs.list(group=group.id, states=["failed", "cancelled"])}
    # What has a note was not worth going on with.
    return any(lost.intersection(t.run_ids) for t in store.groups.trials(group.id) if not t.note)


def problems(page: str, refusal: str | None = None) -> None:
    """Show why a button could not do its work, or cannot, and why no worker can be had.

    Args:
        page: whose page this is.
        refusal: why Start cannot start what the page describes.
    """
    # It is known only after a while that no worker can be had.
    waits = services.engine().state in ("starting", "broken")
    live(_trouble_of_engine, SECONDS_PER_LOOK if waits else None)
    notices.show_problem(page)
    if refusal is not None:
        notices.show_warning(refusal)


def _trouble_of_engine() -> None:
    engine = services.engine()
    if engine.state == "broken":
        notices.show_error(engine.message or "No worker can be started.")


def train_on(run: Run) -> None:
    """Offer to train an ended run on for more epochs.

    Args:
        run: a finished, cancelled or paused run whose weights are there.
    """
    family, train = run.family, run.config.train
    with st.popover("Train on", icon=":material/fast_forward:"):
        more = st.number_input(
            "More epochs",
            min_value=1,
            max_value=MOST_EPOCHS_MORE,
            value=2,
            key=f"{run.id}.more",
        )
        if train.schedule != "constant":
            st.caption(
                f"The {train.schedule.replace('_', '-')} schedule is stretched over all "
                f"{train.epochs + more} epochs, so the learning rate rises again."
            )
        st.button(
            "Go on",
            type="primary",
            on_click=notices.attempt,
            args=(family, _train_on, run),
            key=f"{family}.train_on",
        )


def _train_on(run: Run) -> None:
    epochs = run.config.train.epochs + int(st.session_state[f"{run.id}.more"])
    show(services.engine().train_on(run.id, epochs))


def over_seeds(run: Run) -> None:
    """Offer to repeat a finished run as a race with itself; it counts as the first of the seeds.

    Args:
        run: the run.
    """
    if run.parent is not None:
        return  # it had the weights of another one at its start
    with st.popover("Over seeds", icon=":material/casino:"):
        st.caption("Was it luck? Train it again from other seeds, on the race page.")
        for count in SEED_COUNTS:
            label, key = f"{count} seeds", f"{run.id}.seeds.{count}"
            if st.button(label, key=key, type="tertiary"):
                _repeat(run, count)


def _repeat(run: Run, num_seeds: int) -> None:
    # "auto" may mean something else by now.
    precision = run.facts.get("precision", run.config.train.precision)
    train = run.config.train.replace(precision=precision)
    config, conditions = run.config.replace(train=train), races.Conditions(train, num_seeds)
    try:
        trials = races.trials([config], conditions)
        group = services.conductor().begin(
            "race", races.plan_of(conditions), trials, begun=[run.id]
        )
    except CovnetsError as error:
        notices.show_error(error)
        return
    show(group)
    st.switch_page(shell.page_file("race"))
