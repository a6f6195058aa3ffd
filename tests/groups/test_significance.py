"""A difference is called real when it is larger than seeds explain, and seldom otherwise."""

import math
import random
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covnets.groups.significance import (
    FEW_SEEDS,
    ScoresError,
    details,
    in_words,
    paired,
    ranking,
    summary,
)

# Student's t, from a printed table: what 97.5 % lie below, by degrees of freedom.
T_975 = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262}
EXPERIMENTS = 1000
IMAGES = 2000

accuracies = st.integers(0, 500).map(lambda right: right / 500)
pairs = st.lists(st.tuples(accuracies, accuracies), min_size=1, max_size=10)


def spread_around(mean: float, noise: float, count: int, luck: random.Random) -> list[float]:
    """Accuracies of one contestant over `count` seeds, as shares of a whole number of images."""
    return [round(IMAGES * luck.gauss(mean, noise)) / IMAGES for _ in range(count)]


@pytest.mark.parametrize(
    "differences",
    [(0.03, 0.05), (0.01, 0.02, 0.06), (0.04, 0.05, 0.03, 0.04, 0.06), (0.01, -0.02) * 5],
)
def test_the_interval_is_student_s(differences):
    count = len(differences)
    mean = sum(differences) / count
    squares = sum((difference - mean) ** 2 for difference in differences)
    half_width = T_975[count - 1] * math.sqrt(squares / (count - 1) / count)
    found = paired([0.5 + difference for difference in differences], [0.5] * count)
    assert found.mean == pytest.approx(mean)
    assert found.low == pytest.approx(mean - half_width, rel=1e-3)
    assert found.high == pytest.approx(mean + half_width, rel=1e-3)


def test_a_worked_example():
    # Differences of 3, 4, 4, 4 and 5 points: s = sqrt(2 / 4) = 0.7071, s / sqrt(5) = 0.3162.
    found = paired([0.83, 0.84, 0.84, 0.84, 0.85], [0.8] * 5)
    assert found.mean == pytest.approx(0.04)
    assert found.high - found.mean == pytest.approx(0.01 * 2.776 * 0.3162, rel=1e-3)
    assert (found.wins, found.ties, found.losses, found.count) == (5, 0, 0, 5)
    assert found.excludes_zero
    # t = 4 / 0.3162 = 12.65 with 4 degrees of freedom: a table has 8.610 for p = 0.001.
    assert 0.0001 < found.p_value < 0.001


def test_the_interval_excludes_zero_where_the_p_value_is_small():
    luck = random.Random(1)
    for _ in range(200):
        found = paired(spread_around(0.81, 0.01, 5, luck), spread_around(0.8, 0.01, 5, luck))
        assert found.excludes_zero == (found.p_value < 0.05)


@given(pairs, st.sampled_from([0.0, 1 / 500]))
def test_the_order_of_the_two_mirrors_the_signs_alone(scores, resolution):
    first, second = map(list, zip(*scores, strict=True))
    there = paired(first, second, resolution=resolution)
    back = paired(second, first, resolution=resolution)
    assert back.differences == tuple(-difference for difference in there.differences)
    assert (back.mean, back.low, back.high) == (-there.mean, -there.high, -there.low)
    assert (back.wins, back.ties, back.losses) == (there.losses, there.ties, there.wins)
    assert back.p_value == there.p_value
    assert back == there.mirrored()
    if there.mean:
        assert in_words(back, "B", "A") == in_words(there, "A", "B")


@given(pairs, st.integers(1, 15))
def test_an_interval_lies_around_its_mean_and_grows_with_the_comparisons(scores, comparisons):
    first, second = map(list, zip(*scores, strict=True))
    one, many = paired(first, second), paired(first, second, comparisons=comparisons)
    assert one.wins + one.ties + one.losses == one.count == len(scores)
    assert many.low <= one.low <= one.mean <= one.high <= many.high
    assert 0 <= one.p_value <= many.p_value <= 1


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


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([], [], "no scores to compare: let a run of each"),
        ([0.5], [0.5, 0.6], "the first has scores of 1 seed, the second of 2: compare them over"),
        ([0.5, math.nan], [0.5, 0.6], "A score is nan, which cannot be compared: use"),
        ([0.5], [math.inf], "A score is inf"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused_in_a_sentence(first, second, said):
    with pytest.raises(ScoresError, match=said):
        paired(first, second)
    with pytest.raises(ScoresError, match=said):
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
        better = spread_around(0.84, 0.01, num_seeds, luck)
        worse = spread_around(0.80, 0.01, num_seeds, luck)
        sentence = in_words(paired(better, worse, resolution=1 / IMAGES), "better", "worse")
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
            [3.0, 3.1, 2.9],
            "ResNet beat plain in 3 of 3 seeds; the difference, 3.0 points, is larger than seeds "
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
        ([2.0], "Too few seeds to tell: ResNet beat plain in 1 of 1 seed, by 2.0 points."),
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
def test_the_verdict_is_a_plain_sentence(points, sentence):
    found = paired([0.5 + point / 100 for point in points], [0.5] * len(points))
    assert in_words(found, "ResNet", "plain") == sentence


@given(pairs)
def test_few_seeds_are_said_to_be_too_few_unless_the_interval_excludes_zero(scores):
    found = paired(*map(list, zip(*scores, strict=True)))
    said = in_words(found, "A", "B").startswith("Too few seeds to tell: ")
    assert said == (found.count < FEW_SEEDS and not found.excludes_zero)


def test_details_give_the_figures_and_how_they_were_reached():
    found = paired([0.83, 0.84, 0.84, 0.84, 0.85], [0.8] * 5)
    assert details(found, "ResNet", "plain") == (
        "ResNet minus plain: +4.00 points on average over 5 seeds; 95 % interval from +3.12 to "
        "+4.88 (paired t with 4 degrees of freedom), p = 0.00022."
    )
    assert "no interval, for one seed does not tell" in details(paired([0.5], [0.4]), "A", "B")
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


def test_a_race_of_two_is_summed_up_by_its_in_words():
    scores = {"A": [0.5, 0.6, 0.5], "B": [0.7, 0.6, 0.8]}
    assert summary(ranking(scores)) == in_words(paired(scores["B"], scores["A"]), "B", "A")


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({}, "nothing to compare yet: two contestants are needed"),
        ({"A": [0.5]}, "nothing to compare yet"),
        (
            {"A": [0.5], "B": [0.4], "C": [0.3]},
            "Too few seeds to tell: A leads with 50.0 % on average over 1 seed, before B and C.",
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


def test_importing_it_loads_no_scipy():
    code = "import sys, covnets.groups.significance; print('scipy' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.stdout.strip() == "False", process.stderr
