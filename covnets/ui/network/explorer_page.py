"""The explorer: any network of the papers, and whatever one makes of it."""

from functools import partial

import streamlit as st

from covnets.config import FIELDS, AnyNetworkConfig, TrainConfig, fit_to_images, to_link
from covnets.data import DATASETS
from covnets.errors import CovnetsError
from covnets.models import FAMILIES, PRESETS, TITLES
from covnets.papers.figures import FIGURES
from covnets.runs import Run
from covnets.ui import address, notices
from covnets.ui.network.network_page import SetUp, network_page, set_up
from covnets.ui.parts import controls, settings
from covnets.ui.parts.exact_controls import exact_controls, exact_fields, reset_exactly
from covnets.ui.parts.settings import asked_settings
from covnets.ui.parts.shown import read_run, show, visitors_run

NAME = "explorer"
PRESET = f"{NAME}.preset"
FIRST = "googlenet"
TABLE = (
    address.one_of("preset", PRESET, PRESETS.keys()),
    address.Parameter("run", read=read_run),
)


def explorer_page() -> None:
    """Show the chosen network: its drawing, costs and code, and its training if it is small."""
    address.follow(NAME, TABLE, _show_asked, FIELDS)
    preset = st.session_state.setdefault(PRESET, FIRST)
    config = PRESETS[preset]
    prefix, recipe = _prefix(config.family), FAMILIES[config.family].train_defaults
    with st.sidebar:
        st.button(
            "Back to the preset",
            icon=":material/restart_alt:",
            width="stretch",
            on_click=reset_exactly,
            args=(config, prefix),
            key=f"{NAME}.reset",
        )
        st.subheader("Network", anchor=False)
        network = exact_controls(config, prefix)
        st.subheader("Training", anchor=False)
        training = controls.controls(recipe, controls.training(prefix))
    now = set_up(prefix, config, network, recipe, training)
    latest = visitors_run(config.family)
    run = latest if latest is not None and latest.config.network == now.network else None
    _remember(preset, now, run)
    about = partial(_about, preset, now, latest if run is None else None)
    network_page(NAME, now, run, about=about, offer_settings=_offer_settings)


def _about(preset: str, now: SetUp, other_run: Run | None) -> None:
    """Let the preset be chosen, and say what the network is and why it cannot be trained."""
    title, choice = st.columns([3, 4], vertical_alignment="bottom")
    title.title("Explorer", anchor=False)
    choice.selectbox(
        "Begin with",
        list(PRESETS),
        format_func=TITLES.__getitem__,
        key=PRESET,
        on_change=_begin,
        persist_state="session",
    )
    _describe(preset, now.network)
    if now.described is not None and now.problem is not None:
        st.markdown(notices.plain(f"It cannot be trained as it is: {now.problem}"))
        _offer_to_fit(now.network)
    elif now.described is not None:
        train = now.described.train
        st.caption(f"Trained on {train.num_train:,} images of {DATASETS[train.dataset].title}.")
    if other_run is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = f"Run {other_run.id}, {other_run.state}, is of another network."
            st.caption(said, width="content")
            _offer_settings(other_run)


def _begin() -> None:
    """Let the widgets show the preset that was just chosen."""
    config = PRESETS[st.session_state[PRESET]]
    reset_exactly(config, _prefix(config.family))


def _describe(preset: str, network: AnyNetworkConfig) -> None:
    family = FAMILIES[network.family]
    if network != PRESETS[preset]:
        changed = ", ".join(_changed(network, PRESETS[preset]))
        st.markdown(f"{TITLES[preset]}, changed: {changed}.", help=family.paper)
        return
    st.markdown(f"{TITLES[preset]}. {family.idea}", help=family.paper)
    figures = FIGURES.get(preset)
    if figures is None:
        return
    # Beside them stand those of the cost card, which are counted.
    printed = {
        "parameters": figures.printed.params,
        "multiply-adds": figures.printed.macs,
        "weight layers": figures.printed.weight_layers,
        "error": figures.printed.error,
    }
    said = "; ".join(f"{name} {figure}" for name, figure in printed.items() if figure)
    text = f"The paper prints: {said}. {figures.note}" if said else figures.note
    st.caption(notices.plain(text.strip()))


def _changed(network: AnyNetworkConfig, preset: AnyNetworkConfig) -> list[str]:
    """Titles of the fields in which two networks of a family differ."""
    return [
        field.title
        for field in exact_fields(network)
        if getattr(network, field.name) != getattr(preset, field.name)
    ]


def _offer_to_fit(network: AnyNetworkConfig) -> None:
    """Offer to make the network fit the images that are there."""
    info = DATASETS[FAMILIES[network.family].train_defaults.dataset]
    try:
        fitted = fit_to_images(network, info.input_shape, info.num_classes)
    except CovnetsError:
        return
    if fitted == network:
        return
    st.button(
        f"Fit it to {info.title}",
        icon=":material/crop:",
        key=f"{NAME}.fit",
        on_click=reset_exactly,
        args=(fitted, _prefix(network.family)),
        help=f"Change: {', '.join(_changed(fitted, network))}.",
    )


def _show_asked(values: address.Values, asked: address.Texts) -> None:
    """Show the preset, its changes and the run that the address asks for."""
    preset, run = st.session_state.get(PRESET), values.get("run")
    if run is not None:
        show(run)
    if asked:
        preset = preset or FIRST
        _show_preset(preset)
        recipe = FAMILIES[PRESETS[preset].family].train_defaults
        config = asked_settings(asked, PRESETS[preset], recipe)
        _show(config.network, config.train)
    elif run is not None:
        _show_run(preset, run)
    elif "preset" in values:
        _show_preset(values["preset"])


def _show_preset(preset: str) -> None:
    network = PRESETS[preset]
    st.session_state[PRESET] = preset
    _show(network, FAMILIES[network.family].train_defaults)


def _show_run(preset: str | None, run: Run) -> None:
    """Show a run's network as one that its family's preset was changed to."""
    family = run.config.network.family
    if preset is None or PRESETS[preset].family != family:
        preset = next(name for name, network in PRESETS.items() if network.family == family)
    st.session_state[PRESET] = preset
    _show(run.config.network, run.config.train)


def _remember(preset: str, now: SetUp, run: Run | None) -> None:
    """Let the address hold what the page shows, and offer it as a link."""
    described = now.described
    if described is not None:
        network = PRESETS[preset]
        shown = to_link(described, network, FAMILIES[network.family].train_defaults)
        if run is not None:
            # A link with a run alone shows how the run was trained.
            shown = shown or to_link(described, run.config.network, run.config.train)
        address.remember(NAME, TABLE, shown, {"run": run and run.id})
    address.share(NAME)


def _offer_settings(run: Run) -> None:
    settings.offer(run, lambda run: _show(run.config.network, run.config.train))


def _show(network: AnyNetworkConfig, train: TrainConfig) -> None:
    prefix = _prefix(network.family)
    reset_exactly(network, prefix)
    controls.reset(train, controls.training(prefix))


def _prefix(family: str) -> str:
    return f"{NAME}.{family}"
