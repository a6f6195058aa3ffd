"""A run moves from state to state only along the table, and an ended run never changes."""

import re

import pytest

from covnets.errors import StoreError
from covnets.runs import ACTIVE_STATES, STATES, Run, RunStore
from covnets.runs.run import COMES_FROM
from tests.frames import history
from tests.runs.conftest import points

ENDED = tuple(state for state in STATES if state not in ACTIVE_STATES)


def move(store: RunStore, run: Run, state: str) -> bool:
    """Try to bring a run to a state; tell whether the store did it."""
    try:
        if state == "queued":
            if run.state == "running":
                return store.states.revive(run.id, "Its worker died.")
            store.states.resume(run.id, "second dashboard")
        elif state == "running":
            return store.states.claim(run.id, "lab:2")
        elif state == "failed":
            store.states.fail(run.id, "No.")
        else:
            store.states.finish(run.id, state, {})
    except StoreError:
        return False
    return True


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_a_run_moves_only_along_the_table(store, new_run, before, after):
    run = new_run(before)
    allowed = before in COMES_FROM[after]
    assert move(store, run, after) is allowed
    assert store.runs.get(run.id).state == (after if allowed else before)


def test_no_arrow_leaves_an_ended_state_but_a_paused_run_may_go_on():
    assert set(COMES_FROM) == set(STATES)
    left = {state for sources in COMES_FROM.values() for state in sources}
    assert left & set(ENDED) == {"paused"}
    assert COMES_FROM["queued"] == ("paused", "running")


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_run_never_changes(store, new_run, state, clock):
    run = new_run(state)
    curve = history(store, run.id)
    clock.move(1000)
    for change in (
        lambda: store.history.add(run.id, points(1, first=50)),
        lambda: store.history.add(run.id, []),
        lambda: store.states.record_started(run.id, {"num_params": 1}),
        lambda: store.states.finish(run.id, "finished", {}),
        lambda: store.states.fail(run.id, "Late."),
        lambda: store.states.abandon(run.id, "its worker ended"),
    ):
        with pytest.raises(StoreError, match=f"{run.id} is {state}"):
            change()
    assert not store.states.claim(run.id, "lab:2")
    assert store.states.heartbeat(run.id, "lab:1") == "lost"
    assert not store.states.revive(run.id, "Late.")
    assert store.states.request_stop(run.id) == store.states.request_pause(run.id) == run
    store.states.recover("second dashboard")
    store.states.touch_queued("first dashboard")
    assert store.runs.get(run.id) == run
    assert len(curve) == 3
    assert history(store, run.id).equals(curve)


def test_a_new_run_is_queued_with_its_hyperparameters(store, config, clock):
    run = store.runs.create(config, owner="me")
    assert re.fullmatch("[0-9a-f]{10}", run.id)
    assert (run.state, run.family, run.config) == ("queued", "vgg", config)
    assert (run.owner, run.name, run.parent) == ("me", None, None)
    assert run.created_at == run.heartbeat_at == clock.now
    assert run.started_at is run.ended_at is None


def test_a_run_shows_its_progress_and_keeps_its_summary(store, new_run, clock):
    run = new_run("queued")
    clock.move(5)
    store.states.claim(run.id, "lab:77")
    store.states.record_started(run.id, {"event": "started", "num_params": 12, "epochs": 3})
    clock.move(5)
    store.history.add(run.id, points(150))
    run = store.runs.get(run.id)
    assert (run.state, run.worker, run.step, run.epoch) == ("running", "lab:77", 150, 2)
    assert run.facts == {"num_params": 12, "epochs": 3}
    assert (run.started_at, run.heartbeat_at) == (clock.now - 5, clock.now)
    summary = {"event": "finished", "state": "finished", "test_accuracy": 0.91}
    ended = store.states.finish(run.id, "finished", summary)
    assert (ended.state, ended.summary) == ("finished", {"test_accuracy": 0.91})
    assert ended.ended_at == clock.now
    assert ended.is_ended


def test_an_ended_run_says_why(store, new_run):
    failed = store.states.fail(new_run("running").id, "The loss is infinite.", "Traceback ...")
    assert (failed.reason, failed.details) == ("The loss is infinite.", "Traceback ...")
    paused = store.states.finish(new_run("running").id, "paused", {}, reason="Somebody paused it.")
    assert (paused.state, paused.reason) == ("paused", "Somebody paused it.")


def test_a_queued_run_is_stopped_or_paused_at_once(store, new_run):
    to_stop, to_pause = new_run("queued"), new_run("queued")
    assert store.states.request_stop(to_stop.id).reason == "It was cancelled before it started."
    assert store.states.request_pause(to_pause.id).reason == "It was paused before it started."
    for run, state in ((to_stop, "cancelled"), (to_pause, "paused")):
        ended = store.runs.get(run.id)
        assert (ended.state, ended.stop_requested, ended.pause_requested) == (state, False, False)
    to_stop, to_pause = new_run("running"), new_run("running")
    for run in (to_stop, to_pause):
        store.states.revive(run.id, "It goes on.")
    assert store.states.request_stop(to_stop.id).reason == "It was cancelled before it went on."
    assert store.states.request_pause(to_pause.id).reason == "It was paused before it went on."


def test_a_worker_is_told_to_pause_or_stop_and_stopping_outranks_it(store, new_run):
    run = new_run("running")
    assert store.states.heartbeat(run.id, "lab:1") is None
    asked = store.states.request_pause(run.id)
    assert (asked.state, asked.pause_requested, asked.stop_requested) == ("running", True, False)
    assert store.states.heartbeat(run.id, "lab:1") == "paused"
    asked = store.states.request_stop(run.id)
    assert (asked.state, asked.pause_requested, asked.stop_requested) == ("running", False, True)
    assert store.states.request_pause(run.id).stop_requested
    assert store.states.heartbeat(run.id, "lab:1") == "cancelled"


def test_resumed_run_is_queued_with_all_it_had_and_goes_on(store, new_run, clock):
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    assert not store.runs.get(run.id).is_begun
    store.states.record_started(run.id, {"trace_seconds": 1.0, "precision": "float32"})
    store.history.add(run.id, points(3))
    store.states.request_pause(run.id)
    paused = store.states.finish(run.id, "paused", {"training_seconds": 0.3}, reason="Paused.")
    assert paused.is_begun
    clock.move(3600)

    queued = store.states.resume(run.id, "second dashboard")
    assert (queued.state, queued.owner, queued.worker) == ("queued", "second dashboard", None)
    assert queued.ended_at is queued.reason is None
    assert not queued.pause_requested
    assert not queued.is_begun
    assert (queued.facts, queued.summary) == ({"precision": "float32"}, {})
    assert (queued.step, queued.seconds) == (3, 0.3)
    assert store.states.claim(run.id, "lab:9")
    store.history.add(run.id, points(2, first=4))
    assert store.runs.get(run.id).started_at == paused.started_at
    assert len(history(store, run.id)) == 5
    with pytest.raises(StoreError, match="is running and cannot become queued: only a paused run"):
        store.states.resume(run.id, "third dashboard")


def test_an_unknown_run_is_refused_everywhere(store):
    for use in (
        lambda: store.runs.get("nowhere"),
        lambda: store.states.claim("nowhere", "lab:1"),
        lambda: store.runs.queue_position("nowhere"),
        lambda: store.states.record_started("nowhere", {}),
        lambda: store.history.add("nowhere", points(1)),
        lambda: store.states.heartbeat("nowhere", "lab:1"),
        lambda: store.states.request_stop("nowhere"),
        lambda: store.states.request_pause("nowhere"),
        lambda: store.states.resume("nowhere", "me"),
        lambda: store.states.revive("nowhere", "Yes."),
        lambda: store.states.abandon("nowhere", "its worker ended"),
        lambda: store.states.finish("nowhere", "finished"),
        lambda: store.states.fail("nowhere", "No."),
        lambda: store.labels.set("nowhere", name="x"),
        lambda: store.files.write("nowhere", "model.keras", lambda path: path.touch()),
        lambda: history(store, "nowhere"),
    ):
        with pytest.raises(StoreError, match="no run 'nowhere'"):
            use()
    assert not (store.home / "artifacts").exists()
