"""A difference is called real when it is larger than seeds explain, and seldom otherwise."""

import math
import random
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from covnets.groups.significance import FEW_SEEDS, details, paired, ranking, summary

EXPERIMENTS = 1000
IMAGES = 2000

accuracies = st.integers(0, 500).map(lambda right: right / 500)
pairs = st.lists(st.tuples(accuracies, accuracies), min_size=2, max_size=10)


def spread_around(mean: float, noise: float, count: int, luck: random.Random) -> list[float]:
    """Accuracies of one contestant over `count` seeds, as shares of a whole number of images."""
    return [round(IMAGES * luck.gauss(mean, noise)) / IMAGES for _ in range(count)]


@given(pairs, st.integers(1, 15))
def test_interval_and_p_value_are_those_of_students_paired_t(scores, comparisons):
    first, second = map(list, zip(*scores, strict=True))
    found = paired(first, second, comparisons=comparisons)
    assume(len(set(found.differences)) > 1)
    expected = ttest_rel(first, second)
    interval = expected.confidence_interval(1 - 0.05 / comparisons)
    assert found.mean == pytest.approx(sum(found.differences) / found.count, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-6)
    assert found.p_value == pytest.approx(min(1.0, comparisons * expected.pvalue), abs=1e-6)
    assert found.wins + found.ties + found.losses == found.count == len(scores)


def test_one_seed_tells_nothing():
    found = paired([0.9], [0.1])
    assert (found.low, found.high, found.p_value) == (-math.inf, math.inf, 1.0)
    assert not found.excludes_zero


@pytest.mark.parametrize("count", [2, 3, 5, 10])
@pytest.mark.parametrize("base", [0.8, 0.1 + 0.2])
def test_nothing_is_claimed_from_equal_differences_alone(count, base):
    found = paired([base + 0.1] * count, [base] * count)
    assert not found.excludes_zero
    assert math.isinf(found.high)


def test_equal_differences_are_no_surer_than_rounding_allows():
    step = 1 / IMAGES
    assert not paired([0.8 + step] * 3, [0.8] * 3, resolution=step).excludes_zero
    assert not paired([0.8 + 3 * step] * 2, [0.8] * 2, resolution=step).excludes_zero
    far = paired([0.84] * 3, [0.8] * 3, resolution=step)
    assert far.excludes_zero
    assert far.high - far.low == pytest.approx(2 * 4.303 * step / math.sqrt(6 * 3), rel=1e-3)


def test_what_differs_by_the_computer_s_rounding_is_a_tie():
    found = paired([0.1 + 0.2], [0.3])
    assert (found.wins, found.ties, found.mean) == (0, 1, 0.0)


@pytest.mark.parametrize(("first", "second"), [([], []), ([0.5], [0.5, 0.6])])
def test_scores_of_other_seeds_are_refused(first, second):
    with pytest.raises(ValueError, match=r"zip|at least one"):
        ranking({"the first": first, "the second": second})


@pytest.mark.parametrize("noise", [0.01, 1 / IMAGES], ids=["of a point", "of one image"])
@pytest.mark.parametrize("num_seeds", [3, 5, 10])
@pytest.mark.parametrize("num_contestants", [2, 6])
def test_equals_are_seldom_told_apart(num_contestants, num_seeds, noise):
    luck = random.Random(f"{num_contestants} {num_seeds} {noise}")
    false_alarms = 0
    for _ in range(EXPERIMENTS):
        scores = {
            name: spread_around(0.8, noise, num_seeds, luck) for name in "ABCDEF"[:num_contestants]
        }
        standings = ranking(scores, resolution=1 / IMAGES)
        claims = any(place.behind.excludes_zero for place in standings[1:])
        said = "is larger than seeds explain" in summary(standings)
        assert said == claims
        false_alarms += claims
    assert false_alarms <= 0.07 * EXPERIMENTS


@pytest.mark.parametrize(("num_seeds", "found_at_least"), [(5, 0.95), (10, 0.999)])
def test_a_difference_of_four_points_is_found_in_noise_of_one(num_seeds, found_at_least):
    luck = random.Random(num_seeds)
    found = 0
    for _ in range(EXPERIMENTS):
        scores = {
            "worse": spread_around(0.80, 0.01, num_seeds, luck),
            "better": spread_around(0.84, 0.01, num_seeds, luck),
        }
        sentence = summary(ranking(scores, resolution=1 / IMAGES))
        found += sentence.startswith("better beat") and "is larger than" in sentence
    assert found >= found_at_least * EXPERIMENTS


def test_luck_that_both_share_is_no_obstacle():
    # Seeds differ by ten points, the contestants by one in every seed.
    shared = [0.70, 0.80, 0.75, 0.85, 0.90]
    better = [score + lead for score, lead in zip(shared, (0.010, 0.011) * 3, strict=False)]
    assert paired(better, shared).excludes_zero


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (
            [4.1, 4.2, 4.0, 4.1, 4.1],
            "ResNet beat plain in 5 of 5 seeds; the difference, 4.1 points, is larger than seeds "
            "explain.",
        ),
        (
            [-4.1, -4.2, -4.0, -4.1, -4.1],
            "plain beat ResNet in 5 of 5 seeds; the difference, 4.1 points, is larger than seeds "
            "explain.",
        ),
        (
            [1.0, -0.5, 2.0, 0.0, 1.0],
            "ResNet beat plain in 3 of 5 seeds and tied in 1; the difference, 0.7 points, is no "
            "larger than seeds explain.",
        ),
        (
            [5.0, -0.5, -0.5, -0.5, 0.0],
            "ResNet beat plain in 1 of 5 seeds, lost in 3 and tied in 1, yet leads by 0.7 points "
            "on average; that is no larger than seeds explain.",
        ),
        (
            [1.0, 5.0, 9.0],
            "Too few seeds to tell: ResNet beat plain in 3 of 3 seeds, by 5.0 points on average.",
        ),
        (
            [0.1, -0.05],
            "Too few seeds to tell: ResNet beat plain in 1 of 2 seeds and lost in 1, yet leads by "
            "less than 0.1 points on average.",
        ),
        ([0.0] * 3, "Too few seeds to tell: ResNet and plain were equal in 3 of 3 seeds."),
        ([0.0] * 5, "ResNet and plain were equal in 5 of 5 seeds: on average no difference."),
        (
            [1.0, -1.0, 0.0, 2.0, -2.0],
            "ResNet beat plain in 2 of 5 seeds, lost in 2 and tied in 1: on average no difference.",
        ),
        (
            [2.0] * 5,
            "ResNet beat plain in 5 of 5 seeds, each time by 2.0 points; equal differences do not "
            "tell how much seeds matter.",
        ),
    ],
)
def test_the_verdict_over_two_is_a_plain_sentence(points, sentence):
    scores = {"ResNet": [0.5 + point / 100 for point in points], "plain": [0.5] * len(points)}
    assert summary(ranking(scores)) == sentence


@given(pairs)
def test_few_seeds_are_said_to_be_too_few_unless_the_interval_excludes_zero(scores):
    first, second = zip(*scores, strict=True)
    ranked = ranking({"A": first, "B": second})
    said = summary(ranked).startswith("Too few seeds to tell: ")
    assert said == (len(scores) < FEW_SEEDS and not ranked[1].behind.excludes_zero)


def test_details_give_the_figures_and_how_they_were_reached():
    found = paired([0.83, 0.84, 0.84, 0.84, 0.85], [0.8] * 5)
    assert details(found, "ResNet", "plain") == (
        "ResNet minus plain: +4.00 points on average over 5 seeds; 95 % interval from +3.12 to "
        "+4.88 (paired t with 4 degrees of freedom), p = 0.00022."
    )
    assert "for equal differences do not tell" in details(paired([1, 1], [0, 0]), "A", "B")


def test_the_ranking_begins_with_the_best_and_compares_all_others_with_it():
    scores = {
        "plain": [0.80, 0.81, 0.79, 0.80, 0.81],
        "ResNet": [0.86, 0.87, 0.86, 0.85, 0.86],
        "VGG": [0.85, 0.87, 0.86, 0.86, 0.85],
    }
    leader, second, third = ranking(scores)
    assert [leader.name, second.name, third.name] == ["ResNet", "VGG", "plain"]
    assert leader.behind is None
    assert leader.mean == pytest.approx(0.86)
    assert second.behind == paired(scores["ResNet"], scores["VGG"], comparisons=3)
    assert third.behind == paired(scores["ResNet"], scores["plain"], comparisons=3)
    assert summary([leader, second, third]) == (
        "ResNet leads with 86.0 % on average over 5 seeds; its lead over plain is larger than "
        "seeds explain, over VGG it is not."
    )
    assert "picked from 3 possible pairs" in details(third.behind, "ResNet", "plain")


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (
            {"A": [0.5, 0.4], "B": [0.4, 0.4], "C": [0.3, 0.5]},
            "Too few seeds to tell: A leads with 45.0 % on average over 2 seeds, ahead of B and C.",
        ),
        (
            {"A": [0.90, 0.91, 0.92], "B": [0.88, 0.93, 0.89], "C": [0.49, 0.51, 0.52]},
            "its lead over C is larger than seeds explain. Over B, there are too few seeds to tell",
        ),
        (
            {"A": [0.5, 0.6] * 3, "B": [0.6, 0.48] * 3, "C": [0.4, 0.6] * 3},
            "A leads with 55.0 % .* its lead over B and C is no larger than seeds explain.",
        ),
        (
            {"A": [0.9, 0.91] * 3, "B": [0.5, 0.52] * 3, "C": [0.4, 0.45] * 3},
            "its lead over B and C is larger than seeds explain.$",
        ),
    ],
)
def test_the_summary_says_over_whom_the_lead_is_clear(scores, said):
    assert re.search(said, summary(ranking(scores)))
