"""The explorer: any network of the papers, and whatever one makes of it."""

import streamlit as st

from covnets.config import FIELDS, AnyNetworkConfig, RunConfig, fit_to_images, to_link
from covnets.data import DATASETS
from covnets.errors import CovnetsError
from covnets.models import FAMILIES, PRESETS, TITLES
from covnets.papers.figures import FIGURES, Figures
from covnets.runs import Run
from covnets.ui import address, notices, services
from covnets.ui.network.cost_card import budget, cost_card
from covnets.ui.network.details import details
from covnets.ui.network.network_view import drawing, every_block
from covnets.ui.network.outcome import outcome
from covnets.ui.network.run_panel import gap_panel, run_panel
from covnets.ui.parts import controls, settings
from covnets.ui.parts.buttons import problems, run_buttons
from covnets.ui.parts.exact_controls import exact_controls, exact_fields, reset_exactly
from covnets.ui.parts.plan import Plan, plan
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
    preset = _choose_preset()
    config = PRESETS[preset]
    family = FAMILIES[config.family]
    with st.sidebar:
        st.button(
            "Back to the preset",
            icon=":material/restart_alt:",
            width="stretch",
            on_click=_reset,
            args=(preset,),
            key=f"{NAME}.reset",
        )
        st.subheader("Network", anchor=False)
        network = exact_controls(config, _prefix(config.family))
        st.subheader("Training", anchor=False)
        training = controls.controls(family.train_defaults, _training(config.family))
    planned = plan(f"{NAME}.{config.family}", config, network, family.train_defaults, training)
    run = visitors_run(config.family)
    _remember(preset, planned, run)
    address.show_refusals(NAME)
    _describe(preset, planned.network)
    if planned.problem is not None and not planned.is_network_valid:
        notices.show_warning(planned.problem)
    trainable = planned.run_config is not None
    cost_card(planned.sketch, planned.run_config, timed=trainable)
    place = st.container()
    whole = every_block(f"{NAME}.whole", planned.network)
    with place:
        drawing(planned.network, key=f"{NAME}.drawing", whole=whole)
    _train_this(planned, config.family, run)
    details(NAME, planned.network, planned.sketch, planned.batch_size)


def _choose_preset() -> str:
    st.session_state.setdefault(PRESET, FIRST)
    title, choice = st.columns([3, 2], vertical_alignment="bottom")
    title.title("Explorer", anchor=False)
    chosen: str = choice.selectbox(
        "Begin with",
        list(PRESETS),
        format_func=TITLES.__getitem__,
        key=PRESET,
        on_change=_begin,
        persist_state="session",
        help="The papers' networks, and the miniatures. Change any field of them on the left.",
    )
    return chosen


def _begin() -> None:
    """Let the widgets show the preset that was just chosen."""
    _reset(st.session_state[PRESET])


def _reset(preset: str) -> None:
    reset_exactly(PRESETS[preset], _prefix(PRESETS[preset].family))


def _describe(preset: str, network: AnyNetworkConfig) -> None:
    family = FAMILIES[network.family]
    if network != PRESETS[preset]:
        changed = ", ".join(_changed(network, PRESETS[preset]))
        st.markdown(f"{TITLES[preset]}, changed: {changed}.", help=family.paper)
        return
    st.markdown(f"{TITLES[preset]}. {family.idea}", help=family.paper)
    figures = FIGURES.get(preset)
    if figures is not None:
        st.caption(notices.plain(f"{_printed(figures)} {figures.note}".strip()))


def _changed(network: AnyNetworkConfig, preset: AnyNetworkConfig) -> list[str]:
    """Titles of the fields in which two networks of a family differ."""
    return [
        field.title
        for field in exact_fields(network)
        if getattr(network, field.name) != getattr(preset, field.name)
    ]


def _printed(figures: Figures) -> str:
    """The paper's figures, beside which stand those of the cost card, which are counted."""
    printed = figures.printed
    said = [
        f"parameters {printed.params}" if printed.params else "",
        f"multiply-adds {printed.macs}" if printed.macs else "",
        f"weight layers {printed.weight_layers}" if printed.weight_layers else "",
        f"error {printed.error}" if printed.error else "",
    ]
    text = "; ".join(part for part in said if part)
    return f"The paper prints: {text}." if text else ""


def _train_this(planned: Plan, family: str, run: Run | None) -> None:
    """Offer to train it where it is small enough, and say why where it is not."""
    with st.container(border=True):
        about, buttons = st.columns([9, 5], vertical_alignment="center")
        with about:
            st.markdown("**Train this**")
            if not planned.is_network_valid:
                st.markdown("Put the settings right first.")
            elif planned.run_config is None:
                st.markdown(notices.plain(f"Not as it is: {planned.problem}"))
                _offer_to_fit(planned, family)
            else:
                train = planned.run_config.train
                st.caption(f"{train.num_train:,} images of {DATASETS[train.dataset].title}.")
                budget(planned.run_config, _training(family))
        is_other = run is not None and not _is_of(run, planned)
        with buttons:
            run_buttons(family, None if is_other else run, planned.run_config)
        problems(family)
        if planned.run_config is not None:
            services.engine().prepare(planned.run_config, visitor=services.visitor())
        if run is None:
            return
        if is_other:
            _point_to_run(run)
            return
        run_panel(run, planned.run_config, _offer_settings)
        gap_panel(run)
        if run.is_ended:
            outcome(run)


def _point_to_run(run: Run) -> None:
    """Say that there is a run of another network, and offer to go back to it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Run {run.id}, {run.state}, is of another network.", width="content")
        settings.offer(run, _show_settings)


def _offer_to_fit(planned: Plan, family: str) -> None:
    """Offer to make the network fit the images that are there."""
    info = DATASETS[FAMILIES[family].train_defaults.dataset]
    try:
        fitted = fit_to_images(planned.network, info.input_shape, info.num_classes)
    except CovnetsError:
        return
    if fitted == planned.network:
        return
    st.button(
        f"Fit it to {info.title}",
        icon=":material/crop:",
        key=f"{NAME}.fit",
        on_click=reset_exactly,
        args=(fitted, _prefix(family)),
        help=f"Change: {', '.join(_changed(fitted, planned.network))}.",
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
        _show(asked_settings(asked, PRESETS[preset], recipe))
    elif run is not None:
        _show_run(preset, run)
    elif "preset" in values:
        _show_preset(values["preset"])


def _show_preset(preset: str) -> None:
    st.session_state[PRESET] = preset
    _reset(preset)
    family = PRESETS[preset].family
    controls.reset(FAMILIES[family].train_defaults, _training(family))


def _show_run(preset: str | None, run: Run) -> None:
    """Show a run's network as one that its family's preset was changed to."""
    config, family = run.config, run.config.network.family
    if preset is None or PRESETS[preset].family != family:
        preset = next(name for name, network in PRESETS.items() if network.family == family)
    st.session_state[PRESET] = preset
    _show(config)


def _remember(preset: str, planned: Plan, run: Run | None) -> None:
    """Let the address hold what the page shows, and offer it as a link."""
    if planned.described is not None:
        network = PRESETS[preset]
        settings = to_link(planned.described, network, FAMILIES[network.family].train_defaults)
        shown = run if run is not None and _is_of(run, planned) else None
        if shown is not None:
            # A link with a run alone shows how the run was trained.
            settings = settings or to_link(
                planned.described, shown.config.network, shown.config.train
            )
        address.remember(NAME, TABLE, settings, {"run": shown and shown.id})
    address.share(NAME)


def _is_of(run: Run, planned: Plan) -> bool:
    return run.config.network == planned.network


def _offer_settings(run: Run) -> None:
    settings.offer(run, _show_settings)


def _show_settings(run: Run) -> None:
    _show(run.config)


def _show(config: RunConfig) -> None:
    family = config.network.family
    reset_exactly(config.network, _prefix(family))
    controls.reset(config.train, _training(family))


def _prefix(family: str) -> str:
    return f"{NAME}.{family}"


def _training(family: str) -> str:
    return f"{NAME}.{family}.train"
