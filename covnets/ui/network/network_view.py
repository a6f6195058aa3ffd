"""A network on the page: its drawing, and beside it the original that it was made from."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from covnets.charts.network.drawing import is_folded, network_figure
from covnets.charts.network.labels import PAGE_WIDTH
from covnets.charts.network.tables import comparison_table
from covnets.charts.page import figure_bytes
from covnets.config import AnyNetworkConfig, RunConfig
from covnets.models import FAMILIES, MINIATURES, PRESETS, TITLES, sketch
from covnets.ui.live_chart import live_chart
from covnets.ui.network.cost_card import cost_card

# The unfolded drawing of a thousand layers takes some megabytes.
MOST_KEPT = 16
DRAWING_HEIGHT = 290
# Of each of two drawings side by side.
HALF_WIDTH = 440


def network_view(
    name: str,
    network: AnyNetworkConfig,
    run_config: RunConfig | None,
    *,
    with_original: bool = True,
) -> None:
    """Show a network: its costs and its drawing, alone or beside an original.

    Args:
        name: begins the widgets' keys.
        network: the network.
        run_config: the planned run; None if it cannot be trained.
        with_original: whether it is a family's miniature, which can stand beside an original.
    """
    # The switches stay where they are when what they switch on appears.
    place, switches, below = (st.container() for _ in range(3))
    with switches, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        original = _choose_original(name) if with_original else None
        shown = [network] if original is None else [network, PRESETS[original]]
        whole = any(map(_can_unfold, shown)) and st.toggle(
            "Every block",
            key=f"{name}.whole",
            persist_state="session",
            help="Unfold repeated blocks and draw all of them large; scroll sideways.",
        )
    if original is None:
        with place:
            timed = with_original or run_config is not None
            cost_card(sketch(network), run_config, timed=timed)
            _drawing(network, f"{name}.drawing", whole, PAGE_WIDTH)
        return
    mine = f"Your {FAMILIES[name].title}"
    with place:
        _side_by_side(name, mine, network, run_config, original, whole)
    with below:
        st.caption("Each drawing has a scale of its own: compare the shapes below the stages.")
        _ratios(comparison_table(*map(sketch, shown), name=mine, original_name=TITLES[original]))


def originals(family: str) -> list[str]:
    """The presets of a family that are not its miniature."""
    return [
        preset
        for preset, config in PRESETS.items()
        if config.family == family and preset not in MINIATURES.values()
    ]


def _choose_original(name: str) -> str | None:
    if not st.toggle("Beside the original", key=f"{name}.beside", persist_state="session"):
        return None
    key = f"{name}.original"
    st.session_state.setdefault(key, FAMILIES[name].usual_original)
    chosen: str = st.selectbox(
        "Original",
        [*originals(name), "alexnet"],
        format_func=TITLES.__getitem__,
        key=key,
        label_visibility="collapsed",
        width=260,
        persist_state="session",
    )
    return chosen


def _side_by_side(
    name: str,
    mine: str,
    network: AnyNetworkConfig,
    run_config: RunConfig | None,
    original: str,
    whole: bool,
) -> None:
    large = PRESETS[original]
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{mine}**")
        cost_card(sketch(network), run_config)
        _drawing(network, f"{name}.drawing", whole, HALF_WIDTH)
    with right:
        st.markdown(f"**{TITLES[original]}**")
        cost_card(sketch(large), None, timed=False)
        _drawing(large, f"{name}.original_drawing", whole, HALF_WIDTH)


def _ratios(table: pd.DataFrame) -> None:
    table = table.assign(ratio=[float(f"{ratio:.3g}") for ratio in table["ratio"]])
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height="content",
        column_order=list(table.columns[:4]),
        column_config={
            "figure": "Figure",
            "ratio": st.column_config.NumberColumn("Original / yours", format="localized"),
        },
    )


def _drawing(network: AnyNetworkConfig, key: str, whole: bool, width: int) -> None:
    """Show the drawing of a network; its labels are worded for so many pixels."""
    live_chart(_drawing_of(network, whole, width), key=key, height=DRAWING_HEIGHT)


@lru_cache(maxsize=MOST_KEPT)
def _drawing_of(config: AnyNetworkConfig, whole: bool, width: int) -> bytes:
    """Return a network's drawing, packed for the browser."""
    drawn = sketch(config)
    return figure_bytes(network_figure(drawn, whole=whole, width=width, name=file_name(config)))


def file_name(config: AnyNetworkConfig) -> str:
    """What files of a network are called: as its preset, or as its family if it was changed."""
    return next((name for name, preset in PRESETS.items() if preset == config), config.family)


@lru_cache(maxsize=4 * MOST_KEPT)
def _can_unfold(config: AnyNetworkConfig) -> bool:
    """Whether there is something to unfold in a network's drawing, or to see larger."""
    return is_folded(sketch(config))
