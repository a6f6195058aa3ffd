"""A clock that a run carries with it."""

from __future__ import annotations

import time


class Stopwatch:
    """Adds up the seconds in which it runs; no change of the computer's clock touches it.

    Args:
        seconds: what it shows at first.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._started: float | None = None

    def start(self) -> None:
        """Let it run, if it does not yet."""
        if self._started is None:
            self._started = time.perf_counter()

    def stop(self) -> None:
        """Let it rest, if it does not yet."""
        self._before, self._started = self.seconds, None

    @property
    def seconds(self) -> float:
        """What it shows now."""
        running = 0.0 if self._started is None else time.perf_counter() - self._started
        return self._before + running
