"""The contestants of the next race, and where they can be taken from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from covnets.config import AnyNetworkConfig, ResNetConfig, RunConfig, VGGConfig, fit_to_images
from covnets.config.differences import labels
from covnets.data import DATASETS
from covnets.errors import ConfigError, CovnetsError
from covnets.groups.race import MOST_CONTESTANTS
from covnets.limits import check_run
from covnets.models import FAMILIES, MINIATURES, PRESETS, TITLES, sketch
from covnets.runs import Run
from covnets.ui import notices, services
from covnets.ui.parts.wording import estimated, run_with_score, short_number

LINE_UP = "race.line_up"
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


def line_up() -> list[RunConfig]:
    """Return the contestants that this visitor has chosen for the next race."""
    found: list[RunConfig] = st.session_state.setdefault(LINE_UP, [])
    return found


def set_line_up(configs: Sequence[RunConfig]) -> None:
    """Choose these contestants instead of those before."""
    st.session_state[LINE_UP] = list(configs)[:MOST_CONTESTANTS]


def add(config: RunConfig) -> None:
    """Add a contestant.

    Raises:
        CovnetsError: it cannot be trained here, or there are too many.
    """
    check_run(config)
    if len(line_up()) >= MOST_CONTESTANTS:
        raise ConfigError(f"A race has at most {MOST_CONTESTANTS} contestants: remove one first.")
    line_up().append(config)


def add_button(family: str, planned: RunConfig | None) -> None:
    """Offer to add what a page shows to the next race."""
    st.button(
        "Add to race",
        icon=":material/sports_score:",
        type="tertiary",
        key=f"{family}.add_to_race",
        disabled=planned is None or len(line_up()) >= MOST_CONTESTANTS,
        on_click=notices.attempt,
        args=(family, _add_and_say, planned),
        help="Add this network to the next race, which has "
        f"{len(line_up())} of {MOST_CONTESTANTS} contestants.",
    )


def _add_and_say(config: RunConfig) -> None:
    add(config)
    name = FAMILIES[config.network.family].title
    st.toast(f"{name} is in the next race: {len(line_up())} of {MOST_CONTESTANTS}.", icon="🏁")


def show_line_up(configs: Sequence[RunConfig]) -> None:
    """Show the contestants, and let them be changed.

    Args:
        configs: the contestants, as they will race.
    """
    names = labels(configs) if configs else []
    if len(set(configs)) < len(configs):
        notices.show_warning(
            "Two contestants are the same under the same conditions: remove one, or change it."
        )
    if not configs:
        st.caption(
            "No contestants yet. Take one of the ready races, add a network here, or press "
            "*Add to race* on a family's page."
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
                on_click=set_line_up,
                args=([],),
                key="race.clear",
            )


def _contestant(place: int, config: RunConfig, name: str) -> None:
    drawn = sketch(config.network)
    title = FAMILIES[config.network.family].title
    family = "" if name.startswith(title) else f"{title} · "
    time = estimated(services.known().speed(config), config.train)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            key=f"race.remove.{place}",
            on_click=_remove,
            args=(place,),
            help=f"Remove {name}.",
        )
        st.markdown(
            f"**{place + 1}. {notices.plain(family + name)}** "
            f":small[:gray[{short_number(drawn.num_params)} parameters · "
            f"{short_number(drawn.macs)} MACs · {config.train.optimizer}, "
            f"{config.train.learning_rate:g} · {time} alone]]"
        )


def _remove(place: int) -> None:
    if place < len(line_up()):
        del line_up()[place]


def _offer_ready() -> None:
    with st.popover("Ready races", icon=":material/flag:"):
        st.caption("Each replaces the contestants above.")
        for title, networks in READY.items():
            st.button(
                title,
                type="tertiary",
                key=f"race.ready.{title}",
                on_click=set_line_up,
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
        st.button(
            "Add",
            key="race.add_preset",
            type="primary",
            on_click=notices.attempt,
            args=("race", add, config),
        )


def _offer_runs() -> None:
    runs = services.store().runs.list(limit=RECENT)
    if not runs:
        return
    with st.popover("Add from a run", icon=":material/history:"):
        run: Run = st.selectbox("Run", runs, format_func=run_with_score, key="race.run")
        st.button(
            "Add",
            key="race.add_run",
            type="primary",
            on_click=notices.attempt,
            args=("race", lambda: add(run.config)),
        )


def _fitted(preset: str) -> RunConfig:
    config = _with_recipe(PRESETS[preset])
    info = DATASETS[config.train.dataset]
    network = fit_to_images(config.network, info.input_shape, info.num_classes)
    return config.replace(network=network)


def _with_recipe(network: AnyNetworkConfig) -> RunConfig:
    return RunConfig(network=network, train=FAMILIES[network.family].train_defaults)
