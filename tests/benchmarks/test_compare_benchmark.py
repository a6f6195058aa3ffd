"""The benchmark of the compare page, with a few runs: what it does, and that all of it is met."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import compare
from benchmarks.shared.many_runs import fill
from benchmarks.shared.served import ServedDashboard
from benchmarks.shared.visitor import Visitor
from covnets.models import PAGE_FAMILIES
from covnets.runs import RunStore

RUNS, STEPS = 30, 30


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDashboard]:
    """A dashboard with a few of the runs that are written straight into a store."""
    home = tmp_path_factory.mktemp("few")
    with RunStore(home) as store:
        fill(store, RUNS, STEPS)
    with ServedDashboard(home, engine="inline") as dashboard:
        yield dashboard


def test_every_change_is_made_in_every_round(served):
    rounds = 2
    measured = compare._compare(served.url, rounds)
    times = {what: len(seconds) for what, seconds in measured.items() if "change" in what}
    assert times.pop("change: chosen runs") == 2 * rounds
    assert set(times.values()) == {rounds}
    assert len(measured["tick of the table"]) == compare.TICKS


def test_ticked_rows_are_drawn(served):
    with Visitor(served.url, "compare") as visitor:
        few = visitor.move(compare._table(visitor), compare._rows_chosen(range(3)))
        more = visitor.move(compare._table(visitor), compare._rows_chosen(range(9)))
    assert 0 < few.figure_bytes < more.figure_bytes


def test_finished_runs_are_opened_and_a_running_one_ticks(served):
    store = RunStore(served.home)
    ids = [run.id for run in store.runs.list(states=["finished"])]
    assert len(compare._opening(served.url, store, ids)) == compare.PAGES_OPENED
    assert len(compare._ticks(served.url, store)) == compare.TICKS
    assert {run.family for run in store.runs.list()} == {*PAGE_FAMILIES}
    assert not store.runs.list(states=["running"])
