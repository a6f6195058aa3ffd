"""Whether one contestant is better than another, or had only luckier seeds.

A seed fixes the initial weights and the order of the images. Contestants with the same seed see the
same batches, so they are compared seed by seed: the luck that they share falls out of the
difference. What is left of luck shows in how much the differences vary from seed to seed. Student's
t interval weighs the one against the other: mean ± t(n - 1) * s / sqrt(n), with s the standard
deviation of the n differences (Student, The Probable Error of a Mean, Biometrika 6, 1908). A
difference is called larger than seeds explain when its interval excludes zero.

Scores count so many images right, so differences may be equal by rounding, and equal ones do not
mean that seeds have no influence. Two rounded scores differ by up to a step without any reason, so
no spread counts as smaller than that of rounding, step / sqrt(6). Where the step is not known,
nothing is claimed from differences that are all equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev

from covnets.messages import percent

CONFIDENCE = 0.95
"""How sure an interval is, together with those of all pairs that might have been compared."""
FEW_SEEDS = 5
"""With fewer, a difference that seeds could explain says that there were too few of them."""

# Accuracies are sums of a thousand or more images: what differs by less is rounding of the
# computer's, not of the score.
_DECIMALS = 12


@dataclass(frozen=True)
class Paired:
    """Two contestants compared over the same seeds: the first minus the second.

    Attributes:
        differences: one a seed, in the unit of the scores.
        mean: of the differences.
        low: lower end of the interval; minus infinity where nothing tells how much seeds matter.
        high: upper end of the interval.
        wins: seeds in which the first was better.
        ties: seeds in which both were equal.
        losses: seeds in which the second was better.
        comparisons: how many pairs it was made for.
        p_value: how likely so large a difference is by luck alone, for all pairs together.
    """

    differences: tuple[float, ...]
    mean: float
    low: float
    high: float
    wins: int
    ties: int
    losses: int
    comparisons: int
    p_value: float

    @property
    def count(self) -> int:
        """Seeds that both have."""
        return len(self.differences)

    @property
    def excludes_zero(self) -> bool:
        """Whether the difference is larger than seeds explain."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Ranked:
    """A contestant's place among several.

    Attributes:
        name: of the contestant.
        mean: its mean score over the seeds.
        behind: the leader compared with it; None for the leader itself.
    """

    name: str
    mean: float
    behind: Paired | None


def paired(
    first: Sequence[float],
    second: Sequence[float],
    *,
    resolution: float = 0.0,
    comparisons: int = 1,
) -> Paired:
    """Compare two contestants seed by seed.

    Args:
        first: scores of the first, one a seed, for instance validation accuracies from 0 to 1.
        second: scores of the second, for the same seeds in the same order.
        resolution: smallest step between two scores, for accuracies 1 / images; 0 if not known.
        comparisons: how many pairs might have been picked to be compared. The interval and the
            p-value are widened so that they hold for all of them together (Bonferroni).

    Raises:
        ValueError: there are not equally many scores, or none.
    """
    pairs = zip(first, second, strict=True)
    differences = tuple(round(one - other, _DECIMALS) for one, other in pairs)
    count, mean = len(differences), round(fmean(differences), _DECIMALS)
    spread = max(stdev(differences), resolution / math.sqrt(6)) if count > 1 else 0.0
    half_width, p_value = math.inf, 1.0
    if spread > 0:
        error = spread / math.sqrt(count)
        half_width = error * _quantile((1 - CONFIDENCE) / comparisons, count - 1)
        p_value = min(1.0, comparisons * _two_sided(mean / error, count - 1))
    return Paired(
        differences=differences,
        mean=mean,
        low=mean - half_width,
        high=mean + half_width,
        wins=sum(difference > 0 for difference in differences),
        ties=differences.count(0.0),
        losses=sum(difference < 0 for difference in differences),
        comparisons=comparisons,
        p_value=p_value,
    )


def ranking(scores: Mapping[str, Sequence[float]], *, resolution: float = 0.0) -> list[Ranked]:
    """Order contestants by their mean, and compare the leader with each other one.

    The leader is picked after the scores are known, so any of the k(k - 1)/2 pairs may come to be
    compared, the two at the ends above all. Each interval is therefore widened as for all of those
    pairs: of races between equals, at most 1 - `CONFIDENCE` claim any difference.

    Args:
        scores: of each contestant by its name, one a seed, the seeds in the same order in all.
        resolution: smallest step between two scores; 0 if not known.

    Returns:
        The contestants, the best first; equal ones as they were given.

    Raises:
        ValueError: there are not equally many scores of all, or none.
    """
    means = {name: fmean(values) for name, values in scores.items()}
    leader, *others = sorted(means, key=means.__getitem__, reverse=True)
    comparisons = math.comb(len(means), 2)
    behind = {
        name: paired(scores[leader], scores[name], resolution=resolution, comparisons=comparisons)
        for name in others
    }
    return [Ranked(name, means[name], behind.get(name)) for name in (leader, *others)]


def details(paired: Paired, first_name: str, second_name: str) -> str:
    """Give the figures behind a comparison: mean, interval and p-value, and how they were reached.

    Args:
        paired: the comparison over two seeds or more, of scores from 0 to 1.
        first_name: the first contestant.
        second_name: the second contestant.
    """
    count, pairs = paired.count, paired.comparisons
    mean = (
        f"{first_name} minus {second_name}: {100 * paired.mean:+.2f} points on average over "
        f"{count} seeds"
    )
    if math.isinf(paired.low):
        return f"{mean}; no interval, for equal differences do not tell how much seeds matter."
    text = (
        f"{mean}; {100 * CONFIDENCE:g} % interval from {100 * paired.low:+.2f} to "
        f"{100 * paired.high:+.2f} (paired t with {count - 1} degree{'s' * (count > 2)} of "
        f"freedom), {_p_value(paired.p_value)}."
    )
    if pairs > 1:
        text += (
            f" The leader is picked from {pairs} possible pairs: interval and p are widened so "
            "that they hold for all of them together (Bonferroni)."
        )
    return text


def summary(ranked: Sequence[Ranked]) -> str:
    """Say in a sentence or two who leads, and over whom by more than seeds explain.

    Args:
        ranked: what `ranking` returned for two contestants or more over two seeds or more, of
            scores from 0 to 1.
    """
    leader = ranked[0]
    compared = [(place.name, place.behind) for place in ranked if place.behind is not None]
    if len(compared) == 1:
        return _in_words(compared[0][1], leader.name, compared[0][0])
    count = compared[0][1].count
    lead = f"{leader.name} leads with {percent(leader.mean)} on average over {count} seeds"
    clear = _listed(name for name, behind in compared if behind.excludes_zero)
    unclear = _listed(name for name, behind in compared if not behind.excludes_zero)
    if not clear and count < FEW_SEEDS:
        return f"Too few seeds to tell: {lead}, ahead of {unclear}."
    if not clear:
        return f"{lead}; its lead over {unclear} is no larger than seeds explain."
    text = f"{lead}; its lead over {clear} is larger than seeds explain"
    if unclear and count < FEW_SEEDS:
        return f"{text}. Over {unclear}, there are too few seeds to tell."
    return f"{text}, over {unclear} it is not." if unclear else f"{text}."


def _in_words(paired: Paired, better: str, other: str) -> str:
    """Say whether the first, which is not worse on average, is better by more than luck."""
    by, is_few = f"{_size(paired.mean)} points", paired.count < FEW_SEEDS
    line = _won(paired, better, other)
    if paired.excludes_zero:
        return f"{line}; the difference, {by}, is larger than seeds explain."
    if not paired.mean:
        return f"Too few seeds to tell: {line}." if is_few else f"{line}: on average no difference."
    if is_few:
        lead = "by" if paired.wins > paired.losses else "yet leads by"
        return f"Too few seeds to tell: {line}, {lead} {by} on average."
    if math.isinf(paired.low):
        return f"{line}, each time by {by}; equal differences do not tell how much seeds matter."
    if paired.wins <= paired.losses:
        return f"{line}, yet leads by {by} on average; that is no larger than seeds explain."
    return f"{line}; the difference, {by}, is no larger than seeds explain."


@lru_cache(maxsize=256)
def _quantile(both_tails: float, freedom: int) -> float:
    """How many standard errors an interval reaches to each side."""
    from scipy.special import stdtrit  # half a second, which a page's first visit is spared

    return float(stdtrit(freedom, 1 - both_tails / 2))


def _two_sided(t: float, freedom: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def _won(paired: Paired, better: str, other: str) -> str:
    count, wins, ties, losses = paired.count, paired.wins, paired.ties, paired.losses
    if not wins and not losses:
        return f"{better} and {other} were equal in {count} of {count} seeds"
    parts = [f"beat {other} in {wins} of {count} seeds"]
    if losses >= wins:
        parts.append(f"lost in {losses}")
    if ties:
        parts.append(f"tied in {ties}")
    return f"{better} {_listed(parts)}"


def _size(mean: float) -> str:
    return "less than 0.1" if 0 < 100 * mean < 0.05 else f"{100 * mean:.1f}"


def _p_value(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def _listed(names: Iterable[str]) -> str:
    """Names as prose: "a, b and c"."""
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
