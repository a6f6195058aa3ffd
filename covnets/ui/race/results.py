"""What a race says: who leads, who won, and whether more than luck stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from covnets.charts.theme import look, swatch
from covnets.config import RunConfig
from covnets.groups import significance
from covnets.groups.kinds import kind_of
from covnets.groups.race import Contestant, resolution, seeds_lost, shared_scores
from covnets.models import FAMILIES
from covnets.runs import Group
from covnets.runs.curves import XAxis
from covnets.ui import notices, services
from covnets.ui.parts.buttons import SEED_COUNTS, is_active
from covnets.ui.parts.wording import duration, short_number

NAME = "race"
EQUAL: dict[XAxis, str] = {
    "step": "steps",
    "epoch": "epochs",
    "seconds": "time",
    "macs": "MACs",
}


def has_seeds(contestants: Sequence[Contestant]) -> bool:
    """Whether a race is run several times, from one seed after the other."""
    return any(len(contestant.runs) > 1 for contestant in contestants)


def leader_board(contestants: Sequence[Contestant], table: pd.DataFrame, axis: XAxis) -> None:
    """Show who leads.

    Args:
        contestants: the contestants.
        table: what `covnets.groups.standings.standings` says of them.
        axis: what they are ranked by.
    """
    ranked = [contestants[place] for place in table["contestant"]]
    several = has_seeds(contestants)
    of_each = ", the mean of its seeds" if several else ""
    percents = 100 * table[["accuracy", "latest", "best", "progress"]]
    swatches = [
        swatch(look(contestant.number or at + 1))
        for at, contestant in zip(table["contestant"], ranked, strict=True)
    ]
    titles = [_titled(contestant, contestants) for contestant in ranked]
    st.dataframe(
        table[["place"]].assign(look=swatches, contestant=titles).join(percents),
        hide_index=True,
        width="stretch",
        height="content",
        placeholder="–",
        key="race.leader_board",
        column_config={
            "place": st.column_config.NumberColumn("", width=40),
            "look": st.column_config.ImageColumn("", width=80),
            "contestant": "Contestant",
            "accuracy": st.column_config.NumberColumn(
                _at(contestants, table, axis),
                format="%.1f %%",
                help="What ranks them: the last validation accuracy before the point that all who "
                "are still in the race have reached"
                + (", the mean of the seeds that all have begun." if several else "."),
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


def _at(contestants: Sequence[Contestant], table: pd.DataFrame, axis: XAxis) -> str:
    """Where the contestants are compared: "After 3.2 epochs"."""
    if has_seeds(contestants):
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


def _titled(contestant: Contestant, contestants: Sequence[Contestant]) -> str:
    families = {other.config.network.family for other in contestants}
    title = FAMILIES[contestant.config.network.family].title
    name = (
        contestant.label
        if len(families) > 1 or contestant.label.startswith(title)
        else (f"{title} · {contestant.label}")
    )
    states = {run.state for run in contestant.begun} - {"running", "finished"}
    return f"{name} ({', '.join(sorted(states))})" if states else name


def verdict(group: Group, contestants: Sequence[Contestant]) -> None:
    """Say what has come out so far, and offer to find out whether it was luck.

    Args:
        group: the race.
        contestants: its contestants.
    """
    seeds, scores = shared_scores(contestants)
    planned = len(contestants[0].runs) if contestants else 0
    if seeds:
        with st.container(border=True):
            is_whole = len(seeds) == planned or not is_active(group)
            text = kind_of(group.kind).verdict(services.store(), group)
            st.markdown(f"**{notices.plain(text)}**")
            st.caption(notices.plain(_what_counts(seeds, contestants)))
            if len(seeds) > 1:
                _statistics(seeds, scores, resolution(contestants), is_whole)
        if not is_active(group):
            _offer_seeds(group, contestants)


def _what_counts(seeds: Sequence[int], contestants: Sequence[Contestant]) -> str:
    planned = len(contestants[0].runs)
    text = "Measured on the test images, which each network sees only once, at the end."
    if planned > 1:
        text += f" All have finished {len(seeds)} of {planned} seeds."
    for label, lost in seeds_lost(contestants).items():
        named = ", ".join(map(str, lost))
        text += f" {label} failed or was stopped with seed {named}: not compared."
    return text


def _statistics(
    seeds: Sequence[int], scores: dict[str, list[float]], resolution: float, is_whole: bool
) -> None:
    with st.expander("The statistics"):
        if len(scores) > 1 and is_whole:
            standings = significance.ranking(scores, resolution=resolution)
            leader = standings[0].name
            sentences = [
                significance.details(place.behind, leader, place.name)
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


def _offer_seeds(group: Group, contestants: Sequence[Contestant]) -> None:
    done = len(contestants[0].runs)
    offered = [count for count in SEED_COUNTS if count > done]
    if not offered:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Was it luck? Repeat it over", width="content")
        for count in offered:
            st.button(
                f"{count} seeds",
                key=f"{NAME}.repeat.{count}",
                on_click=notices.attempt,
                args=(NAME, _repeat, group.id, contestants, count),
                help=f"{count - done} more, with the same networks and images.",
            )


def _repeat(group_id: str, contestants: Sequence[Contestant], num_seeds: int) -> None:
    """Race again from the next seeds, until there are so many."""
    done = len(contestants[0].runs)
    first = contestants[0].config.train.seed
    trials: list[list[RunConfig]] = [
        [
            each.config.replace(train=each.config.train.replace(seed=first + seed))
            for each in contestants
        ]
        for seed in range(done, num_seeds)
    ]
    services.conductor().extend(group_id, trials)
