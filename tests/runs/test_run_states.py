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
                return store.revive(run.id, "Its worker died.")
            store.resume(run.id, "second dashboard")
        elif state == "running":
            return store.claim(run.id, "lab:2")
        elif state == "failed":
            store.fail(run.id, "No.")
        else:
            store.finish(run.id, state, {})
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
    assert store.get(run.id).state == (after if allowed else before)


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
        lambda: store.add_points(run.id, points(1, first=50)),
        lambda: store.add_points(run.id, []),
        lambda: store.record_started(run.id, {"num_params": 1}),
        lambda: store.finish(run.id, "finished", {}),
        lambda: store.fail(run.id, "Late."),
    ):
        with pytest.raises(StoreError, match=f"{run.id} is {state}"):
            change()
    assert not store.claim(run.id, "lab:2")
    assert store.heartbeat(run.id, "lab:1") == "lost"
    assert not store.revive(run.id, "Late.")
    assert store.request_stop(run.id) == store.request_pause(run.id) == run
    assert store.recover("second dashboard") == []
    store.touch_queued("first dashboard")
    assert store.get(run.id) == run
    assert history(store, run.id).equals(curve)


def test_a_new_run_is_queued_with_its_hyperparameters(
    store: RunStore, config: RunConfig, clock
) -> None:
    run = store.create(config, owner="me", name="tall")
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
    store.claim(run.id, "lab:77")
    store.record_started(run.id, {"event": "started", "num_params": 12, "epochs": 3})
    clock.move(5)
    store.add_points(run.id, points(150))
    run = store.get(run.id)
    assert (run.state, run.worker, run.step, run.epoch) == ("running", "lab:77", 150, 2)
    assert run.facts == {"num_params": 12, "epochs": 3}
    assert run.duration == 5


def test_progress_never_goes_back(store: RunStore, new_run: Make, points) -> None:
    run = new_run("running")
    store.add_points(run.id, points(2, first=200))
    store.add_points(run.id, points(2, first=100))
    assert (store.get(run.id).step, store.get(run.id).epoch) == (201, 3)


def test_a_finished_run_keeps_its_summary(store: RunStore, new_run: Make, clock) -> None:
    run = new_run("running")
    clock.move(8)
    ended = store.finish(
        run.id, "finished", {"event": "finished", "state": "finished", "test_accuracy": 0.91}
    )
    assert (ended.state, ended.summary) == ("finished", {"test_accuracy": 0.91})
    assert ended.duration == 8
    assert ended.is_ended


def test_a_failed_run_keeps_reason_and_traceback(store: RunStore, new_run: Make) -> None:
    run = store.fail(new_run("running").id, "The loss is no longer finite.", "Traceback ...")
    assert (run.reason, run.details) == ("The loss is no longer finite.", "Traceback ...")


def test_a_paused_run_says_why(store: RunStore, new_run: Make) -> None:
    run = store.finish(new_run("running").id, "paused", {}, reason="The dashboard stopped.")
    assert (run.state, run.reason) == ("paused", "The dashboard stopped.")


def test_cancelled_run_keeps_its_history(store: RunStore, new_run: Make) -> None:
    assert len(history(store, new_run("cancelled").id)) == 3


def test_stopping_a_queued_run_cancels_it_at_once(store: RunStore, new_run: Make) -> None:
    run = store.request_stop(new_run("queued").id)
    assert (run.state, run.stop_requested) == ("cancelled", False)
    assert "before it started" in run.reason


def test_stopping_a_running_run_tells_its_worker(store: RunStore, new_run: Make) -> None:
    run = new_run("running")
    assert store.heartbeat(run.id, "lab:1") is None
    assert store.request_stop(run.id).stop_requested
    assert store.get(run.id).state == "running"
    assert store.heartbeat(run.id, "lab:1") == "cancelled"


def test_pausing_a_queued_run_pauses_it_at_once(store: RunStore, new_run: Make) -> None:
    run = store.request_pause(new_run("queued").id)
    assert (run.state, run.pause_requested) == ("paused", False)
    assert "before it started" in run.reason


def test_pausing_a_running_run_tells_its_worker_and_stopping_outranks_it(
    store: RunStore, new_run: Make
) -> None:
    run = new_run("running")
    asked = store.request_pause(run.id)
    assert (asked.state, asked.pause_requested, asked.stop_requested) == ("running", True, False)
    assert store.heartbeat(run.id, "lab:1") == "paused"
    asked = store.request_stop(run.id)
    assert (asked.pause_requested, asked.stop_requested) == (False, True)
    assert store.request_pause(run.id).stop_requested
    assert store.heartbeat(run.id, "lab:1") == "cancelled"


def test_run_is_begun_when_its_network_is_traced_and_once_more_after_it_was_resumed(
    store: RunStore, new_run: Make
) -> None:
    run = new_run("queued")
    store.claim(run.id, "lab:1")
    assert not store.get(run.id).is_begun
    store.record_started(run.id, {"trace_seconds": 1.0, "precision": "float32"})
    assert store.get(run.id).is_begun
    store.finish(run.id, "paused")
    assert store.get(run.id).is_begun
    store.resume(run.id, "me")
    assert not store.get(run.id).is_begun
    assert store.get(run.id).facts == {"precision": "float32"}


def test_resumed_run_is_queued_with_all_it_had_and_goes_on(
    store: RunStore, new_run: Make, points, clock
) -> None:
    run = new_run("running")
    store.request_pause(run.id)
    store.finish(run.id, "paused", {}, reason="Somebody paused it.")
    clock.move(3600)

    queued = store.resume(run.id, "second dashboard")
    assert (queued.state, queued.owner, queued.worker) == ("queued", "second dashboard", None)
    assert queued.ended_at is queued.reason is None
    assert not queued.pause_requested
    assert (queued.step, queued.seconds) == (3, 0.3)
    assert store.claim(run.id, "lab:9")
    store.add_points(run.id, points(2, first=4))
    assert store.get(run.id).started_at == run.started_at
    assert len(history(store, run.id)) == 5


def test_training_on_is_a_new_run_that_begins_with_its_parent_s_history(
    store: RunStore, new_run: Make, config: RunConfig, points
) -> None:
    old = new_run("finished")
    new = store.create(config, owner="me", parent=old.id)
    assert (new.parent, new.step, new.epoch, new.seconds) == (old.id, 3, 1, 0.3)
    assert history(store, new.id).equals(history(store, old.id))
    store.claim(new.id, "lab:1")
    store.add_points(new.id, points(1, first=4))
    assert len(history(store, old.id)) == 3
    with pytest.raises(StoreError, match="no run 'nowhere'"):
        store.create(config, owner="me", parent="nowhere")
    assert len(store.list()) == 2


def test_contestants_of_a_race_are_found_by_it(store: RunStore, config: RunConfig) -> None:
    racing = store.create_race([config, config], owner="me", pace="epoch")
    store.create_race([config], owner="me", pace="step")
    store.create(config, owner="me")
    assert racing[0].race is not None
    assert store.list(race=racing[0].race) == racing[::-1]
    assert racing[0].pace == "epoch"


def test_race_is_queued_as_a_whole_or_not_at_all(store: RunStore, config: RunConfig) -> None:
    class NoConfig:
        network = config.network

        def model_dump_json(self) -> str:
            raise StoreError("The disk is full.")

    with pytest.raises(StoreError, match="disk is full"):
        store.create_race([config, NoConfig()], owner="me", pace="epoch")  # type: ignore[list-item]
    assert store.list() == []


def test_an_unknown_run_is_refused_everywhere(store: RunStore, points) -> None:
    for use in (
        lambda: store.get("nowhere"),
        lambda: store.claim("nowhere", "lab:1"),
        lambda: store.queue_position("nowhere"),
        lambda: store.record_started("nowhere", {}),
        lambda: store.add_points("nowhere", points(1)),
        lambda: store.heartbeat("nowhere", "lab:1"),
        lambda: store.request_stop("nowhere"),
        lambda: store.request_pause("nowhere"),
        lambda: store.resume("nowhere", "me"),
        lambda: store.revive("nowhere", "Yes."),
        lambda: store.finish("nowhere", "finished"),
        lambda: store.fail("nowhere", "No."),
        lambda: store.set_label("nowhere", name="x"),
        lambda: store.write_artifact("nowhere", "model.keras", lambda path: path.touch()),
        lambda: history(store, "nowhere"),
    ):
        with pytest.raises(StoreError, match="no run 'nowhere'"):
            use()
    assert not (store.home / "artifacts").exists()


def test_a_point_sent_twice_is_kept_once_and_unchanged(
    store: RunStore, new_run: Make, points
) -> None:
    run = new_run("running")
    store.add_points(run.id, points(5, loss=9.0))
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
        store.add_points(run.id, [*points(1, first=10), *points(1, first=11, **flaw)])
    assert len(history(store, run.id)) == 3
    assert store.get(run.id).step == 3


def test_a_loss_that_is_no_number_is_kept_as_such(store: RunStore, new_run: Make, points) -> None:
    run = new_run("running")
    store.add_points(run.id, points(1, first=4, loss=float("nan")))
    store.add_points(run.id, points(1, first=5, loss=float("inf")))
    losses = history(store, run.id)["loss"]
    assert losses.isna().tolist() == [False, False, False, True, False]
    assert losses.iloc[4] == float("inf")
