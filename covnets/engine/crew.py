"""The engine's workers: enough of them, warm, and fresh ones for those that end or wear out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from covnets.engine.processes import WorkerProcess
from covnets.machine import no_tensorflow_here

# A worker that dies this soon after its start, this often in a row, will not do better next time.
SECONDS_OF_A_BAD_START = 20.0
BAD_STARTS_TO_GIVE_UP = 3


class Crew:
    """Keeps the worker processes; where TensorFlow sees several GPUs, a worker for each.

    Args:
        home: folder of the run store.
        size: how many workers there are at least.
        threads: threads of one TensorFlow operation.
        lanes: how many runs of one worker may make a move at the same time.
        changed: is called, from another thread, whenever a worker says something or ends.

    Attributes:
        message: why no worker can be had, in a sentence; None while all is well.
    """

    def __init__(
        self, home: Path, size: int, threads: int, lanes: int, changed: Callable[[], None]
    ) -> None:
        self.message: str | None = None
        self._home = home
        self._threads = threads
        self._lanes = lanes
        self._changed = changed
        self._places: list[WorkerProcess | None] = [None] * size
        self._successors: dict[int, WorkerProcess] = {}
        self._bad_starts = 0

    @property
    def workers(self) -> list[WorkerProcess]:
        """Those that there are now, warm or about to be."""
        return [worker for worker in self._places if worker is not None]

    @property
    def does_nothing(self) -> bool:
        """Whether all are there, warm, and have nothing to do."""
        return all(worker is not None and worker.does_nothing for worker in self._places)

    def take_heart(self) -> None:
        """Try again to start workers, however often that failed."""
        self._bad_starts, self.message = 0, None

    def with_room(self, num_runs: int, most_at_once: int) -> WorkerProcess | None:
        """Return the warm worker with the fewest runs, if it has room for so many more.

        Args:
            num_runs: one run, or the contestants of a race, who must share a worker.
            most_at_once: how many runs a worker has at most; on a GPU it is one, or one race.
        """

        def has_room(worker: WorkerProcess) -> bool:
            if worker.num_gpus:
                return not worker.run_ids and num_runs <= most_at_once
            return len(worker.run_ids) + num_runs <= most_at_once

        with_room = [worker for worker in self.workers if worker.ready and has_room(worker)]
        return min(with_room, key=lambda worker: len(worker.run_ids), default=None)

    def keep_up(self, on_end: Callable[[WorkerProcess], None]) -> None:
        """Start workers for the places that have none.

        Args:
            on_end: is called with each worker that has ended, before its place is filled.

        Raises:
            OSError: no process can be started.
        """
        self._make_a_place_for_each_gpu()
        for number, worker in enumerate(self._places):
            if worker is not None and worker.has_ended:
                on_end(worker)
                self._judge(worker)
                self._places[number] = self._successors.pop(number, None)
            if self._places[number] is None and self.message is None:
                self._places[number] = self._new_worker(number)

    def replace_worn(self) -> None:
        """Let a fresh process take the place of one that has grown, without anybody waiting."""
        for number, worker in enumerate(self._places):
            successor = self._successors.get(number)
            if successor is not None and successor.has_ended:
                del self._successors[number]
            elif worker is None or not worker.is_worn or not worker.does_nothing:
                continue
            elif successor is None:
                self._successors[number] = self._new_worker(number)
            elif successor.ready:
                self._places[number] = self._successors.pop(number)
                worker.dismiss()

    def dismiss(self) -> None:
        """Ask all to leave; their runs are paused."""
        for worker in self._all_of_them():
            worker.dismiss()

    def wait_for_end(self) -> None:
        """Wait until all have left."""
        for worker in self._all_of_them():
            worker.wait_for_end()

    def _all_of_them(self) -> list[WorkerProcess]:
        return [*self.workers, *self._successors.values()]

    def _make_a_place_for_each_gpu(self) -> None:
        num_gpus = max((worker.num_gpus for worker in self.workers), default=0)
        self._places += [None] * (num_gpus - len(self._places))

    def _judge(self, ended: WorkerProcess) -> None:
        """Give up where one after another ends right away, and not because of what it trained."""
        if ended.was_killed:
            return
        if (message := no_tensorflow_here()) is not None:
            self.message = message
            return
        age = time.monotonic() - ended.started_at
        quickly = not ended.run_ids and age < SECONDS_OF_A_BAD_START
        self._bad_starts = self._bad_starts + 1 if quickly else 0
        if self._bad_starts >= BAD_STARTS_TO_GIVE_UP:
            self.message = (
                f"No worker can be started, {self._bad_starts} ended right away. The last one's "
                f"log is {ended.log}: {ended.last_log_lines()[-300:]}"
            )

    def _new_worker(self, number: int) -> WorkerProcess:
        return WorkerProcess(self._home, number, self._threads, self._lanes, self._changed)
