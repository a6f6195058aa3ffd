"""Runs that take turns in one process: the contestants of a race keep together, others share."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import pytest

from covnets.config import RunConfig
from covnets.runs import PACES, Run, RunStore
from covnets.worker.execution import Execution
from covnets.worker.turns import Turns
from tests.engine.small_runs import NETWORK, queue_race, small_run, wait_until

OTHER = NETWORK.replace(num_convs=3, filters=16)


def turns_of(store: RunStore, runs: Sequence[Run]) -> Turns:
    turns = Turns()
    for run in runs:
        turns.add(Execution(store, run.id))
    return turns


def finish(turns: Turns) -> None:
    while turn := turns.next():
        if not turn.move(turns.seconds_per_chunk):
            turns.remove(turn)


@pytest.mark.parametrize("pace", PACES)
def test_no_contestant_is_further_ahead_than_one_move(store, pace):
    configs = [
        small_run(epochs=6),
        RunConfig(network=OTHER, train=small_run(epochs=6, batch_size=25).train),
    ]
    runs = queue_race(store, configs, pace)
    turns = turns_of(store, runs)
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
    finish(turns)
    assert {store.runs.get(run.id).state for run in runs} == {"finished"}


def test_contestant_that_goes_on_from_a_later_step_waits_for_the_others(store):
    runs = queue_race(store, [small_run(epochs=20)] * 2, "step")
    leader = Execution(store, runs[0].id)
    for _ in leader.moves():
        leader.training.seconds_per_chunk = 0.0  # one step a move
        if leader.training.step > 20:
            store.states.request_pause(runs[0].id)
            wait_until(lambda: leader.shall_end)
    saved = store.states.resume(runs[0].id, "test").step
    assert saved == 21

    turns = turns_of(store, runs)
    first, second = turns._turns
    while second.position < saved:
        turns.next().move(turns.seconds_per_chunk)
        assert first.position in (0, saved)
    finish(turns)
    assert {store.runs.get(run.id).state for run in runs} == {"finished"}


class FakeExecution:
    """A run whose moves take so many seconds of a clock that a test reads."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self.run = SimpleNamespace(race=None, pace=None)
        self.training: SimpleNamespace | None = None
        self.shall_end = False
        self._clock, self._seconds = clock, seconds

    def moves(self) -> Iterator[None]:
        self.training = SimpleNamespace(step=0)
        while True:
            self._clock[0] += self._seconds
            self.training.step += 1
            yield


def test_runs_that_do_not_race_share_the_time_evenly(monkeypatch):
    clock, turns = [0.0], Turns()
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    for seconds in (1.0, 2.0, 4.0):
        turns.add(FakeExecution(clock, seconds))
    for _ in range(30):
        turn = turns.next()
        turn.move(turns.seconds_per_chunk)
        served = [each.served for each in turns._turns]
        assert max(served) - min(served) <= 4.0
    assert min(served) > 10.0


def test_newcomer_owes_nothing_for_the_time_in_which_its_network_was_traced(monkeypatch):
    clock, turns = [0.0], Turns()
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    turns.add(FakeExecution(clock, 3.0))
    newcomer = turns.next()
    newcomer.move(turns.seconds_per_chunk)
    assert newcomer.served == 0.0
    newcomer.move(turns.seconds_per_chunk)
    assert newcomer.served == 3.0
