"""What an engine is: it takes runs and sees to it that each is trained."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

from covnets.config import RunConfig
from covnets.errors import EngineError, StoreError
from covnets.limits import check_run
from covnets.runs import CHECKPOINT, Pace, Run, RunStore
from covnets.system import available_cores

EngineState = Literal["starting", "ready", "busy", "broken"]


class Engine(ABC):
    """Checks what is asked of it, writes it into the store, and has queued runs trained.

    Where they are trained is what makes an engine: it implements `_start`, `capacity` and `close`.

    Args:
        store: where the runs are.
        owner: identity that the store knows this engine by.
    """

    def __init__(self, store: RunStore, owner: str) -> None:
        self.store = store
        self.owner = owner

    @abstractmethod
    def _start(self, runs: Sequence[Run]) -> list[Run]:
        """Have runs trained that were queued just now; return them as they are after that."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many runs compute at the same moment; more of them only take turns."""

    @abstractmethod
    def close(self) -> None:
        """Let the workers go; runs that are going on are paused."""

    def submit(self, config: RunConfig) -> Run:
        """Queue a run; it starts as soon as there is room for it.

        Raises:
            CovnetsError: the run cannot be trained here, or the store cannot be written.
        """
        check_run(config)
        return self._start([self.store.runs.create(config, owner=self.owner)])[0]

    def begin_trial(self, group_id: str, number: int, pace: Pace = "step") -> list[Run]:
        """Queue what a group of this dashboard starts next, unless somebody has begun it.

        Args:
            group_id: the group.
            number: its trial.
            pace: what the trial's runs advance by, where there are several.
        """
        return self._start(
            self.store.groups.begin_trial(group_id, number, owner=self.owner, pace=pace)
        )

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; it keeps its history and its weights so far."""
        return self.store.states.request_stop(run_id)

    def pause(self, run_id: str) -> Run:
        """Ask a run to pause; it can be resumed from exactly where it was."""
        return self.store.states.request_pause(run_id)

    def resume(self, run_id: str) -> Run:
        """Let a paused run go on.

        Raises:
            CovnetsError: it is not paused, or its weights are no longer there, or of a network that
                was wired otherwise.
        """
        self._step_of_weights(self.store.runs.get(run_id), "go on")
        return self._start([self.store.states.resume(run_id, self.owner)])[0]

    def train_on(self, run_id: str, epochs: int) -> Run:
        """Train an ended run on, as a new run that begins with its history and its weights.

        Args:
            run_id: a finished, cancelled or paused run.
            epochs: so many in all, the earlier ones included.

        Raises:
            CovnetsError: its weights are no longer there, or of a network that was wired otherwise,
                or it has more epochs already.
        """
        run = self.store.runs.get(run_id)
        if run.is_active or run.state == "failed":
            raise EngineError(
                f"Run {run_id} is {run.state} and cannot be trained on: only a finished, cancelled "
                "or paused run can."
            )
        step = self._step_of_weights(run, "be trained on", least=1)
        train = run.config.train.replace(
            epochs=epochs, precision=run.facts.get("precision", run.config.train.precision)
        )
        if train.total_steps <= run.step:
            raise EngineError(
                f"epochs={epochs} is not more than run {run_id} has made: choose at least "
                f"{run.step // train.steps_per_epoch + 1}."
            )
        config = RunConfig(network=run.config.network, train=train)
        check_run(config)
        longer = self.store.runs.create(config, owner=self.owner, parent=run_id, until=step)
        self._copy_weights(run, longer)
        return self._start([longer])[0]

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        """Say what may be started next; an engine may trace its networks while nothing trains.

        Args:
            configs: one run, or all that will be started together.
            visitor: who may start it; what the same visitor wanted before is forgotten.
        """
        return None

    def trouble(self, run_id: str) -> str | None:
        """Return why a run that is going on cannot be recorded just now."""
        return None

    @property
    def threads(self) -> int:
        """Threads of one operation, on which a run's time depends."""
        return available_cores()

    @property
    def state(self) -> EngineState:
        """Whether a run can be started now, or why not."""
        return "ready"

    @property
    def message(self) -> str | None:
        """What is the matter, in a sentence, when the engine is broken."""
        return None

    def _step_of_weights(self, run: Run, what: str, least: int = 0) -> int:
        """Return the step from which a run can go on; refuse one that has lost its weights."""
        begun = run
        while not begun.facts and begun.parent is not None:
            begun = self.store.runs.get(begun.parent)
        refuse_outdated(begun, what)
        return self.store.files.step_of_weights(run, what, least)

    def _copy_weights(self, run: Run, longer: Run) -> None:
        """Let a longer run have the weights that it begins with: its parent may go on, too."""
        path = self.store.files.checkpoint(run)
        with suppress(OSError, StoreError):  # without room for a copy it reads its parent's
            if path is not None:
                self.store.files.write(longer.id, CHECKPOINT, partial(shutil.copyfile, path))


def refuse_outdated(run: Run, what: str) -> None:
    """Refuse to reuse a run whose network would be built differently today.

    Args:
        run: the run.
        what: what it cannot do then, as in "go on".

    Raises:
        EngineError: its network would be built differently today.
    """
    if run.outdated:
        raise EngineError(
            f"Run {run.id} cannot {what}: {run.outdated}. What it has recorded stays; start a new "
            "run with its settings."
        )
