"""The benchmark of a race's live updates: what it measures, and what it compares."""

from __future__ import annotations

from benchmarks import race_live
from benchmarks.race_live import GROWING, THINNED, ZOOMED, Update


def test_updates_are_compared_round_by_round():
    updates = {
        THINNED: [Update(0.03, 0.040, 9), Update(0.03, 0.080, 9)],
        GROWING: [Update(0.01, 0.020, 9), Update(0.01, 0.020, 9)],
        ZOOMED: [Update(0.03, 0.040, 9), Update(0.03, 0.040, 9)],
    }
    report = race_live.compare(updates)
    assert [row["to growing"] for row in report.rows] == [3.0, 1.0, 2.0]
    assert [goal.met for goal in report.goals] == [True, False]


def test_each_kind_of_update_draws_all_contestants():
    report = race_live.run(rounds=1, steps=500)
    assert [row["points"] for row in report.rows] == [THINNED, GROWING, ZOOMED]
    sizes = [row["bytes"] for row in report.rows]
    assert sizes[0] == sizes[1] > 10_000
