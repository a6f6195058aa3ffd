"""What becomes of runs whose worker or dashboard went away without a word."""

import pytest

from covnets.runs.states import STALE_SECONDS
from tests.frames import history
from tests.runs.conftest import points


def test_a_silent_worker_leaves_its_run_paused_with_its_whole_history(store, new_run, clock):
    run, to_stop = new_run("running"), new_run("running")
    store.states.request_stop(to_stop.id)
    clock.move(STALE_SECONDS)
    store.states.recover("first dashboard")
    paused, stopped = store.runs.get(run.id), store.runs.get(to_stop.id)
    assert (paused.state, paused.reason) == ("paused", "its worker stopped answering")
    assert paused.ended_at == run.heartbeat_at
    assert len(history(store, run.id)) == 3
    assert stopped.state == "cancelled"
    assert stopped.reason == "It was asked to stop, and its worker stopped answering."


@pytest.mark.parametrize("since", [0.0, 19.9, -19.9])
def test_a_second_dashboard_never_touches_a_fresh_run(store, new_run, clock, since):
    before = [new_run("running"), new_run("queued"), new_run("finished")]
    clock.move(since)
    store.states.recover("second dashboard")
    assert [store.runs.get(run.id) for run in before] == before


def test_heartbeats_keep_a_run_fresh(store, new_run, clock):
    by_heartbeat, by_points, queued = new_run("running"), new_run("running"), new_run("queued")
    clock.move(15)
    store.states.heartbeat(by_heartbeat.id, "lab:1")
    store.history.add(by_points.id, points(1, first=9))
    store.states.touch_queued("first dashboard")
    clock.move(15)
    store.states.recover("second dashboard")
    assert all(store.runs.get(run.id).is_active for run in (by_heartbeat, by_points, queued))


def test_queued_runs_of_another_dashboard_that_went_away_are_paused(store, new_run, clock):
    run = new_run("queued")
    clock.move(30)
    store.states.touch_queued("second dashboard")
    store.states.recover("first dashboard")
    assert store.runs.get(run.id).state == "queued"
    store.states.recover("second dashboard")
    paused = store.runs.get(run.id)
    assert (paused.state, paused.reason) == ("paused", "dashboard stopped")


def test_a_clock_that_is_set_back_keeps_no_dead_run_alive(store, new_run, clock):
    dead, alive, queued, unwanted = map(new_run, ("running", "running", "queued", "queued"))
    clock.move(-3600)
    assert store.states.claim(queued.id, "lab:2")
    store.states.recover("first dashboard", spare=[alive.id])
    store.states.finish(alive.id, "finished")
    store.states.request_stop(unwanted.id)
    states = [store.runs.get(run.id).state for run in (dead, alive, queued, unwanted)]
    assert states == ["paused", "finished", "running", "cancelled"]
    for run in store.runs.list():
        assert run.started_at is None or run.started_at >= run.created_at
        assert run.ended_at is None or run.ended_at >= (run.started_at or run.created_at)


def test_a_worker_that_wakes_up_after_recovery_is_told_to_stop(store, new_run, clock):
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


def test_run_whose_worker_died_goes_on_twice_and_says_so(store, new_run):
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


def test_run_that_was_asked_to_end_is_not_revived(store, new_run):
    to_stop, to_pause = new_run("running"), new_run("running")
    store.states.request_stop(to_stop.id)
    store.states.request_pause(to_pause.id)
    for run, state in ((to_stop, "cancelled"), (to_pause, "paused")):
        assert not store.states.revive(run.id, "It goes on.")
        assert store.states.abandon(run.id, "its worker ended").state == state
