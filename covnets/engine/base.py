"""What an engine is: it takes runs and sees to it that each is trained."""

from __future__ import annotations

from typing import Literal, Protocol

from covnets.config import RunConfig
from covnets.runs import Run

EngineState = Literal["starting", "ready", "busy", "broken"]


class Engine(Protocol):
    """The small interface that pages know; where the training happens is the engine's affair."""

    def submit(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Queue a run; it starts as soon as a worker is free.

        Raises:
            CovnetsError: the run cannot be trained here, or the store cannot be written.
        """
        ...

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; it keeps its history and its weights so far."""
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
