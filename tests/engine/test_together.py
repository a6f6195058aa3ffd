"""Several runs at once: they share a worker, and the contestants of a race keep together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from covnets.config import RunConfig
from covnets.engine import LocalEngine
from covnets.runs import PACES, RunStore, frames
from covnets.worker.execution import Execution
from covnets.worker.turns import Turns
from tests.engine.small_runs import (
    NETWORK,
    endless_run,
    queue_race,
    small_run,
    wait_for_state,
    wait_for_steps,
    wait_until,
)

OTHER = NETWORK.replace(num_convs=3, filters=16)


@pytest.fixture(scope="module")
def shared(store: RunStore) -> Iterator[LocalEngine]:
    running = LocalEngine(store, threads=1, lanes=2, most_at_once=3, measures=False)
    yield running
    running.close()


def test_runs_that_share_a_worker_all_move_and_end_by_themselves(
    shared: LocalEngine, store: RunStore
) -> None:
    runs = [shared.submit(endless_run()) for _ in range(3)]
    fourth = shared.submit(small_run())
    for run in runs:
        wait_for_steps(store, run, 3)
    assert len({store.runs.get(run.id).worker for run in runs}) == 1
    assert store.runs.get(fourth.id).state == "queued"

    shared.stop(runs[1].id)
    shared.pause(runs[2].id)

    assert wait_for_state(store, runs[1], "cancelled", "failed").state == "cancelled"
    assert wait_for_state(store, runs[2], "paused", "failed").state == "paused"
    assert wait_for_state(store, fourth, "finished", "failed").state == "finished"
    assert store.runs.get(runs[0].id).state == "running"
    shared.stop(runs[0].id)
    wait_for_state(store, runs[0], "cancelled")


def test_curve_does_not_depend_on_who_trains_beside_it(
    shared: LocalEngine, store: RunStore
) -> None:
    alone = wait_for_state(store, shared.submit(small_run(epochs=20)), "finished", "failed")
    beside = shared.submit(endless_run())
    wait_for_steps(store, beside, 3)
    again = wait_for_state(store, shared.submit(small_run(epochs=20)), "finished", "failed")
    shared.stop(beside.id)
    wait_for_state(store, beside, "cancelled")

    first, second = (
        frames.history(store, run.id).drop(columns="seconds") for run in (alone, again)
    )
    assert first.equals(second)


def test_contestants_of_a_race_begin_together(shared: LocalEngine, store: RunStore) -> None:
    runs = queue_race(store, [endless_run(), endless_run()], "step", shared.owner)
    wait_until(lambda: all(store.runs.get(run.id).step > 0 for run in runs))
    first, second = (store.runs.get(run.id) for run in runs)
    assert first.race == second.race is not None
    assert first.worker == second.worker
    for run in runs:
        shared.stop(run.id)
        wait_for_state(store, run, "cancelled")


@pytest.mark.parametrize("pace", PACES)
def test_no_contestant_is_further_ahead_than_one_move(store: RunStore, pace) -> None:
    configs = [
        small_run(epochs=6),
        RunConfig(network=OTHER, train=small_run(epochs=6, batch_size=25).train),
    ]
    runs = queue_race(store, configs, pace)
    turns = Turns()
    for run in runs:
        turns.add(Execution(store, run.id))
    contestants = list(turns._turns)
    largest = [0.0, 0.0]
    while len(turns) == 2:
        turn = turns.next()
        assert turn is not None, "one of them can always move"
        goes_on = turn.move(turns.seconds_per_chunk)
        number = contestants.index(turn)
        largest[number] = max(largest[number], turn.stride)
        ahead = turn.position - contestants[1 - number].position
        assert ahead <= 2 * largest[number]
        if not goes_on:
            turns.remove(turn)
    while turn := turns.next():
        if not turn.move(turns.seconds_per_chunk):
            turns.remove(turn)
    assert {store.runs.get(run.id).state for run in runs} == {"finished"}


def test_contestant_that_goes_on_from_a_later_step_waits_for_the_others(store: RunStore) -> None:
    runs = queue_race(store, [small_run(epochs=20)] * 2, "step")
    leader = Execution(store, runs[0].id)
    for _ in leader.moves():
        leader.training.seconds_per_chunk = 0.0  # one step a move
        if leader.training.step > 20:
            store.states.request_pause(runs[0].id)
            wait_until(lambda: leader.shall_end)
    saved = store.states.resume(runs[0].id, "test").step
    assert saved == 21

    turns = Turns()
    for run in runs:
        turns.add(Execution(store, run.id))
    first, second = turns._turns
    while second.position < saved:
        turns.next().move(turns.seconds_per_chunk)
        assert first.position in (0, saved)
    while turn := turns.next():
        if not turn.move(turns.seconds_per_chunk):
            turns.remove(turn)
    assert {store.runs.get(run.id).state for run in runs} == {"finished"}


def test_runs_that_do_not_race_share_the_time_evenly(store: RunStore) -> None:
    turns = Turns()
    for _ in range(3):
        turns.add(Execution(store, store.runs.create(endless_run(), owner="test").id))
    moved = []
    for _ in range(30):
        turn = turns.next()
        turn.move(turns.seconds_per_chunk)
        moved.append(turn)
    least, *_, most = sorted(turn.served for turn in turns._turns)
    longest = max(turn.served for turn in turns._turns) / 3
    assert most - least <= longest
    for turn in turns._turns:
        store.states.request_stop(turn.execution.run.id)
    while turn := turns.next():
        if not turn.move(turns.seconds_per_chunk):
            turns.remove(turn)


def test_newcomer_owes_nothing_for_the_time_in_which_its_network_was_traced(
    store: RunStore,
) -> None:
    turns = Turns()
    for _ in range(2):
        turns.add(Execution(store, store.runs.create(small_run(), owner="test").id))
    newcomer = turns.next()
    newcomer.move(turns.seconds_per_chunk)
    assert newcomer.execution.training is not None
    assert newcomer.served == 0.0
    newcomer.move(turns.seconds_per_chunk)
    assert newcomer.served > 0.0
    for turn in list(turns._turns):
        while turn.move(turns.seconds_per_chunk):
            pass
    assert all(
        store.runs.get(turn.execution.run.id).summary["had_company"] for turn in turns._turns
    )
