"""The worker process: the only place where TensorFlow is loaded.

Started by an engine as `python -m covnets.worker --home DIR --threads N`. It reads one run id a
line from its standard input, trains that run and writes what happens to the store; on its
standard output it says `ready` once TensorFlow is loaded and `idle` after each run.

The end of its standard input means that the dashboard is gone, in whatever way: the worker then
saves a checkpoint, leaves its run as paused, and ends within `SECONDS_TO_LEAVE`.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from covnets.errors import CovnetsError, StoreError
from covnets.machine import host_name
from covnets.recorder import Recorder
from covnets.runs import CHECKPOINT, MODEL, RunStore

if TYPE_CHECKING:
    from covnets.training import TrainResult

SECONDS_TO_LEAVE = 4.0
DASHBOARD_STOPPED = "dashboard stopped"
WORKER_ENDED = "its worker was told to end"

logger = logging.getLogger(__name__)


def execute(
    store: RunStore, run_id: str, asked_to_leave: Callable[[], str | None] = lambda: None
) -> None:
    """Train one queued run and record everything about it, its failure too.

    Args:
        store: where the run is queued.
        run_id: which run; nothing happens if somebody else took it, or if it was cancelled.
        asked_to_leave: asked several times a second; a reason to leave pauses the run.
    """
    if not store.claim(run_id, worker_name()):
        return
    recorder = Recorder(store, run_id, asked_to_leave)
    try:
        from covnets.training import train

        result = train(store.get(run_id).config, recorder.report, recorder.should_stop)
        recorder.flush()
        # The recorder goes on saying that the run is alive while its files are written.
        _keep(store, run_id, result, asked_to_leave())
    except Exception as error:
        with suppress(StoreError):
            recorder.flush()
        details = None if isinstance(error, CovnetsError) else traceback.format_exc()
        # The run may have been ended by others meanwhile; then there is nothing left to say.
        with suppress(StoreError):
            store.fail(run_id, _reason(error), details)
    finally:
        recorder.close()


def worker_name() -> str:
    """This process, as the store names it: "host:pid"."""
    return f"{host_name()}:{os.getpid()}"


def _keep(store: RunStore, run_id: str, result: TrainResult, reason_to_leave: str | None) -> None:
    """Write a run's files first and its end last, so that an ended run has all its files."""
    reason = reason_to_leave if result.state == "paused" else None
    try:
        _write_files(store, run_id, result)
    except Exception as error:
        # Trained is trained: a run whose network cannot be kept has its history and its figures.
        logger.exception("The files of run %s could not be written.", run_id)
        said = str(error) if isinstance(error, CovnetsError) else f"{type(error).__name__}: {error}"
        unsaved = f"network could not be saved: {said}"
        reason = f"{reason}; its {unsaved}" if reason else f"Its {unsaved}"
    store.finish(run_id, result.state, result.summary, reason)
    with suppress(StoreError):
        store.enforce_budget()


def _write_files(store: RunStore, run_id: str, result: TrainResult) -> None:
    import numpy as np

    if result.probabilities is not None:
        predictions: dict[str, Any] = {
            "split": np.array(result.split),
            "probabilities": result.probabilities,
        }
        store.write_artifact(run_id, "predictions.npz", lambda path: np.savez(path, **predictions))
    if result.checkpoint is not None:
        arrays: dict[str, Any] = dict(result.checkpoint)
        store.write_artifact(run_id, CHECKPOINT, lambda path: np.savez(path, **arrays))
    else:
        store.write_artifact(run_id, MODEL, result.model.save)


def _reason(error: Exception) -> str:
    if isinstance(error, CovnetsError):
        return str(error)
    name = type(error).__name__
    if name == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return "Memory ran out: use a smaller batch size, fewer filters or fewer layers."
    return f"Training stopped with an unexpected {name}; the details tell where."


class Worker:
    """One worker process: its orders, its run, and its way out."""

    def __init__(self, home: Path, threads: int, replies: TextIO) -> None:
        self.home = home
        self.threads = threads
        self.replies = replies
        # Unlike a Queue it may be filled by a signal handler.
        self.orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.reason_to_leave: str | None = None

    def run(self, orders: TextIO) -> None:
        """Serve until the orders end."""
        threading.Thread(target=self._listen, args=(orders,), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: self._leave(WORKER_ENDED))
        # Ctrl-C in the dashboard's terminal is the dashboard's affair.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        import keras

        from covnets.training import device

        device.set_up(self.threads)
        store = RunStore(self.home)
        self._say("ready")
        while self.reason_to_leave is None:
            run_id = self.orders.get()
            if run_id is not None:
                execute(store, run_id, lambda: self.reason_to_leave)
                keras.backend.clear_session(free_memory=True)
                self._say("idle")

    def _say(self, reply: str) -> None:
        # When nobody reads the replies any more, the orders' end says so as well.
        with suppress(OSError):
            print(reply, file=self.replies, flush=True)

    def _listen(self, orders: TextIO) -> None:
        for line in orders:
            self.orders.put(line.strip())
        self._leave(DASHBOARD_STOPPED)

    def _leave(self, reason: str) -> None:
        self.reason_to_leave = self.reason_to_leave or reason
        self.orders.put(None)
        # A step or a trace that takes too long must not keep the process from leaving in time.
        timer = threading.Timer(SECONDS_TO_LEAVE, self._leave_now)
        timer.daemon = True
        timer.start()

    def _leave_now(self) -> None:
        with suppress(StoreError):
            store = RunStore(self.home)
            for run in store.list(states=["running"]):
                if run.worker == worker_name():
                    reason = f"{self.reason_to_leave}; there was no time to save its weights"
                    store.finish(run.id, "paused", reason=reason)
        os._exit(0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a worker on this process' standard input and output."""
    parser = argparse.ArgumentParser(prog="python -m covnets.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the run store")
    parser.add_argument("--threads", type=int, required=True, help="threads of one operation")
    options = parser.parse_args(arguments)
    # Libraries that print must not mix with the replies: from here on, "print" means the log.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    Worker(options.home, options.threads, replies).run(sys.stdin)
    # Threads of TensorFlow may still run; nothing is left to be saved.
    os._exit(0)


if __name__ == "__main__":
    main()
