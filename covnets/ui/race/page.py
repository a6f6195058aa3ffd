"""The race page: the contestants, the race itself, and whether its difference is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from covnets.config import (
    RunConfig,
    TrainConfig,
    compact,
    from_compact,
    from_link,
    short_recipe,
    to_link,
    with_titles,
)
from covnets.errors import CovnetsError
from covnets.groups import race as races
from covnets.limits import check_run
from covnets.models import FAMILIES
from covnets.runs import PACES, Group, GroupKind, Pace
from covnets.ui import address, notices, services
from covnets.ui.parts import controls
from covnets.ui.parts.buttons import group_buttons, problems
from covnets.ui.parts.shown import choose_earlier, group_of_page, show, shown_group
from covnets.ui.parts.wording import duration
from covnets.ui.race import contestants
from covnets.ui.race.view import race_view

NAME: GroupKind = "race"
SEEDS, PACE = f"{NAME}.seeds", f"{NAME}.pace"
SEED_COUNTS = (1, 3, 5, 10)
USUAL_PACE = "epoch"
USUAL = short_recipe(TrainConfig())
"""What is equal for all, unless somebody changes it."""
PACE_NAMES: dict[Pace, str] = {
    "step": "step",
    "epoch": "epoch",
    "seconds": "training time",
    "macs": "multiply-adds",
}

_NETWORK = FAMILIES["vgg"].config_class()
_DEFAULTS = {name: family.defaults for name, family in FAMILIES.items()}
TABLE = (
    group_of_page(NAME),
    address.Parameter(
        "contestant",
        contestants.LINE_UP,
        read=partial(from_compact, defaults=_DEFAULTS),
        write=partial(compact, defaults=_DEFAULTS),
        most=races.MOST_CONTESTANTS,
    ),
    address.one_of("seeds", SEEDS, SEED_COUNTS, SEED_COUNTS[0]),
    address.one_of("pace", PACE, PACES, USUAL_PACE),
)
# All look at the images of the first one.
SETTINGS = tuple(name for name in races.EQUAL if name != "dataset")


def race_page() -> None:
    """Show the contestants of the next race, and a race."""
    address.follow(NAME, TABLE, _show_settings, SETTINGS)
    conditions = _conditions()
    group = shown_group(NAME)
    trials, problem = _planned(conditions)
    header, news, line_up, earlier, place = (st.container() for _ in range(5))
    with header:
        _header(group, trials, conditions)
    with news:
        address.show_refusals(NAME)
        problems(NAME, problem)
    with line_up, st.container(border=True):
        contestants.show_line_up(trials[0] if trials is not None else contestants.line_up())
        if trials is not None:
            _show_time(trials)
    if trials is not None:
        services.engine().prepare(*trials[0], visitor=services.visitor())
    with earlier:
        choose_earlier(NAME, group)
    with place:
        if group is not None:
            race_view(group)
    train = conditions.train.replace(dataset=USUAL.dataset)
    address.remember(
        NAME, TABLE, to_link(RunConfig(network=_NETWORK, train=train), _NETWORK, USUAL)
    )
    address.share(NAME)


def _show_settings(_: address.Values, settings: address.Texts) -> None:
    train = from_link(settings, _NETWORK, USUAL).train
    controls.reset(train, controls.training(NAME))


def _planned(
    conditions: races.Conditions,
) -> tuple[list[list[RunConfig]] | None, str | None]:
    """What Start starts, or why it cannot; neither without contestants."""
    configs = contestants.line_up()
    if not configs:
        return None, None
    try:
        trials = races.trials(configs, conditions)
        for config in trials[0]:
            check_run(config)
        return trials, None
    except CovnetsError as error:
        return None, with_titles(str(error), USUAL)


def _header(
    group: Group | None, trials: list[list[RunConfig]] | None, conditions: races.Conditions
) -> None:
    about, buttons = st.columns([8, 6], vertical_alignment="center")
    with about:
        st.title("Race", anchor=False)
        st.markdown(
            "Same images, same order, same seed. Which network wins?",
            help="Learning rate, optimizer, schedule, weight decay and precision stay each "
            "contestant's own: one recipe does not suit all families. Over several seeds, each "
            "time all have the same one.",
        )
    with buttons:
        planned = None if trials is None else (trials, races.plan_of(conditions))
        group_buttons(NAME, group, _start, planned)


def _start(planned: tuple[Sequence[Sequence[RunConfig]], Mapping[str, Any]]) -> None:
    trials, plan = planned
    show(services.conductor().begin(NAME, plan, trials))


def _conditions() -> races.Conditions:
    with st.sidebar:
        st.subheader("The same for all", anchor=False)
        values = controls.controls(USUAL, f"{NAME}.train", only=races.EQUAL)
        st.session_state.setdefault(SEEDS, SEED_COUNTS[0])
        st.session_state.setdefault(PACE, USUAL_PACE)
        num_seeds = st.segmented_control(
            "Seeds",
            SEED_COUNTS,
            required=True,
            key=SEEDS,
            persist_state="session",
            help="Repeats the race, each time from the next seed: one race may be luck.",
        )
        pace = st.selectbox(
            "They keep level by",
            PACES,
            format_func=PACE_NAMES.__getitem__,
            key=PACE,
            persist_state="session",
            help="None gets further ahead of the last one than one move. The curves can be drawn "
            "by each of these, whatever they kept level by.",
        )
    try:
        train = USUAL.replace(**values)
    except CovnetsError as error:
        notices.show_warning(with_titles(str(error), USUAL))
        train = USUAL
    # All look at the images of the first one.
    datasets = [config.train.dataset for config in contestants.line_up()[:1]]
    train = train.replace(dataset=(datasets or [train.dataset])[0])
    return races.Conditions(train, int(num_seeds or 1), pace)


def _show_time(trials: Sequence[Sequence[RunConfig]]) -> None:
    """Say how long the race will take."""
    count = sum(map(len, trials))
    seeds = f" over {len(trials)} seeds" if len(trials) > 1 else ""
    seconds = len(trials) * sum(map(services.known().seconds, trials[0]))
    time = f"about {duration(seconds)} one after the other"
    st.caption(f"{count} run{'s' * (count > 1)}{seeds}, {time}.")
