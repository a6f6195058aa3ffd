"""Engines for tests of what asks for runs, not of what trains them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from covnets.engine import Engine
from covnets.runs import Run, RunStore


class QueueingEngine(Engine):
    """Queues runs and trains none.

    Args:
        store: where the runs are.
        owner: identity of its dashboard.
        capacity: how many runs it has room for.
    """

    capacity = 2

    def __init__(self, store: RunStore, owner: str = "me", capacity: int = 2) -> None:
        super().__init__(store, owner)
        self.capacity = capacity

    def close(self) -> None:
        """There are no workers to let go."""

    def _start(self, runs: Sequence[Run]) -> list[Run]:
        return list(runs)


class FakeEngine(QueueingEngine):
    """Trains nothing, either: a run that it has begun goes on until a test ends it.

    Args:
        store: where the runs are.
        owner: identity of its dashboard.
        capacity: how many runs it has room for.
        on_begin: is called with each run that has begun.
    """

    def __init__(
        self,
        store: RunStore,
        owner: str = "me",
        capacity: int = 2,
        on_begin: Callable[[RunStore, Run], None] | None = None,
    ) -> None:
        super().__init__(store, owner, capacity)
        self.on_begin = on_begin
        self.begun: list[str] = []

    def stop(self, run_id: str) -> Run:
        return self.store.states.finish(run_id, "cancelled")

    def pause(self, run_id: str) -> Run:
        return self.store.states.finish(run_id, "paused")

    def _start(self, runs: Sequence[Run]) -> list[Run]:
        for run in runs:
            self.store.states.claim(run.id, "lab:1")
            if run.id not in self.begun:
                self.begun.append(run.id)
                if self.on_begin is not None:
                    self.on_begin(self.store, run)
        return [self.store.runs.get(run.id) for run in runs]
