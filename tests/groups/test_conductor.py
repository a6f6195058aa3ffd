"""The conductor: begins what is left, each trial once, however often it is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from covnets.config import ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.errors import CovnetsError, EngineError, StoreError
from covnets.groups.conductor import Conductor
from covnets.groups.sweep.axes import Axis
from covnets.groups.sweep.grid import SweepPlan, grid
from covnets.runs import Run, RunStore
from tests.engine.fake_engine import FakeEngine
from tests.engine.small_runs import wait_until
from tests.ui.recorded_runs import evaluate

TRAIN = TrainConfig(num_train=500, batch_size=100, epochs=3)
BASE = RunConfig(network=VGGConfig(num_stages=1, filters=4, units=16), train=TRAIN)
AXES = (Axis(field="filters", values=(4, 8, 12)), Axis(field="units", values=(16, 32)))
ACCURACY = {4: 0.5, 8: 0.7, 12: 0.9}


def finish(store: RunStore, run: Run, epochs: int = 3) -> None:
    record(store, run, epochs)
    store.states.finish(run.id, "finished")


def record(store: RunStore, run: Run, epochs: int, accuracy: float | None = None) -> None:
    if accuracy is None:
        accuracy = ACCURACY[run.config.network.filters]  # type: ignore[union-attr]
    evaluate(store, run.id, *(accuracy + epoch / 100 for epoch in range(1, epochs + 1)))


@pytest.fixture
def engine(store: RunStore) -> FakeEngine:
    return FakeEngine(store)


@pytest.fixture
def make(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeEngine], Conductor]:
    """Conductors that look only when they are told to."""
    monkeypatch.setattr(Conductor, "_work", lambda self: None)
    return lambda engine: Conductor(store, engine)


@pytest.fixture
def conductor(make: Callable[[FakeEngine], Conductor], engine: FakeEngine) -> Conductor:
    return make(engine)


def start_grid(conductor: Conductor, **plan: Any) -> str:
    plan_ = SweepPlan(base=BASE, axes=AXES, **plan)
    configs = [cell.config for cell in grid(plan_) if cell.config is not None]
    trials = [[config] for config in configs] if plan_.method == "grid" else []
    return conductor.begin("sweep", plan_.model_dump(mode="json"), trials).id


def look_until_done(conductor: Conductor, most: int = 100) -> None:
    for _ in range(most):
        if not conductor.look():
            return
    pytest.fail("It never came to an end.")


def ids(trials: Sequence[Any]) -> list[str | None]:
    return [trial.run_ids[0] for trial in trials]


def test_no_more_runs_go_on_at_once_than_the_engine_has_room_for(store, engine, conductor):
    group = start_grid(conductor)
    for _ in range(5):
        conductor.look()
    assert len(engine.begun) == 2
    # A run that goes on after its worker died keeps its place.
    store.states.revive(engine.begun[1], "Its worker died.")
    conductor.look()
    assert ids(store.groups.trials(group))[:3] == [*engine.begun, None]
    finish(store, store.runs.get(engine.begun[0]))
    conductor.look()
    assert len(engine.begun) == 3
    assert store.groups.get(group).state == "running"


def test_a_sweep_killed_half_way_trains_each_remaining_trial_once(store, make):
    first = FakeEngine(store, owner="before", capacity=2)
    conductor = make(first)
    group = start_grid(conductor)
    conductor.look(), conductor.look()
    finish(store, store.runs.get(first.begun[0]))
    conductor.look()
    # Three are begun, one of them is finished; then the machine goes down.
    store.states.fail(first.begun[1], "Its worker stopped answering.")
    store.states.fail(first.begun[2], "Its worker stopped answering.")
    second = FakeEngine(store, owner="after", on_begin=finish)
    conductor = make(second)
    assert not conductor.look()  # nothing begins that nobody asks for
    conductor.resume(group)
    look_until_done(conductor)
    conductor.resume(group)  # nothing is left
    look_until_done(conductor)
    trials = ids(store.groups.trials(group))
    assert trials[0] == first.begun[0]
    assert trials[1:] == second.begun
    assert len(set(second.begun)) == 5
    configs = [store.runs.get(run_id).config for run_id in trials if run_id]
    assert len(set(configs)) == 6


def test_a_network_that_was_wired_otherwise_is_not_compared_with_todays(store, engine, conductor):
    def record_unwired(store: RunStore, run: Run) -> None:
        store.states.record_started(run.id, {"total_steps": 15})
        record(store, run, 3, accuracy=0.5)
        store.states.finish(run.id, "finished")

    engine.on_begin = record_unwired
    network = ResNetConfig(num_stages=1, filters=4, preactivation=True)
    trials = [[RunConfig(network=network, train=TRAIN.replace(seed=seed))] for seed in range(3)]
    single = conductor.begin("race", {"pace": "epoch"}, trials[:1])
    conductor.look()
    (earlier,) = store.runs.list(group=single.id)
    half_way = conductor.begin("race", {"pace": "epoch"}, trials)
    conductor.look()
    conductor.pause(half_way.id)

    refusals = [
        lambda: conductor.begin("race", {"pace": "epoch"}, trials, begun=[earlier.id]),
        lambda: conductor.extend(single.id, trials),
        lambda: conductor.resume(half_way.id),
    ]
    for refused in refusals:
        with pytest.raises(EngineError, match=r"cannot be compared with new ones.*start a new run"):
            refused()
    assert [len(store.groups.trials(group.id)) for group in store.groups.list()] == [3, 1]
    assert store.groups.get(half_way.id).state == "paused"


def test_a_paused_sweep_goes_on_with_its_paused_runs(store, engine, conductor):
    group = start_grid(conductor)
    conductor.look()
    conductor.pause(group)
    assert not conductor.look()
    assert store.runs.get(engine.begun[0]).state == "paused"
    for _ in range(2):  # of two tabs, or of two dashboards
        conductor.resume(group)
    assert store.runs.get(engine.begun[0]).is_active
    engine.on_begin = finish
    for run_id in list(engine.begun):
        finish(store, store.runs.get(run_id))
    look_until_done(conductor)
    assert len(engine.begun) == 6


@pytest.mark.parametrize(("is_deleted", "state"), [(False, "paused"), (True, "finished")])
def test_a_sweep_rests_while_a_run_is_paused_unless_that_is_deleted(
    store, engine, conductor, is_deleted, state
):
    engine.capacity = 1
    group = start_grid(conductor)
    conductor.look()
    engine.pause(engine.begun[0])
    if is_deleted:
        store.labels.delete(engine.begun)
    engine.on_begin = finish
    look_until_done(conductor)
    assert store.groups.get(group).state == state


def test_a_group_of_an_unknown_kind_says_so_and_keeps_no_other_from_going_on(
    store, engine, conductor, caplog
):
    sweep = start_grid(conductor)
    lesson = store.groups.create("lesson", {}, [[BASE]], owner=engine.owner)
    for _ in range(2):
        conductor.look()
    assert [store.runs.get(run_id).group for run_id in engine.begun] == [sweep] * 2
    assert "does not know groups of the kind 'lesson'" in (conductor.trouble(lesson.id) or "")
    assert len(caplog.messages) == 1
    with pytest.raises(StoreError, match="kind 'lesson', only race and sweep"):
        conductor.begin("lesson", {}, [[BASE]])
    assert store.groups.list("lesson") == [lesson]


def test_what_was_stopped_is_begun_anew_when_it_is_resumed(store, engine, conductor):
    sweep = start_grid(conductor)
    race = conductor.begin("race", {"pace": "step"}, [[BASE, BASE]]).id
    for _ in range(3):
        conductor.look()
    for group in (sweep, race):
        conductor.stop(group)
    assert {store.groups.get(group).state for group in (sweep, race)} == {"paused"}
    stopped = store.runs.list()
    assert {run.state for run in stopped} == {"cancelled"}
    engine.on_begin = finish
    for group in (sweep, race):
        conductor.resume(group)
    look_until_done(conductor)
    begun = [run_id for trial in store.groups.trials(race) for run_id in trial.run_ids]
    assert not {run.id for run in stopped} & set(begun)
    assert [run.id for run in reversed(store.runs.list(group=race))] == begun


def test_a_race_is_repeated_over_more_seeds_each_once_and_its_contestants_start_together(
    store, engine, conductor
):
    engine.on_begin = finish
    seeds = [[BASE.replace(train=TRAIN.replace(seed=seed)) for _ in range(2)] for seed in range(3)]
    race = conductor.begin("race", {"pace": "macs"}, seeds[:1])
    look_until_done(conductor)
    for _ in range(2):  # of two tabs
        conductor.extend(race.id, seeds[1:])
    look_until_done(conductor)
    trials = store.groups.trials(race.id)
    runs = [[store.runs.get(run_id) for run_id in trial.run_ids] for trial in trials]
    assert len(runs) == 3
    assert len(engine.begun) == 6
    assert all(first.race == second.race is not None for first, second in runs)
    assert len({first.race for first, _ in runs}) == 3
    assert runs[0][0].pace == "macs"
    assert store.groups.get(race.id).state == "finished"


def test_a_run_that_cannot_be_resumed_does_not_keep_the_others_from_it(store, engine, conductor):
    group = start_grid(conductor)
    conductor.look(), conductor.look()
    conductor.pause(group)
    lost = engine.begun[0]
    resume = engine.resume

    def without_weights(run_id: str) -> Run:
        if run_id == lost:
            raise EngineError("Its weights are not there.")
        return resume(run_id)

    engine.resume = without_weights  # type: ignore[method-assign]
    with pytest.raises(CovnetsError, match="weights are not there"):
        conductor.resume(group)
    assert store.runs.get(engine.begun[1]).is_active
    assert store.groups.get(group).state == "running"


@pytest.mark.parametrize(("budget", "runs"), [(4, 4), (50, 6)])
def test_a_search_tries_within_its_budget_and_nothing_twice(store, engine, conductor, budget, runs):
    engine.capacity, engine.on_begin = 1, finish
    group = start_grid(conductor, method="random", budget_runs=budget, prune=False)
    look_until_done(conductor)
    configs = [store.runs.get(run_id).config for run_id in engine.begun]
    assert len(configs) == len(set(configs)) == runs
    assert store.groups.get(group).state == "finished"


@pytest.mark.parametrize("prune", [True, False])
def test_a_poor_trial_of_a_search_is_stopped_with_a_note_if_that_was_asked_for(
    store, engine, conductor, prune
):
    engine.capacity, engine.on_begin = 1, finish
    group = start_grid(conductor, method="random", budget_runs=6, seed=1, prune=prune)
    while len(engine.begun) < 4:
        assert conductor.look()
    engine.on_begin = None
    conductor.look()
    run = store.runs.get(engine.begun[4])
    record(store, run, 2, accuracy=0.1)
    conductor.look()
    assert store.runs.get(run.id).state == ("cancelled" if prune else "running")
    assert ("half of the others" in store.groups.trials(group)[4].note) == prune
    conductor.resume(group)
    assert store.groups.trials(group)[4].run_ids == (run.id,)


def test_nothing_is_begun_of_what_cannot_be_trained(store, conductor):
    huge = BASE.replace(network=VGGConfig(units=16384, filters=512, max_filters=8192))
    with pytest.raises(CovnetsError):
        conductor.begin("race", {}, [[BASE, huge]])
    assert store.groups.list() == []


def test_the_conductor_works_by_itself(store, engine):
    engine.on_begin = finish
    conductor = Conductor(store, engine)
    group = start_grid(conductor)
    wait_until(lambda: store.groups.get(group).state == "finished", seconds=20)
    assert ids(store.groups.trials(group)) == engine.begun
    left = store.groups.create("sweep", {}, [], owner=engine.owner)
    conductor.close()
    assert store.groups.get(left.id).state in ("paused", "finished")
