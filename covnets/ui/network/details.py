"""What there is to know of a network below its drawing: layers, costs, claims, code."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from covnets.charts.network.costs import Cost, cost_figure
from covnets.charts.network.tables import cost_sentences, layer_table
from covnets.charts.page import figure_bytes
from covnets.charts.theme import KIND_COLORS, kind_color
from covnets.config import AnyNetworkConfig
from covnets.models import FAMILIES, Sketch
from covnets.models.script import script
from covnets.papers import Claim, claims
from covnets.ui import notices
from covnets.ui.live_chart import live_chart
from covnets.ui.network.network_view import file_name

# Pixels of a character in a table's cell and in its heading, and what a cell keeps free.
CHARACTER, HEADING, FREE = 6.6, 8.0, 16
# A kind is written on a pill.
PILL = 20
HEADINGS = {
    "parameters": "params",
    "receptive field": "field",
    "share of parameters": "% params",
    "share of MACs": "% MACs",
}
COSTS: tuple[Cost, ...] = ("parameters", "macs", "receptive field", "memory")
COST_TITLES = {
    "parameters": "Parameters",
    "macs": "Multiply-adds",
    "receptive field": "Receptive field",
    "memory": "Memory of the outputs",
}
COST_HEIGHT = 250
WHOLE_IMAGE = "whole image"
VERDICTS: dict[str, tuple[str, Literal["green", "orange", "blue", "gray"]]] = {
    "holds": ("the count agrees", "green"),
    "nearly": ("nearly, see why", "orange"),
    "differs": ("the count differs", "blue"),
    "measured": ("the authors' measurement", "gray"),
}
# A longer file is slow to show, and nobody reads it on a page.
MOST_LINES_SHOWN = 400


def details(name: str, config: AnyNetworkConfig, drawn: Sketch, batch_size: int) -> None:
    """Show what there is to know of a network; only the opened view is made.

    Args:
        name: begins the widgets' keys.
        config: its hyperparameters.
        drawn: its sketch.
        batch_size: images in memory at once, for the memory of the layers' outputs.
    """
    family = drawn.name
    shown = {
        "Layers": lambda: _layers(drawn),
        "Costs": lambda: _costs(name, drawn, batch_size),
        "Check the paper": lambda: _claims(family, config),
        "Keras code": lambda: _keras_code(name, config),
        "Source": lambda: _source(family),
    }
    tabs = st.tabs(list(shown), key=f"{name}.views", on_change="rerun")
    for tab, view in zip(tabs, shown, strict=True):
        if tab.open:
            with tab:
                shown[view]()


def _layers(drawn: Sketch) -> None:
    table = layer_table(drawn)
    columns = layer_columns(table)
    table["kind"] = [[kind] for kind in table["kind"]]
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config=columns,
        placeholder=WHOLE_IMAGE,  # nothing is missing but receptive fields
    )


def layer_columns(table: pd.DataFrame) -> dict[str, Any]:
    """How each column of a layer table is shown: wide enough for its longest entry.

    The stage is not listed, since a name begins with it.
    """
    number = st.column_config.NumberColumn
    count, share = partial(number, format="localized"), partial(number, format="percent")
    # The colour of its kind, as in the charts.
    colors = [kind_color(kind) for kind in KIND_COLORS]
    kind = partial(st.column_config.MultiselectColumn, options=list(KIND_COLORS), color=colors)
    columns: dict[str, Callable[..., Any]] = {
        "layer": st.column_config.TextColumn,
        "kind": kind,
        "output shape": st.column_config.TextColumn,
        "parameters": count,
        "MACs": count,
        "receptive field": partial(number, help="The side of what one cell sees, in pixels."),
        "share of parameters": share,
        "share of MACs": share,
    }
    shown: dict[str, Any] = dict.fromkeys(table.columns)
    for name, column in columns.items():
        width = _width(name, table[name]) + PILL * (name == "kind")
        shown[name] = column(HEADINGS.get(name), width=width)
    return shown


def _width(name: str, column: pd.Series) -> int:
    if pd.api.types.is_float_dtype(column):
        longest = len("99.99%")
    elif pd.api.types.is_integer_dtype(column):
        longest = len(WHOLE_IMAGE) if column.hasnans else len(f"{column.max():,}")
    else:
        longest = int(column.str.len().max())
    heading = HEADING * len(HEADINGS.get(name, name)) + 4
    return round(max(CHARACTER * longest + FREE, heading))


def _costs(name: str, drawn: Sketch, batch_size: int) -> None:
    flops = st.toggle(
        "FLOPs instead of MACs",
        key=f"{name}.flops",
        persist_state="session",
        help="A multiply-add is two of them. Papers often write FLOPs and mean multiply-adds.",
    )
    st.markdown(
        "\n".join(
            f"- {notices.plain(sentence)}"
            for sentence in cost_sentences(drawn, batch_size=batch_size, flops=flops)
        )
    )
    for first, second in (COSTS[:2], COSTS[2:]):
        for column, what in zip(st.columns(2), (first, second), strict=True):
            with column:
                title = "FLOPs" if flops and what == "macs" else COST_TITLES[what]
                st.markdown(f"**{title}**" + f" · batch of {batch_size}" * (what == "memory"))
                figure = cost_figure(drawn, what, batch_size=batch_size, flops=flops)
                live_chart(figure_bytes(figure), key=f"{name}.costs.{what}", height=COST_HEIGHT)


def _claims(family: str, config: AnyNetworkConfig) -> None:
    st.caption("What papers and textbooks say, and what one counts from the layers themselves.")
    cards = claims(family, config.input_shape)
    for row in range(0, len(cards), 2):
        for column, card in zip(st.columns(2), cards[row : row + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _card(card)


def _card(card: Claim) -> None:
    words, colour = VERDICTS[card.verdict]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{notices.plain(card.title)}**", width="stretch")
        st.badge(words, color=colour)
    st.markdown(notices.plain(card.claim))
    printed, counted = notices.plain(card.printed), notices.plain(card.counted)
    st.markdown(f"Printed: **{printed}**  \nCounted: **{counted}**")
    st.markdown(notices.plain(card.explanation))
    st.caption(notices.plain(card.source))


def _keras_code(name: str, config: AnyNetworkConfig) -> None:
    text = script(config)
    lines = text.splitlines()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "This network layer by layer, as a file that needs nothing but Keras.", width="stretch"
        )
        st.download_button(
            "Download as Python",
            text,
            f"{file_name(config)}.py",
            "text/x-python",
            key=f"{name}.script",
        )
    st.code("\n".join(lines[:MOST_LINES_SHOWN]), language="python", line_numbers=True)
    if len(lines) > MOST_LINES_SHOWN:
        st.caption(f"{len(lines) - MOST_LINES_SHOWN:,} more lines are in the file.")


def _source(family: str) -> None:
    st.caption(FAMILIES[family].paper)
    st.caption("This very code builds the network, for the drawing above as for training.")
    st.code(FAMILIES[family].source, language="python", line_numbers=True)
