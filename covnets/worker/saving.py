"""Saves a run's state while it trains, so that it can go on when its process is killed.

Training waits only while its arrays are copied; a thread of its own writes them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covnets.errors import StoreError
from covnets.runs import CHECKPOINT, RunStore

if TYPE_CHECKING:
    from covnets.training import Training
    from covnets.training.checkpoint import Checkpoint

SECONDS_BETWEEN_CHECKPOINTS = 10.0
# Of the training time; where copying and writing cost more, checkpoints are rarer.
MOST_OF_THE_TIME = 0.02

logger = logging.getLogger(__name__)


class Saver:
    """Writes a checkpoint of one run from time to time.

    Args:
        store: where the run is.
        run_id: a running run.
        settle: writes all points that wait, and tells whether the run is still this process'. A
            checkpoint that is ahead of the recorded points would lose those in between.
    """

    def __init__(self, store: RunStore, run_id: str, settle: Callable[[], bool]) -> None:
        self._store = store
        self._run_id = run_id
        self._settle = settle
        self._saved: tuple[int, float, float] | None = None
        self._cost = 0.0
        self._thread: threading.Thread | None = None

    def look(self, training: Training) -> None:
        """Copy the run's state if it is time to; to be called between two moves."""
        now = time.monotonic()
        if self._saved is None:  # as it began
            self._saved = training.step, training.seconds, now
        step, seconds, moment = self._saved
        is_due = now - moment >= SECONDS_BETWEEN_CHECKPOINTS
        is_cheap = self._cost <= MOST_OF_THE_TIME * (training.seconds - seconds)
        is_writing = self._thread is not None and self._thread.is_alive()
        has_moved = step < training.step < training.config.total_steps
        if is_writing or not (has_moved and is_due and is_cheap):
            return
        began = time.perf_counter()
        checkpoint = training.checkpoint()
        self._saved = training.step, training.seconds, now
        arguments = checkpoint, time.perf_counter() - began
        self._thread = threading.Thread(target=self._write, args=arguments, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until what is being written is written."""
        if self._thread is not None:
            self._thread.join()

    def _write(self, checkpoint: Checkpoint, seconds_of_copy: float) -> None:
        began = time.perf_counter()
        try:
            is_ours = self._settle()
            began = time.perf_counter()  # a busy database costs training nothing
            if is_ours:
                write_checkpoint(self._store, self._run_id, checkpoint)
        except StoreError as error:
            # A full or busy disk: training goes on, and the next one may find room.
            logger.warning("%s", error)
        except Exception:
            logger.exception("The state of run %s could not be saved.", self._run_id)
        self._cost = seconds_of_copy + time.perf_counter() - began


def write_checkpoint(store: RunStore, run_id: str, checkpoint: Checkpoint) -> None:
    """Keep the state from which a run goes on.

    Raises:
        StoreError: the disk is full or read-only.
    """
    arrays: dict[str, Any] = dict(checkpoint)
    store.files.write(run_id, CHECKPOINT, lambda path: np.savez(path, **arrays))


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the state that `write_checkpoint` kept."""
    with np.load(path) as arrays:
        return dict(arrays)
