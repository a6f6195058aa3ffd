"""A network on the page: its drawing, and beside it the original that it was made from."""

import pandas as pd
import streamlit as st

from covnets.charts.comparison import comparison_table
from covnets.charts.curves import figure_bytes
from covnets.charts.drawing import is_folded, network_figure
from covnets.config import RunConfig
from covnets.models import FAMILIES, PRESETS, TITLES, Sketch, sketch
from covnets.ui.cost_card import cost_card
from covnets.ui.live_chart import live_chart

DRAWING_HEIGHT = 290
# What a page's miniature is compared with at first.
USUAL_ORIGINALS = {"vgg": "vgg16", "inception": "googlenet", "resnet": "resnet50"}


def network_view(name: str, drawn: Sketch, run_config: RunConfig | None) -> None:
    """Show a family's miniature: its costs and its drawing, alone or beside an original.

    Args:
        name: the family, which begins the widgets' keys.
        drawn: the miniature, as the sliders describe it.
        run_config: the planned run; None if it is not valid.
    """
    # The switches stay where they are when what they switch on appears.
    place, switches, below = (st.container() for _ in range(3))
    with switches, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        beside = st.toggle(
            "Beside the original",
            key=f"{name}.beside",
            persist_state="session",
            help="Show the network of the paper next to the miniature.",
        )
        original = _choose_original(name) if beside else None
        shown = [drawn] if original is None else [drawn, sketch(PRESETS[original])]
        whole = every_block(f"{name}.whole", *shown)
    if original is None:
        with place:
            cost_card(drawn, name, run_config)
            drawing(drawn, key=f"{name}.drawing", whole=whole)
        return
    mine = f"Your {FAMILIES[name].title}"
    with place:
        _side_by_side(name, mine, drawn, run_config, original, whole)
    with below:
        _ratios(comparison_table(*shown, name=mine, original_name=TITLES[original]))


def drawing(drawn: Sketch, *, key: str, whole: bool = False) -> None:
    """Show the drawing of a network.

    Args:
        drawn: the network.
        key: names the drawing on the page.
        whole: show every block, side by side, however wide that is.
    """
    figure = figure_bytes(network_figure(drawn, whole=whole))
    live_chart(figure, key=key, height=DRAWING_HEIGHT)


def every_block(key: str, *networks: Sketch) -> bool:
    """Offer to unfold what is folded, where something is."""
    if not any(map(is_folded, networks)):
        return False
    return st.toggle(
        "Every block",
        key=key,
        persist_state="session",
        help="Unfold repeated blocks and draw all of them large; scroll sideways.",
    )


def originals(family: str) -> list[str]:
    """The presets of a family that are not its miniature."""
    return [
        preset
        for preset, config in PRESETS.items()
        if config.family == family and not preset.startswith("mini_")
    ]


def _choose_original(name: str) -> str:
    key = f"{name}.original"
    st.session_state.setdefault(key, USUAL_ORIGINALS[name])
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
    name: str, mine: str, drawn: Sketch, run_config: RunConfig | None, original: str, whole: bool
) -> None:
    large = sketch(PRESETS[original])
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{mine}**")
        cost_card(drawn, name, run_config)
        drawing(drawn, key=f"{name}.drawing", whole=whole)
    with right:
        st.markdown(f"**{TITLES[original]}**")
        cost_card(large, PRESETS[original].family, None, timed=False)
        drawing(large, key=f"{name}.original_drawing", whole=whole)


def _ratios(table: pd.DataFrame) -> None:
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height="content",
        column_order=list(table.columns[:4]),
        column_config={
            "figure": "Figure",
            "ratio": st.column_config.NumberColumn("Original / yours", format="%.4g ×"),
        },
    )
