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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from covnets.errors import CovnetsError

# Accuracies are sums of a thousand or more images: what differs by less is rounding of the
# computer's, not of the score.
_DECIMALS = 12


class ScoresError(CovnetsError):
    """Scores that cannot be compared."""


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
        confidence: how sure the interval is, together with those of all other pairs.
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
    confidence: float
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

    def mirrored(self) -> Paired:
        """The same comparison, seen from the second."""
        return replace(
            self,
            differences=tuple(-difference for difference in self.differences),
            mean=-self.mean,
            low=-self.high,
            high=-self.low,
            wins=self.losses,
            losses=self.wins,
        )


@dataclass(frozen=True)
class Standing:
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
    confidence: float = 0.95,
    *,
    resolution: float = 0.0,
    comparisons: int = 1,
) -> Paired:
    """Compare two contestants seed by seed.

    Args:
        first: scores of the first, one a seed, for instance validation accuracies from 0 to 1.
        second: scores of the second, for the same seeds in the same order.
        confidence: of the interval, from 0 to 1.
        resolution: smallest step between two scores, for accuracies 1 / images; 0 if not known.
        comparisons: how many pairs might have been picked to be compared. The interval and the
            p-value are widened so that they hold for all of them together (Bonferroni).

    Raises:
        ScoresError: there are no scores, not equally many, or some are no finite numbers.
    """
    if not 0 < confidence < 1:
        raise ScoresError(f"confidence={confidence:g} is not possible: choose between 0 and 1.")
    differences = _differences(first, second)
    count, mean = len(differences), round(_mean(differences), _DECIMALS)
    spread = max(_deviation(differences, mean), resolution / math.sqrt(6)) if count > 1 else 0.0
    half_width, p_value = math.inf, 1.0
    if spread > 0:
        error = spread / math.sqrt(count)
        half_width = error * _quantile((1 - confidence) / comparisons, count - 1)
        p_value = min(1.0, comparisons * _two_sided(mean / error, count - 1))
    return Paired(
        differences=differences,
        mean=mean,
        low=mean - half_width,
        high=mean + half_width,
        wins=sum(difference > 0 for difference in differences),
        ties=differences.count(0.0),
        losses=sum(difference < 0 for difference in differences),
        confidence=confidence,
        comparisons=comparisons,
        p_value=p_value,
    )


def ranking(
    scores: Mapping[str, Sequence[float]], confidence: float = 0.95, *, resolution: float = 0.0
) -> list[Standing]:
    """Order contestants by their mean, and compare the leader with each other one.

    The leader is picked after the scores are known, so any of the k(k - 1)/2 pairs may come to be
    compared, the two at the ends above all. Each interval is therefore widened as for all of those
    pairs: of races between equals, at most 1 - `confidence` claim any difference.

    Args:
        scores: of each contestant by its name, one a seed, the seeds in the same order in all.
        confidence: with which all intervals hold together.
        resolution: smallest step between two scores; 0 if not known.

    Returns:
        The contestants, the best first; equal ones as they were given.

    Raises:
        ScoresError: there are no scores, not equally many, or some are no finite numbers.
    """
    names = list(scores)
    for name in names[1:]:
        _refuse_other_lengths(scores[names[0]], scores[name], names[0], name)
    means = {name: _mean(_finite(scores[name])) for name in names}
    names.sort(key=means.__getitem__, reverse=True)
    comparisons = max(1, math.comb(len(names), 2))
    return [
        Standing(
            name,
            means[name],
            paired(
                scores[names[0]],
                scores[name],
                confidence,
                resolution=resolution,
                comparisons=comparisons,
            )
            if place
            else None,
        )
        for place, name in enumerate(names)
    ]


def _differences(first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
    _refuse_other_lengths(first, second, "the first", "the second")
    pairs = zip(_finite(first), _finite(second), strict=True)
    return tuple(round(one - other, _DECIMALS) for one, other in pairs)


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def _deviation(differences: Sequence[float], mean: float) -> float:
    """The standard deviation: exactly 0 where all are equal, which a rounded mean would hide."""
    if len(set(differences)) == 1:
        return 0.0
    squares = math.fsum((difference - mean) ** 2 for difference in differences)
    return math.sqrt(squares / (len(differences) - 1))


def _refuse_other_lengths(
    first: Sequence[float], second: Sequence[float], first_name: str, second_name: str
) -> None:
    if len(first) != len(second):
        raise ScoresError(
            f"{first_name} has scores of {_counted(len(first))}, {second_name} of {len(second)}: "
            "compare them over the same seeds."
        )


def _finite(scores: Sequence[float]) -> Sequence[float]:
    if not scores:
        raise ScoresError("There are no scores to compare: let a run of each contestant finish.")
    wild = next((score for score in scores if not math.isfinite(score)), None)
    if wild is not None:
        raise ScoresError(
            f"A score is {wild}, which is no number to compare: use one that every run has, such "
            "as its accuracy, or leave this seed out of all."
        )
    return scores


@lru_cache(maxsize=256)
def _quantile(both_tails: float, freedom: int) -> float:
    """How many standard errors an interval reaches to each side."""
    from scipy.special import stdtrit  # half a second, which a page's first visit is spared

    return float(stdtrit(freedom, 1 - both_tails / 2))


def _two_sided(t: float, freedom: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def _counted(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"
