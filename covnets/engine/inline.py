"""Trains in the calling process, without workers: for tests and notebooks."""

from __future__ import annotations

from covnets.config import RunConfig
from covnets.engine.base import EngineState
from covnets.limits import check_run
from covnets.runs import Run, RunStore


class InlineEngine:
    """Trains each run to its end before `submit` returns. Loads TensorFlow into this process."""

    state: EngineState = "ready"
    message: str | None = None

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def submit(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Train the run now and return it as it ended."""
        from covnets.worker import execute

        check_run(config)
        run = self.store.create(config, owner="inline", name=name)
        execute(self.store, run.id)
        return self.store.get(run.id)

    def stop(self, run_id: str) -> Run:
        """Ask a run that another thread trains to stop."""
        return self.store.request_stop(run_id)

    def close(self) -> None:
        """Nothing to let go."""
