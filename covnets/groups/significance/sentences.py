"""What a comparison over seeds says, in plain sentences, and the figures behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from covnets.groups.significance.comparison import Paired, Standing

FEW_SEEDS = 5
"""With fewer, a difference that seeds could explain says that there were too few of them."""

_EQUAL = "equal differences do not tell"


def verdict(paired: Paired, first_name: str, second_name: str, what: str = "points") -> str:
    """Say in a sentence whether the difference is larger than seeds explain.

    The better one is named first, whichever was the first of the pair.

    Args:
        paired: the comparison, of scores from 0 to 1.
        first_name: the first contestant.
        second_name: the second contestant.
        what: a hundredth of the score's unit: percent points.
    """
    if paired.mean < 0:
        return verdict(paired.mirrored(), second_name, first_name, what)
    by, is_few = f"{_size(paired.mean)} {what}", paired.count < FEW_SEEDS
    line = _won(paired, first_name, second_name)
    if paired.excludes_zero:
        return f"{line}; the difference, {by}, is larger than seeds explain."
    if not paired.mean:
        return f"Too few seeds to tell: {line}." if is_few else f"{line}: on average no difference."
    if is_few:
        lead = "by" if paired.wins > paired.losses else "yet leads by"
        return f"Too few seeds to tell: {line}, {lead} {by}{' on average' * (paired.count > 1)}."
    if math.isinf(paired.low):
        return f"{line}, each time by {by}; {_EQUAL} how much seeds matter."
    if paired.wins <= paired.losses:
        return f"{line}, yet leads by {by} on average; that is no larger than seeds explain."
    return f"{line}; the difference, {by}, is no larger than seeds explain."


def details(paired: Paired, first_name: str, second_name: str, what: str = "points") -> str:
    """Give the figures behind a verdict: mean, interval and p-value, and how they were reached.

    Args:
        paired: the comparison, of scores from 0 to 1.
        first_name: the first contestant.
        second_name: the second contestant.
        what: a hundredth of the score's unit: percent points.
    """
    count, pairs = paired.count, paired.comparisons
    mean = f"{first_name} minus {second_name}: {100 * paired.mean:+.2f} {what} on average"
    if math.isinf(paired.low):
        why = "one seed does not tell" if count == 1 else _EQUAL
        return f"{mean} over {_seeds(count)}; no interval, for {why} how much seeds matter."
    text = (
        f"{mean} over {count} seeds; {100 * paired.confidence:g} % interval from "
        f"{100 * paired.low:+.2f} to {100 * paired.high:+.2f} (paired t with {count - 1} degree"
        f"{'s' * (count > 2)} of freedom), {_p_value(paired.p_value)}."
    )
    if pairs > 1:
        text += (
            f" The leader is picked from {pairs} possible pairs: interval and p are widened so "
            "that they hold for all of them together (Bonferroni)."
        )
    return text


def summary(standings: Sequence[Standing], what: str = "points") -> str:
    """Say in a sentence or two who leads, and over whom by more than seeds explain.

    Args:
        standings: what `ranking` returned, of scores from 0 to 1.
        what: a hundredth of the score's unit: percent points.
    """
    compared = [(place.name, place.behind) for place in standings if place.behind is not None]
    if not compared:
        return "There is nothing to compare yet: two contestants are needed."
    leader = standings[0].name
    if len(compared) == 1:
        return verdict(compared[0][1], leader, compared[0][0], what)
    count = compared[0][1].count
    lead = f"{leader} leads with {100 * standings[0].mean:.1f} % on average over {_seeds(count)}"
    clear = _listed(name for name, behind in compared if behind.excludes_zero)
    unclear = _listed(name for name, behind in compared if not behind.excludes_zero)
    if not clear and count < FEW_SEEDS:
        return f"Too few seeds to tell: {lead}, before {unclear}."
    if not clear:
        return f"{lead}; its lead over {unclear} is no larger than seeds explain."
    text = f"{lead}; its lead over {clear} is larger than seeds explain"
    if unclear and count < FEW_SEEDS:
        return f"{text}. Over {unclear}, there are too few seeds to tell."
    return f"{text}, over {unclear} it is not." if unclear else f"{text}."


def _won(paired: Paired, better: str, other: str) -> str:
    count, wins, ties, losses = paired.count, paired.wins, paired.ties, paired.losses
    if not wins and not losses:
        return f"{better} and {other} were equal in {count} of {_seeds(count)}"
    parts = [f"beat {other} in {wins} of {_seeds(count)}"]
    if losses >= wins:
        parts.append(f"lost in {losses}")
    if ties:
        parts.append(f"tied in {ties}")
    return f"{better} {_listed(parts)}"


def _size(mean: float) -> str:
    return "less than 0.1" if 0 < 100 * mean < 0.05 else f"{100 * mean:.1f}"


def _p_value(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _listed(names: Iterable[str]) -> str:
    """Names as prose: "a, b and c"."""
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
