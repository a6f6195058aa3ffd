"""Networks are traced while nobody waits, and never at the cost of somebody who does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import LocalEngine, wishes
from covnets.engine.wishes import MOST_VISITORS, SECONDS_OF_REST, Wishes
from covnets.limits import NETWORKS_KEPT
from covnets.runs.estimate import Known
from tests.engine.small_runs import DEEP, NETWORK, curve, small_run, trained, wait_until
from tests.runs.conftest import Clock

FIRST, SECOND, THIRD = (small_run(seed=seed) for seed in (1, 2, 3))


def prepared_by(engine: LocalEngine) -> RunConfig | None:
    prepared = [config for worker in engine._crew.workers for config in worker.prepared]
    return prepared[0] if prepared else None


def is_prepared(engine: LocalEngine, config: RunConfig) -> bool:
    (worker,) = engine._crew.workers
    return config in worker.prepared and not worker.is_preparing


def test_network_is_traced_ahead_once_the_sliders_rest(engine, store):
    plain = trained(engine, store, small_run(seed=3))
    config = small_run(seed=3).replace(network=NETWORK.replace(filters=6))
    engine.prepare(config)
    wait_until(lambda: is_prepared(engine, config))
    assert Known.of(store, engine.threads).speed(config).is_exact
    run = trained(engine, store, config)
    again = trained(engine, store, config)

    assert [one.facts["traced_ahead"] for one in (plain, run, again)] == [False, True, True]
    assert curve(store, run).equals(curve(store, again))


def test_other_run_that_comes_meanwhile_trains_as_always(engine, store):
    expected = trained(engine, store, small_run(epochs=2))
    for filters in (4, 8, 12):
        other = RunConfig(network=ResNetConfig(filters=filters), train=small_run().train)
        engine.prepare(other)
        wait_until(lambda wanted=other: prepared_by(engine) == wanted)
        run = trained(engine, store, small_run(epochs=2))
        assert curve(store, expected).equals(curve(store, run))


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let as much time pass as sliders have to rest for."""
    clock = Clock()
    monkeypatch.setattr(wishes.time, "monotonic", clock)
    return lambda: clock.move(1.01 * SECONDS_OF_REST)


def test_only_what_a_visitor_wanted_last_counts_and_only_after_a_rest(rest):
    wanted = Wishes()
    for config in (FIRST, SECOND):
        assert wanted.note("a", (config,))
        assert wanted.rested() == ()
        rest()
        assert wanted.rested() == (config,)
        # A page that is drawn again does not begin the rest anew.
        assert not wanted.note("a", (config,))
        assert wanted.rested() == (config,)


def test_visitors_do_not_disturb_each_other_and_the_newest_comes_first(rest):
    wanted = Wishes()
    wanted.note("a", (FIRST,))
    rest()
    wanted.note("b", (SECOND,))
    assert wanted.rested() == (FIRST,)
    wanted.note("c", (FIRST,))
    rest()
    assert wanted.rested() == (FIRST, SECOND)
    # Equal contestants of a race need a network each.
    wanted.note("d", (THIRD, THIRD))
    rest()
    assert wanted.rested() == (THIRD, THIRD, FIRST, SECOND)


def test_deep_networks_and_more_than_are_kept_are_not_traced_ahead(rest):
    wanted = Wishes()
    wanted.note("a", (DEEP, *(small_run(seed=seed) for seed in range(2 * NETWORKS_KEPT))))
    rest()
    assert DEEP not in wanted.rested()
    assert len(wanted.rested()) == NETWORKS_KEPT


def test_visitors_who_left_long_ago_are_forgotten(rest):
    wanted = Wishes()
    wanted.note("first", (THIRD,))
    for visitor in range(MOST_VISITORS):
        wanted.note(str(visitor), (FIRST,))
    rest()
    assert THIRD not in wanted.rested()
