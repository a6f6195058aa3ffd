"""Trains in the calling process, without workers: for tests and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from covnets.engine.base import Engine
from covnets.runs import Run, RunStore


class InlineEngine(Engine):
    """Trains each run to its end before `submit` returns. Loads TensorFlow into this process.

    A run can be stopped or paused from another thread.
    """

    def __init__(self, store: RunStore) -> None:
        super().__init__(store, owner="inline")

    @property
    def capacity(self) -> int:
        """One: submit returns when the run has ended."""
        return 1

    def close(self) -> None:
        """There are no workers to let go."""

    def _start(self, runs: Sequence[Run]) -> list[Run]:
        from covnets.worker.execution import Execution
        from covnets.worker.turns import Turns

        turns = Turns()
        for run in runs:
            turns.add(Execution(self.store, run.id))
        while turn := turns.next():
            if not turn.move(turns.seconds_per_chunk):
                turns.remove(turn)
        return [self.store.runs.get(run.id) for run in runs]
