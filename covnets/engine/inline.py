"""Trains in the calling process, without workers: for tests and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from covnets.config import RunConfig
from covnets.engine import requests
from covnets.engine.base import EngineState
from covnets.limits import check_run
from covnets.runs import Pace, Run, RunStore

OWNER = "inline"


class InlineEngine:
    """Trains each run to its end before `submit` returns. Loads TensorFlow into this process."""

    owner = OWNER
    places = 1
    state: EngineState = "ready"
    message: str | None = None

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def submit(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Train the run now and return it as it ended."""
        check_run(config)
        return self._train([self.store.runs.create(config, owner=OWNER, name=name)])[0]

    def begin_trial(self, group_id: str, number: int, pace: Pace = "step") -> list[Run]:
        """Train what a race or sweep starts next, now."""
        return self._train(self.store.groups.begin_trial(group_id, number, owner=OWNER, pace=pace))

    def stop(self, run_id: str) -> Run:
        """Ask a run that another thread trains to stop."""
        return self.store.states.request_stop(run_id)

    def pause(self, run_id: str) -> Run:
        """Ask a run that another thread trains to pause."""
        return self.store.states.request_pause(run_id)

    def resume(self, run_id: str) -> Run:
        """Train a paused run to its end now."""
        requests.check_resumable(self.store, run_id)
        return self._train([self.store.states.resume(run_id, OWNER)])[0]

    def train_on(self, run_id: str, epochs: int) -> Run:
        """Train an ended run on, now, as a new run."""
        return self._train([requests.create_continuation(self.store, run_id, epochs, OWNER)])[0]

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        """Nothing can be made ready where nobody waits."""

    def trouble(self, run_id: str) -> str | None:
        """A run that cannot be recorded holds up the caller; there is nobody to tell."""
        return None

    def close(self) -> None:
        """Nothing to let go."""

    def _train(self, runs: Sequence[Run]) -> list[Run]:
        from covnets.worker.execution import Execution
        from covnets.worker.turns import Turns

        turns = Turns()
        for run in runs:
            turns.add(Execution(self.store, run.id))
        while turn := turns.next():
            if not turn.move(turns.seconds_per_chunk):
                turns.remove(turn)
        return [self.store.runs.get(run.id) for run in runs]
