"""Several runs at once in one worker: none disturbs another, and a race begins together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from covnets.engine import LocalEngine
from covnets.runs import RunStore
from tests.engine.small_runs import (
    curve,
    endless_run,
    queue_race,
    small_run,
    trained,
    wait_for_state,
    wait_for_steps,
    wait_until,
)


@pytest.fixture(scope="module")
def shared(store: RunStore) -> Iterator[LocalEngine]:
    running = LocalEngine(store, threads=1, lanes=2, most_at_once=3)
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
    alone = trained(shared, store, small_run(epochs=20))
    beside = shared.submit(endless_run())
    wait_for_steps(store, beside, 3)
    again = trained(shared, store, small_run(epochs=20))
    shared.stop(beside.id)
    wait_for_state(store, beside, "cancelled")

    assert curve(store, alone).equals(curve(store, again))


def test_contestants_of_a_race_begin_together(shared: LocalEngine, store: RunStore) -> None:
    runs = queue_race(store, [endless_run(), endless_run()], "step", shared.owner)
    wait_until(lambda: all(store.runs.get(run.id).step > 0 for run in runs))
    first, second = (store.runs.get(run.id) for run in runs)
    assert first.race == second.race is not None
    assert first.worker == second.worker
    for run in runs:
        shared.stop(run.id)
        wait_for_state(store, run, "cancelled")
