"""An engine for tests of what begins runs, not of what trains them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from covnets.engine import InlineEngine
from covnets.runs import Run, RunStore


class FakeEngine(InlineEngine):
    """Trains nothing: a run that it has begun goes on until a test ends it.

    Args:
        store: where the runs are.
        owner: identity of its dashboard.
        places: how many runs it has room for.
        on_begin: is called with each run that has begun.
    """

    def __init__(
        self,
        store: RunStore,
        owner: str = "me",
        places: int = 2,
        on_begin: Callable[[RunStore, Run], None] | None = None,
    ) -> None:
        super().__init__(store)
        self.owner, self.places, self.on_begin = owner, places, on_begin
        self.begun: list[str] = []

    def begin_trial(self, group_id: str, number: int, pace: Any = "step") -> list[Run]:
        runs = self.store.groups.begin_trial(group_id, number, owner=self.owner, pace=pace)
        for run in runs:
            self.begun.append(run.id)
            self.store.states.claim(run.id, "lab:1")
            if self.on_begin is not None:
                self.on_begin(self.store, run)
        return runs

    def stop(self, run_id: str) -> Run:
        return self.store.states.finish(run_id, "cancelled")

    def pause(self, run_id: str) -> Run:
        return self.store.states.finish(run_id, "paused")

    def resume(self, run_id: str) -> Run:
        run = self.store.states.resume(run_id, self.owner)
        self.store.states.claim(run_id, "lab:2")
        return run
