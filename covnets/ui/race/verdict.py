"""What a race says: who won, and whether more than luck stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from covnets import data
from covnets.config import RunConfig
from covnets.errors import CovnetsError
from covnets.groups import significance as statistics
from covnets.groups.race import Lane, losses, shared_scores
from covnets.runs import Group
from covnets.ui import notices, services
from covnets.ui.parts.group_buttons import is_active
from covnets.ui.parts.numbers import percent
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
            text = said(scores, _resolution(lanes)) if is_whole else said_so_far(scores, planned)
            st.markdown(f"**{notices.plain(text)}**")
            st.caption(notices.plain(_what_counts(seeds, lanes)))
            if len(seeds) > 1:
                _statistics(seeds, scores, _resolution(lanes), is_whole)
        if not is_active(group):
            _offer_seeds(group, lanes)


def said(scores: dict[str, list[float]], resolution: float) -> str:
    """Return the plain sentence on test accuracies of one seed or several.

    Args:
        scores: of each contestant, from 0 to 1, one a seed.
        resolution: of the scores: 1 / images.
    """
    count = len(next(iter(scores.values())))
    if len(scores) == 1:
        ((name, values),) = scores.items()
        mean = sum(values) / count
        spread = f", from {percent(min(values))} to {percent(max(values))}" if count > 1 else ""
        seeds = f" on average over {count} seeds" if count > 1 else ""
        return f"{name}: {percent(mean)}{seeds}{spread}."
    if count > 1:
        return statistics.summary(statistics.ranking(scores, resolution=resolution))
    ranked = sorted(scores, key=lambda name: -scores[name][0])
    first, second = (scores[name][0] for name in ranked[:2])
    if first == second:
        return f"{ranked[0]} and {ranked[1]} are level: {percent(first)}."
    lead = 100 * (first - second)
    return (
        f"{ranked[0]} won this time with {percent(first)}, {lead:.1f} points before {ranked[1]}. "
        "One seed may be luck."
    )


def said_so_far(scores: dict[str, list[float]], planned: int) -> str:
    """Return who leads while seeds are still to come, without a claim.

    Whoever looks after each seed, and believes the first that says so, would be wrong in one race
    of equals out of five.

    Args:
        scores: of each contestant, from 0 to 1, one a seed.
        planned: how many seeds there will be.
    """
    means = {name: sum(values) / len(values) for name, values in scores.items()}
    leader = max(means, key=means.__getitem__)
    count = len(scores[leader])
    leads = "leads with" if len(means) > 1 else "has"
    return (
        f"So far {leader} {leads} {percent(means[leader])} over {count} of {planned} seeds; what "
        "that means is said when all are finished."
    )


def _what_counts(seeds: Sequence[int], lanes: Sequence[Lane]) -> str:
    planned = len(lanes[0].runs)
    text = "By the test images, which each network looks at once, at its end."
    if planned > 1:
        text += f" {len(seeds)} of {planned} seeds are finished by all."
    for label, lost in losses(lanes).items():
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


def _resolution(lanes: Sequence[Lane]) -> float:
    """The step between two test accuracies."""
    try:
        return 1 / len(data.load(lanes[0].config.train.dataset).test_labels)
    except (CovnetsError, ZeroDivisionError):
        return 0.0


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
