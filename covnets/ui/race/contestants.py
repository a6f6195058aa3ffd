"""The line of a race: who stands on it, how to put somebody there, and how to take one away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from covnets.config import AnyNetworkConfig, ResNetConfig, RunConfig, VGGConfig, fit_to_images
from covnets.config.differences import labels
from covnets.data import DATASETS
from covnets.errors import CovnetsError
from covnets.groups.race import MOST_CONTESTANTS
from covnets.limits import check_run
from covnets.models import FAMILIES, MINIATURES, PRESETS, TITLES, sketch
from covnets.runs import Run, speeds
from covnets.ui import notices, services
from covnets.ui.parts.numbers import duration, short_number

LINE = "race.line"
PROBLEM = "race.problem"
RECENT = 30

DEEP = {"num_stages": 3, "num_blocks": 3}
READY: dict[str, tuple[AnyNetworkConfig, ...]] = {
    "Three families": tuple(PRESETS[name] for name in MINIATURES.values()),
    "Plain or residual": (
        ResNetConfig(shortcut="none", **DEEP),
        ResNetConfig(shortcut="identity", **DEEP),
    ),
    "Deep or shallow": tuple(ResNetConfig(num_blocks=(count,) * 3) for count in (1, 2, 4)),
    "With BatchNorm or without": (VGGConfig(batchnorm=True), VGGConfig(batchnorm=False)),
    "Many filters or few": tuple(VGGConfig(filters=count) for count in (8, 16, 32)),
}
"""Races that can be started at once."""


def line() -> list[RunConfig]:
    """Return who stands on this visitor's line."""
    found: list[RunConfig] = st.session_state.setdefault(LINE, [])
    return found


def set_line(configs: Sequence[RunConfig]) -> None:
    """Put others on the line, instead of those who stand there."""
    st.session_state[LINE] = list(configs)[:MOST_CONTESTANTS]


def add(config: RunConfig) -> None:
    """Put one more on the line; where there is no room or sense in it, the page will say so."""
    try:
        check_run(config)
    except CovnetsError as error:
        st.session_state[PROBLEM] = str(error)
        return
    if len(line()) >= MOST_CONTESTANTS:
        st.session_state[PROBLEM] = (
            f"{MOST_CONTESTANTS} stand on the line already: take one away first."
        )
        return
    line().append(config)


def add_button(family: str, planned: RunConfig | None) -> None:
    """Offer to put what a page shows on the line."""
    st.button(
        "Add to race",
        icon=":material/sports_score:",
        type="tertiary",
        key=f"{family}.add_to_race",
        disabled=planned is None or len(line()) >= MOST_CONTESTANTS,
        on_click=_add_and_say,
        args=(planned,),
        help=f"Put this network on the line of the next race: {len(line())} of "
        f"{MOST_CONTESTANTS} stand there.",
    )


def _add_and_say(config: RunConfig) -> None:
    before = len(line())
    add(config)
    if len(line()) > before:
        name = FAMILIES[config.network.family].title
        st.toast(f"{name} stands on the line: {len(line())} of {MOST_CONTESTANTS}.", icon="🏁")


def show_line(configs: Sequence[RunConfig]) -> None:
    """Show who stands on the line, and let it be changed.

    Args:
        configs: the contestants, as they will race.
    """
    problem = st.session_state.pop(PROBLEM, None)
    if problem:
        notices.show_warning(problem)
    names = labels(configs) if configs else []
    if len(set(configs)) < len(configs):
        notices.show_warning(
            "Two of them are the same under the same conditions: take one away, or change it."
        )
    if not configs:
        st.caption(
            "Nobody stands on the line yet. Take one of the ready races, add a network here, or "
            "press *Add to race* on a family's page."
        )
    with st.container(gap="xxsmall"):
        for place, (config, name) in enumerate(zip(configs, names, strict=True)):
            _contestant(place, config, name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _offer_ready()
        _offer_presets()
        _offer_runs()
        if configs:
            st.button(
                "Clear",
                icon=":material/clear_all:",
                type="tertiary",
                on_click=set_line,
                args=([],),
                key="race.clear",
            )


def _contestant(place: int, config: RunConfig, name: str) -> None:
    drawn = sketch(config.network)
    title = FAMILIES[config.network.family].title
    family = "" if name.startswith(title) else f"{title} · "
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            key=f"race.remove.{place}",
            on_click=_remove,
            args=(place,),
            help=f"Take {name} off the line.",
        )
        st.markdown(
            f"**{place + 1}. {notices.plain(family + name)}** "
            f":small[:gray[{short_number(drawn.num_params)} parameters · "
            f"{short_number(drawn.macs)} MACs · {config.train.optimizer}, "
            f"{config.train.learning_rate:g}{_time(config)}]]"
        )


def _time(config: RunConfig) -> str:
    known = speeds.known_speeds(services.store(), config.network.family)
    seconds = speeds.predict_seconds(known, sketch(config.network), config.train)
    return f" · about {duration(seconds)} alone"


def _remove(place: int) -> None:
    if place < len(line()):
        del line()[place]


def _offer_ready() -> None:
    with st.popover("Ready races", icon=":material/flag:"):
        st.caption("Each replaces who stands on the line.")
        for title, networks in READY.items():
            st.button(
                title,
                type="tertiary",
                key=f"race.ready.{title}",
                on_click=set_line,
                args=([_with_recipe(network) for network in networks],),
            )


def _offer_presets() -> None:
    with st.popover("Add a network", icon=":material/add:"):
        preset: str = st.selectbox(
            "Network", list(PRESETS), format_func=TITLES.__getitem__, key="race.preset"
        )
        try:
            config = _fitted(preset)
            check_run(config)
        except CovnetsError as error:
            st.caption(notices.plain(str(error)))
            return
        if config.network != PRESETS[preset]:
            st.caption("Fitted to the images that are here.")
        st.button("Add", key="race.add_preset", type="primary", on_click=add, args=(config,))


def _offer_runs() -> None:
    runs = services.store().runs.list(limit=RECENT)
    if not runs:
        return
    with st.popover("Add from a run", icon=":material/history:"):
        run: Run = st.selectbox("Run", runs, format_func=_run_name, key="race.run")
        st.button("Add", key="race.add_run", type="primary", on_click=_add_run, args=(run,))


def _run_name(run: Run) -> str:
    family = FAMILIES[run.family].title if run.family in FAMILIES else run.family
    score = "" if run.best_accuracy is None else f" · {100 * run.best_accuracy:.1f} %"
    return f"{run.name or run.id} · {family}{score}"


def _add_run(run: Run) -> None:
    try:
        add(run.config)
    except CovnetsError as error:
        st.session_state[PROBLEM] = str(error)


def _fitted(preset: str) -> RunConfig:
    config = _with_recipe(PRESETS[preset])
    info = DATASETS[config.train.dataset]
    network = fit_to_images(config.network, info.input_shape, info.num_classes)
    return config.replace(network=network)


def _with_recipe(network: AnyNetworkConfig) -> RunConfig:
    return RunConfig(network=network, train=FAMILIES[network.family].train_defaults)
