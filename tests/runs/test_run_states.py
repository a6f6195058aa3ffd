import dataclasses
from collections.abc import Callable

import pytest

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.runs import ACTIVE_STATES, STATES, Run, RunStore
from covnets.runs.frames import history
from covnets.runs.run import COMES_FROM

ENDED = tuple(state for state in STATES if state not in ACTIVE_STATES)
Make = Callable[[str], Run]


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
def test_a_run_moves_only_along_the_table(
    store: RunStore, new_run: Make, before: str, after: str
) -> None:
    run = new_run(before)
    allowed = before in COMES_FROM[after]
    assert move(store, run, after) is allowed
    assert store.runs.get(run.id).state == (after if allowed else before)


def test_no_arrow_leaves_an_ended_state_but_a_paused_run_may_go_on() -> None:
    assert set(COMES_FROM) == set(STATES)
    left = {state for sources in COMES_FROM.values() for state in sources}
    assert left & set(ENDED) == {"paused"}
    assert COMES_FROM["queued"] == ("paused", "running")


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_run_never_changes(
    store: RunStore, new_run: Make, state: str, points, clock
) -> None:
    run, curve = new_run(state), history(store, new_run(state).id)
    curve = history(store, run.id)
    clock.move(1000)
    for change in (
        lambda: store.history.add(run.id, points(1, first=50)),
        lambda: store.history.add(run.id, []),
        lambda: store.states.record_started(run.id, {"num_params": 1}),
        lambda: store.states.finish(run.id, "finished", {}),
        lambda: store.states.fail(run.id, "Late."),
    ):
        with pytest.raises(StoreError, match=f"{run.id} is {state}"):
            change()
    assert not store.states.claim(run.id, "lab:2")
    assert store.states.heartbeat(run.id, "lab:1") == "lost"
    assert not store.states.revive(run.id, "Late.")
    assert store.states.request_stop(run.id) == store.states.request_pause(run.id) == run
    assert store.states.recover("second dashboard") == []
    store.states.touch_queued("first dashboard")
    assert store.runs.get(run.id) == run
    assert history(store, run.id).equals(curve)


def test_a_new_run_is_queued_with_its_hyperparameters(
    store: RunStore, config: RunConfig, clock
) -> None:
    run = store.runs.create(config, owner="me", name="tall")
    assert len(run.id) == 10
    assert int(run.id, 16) >= 0
    assert (run.state, run.family, run.config) == ("queued", "vgg", config)
    assert (run.owner, run.name, run.parent) == ("me", "tall", None)
    assert run.created_at == run.heartbeat_at == clock.now
    assert run.started_at is run.ended_at is run.duration is None
    assert run.is_active
    assert not run.is_ended
    assert isinstance(hash(run), int)
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.state = "running"


def test_a_running_run_shows_its_progress(store: RunStore, new_run: Make, points, clock) -> None:
    run = new_run("queued")
    clock.move(5)
    store.states.claim(run.id, "lab:77")
    store.states.record_started(run.id, {"event": "started", "num_params": 12, "epochs": 3})
    clock.move(5)
    store.history.add(run.id, points(150))
    run = store.runs.get(run.id)
    assert (run.state, run.worker, run.step, run.epoch) == ("running", "lab:77", 150, 2)
    assert run.facts == {"num_params": 12, "epochs": 3}
    assert run.duration == 5


def test_progress_never_goes_back(store: RunStore, new_run: Make, points) -> None:
    run = new_run("running")
    store.history.add(run.id, points(2, first=200))
    store.history.add(run.id, points(2, first=100))
    assert (store.runs.get(run.id).step, store.runs.get(run.id).epoch) == (201, 3)


def test_a_finished_run_keeps_its_summary(store: RunStore, new_run: Make, clock) -> None:
    run = new_run("running")
    clock.move(8)
    ended = store.states.finish(
        run.id, "finished", {"event": "finished", "state": "finished", "test_accuracy": 0.91}
    )
    assert (ended.state, ended.summary) == ("finished", {"test_accuracy": 0.91})
    assert ended.duration == 8
    assert ended.is_ended


def test_a_failed_run_keeps_reason_and_traceback(store: RunStore, new_run: Make) -> None:
    run = store.states.fail(new_run("running").id, "The loss is no longer finite.", "Traceback ...")
    assert (run.reason, run.details) == ("The loss is no longer finite.", "Traceback ...")


def test_a_paused_run_says_why(store: RunStore, new_run: Make) -> None:
    run = store.states.finish(new_run("running").id, "paused", {}, reason="The dashboard stopped.")
    assert (run.state, run.reason) == ("paused", "The dashboard stopped.")


def test_cancelled_run_keeps_its_history(store: RunStore, new_run: Make) -> None:
    assert len(history(store, new_run("cancelled").id)) == 3


def test_stopping_a_queued_run_cancels_it_at_once(store: RunStore, new_run: Make) -> None:
    run = store.states.request_stop(new_run("queued").id)
    assert (run.state, run.stop_requested) == ("cancelled", False)
    assert "before it started" in run.reason


def test_stopping_a_running_run_tells_its_worker(store: RunStore, new_run: Make) -> None:
    run = new_run("running")
    assert store.states.heartbeat(run.id, "lab:1") is None
    assert store.states.request_stop(run.id).stop_requested
    assert store.runs.get(run.id).state == "running"
    assert store.states.heartbeat(run.id, "lab:1") == "cancelled"


def test_pausing_a_queued_run_pauses_it_at_once(store: RunStore, new_run: Make) -> None:
    run = store.states.request_pause(new_run("queued").id)
    assert (run.state, run.pause_requested) == ("paused", False)
    assert "before it started" in run.reason


def test_pausing_a_running_run_tells_its_worker_and_stopping_outranks_it(
    store: RunStore, new_run: Make
) -> None:
    run = new_run("running")
    asked = store.states.request_pause(run.id)
    assert (asked.state, asked.pause_requested, asked.stop_requested) == ("running", True, False)
    assert store.states.heartbeat(run.id, "lab:1") == "paused"
    asked = store.states.request_stop(run.id)
    assert (asked.pause_requested, asked.stop_requested) == (False, True)
    assert store.states.request_pause(run.id).stop_requested
    assert store.states.heartbeat(run.id, "lab:1") == "cancelled"


def test_run_is_begun_when_its_network_is_traced_and_once_more_after_it_was_resumed(
    store: RunStore, new_run: Make
) -> None:
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    assert not store.runs.get(run.id).is_begun
    store.states.record_started(run.id, {"trace_seconds": 1.0, "precision": "float32"})
    assert store.runs.get(run.id).is_begun
    store.states.finish(run.id, "paused")
    assert store.runs.get(run.id).is_begun
    store.states.resume(run.id, "me")
    assert not store.runs.get(run.id).is_begun
    assert store.runs.get(run.id).facts == {"precision": "float32"}


def test_resumed_run_is_queued_with_all_it_had_and_goes_on(
    store: RunStore, new_run: Make, points, clock
) -> None:
    run = new_run("running")
    store.states.request_pause(run.id)
    store.states.finish(run.id, "paused", {}, reason="Somebody paused it.")
    clock.move(3600)

    queued = store.states.resume(run.id, "second dashboard")
    assert (queued.state, queued.owner, queued.worker) == ("queued", "second dashboard", None)
    assert queued.ended_at is queued.reason is None
    assert not queued.pause_requested
    assert (queued.step, queued.seconds) == (3, 0.3)
    assert store.states.claim(run.id, "lab:9")
    store.history.add(run.id, points(2, first=4))
    assert store.runs.get(run.id).started_at == run.started_at
    assert len(history(store, run.id)) == 5


def test_training_on_is_a_new_run_that_begins_with_its_parent_s_history(
    store: RunStore, new_run: Make, config: RunConfig, points
) -> None:
    old = new_run("finished")
    new = store.runs.create(config, owner="me", parent=old.id)
    assert (new.parent, new.step, new.epoch, new.seconds) == (old.id, 3, 1, 0.3)
    assert history(store, new.id).equals(history(store, old.id))
    store.states.claim(new.id, "lab:1")
    store.history.add(new.id, points(1, first=4))
    assert len(history(store, old.id)) == 3
    with pytest.raises(StoreError, match="no run 'nowhere'"):
        store.runs.create(config, owner="me", parent="nowhere")
    assert len(store.runs.list()) == 2


def test_an_unknown_run_is_refused_everywhere(store: RunStore, points) -> None:
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
        lambda: store.states.finish("nowhere", "finished"),
        lambda: store.states.fail("nowhere", "No."),
        lambda: store.labels.set("nowhere", name="x"),
        lambda: store.files.write("nowhere", "model.keras", lambda path: path.touch()),
        lambda: history(store, "nowhere"),
    ):
        with pytest.raises(StoreError, match="no run 'nowhere'"):
            use()
    assert not (store.home / "artifacts").exists()


def test_a_point_sent_twice_is_kept_once_and_unchanged(
    store: RunStore, new_run: Make, points
) -> None:
    run = new_run("running")
    store.history.add(run.id, points(5, loss=9.0))
    assert history(store, run.id)["loss"].tolist() == [1.0, 1.0, 1.0, 9.0, 9.0]


@pytest.mark.parametrize(
    "flaw",
    [
        {"split": "test"},
        {"step": 0},
        {"epoch": 0},
        {"loss": None},
        {"accuracy": "good"},
        {"seconds": float("nan")},
    ],
)
def test_one_bad_point_keeps_all_out(store: RunStore, new_run: Make, points, flaw) -> None:
    run = new_run("running")
    with pytest.raises(StoreError, match="is not a metric point"):
        store.history.add(run.id, [*points(1, first=10), *points(1, first=11, **flaw)])
    assert len(history(store, run.id)) == 3
    assert store.runs.get(run.id).step == 3


def test_a_loss_that_is_no_number_is_kept_as_such(store: RunStore, new_run: Make, points) -> None:
    run = new_run("running")
    store.history.add(run.id, points(1, first=4, loss=float("nan")))
    store.history.add(run.id, points(1, first=5, loss=float("inf")))
    losses = history(store, run.id)["loss"]
    assert losses.isna().tolist() == [False, False, False, True, False]
    assert losses.iloc[4] == float("inf")
