from collections.abc import Callable

import pytest

from covnets.errors import StoreError
from covnets.runs import Run, RunStore
from covnets.runs.frames import history

Make = Callable[[str], Run]


def test_a_silent_worker_leaves_its_run_paused_with_a_reason_and_a_whole_history(
    store: RunStore, new_run: Make, clock
) -> None:
    run, asked = new_run("running"), new_run("running")
    store.states.request_stop(asked.id)
    clock.move(20)
    paused, stopped = store.states.recover("first dashboard")
    assert (paused.id, paused.state, paused.reason) == (
        *(run.id, "paused"),
        "its worker stopped answering",
    )
    assert paused.ended_at == run.heartbeat_at
    assert len(history(store, run.id)) == 3
    assert (stopped.id, stopped.state) == (asked.id, "cancelled")
    assert stopped.reason == "It was to stop, and its worker stopped answering."


@pytest.mark.parametrize("since", [0.0, 19.9, -19.9])
def test_a_second_dashboard_never_touches_a_fresh_run(
    store: RunStore, new_run: Make, clock, since: float
) -> None:
    before = [new_run("running"), new_run("queued"), new_run("finished")]
    clock.move(since)
    assert store.states.recover("second dashboard") == []
    assert [store.runs.get(run.id) for run in before] == before


def test_heartbeats_keep_a_run_fresh(store: RunStore, new_run: Make, points, clock) -> None:
    by_heartbeat, by_points, queued = new_run("running"), new_run("running"), new_run("queued")
    clock.move(15)
    store.states.heartbeat(by_heartbeat.id, "lab:1")
    store.history.add(by_points.id, points(1, first=9))
    store.states.touch_queued("first dashboard")
    clock.move(15)
    assert store.states.recover("second dashboard") == []
    assert store.runs.get(queued.id).owner == "first dashboard"


def test_queued_runs_of_a_dashboard_that_went_away_are_paused(
    store: RunStore, new_run: Make, clock
) -> None:
    runs = [new_run("queued"), new_run("queued")]
    clock.move(30)
    store.states.touch_queued("second dashboard")
    resting = store.states.recover("second dashboard")
    assert [run.id for run in resting] == [run.id for run in runs]
    assert {(run.state, run.reason) for run in resting} == {("paused", "dashboard stopped")}
    assert store.states.recover("third dashboard") == []


def test_own_queued_runs_are_not_taken_from_oneself(store: RunStore, new_run: Make, clock) -> None:
    new_run("queued")
    clock.move(30)
    assert store.states.recover("first dashboard") == []


def test_how_long_is_stale_is_up_to_the_caller(store: RunStore, new_run: Make, clock) -> None:
    new_run("running")
    clock.move(5)
    assert store.states.recover("me") == []
    assert len(store.states.recover("me", stale_after=5)) == 1


def test_a_heartbeat_from_the_far_future_keeps_no_dead_run_alive(
    store: RunStore, new_run: Make, clock
) -> None:
    run = new_run("running")
    clock.move(-3600)
    (paused,) = store.states.recover("second dashboard")
    assert (paused.id, paused.state, paused.duration) == (run.id, "paused", 0)


def test_durations_are_never_negative_when_the_clock_is_set_back(
    store: RunStore, new_run: Make, clock
) -> None:
    started, queued = new_run("running"), new_run("queued")
    clock.move(-3600)
    assert store.states.finish(started.id, "finished").duration == 0
    assert store.states.claim(queued.id, "lab:2")
    claimed = store.runs.get(queued.id)
    assert claimed.started_at >= claimed.created_at
    assert claimed.duration == 0
    cancelled = store.states.request_stop(new_run("queued").id)
    assert cancelled.ended_at >= cancelled.created_at


def test_a_worker_that_wakes_up_after_recovery_is_told_to_stop(
    store: RunStore, new_run: Make, clock
) -> None:
    run = new_run("running")
    clock.move(60)
    store.states.recover("second dashboard")
    assert store.states.heartbeat(run.id, "lab:1") == "lost"
    assert store.runs.get(run.id).state == "paused"
    # Somebody resumes it, and another worker trains it: it is the first one's no more.
    store.states.resume(run.id, "second dashboard")
    store.states.claim(run.id, "lab:2")
    assert store.states.heartbeat(run.id, "lab:1") == "lost"
    assert store.states.heartbeat(run.id, "lab:2") is None


def test_run_that_is_known_to_be_alive_is_spared(store: RunStore, new_run: Make, clock) -> None:
    """Its worker may be unable to say so, for instance because the disk is full."""
    run, other = new_run("running"), new_run("running")
    clock.move(60)
    assert [lost.id for lost in store.states.recover("me", spare=[run.id])] == [other.id]
    assert store.runs.get(run.id).state == "running"


def test_run_whose_worker_died_goes_on_twice_and_says_so(store: RunStore, new_run: Make) -> None:
    run = new_run("running")
    for number in (1, 2):
        assert store.states.revive(run.id, f"It goes on ({number} of 2).")
        queued = store.runs.get(run.id)
        assert (queued.state, queued.worker, queued.revivals) == ("queued", None, number)
        assert not queued.is_begun
        assert store.states.claim(run.id, "lab:2")
        assert store.runs.get(run.id).reason == f"It goes on ({number} of 2)."
    assert not store.states.revive(run.id, "It goes on (3 of 2).")
    ended = store.states.finish(run.id, "finished", {})
    assert (ended.reason, ended.revivals, ended.step) == (None, 2, run.step)


def test_run_that_was_asked_to_end_is_not_revived(store: RunStore, new_run: Make) -> None:
    to_stop, to_pause = new_run("running"), new_run("running")
    store.states.request_stop(to_stop.id)
    store.states.request_pause(to_pause.id)
    for run, state in ((to_stop, "cancelled"), (to_pause, "paused")):
        assert not store.states.revive(run.id, "It goes on.")
        assert store.states.abandon(run.id, "its worker ended").state == state


def test_run_that_waits_to_go_on_is_stopped_or_paused_at_once(
    store: RunStore, new_run: Make
) -> None:
    to_stop, to_pause = new_run("running"), new_run("running")
    for run in (to_stop, to_pause):
        store.states.revive(run.id, "It goes on.")
    assert store.states.request_stop(to_stop.id).reason == "It was cancelled before it went on."
    assert store.states.request_pause(to_pause.id).reason == "It was paused before it went on."


def test_only_a_paused_run_is_resumed(store: RunStore, new_run: Make) -> None:
    with pytest.raises(StoreError, match="is running and cannot become queued: only a paused run"):
        store.states.resume(new_run("running").id, "second dashboard")


def test_steps_made_again_change_nothing_and_time_never_goes_back(
    store: RunStore, new_run: Make, points
) -> None:
    run = new_run("running")
    store.history.add(run.id, points(7, first=4))
    before = history(store, run.id)
    # It goes on from step 5, and is quicker this time.
    again = [point | {"seconds": point["seconds"] - 0.25} for point in points(9, first=6)]
    store.history.add(run.id, again)
    after = history(store, run.id)
    assert after[: len(before)].equals(before)
    assert after["step"].tolist() == list(range(1, 15))
    assert after["seconds"].tolist()[9:] == pytest.approx([1.0, 1.0, 1.0, 1.05, 1.15])
