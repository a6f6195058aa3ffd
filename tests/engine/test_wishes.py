"""Which networks are worth tracing ahead."""

from __future__ import annotations

import pytest

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import wishes
from covnets.engine.wishes import MOST_VISITORS, SECONDS_OF_REST, Wishes
from covnets.limits import NETWORKS_KEPT
from tests.engine.small_runs import small_run

FIRST, SECOND, THIRD = (small_run(seed=seed) for seed in (1, 2, 3))
DEEP = RunConfig(network=ResNetConfig(num_blocks=60, filters=4))


class Clock:
    """A monotonic clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def rest(self) -> None:
        self.now += 1.01 * SECONDS_OF_REST


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(wishes.time, "monotonic", made)
    return made


def test_only_what_a_visitor_wanted_last_counts_and_only_after_a_rest(clock):
    wanted = Wishes()
    assert wanted.note("a", (FIRST,))
    assert wanted.rested() == ()
    clock.rest()
    assert wanted.rested() == (FIRST,)
    assert wanted.note("a", (SECOND,))
    assert wanted.rested() == ()
    clock.rest()
    assert wanted.rested() == (SECOND,)


def test_page_that_is_drawn_again_does_not_begin_the_rest_anew(clock):
    wanted = Wishes()
    wanted.note("a", (FIRST,))
    clock.rest()
    assert not wanted.note("a", (FIRST,))
    assert wanted.rested() == (FIRST,)


def test_visitors_do_not_disturb_each_other_and_the_newest_comes_first(clock):
    wanted = Wishes()
    wanted.note("a", (FIRST,))
    clock.rest()
    wanted.note("b", (SECOND,))
    assert wanted.rested() == (FIRST,)
    clock.rest()
    wanted.note("c", (FIRST,))
    clock.rest()
    assert wanted.rested() == (FIRST, SECOND)


def test_equal_contestants_of_a_race_need_a_network_each(clock):
    wanted = Wishes()
    wanted.note("a", (FIRST, FIRST))
    clock.rest()
    assert wanted.rested() == (FIRST, FIRST)


def test_deep_networks_and_more_than_are_kept_are_not_traced_ahead(clock):
    wanted = Wishes()
    wanted.note("a", (DEEP, *(small_run(seed=seed) for seed in range(2 * NETWORKS_KEPT))))
    clock.rest()
    assert DEEP not in wanted.rested()
    assert len(wanted.rested()) == NETWORKS_KEPT


def test_visitors_who_left_long_ago_are_forgotten(clock):
    wanted = Wishes()
    wanted.note("first", (THIRD,))
    for visitor in range(MOST_VISITORS):
        wanted.note(str(visitor), (FIRST,))
    clock.rest()
    assert THIRD not in wanted.rested()
