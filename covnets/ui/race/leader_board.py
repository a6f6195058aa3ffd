"""The leader board of a race: whoever leads stands at the top."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from covnets.charts.theme import look, swatch
from covnets.groups.race import Lane
from covnets.groups.standings import Axis
from covnets.models import FAMILIES
from covnets.ui.parts.numbers import duration, short_number

ROW_HEIGHT, HEADING_HEIGHT = 35, 38
EQUAL: dict[Axis, str] = {
    "step": "steps",
    "epoch": "epochs",
    "seconds": "time",
    "macs": "MACs",
}
STATES = {"queued": "waits", "running": "trains", "finished": "", "cancelled": "stopped"}


def leader_board(lanes: Sequence[Lane], table: pd.DataFrame, axis: Axis) -> None:
    """Show who leads.

    Args:
        lanes: the contestants.
        table: what `covnets.groups.standings.standings` says of them.
        axis: what they are ranked by.
    """
    of_lane = [lanes[place] for place in table["lane"]]
    has_seeds = bool(lanes) and len(lanes[0].runs) > 1
    of_each = ", the mean of its seeds" if has_seeds else ""
    shown = pd.DataFrame(
        {
            "place": table["place"].to_numpy(),
            "look": [
                swatch(look(lane.number or at + 1))
                for at, lane in zip(table["lane"], of_lane, strict=True)
            ],
            "contestant": [_titled(lane, lanes) for lane in of_lane],
            "accuracy": (100 * table["accuracy"]).to_numpy(),
            "latest": (100 * table["latest"]).to_numpy(),
            "best": (100 * table["best"]).to_numpy(),
            "progress": (100 * table["progress"]).to_numpy(),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=HEADING_HEIGHT + ROW_HEIGHT * max(1, len(shown)),
        row_height=ROW_HEIGHT,
        placeholder="–",
        key="race.leader_board",
        column_config={
            "place": st.column_config.NumberColumn("", width=40),
            "look": st.column_config.ImageColumn("", width=80),
            "contestant": "Contestant",
            "accuracy": st.column_config.NumberColumn(
                _at(lanes, table, axis),
                format="%.1f %%",
                help="What ranks them: the last validation accuracy before the point that all who "
                "are still in the race have reached"
                + (", the mean of the seeds that all have begun." if has_seeds else "."),
            ),
            "latest": st.column_config.NumberColumn(
                "Latest", format="%.1f %%", help=f"Its newest validation accuracy{of_each}."
            ),
            "best": st.column_config.NumberColumn(
                "Best", format="%.1f %%", help=f"Its highest validation accuracy{of_each}."
            ),
            "progress": st.column_config.ProgressColumn(
                "Steps", format="%.0f %%", min_value=0, max_value=100
            ),
        },
    )


def _at(lanes: Sequence[Lane], table: pd.DataFrame, axis: Axis) -> str:
    """Where the contestants are compared: "After 3.2 epochs"."""
    if lanes and len(lanes[0].runs) > 1:
        return f"Mean at equal {EQUAL[axis]}"  # each seed at a point of its own
    at = table["at"].iloc[0] if len(table) else float("nan")
    if pd.isna(at) or table["accuracy"].isna().all():
        return "At the same point"
    if axis == "seconds":
        return f"After {duration(at)}"
    if axis == "macs":
        return f"After {short_number(at)} MACs"
    if axis == "epoch":
        return f"After {at:.3g} epoch{'' if at == 1 else 's'}"
    return f"After {at:,.0f} steps"


def _titled(lane: Lane, lanes: Sequence[Lane]) -> str:
    families = {other.config.network.family for other in lanes}
    title = FAMILIES[lane.config.network.family].title
    name = (
        lane.label
        if len(families) > 1 or lane.label.startswith(title)
        else (f"{title} · {lane.label}")
    )
    states = {STATES.get(run.state, run.state) for run in lane.begun} - {"", "trains"}
    return f"{name} ({', '.join(sorted(states))})" if states else name
