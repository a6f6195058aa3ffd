"""What an engine is: it takes runs and sees to it that each is trained."""

from __future__ import annotations

from typing import Literal, Protocol

from covnets.config import RunConfig
from covnets.runs import Pace, Run

EngineState = Literal["starting", "ready", "busy", "broken"]


class Engine(Protocol):
    """The small interface that pages know; where the training happens is the engine's affair."""

    def submit(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Queue a run; it starts as soon as a worker is free.

        Raises:
            CovnetsError: the run cannot be trained here, or the store cannot be written.
        """
        ...

    def begin_trial(self, group_id: str, number: int, pace: Pace = "step") -> list[Run]:
        """Queue what a race or sweep of this dashboard starts next, if nobody has begun it.

        Args:
            group_id: the race or sweep.
            number: its trial.
            pace: what the trial's runs advance by, where there are several.
        """
        ...

    def pause(self, run_id: str) -> Run:
        """Ask a run to pause; it can be resumed from exactly where it was."""
        ...

    def resume(self, run_id: str) -> Run:
        """Let a paused run go on.

        Raises:
            CovnetsError: it is not paused, or its weights are not there.
        """
        ...

    def train_on(self, run_id: str, epochs: int) -> Run:
        """Train an ended run on, as a new run that begins with its history and its weights.

        Args:
            run_id: a finished, cancelled or paused run.
            epochs: so many in all, the earlier ones included.

        Raises:
            CovnetsError: its weights are not there, or it has more epochs already.
        """
        ...

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        """Say what may be started next: its networks are traced while there is nothing to do.

        Args:
            configs: one run, or all that will be started together.
            visitor: who may start it; what the same visitor wanted before is forgotten.
        """
        ...

    def trouble(self, run_id: str) -> str | None:
        """Return why a run that is going on cannot be recorded just now."""
        ...

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; it keeps its history and its weights so far."""
        ...

    @property
    def owner(self) -> str:
        """Identity that the store knows this engine by."""
        ...

    @property
    def places(self) -> int:
        """How many runs compute at the same moment; more of them only take turns."""
        ...

    @property
    def state(self) -> EngineState:
        """Whether a worker is ready now, or why not."""
        ...

    @property
    def message(self) -> str | None:
        """What is the matter, in a sentence, when the engine is broken."""
        ...

    def close(self) -> None:
        """Let the workers go; runs that are going on are paused."""
        ...
