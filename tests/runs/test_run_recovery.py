from collections.abc import Callable

import pytest

from covnets.runs import Run, RunStore
from covnets.runs.frames import history

Make = Callable[[str], Run]


def test_a_silent_worker_leaves_its_run_failed_with_a_reason_and_a_whole_history(
    store: RunStore, new_run: Make, clock
) -> None:
    run = new_run("running")
    clock.move(20)
    (failed,) = store.recover("first dashboard")
    assert (failed.id, failed.state) == (run.id, "failed")
    assert failed.reason == (
        "Its worker (lab:1) stopped answering after step 3; what it had recorded by then is kept."
    )
    assert failed.ended_at == run.heartbeat_at
    assert len(history(store, run.id)) == 3


@pytest.mark.parametrize("since", [0.0, 19.9, -19.9])
def test_a_second_dashboard_never_touches_a_fresh_run(
    store: RunStore, new_run: Make, clock, since: float
) -> None:
    before = [new_run("running"), new_run("queued"), new_run("finished")]
    clock.move(since)
    assert store.recover("second dashboard") == []
    assert [store.get(run.id) for run in before] == before


def test_heartbeats_keep_a_run_fresh(store: RunStore, new_run: Make, points, clock) -> None:
    by_heartbeat, by_points, queued = new_run("running"), new_run("running"), new_run("queued")
    clock.move(15)
    store.heartbeat(by_heartbeat.id)
    store.add_points(by_points.id, points(1, first=9))
    store.touch_queued("first dashboard")
    clock.move(15)
    assert store.recover("second dashboard") == []
    assert store.get(queued.id).owner == "first dashboard"


def test_queued_runs_of_a_dashboard_that_went_away_are_paused(
    store: RunStore, new_run: Make, clock
) -> None:
    runs = [new_run("queued"), new_run("queued")]
    clock.move(30)
    store.touch_queued("second dashboard")
    resting = store.recover("second dashboard")
    assert [run.id for run in resting] == [run.id for run in runs]
    assert {(run.state, run.reason) for run in resting} == {("paused", "dashboard stopped")}
    assert store.recover("third dashboard") == []


def test_own_queued_runs_are_not_taken_from_oneself(store: RunStore, new_run: Make, clock) -> None:
    new_run("queued")
    clock.move(30)
    assert store.recover("first dashboard") == []


def test_how_long_is_stale_is_up_to_the_caller(store: RunStore, new_run: Make, clock) -> None:
    new_run("running")
    clock.move(5)
    assert store.recover("me") == []
    assert len(store.recover("me", stale_after=5)) == 1


def test_a_heartbeat_from_the_far_future_keeps_no_dead_run_alive(
    store: RunStore, new_run: Make, clock
) -> None:
    run = new_run("running")
    clock.move(-3600)
    (failed,) = store.recover("second dashboard")
    assert (failed.id, failed.state, failed.duration) == (run.id, "failed", 0)


def test_durations_are_never_negative_when_the_clock_is_set_back(
    store: RunStore, new_run: Make, clock
) -> None:
    started, queued = new_run("running"), new_run("queued")
    clock.move(-3600)
    assert store.finish(started.id, "finished").duration == 0
    assert store.claim(queued.id, "lab:2")
    claimed = store.get(queued.id)
    assert claimed.started_at >= claimed.created_at
    assert claimed.duration == 0
    cancelled = store.request_stop(new_run("queued").id)
    assert cancelled.ended_at >= cancelled.created_at


def test_a_worker_that_wakes_up_after_recovery_is_told_to_stop(
    store: RunStore, new_run: Make, clock
) -> None:
    run = new_run("running")
    clock.move(60)
    store.recover("second dashboard")
    assert store.heartbeat(run.id) == "cancelled"
    assert store.get(run.id).state == "failed"


def test_run_that_is_known_to_be_alive_is_spared(store: RunStore, new_run: Make, clock) -> None:
    """Its worker may be unable to say so, for instance because the disk is full."""
    run, other = new_run("running"), new_run("running")
    clock.move(60)
    assert [lost.id for lost in store.recover("me", spare=[run.id])] == [other.id]
    assert store.get(run.id).state == "running"
