"""What a race says: who won, and whether more than luck stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from covnets.config import RunConfig
from covnets.errors import CovnetsError
from covnets.groups import significance as statistics
from covnets.groups.kinds import KINDS
from covnets.groups.race import Lane, resolution, seeds_lost, shared_scores
from covnets.runs import Group
from covnets.ui import notices, services
from covnets.ui.parts.group_buttons import is_active
from covnets.ui.parts.over_seeds import SEED_COUNTS

NAME = "race"


def verdict(group: Group, lanes: Sequence[Lane]) -> None:
    """Say what has come out so far, and offer to find out whether it was luck.

    Args:
        group: the race.
        lanes: its contestants.
    """
    seeds, scores = shared_scores(lanes)
    planned = len(lanes[0].runs) if lanes else 0
    if seeds:
        with st.container(border=True):
            is_whole = len(seeds) == planned or not is_active(group)
            text = KINDS[group.kind].verdict(services.store(), group)
            st.markdown(f"**{notices.plain(text)}**")
            st.caption(notices.plain(_what_counts(seeds, lanes)))
            if len(seeds) > 1:
                _statistics(seeds, scores, resolution(lanes), is_whole)
        if not is_active(group):
            _offer_seeds(group, lanes)


def _what_counts(seeds: Sequence[int], lanes: Sequence[Lane]) -> str:
    planned = len(lanes[0].runs)
    text = "By the test images, which each network looks at once, at its end."
    if planned > 1:
        text += f" {len(seeds)} of {planned} seeds are finished by all."
    for label, lost in seeds_lost(lanes).items():
        one = len(lost) == 1
        named, verb = ", ".join(map(str, lost)), "is" if one else "are"
        seeds_ = "seed" if one else "seeds"
        text += f" {label} failed or was stopped with {seeds_} {named}, which {verb} not compared."
    return text


def _statistics(
    seeds: Sequence[int], scores: dict[str, list[float]], resolution: float, is_whole: bool
) -> None:
    with st.expander("The statistics"):
        if len(scores) > 1 and is_whole:
            standings = statistics.ranking(scores, resolution=resolution)
            leader = standings[0].name
            sentences = [
                statistics.details(place.behind, leader, place.name)
                for place in standings
                if place.behind is not None
            ]
            st.markdown("\n".join(f"- {notices.plain(sentence)}" for sentence in sentences))
        table = pd.DataFrame(
            {name: [100 * score for score in values] for name, values in scores.items()},
            index=pd.Index(seeds, name="Seed"),
        )
        number = st.column_config.NumberColumn(format="%.2f %%")
        st.dataframe(table, width="stretch", column_config=dict.fromkeys(scores, number))
        st.download_button(
            "Download as CSV",
            table.to_csv,
            "race.csv",
            "text/csv",
            key=f"{NAME}.scores",
            icon=":material/download:",
        )


def _offer_seeds(group: Group, lanes: Sequence[Lane]) -> None:
    done = len(lanes[0].runs)
    offered = [count for count in SEED_COUNTS if count > done]
    if not offered:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Was it luck? Repeat it over", width="content")
        for count in offered:
            st.button(
                f"{count} seeds",
                key=f"{NAME}.repeat.{count}",
                on_click=repeat,
                args=(group.id, lanes, count),
                help=f"{count - done} more, with the same networks and images.",
            )


def repeat(group_id: str, lanes: Sequence[Lane], num_seeds: int) -> None:
    """Race again from the next seeds, until there are so many."""
    done = len(lanes[0].runs)
    first = lanes[0].config.train.seed
    trials: list[list[RunConfig]] = [
        [lane.config.replace(train=lane.config.train.replace(seed=first + seed)) for lane in lanes]
        for seed in range(done, num_seeds)
    ]
    try:
        services.conductor().extend(group_id, trials)
    except CovnetsError as error:
        st.session_state[f"{NAME}.problem"] = str(error)
