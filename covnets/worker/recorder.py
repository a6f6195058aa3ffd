"""Carries a run's events to the store, from a thread of its own.

Training must not wait for the disk, and a worker must say that it is alive even while it traces a
deep network. The same thread brings back whether somebody asked the run to pause or to stop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from covnets.errors import StoreError, StoreUnavailable
from covnets.runs import RunStore

logger = logging.getLogger(__name__)

SECONDS_PER_FLUSH = 0.15
SECONDS_PER_HEARTBEAT = 0.3


class Recorder:
    """Takes the events of one run; give `report` and `should_stop` to `covnets.training.train`.

    Args:
        store: where the run is.
        run_id: a running run.
        worker: the process that has claimed it, as "host:pid".
        asked_to_leave: whether this process shall end; the run is then to be paused.
        tell_trouble: is told why events have to wait in memory, and None when they no longer do.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        worker: str,
        asked_to_leave: Callable[[], object] = lambda: False,
        tell_trouble: Callable[[str | None], None] = lambda trouble: None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._worker = worker
        self._asked_to_leave = asked_to_leave
        self._tell_trouble = tell_trouble
        self._trouble: str | None = None
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._closed = threading.Event()
        self._news = threading.Event()
        self._has_points = False
        self._asked_to_end: Literal["cancelled", "paused", "lost"] | None = None
        self._next_heartbeat = 0.0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def report(self, event: dict[str, Any]) -> None:
        """Take an event; it is written a moment later, several in one transaction."""
        if event["event"] not in ("started", "metrics"):
            return
        with self._lock:
            self._waiting.append(event)
        if not self._has_points and event["event"] == "metrics":
            # The first point is what everybody waits for.
            self._has_points = True
            self._news.set()

    def should_stop(self) -> Literal["cancelled", "paused"] | None:
        """Say whether the run shall end now, and in which state."""
        if self._asked_to_leave() or self._asked_to_end == "lost":
            return "paused"  # at once
        return self._asked_to_end

    def flush(self) -> None:
        """Write what is waiting.

        Raises:
            StoreError: it cannot be written; it goes on waiting.
        """
        with self._flushing:
            with self._lock:
                if self._asked_to_end == "lost":  # another worker records it now
                    self._waiting.clear()
                events = list(self._waiting)
            points = [event for event in events if event["event"] == "metrics"]
            for event in events:
                if event["event"] == "started":
                    self._store.states.record_started(self._run_id, event)
            if points:
                self._store.history.add(self._run_id, points)
            with self._lock:
                del self._waiting[: len(events)]

    def settle(self) -> bool:
        """Write what is waiting; return whether the run is still this worker's.

        Raises:
            StoreError: it cannot be written; it goes on waiting.
        """
        self.flush()
        self._beat()
        return self._asked_to_end != "lost"

    def close(self) -> None:
        """End the thread, and with it the heartbeat."""
        self._closed.set()
        self._news.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closed.is_set():
            self._news.wait(SECONDS_PER_FLUSH)
            self._news.clear()
            # Each by itself: a run that was ended by others takes no points any more, but its
            # heartbeat still brings the message to stop.
            trouble = self._attempt(self.flush)
            if time.monotonic() >= self._next_heartbeat:
                trouble = self._attempt(self._beat) or trouble
            if trouble != self._trouble:
                self._trouble = trouble
                self._tell_trouble(trouble)

    def _beat(self) -> None:
        self._asked_to_end = self._store.states.heartbeat(self._run_id, self._worker)
        self._next_heartbeat = time.monotonic() + SECONDS_PER_HEARTBEAT

    def _attempt(self, action: Callable[[], None]) -> str | None:
        """Try something; return what is the matter if it cannot be done now."""
        try:
            action()
        except StoreError as error:
            # A busy or full disk: the points wait in memory and are tried again.
            logger.warning("%s", error)
            return str(error) if isinstance(error, StoreUnavailable) else None
        except Exception:
            # This thread must not die in silence: the run would be taken for dead.
            logger.exception("Recording goes on after an unexpected error.")
        return None
