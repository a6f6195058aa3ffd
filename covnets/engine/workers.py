"""The local engine's worker processes: each of them, and the crew that they make up."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from covnets.config import RunConfig
from covnets.system import tensorflow_missing

LOG_LINES = 30
SECONDS_TO_KEEP_LOGS = 7 * 24 * 3600.0
SECONDS_TO_END = 6.0
# A worker that dies this soon after its start, this often in a row, will not do better next time.
SECONDS_OF_A_BAD_START = 20.0
BAD_STARTS_TO_GIVE_UP = 3
_log_numbers = itertools.count(1)


def _log_file(home: Path, number: int) -> Path:
    """Where a worker writes what it has to say; logs of long ago are deleted."""
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.glob("*.log"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > SECONDS_TO_KEEP_LOGS:
                old.unlink()
    # The number of this process: another dashboard on the same store has workers of its own. And
    # a counter, since a worker and the one that takes its place write at the same time.
    return logs / f"worker{number + 1}-{os.getpid()}-{next(_log_numbers)}.log"


class WorkerProcess:
    """A worker, warm or about to be.

    Args:
        home: folder of the run store.
        number: counts the workers from 0; names its log file, and its GPU if there are any.
        threads: threads of one TensorFlow operation.
        lanes: how many runs may make a move at the same time.
        changed: is called, from another thread, whenever the worker says something or ends.

    Attributes:
        ready: whether TensorFlow is loaded.
        run_ids: the runs that it has.
        num_gpus: how many GPUs TensorFlow sees.
        prepared: the runs whose networks it was last told to trace ahead.
        is_preparing: whether it has not said yet that it is done with them.
        troubles: why runs cannot be recorded just now.
        is_worn: whether it has grown so much that it should be replaced.
        started_at: when it was started, on the monotonic clock.
    """

    module = "covnets.worker"

    def __init__(
        self, home: Path, number: int, threads: int, lanes: int, changed: Callable[[], None]
    ) -> None:
        self.log = _log_file(home, number)
        self.ready = False
        self.run_ids: set[str] = set()
        self.num_gpus = 0
        self.prepared: tuple[RunConfig, ...] = ()
        self.is_preparing = False
        self.troubles: dict[str, str | None] = {}
        self.is_worn = False
        self.was_killed = False
        self.started_at = time.monotonic()
        self._changed = changed
        self._killed_for_memory = times_killed_for_memory()
        arguments = {"home": home, "threads": threads, "lanes": lanes, "gpu": number}
        options = [f"--{name}={value}" for name, value in arguments.items()]
        with self.log.open("wb") as errors:
            # It leaves when its standard input ends, however the dashboard ends. It has a session
            # of its own where there is such a thing, so that signals to the dashboard's terminal
            # do not reach it.
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=Path(__file__).resolve().parents[2],
                start_new_session=True,
                text=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def give(self, run_id: str) -> None:
        """Order a run; a worker that is still loading TensorFlow takes it up afterwards."""
        self.run_ids.add(run_id)
        self.is_preparing = False
        self._order({"run": run_id})

    def prepare(self, configs: tuple[RunConfig, ...]) -> None:
        """Order networks to be traced ahead; it drops them for a run."""
        self.prepared, self.is_preparing = configs, True
        self._order({"prepare": [config.model_dump(mode="json") for config in configs]})

    def dismiss(self) -> None:
        """Close its orders: it pauses its runs and leaves."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def kill(self) -> None:
        """End it at once; its runs must have been ended before."""
        self.run_ids.clear()
        self.was_killed = True
        self.process.kill()

    @property
    def is_idle(self) -> bool:
        """Whether it is warm and has no run; what it traces ahead it drops for one."""
        return self.ready and not self.run_ids

    @property
    def does_nothing(self) -> bool:
        """Whether it is idle, and does not trace ahead either."""
        return self.is_idle and not self.is_preparing

    def wait_for_end(self) -> None:
        """Wait for a dismissed worker to leave; one that does not is killed."""
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def reason_of_end(self) -> str:
        """Say in a sentence how the process ended."""
        code = self.process.returncode
        if code is None or code >= 0:
            return f"Its worker process ended unexpectedly with exit code {code}."
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        if name == "SIGKILL" and times_killed_for_memory() > self._killed_for_memory:
            return (
                "Memory ran out, and the system ended its worker process. Use a smaller batch "
                "size or fewer filters, or close other programs."
            )
        if name == "SIGKILL":
            return (
                "Its worker process was killed from outside (SIGKILL). If the system did it "
                "because memory ran out: use a smaller batch size or fewer filters, or close other "
                "programs."
            )
        return f"Its worker process was ended from outside ({name})."

    def last_log_lines(self) -> str:
        """Return the end of what the process wrote to its log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-LOG_LINES:])

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self._take_reply(json.loads(line))
            self._changed()
        self.process.wait()
        self._changed()

    def _take_reply(self, reply: dict[str, Any]) -> None:
        if "ready" in reply:
            self.ready = True
            self.num_gpus = reply["ready"]["gpus"]
        elif "prepared" in reply:
            self.is_preparing = False
        elif "ended" in reply:
            self.run_ids.discard(reply["ended"])
            self.troubles.pop(reply["ended"], None)
            self.prepared = ()  # others may have taken its place
        elif "trouble" in reply:
            self.troubles[reply["trouble"]] = reply["text"]
        self.is_worn = self.is_worn or bool(reply.get("worn"))

    def _order(self, order: dict[str, Any]) -> None:
        stdin = self.process.stdin
        # A worker that has just died is found by its exit code; its runs are then told so.
        with suppress(OSError, ValueError):
            if stdin is not None:
                stdin.write(json.dumps(order) + "\n")
                stdin.flush()


class Crew:
    """Keeps the worker processes; where TensorFlow sees several GPUs, a worker for each.

    Args:
        size: how many workers there are at least.
        new_worker: starts a worker, given its number from 0.

    Attributes:
        message: why no worker can be had, in a sentence; None while all is well.
    """

    def __init__(self, size: int, new_worker: Callable[[int], WorkerProcess]) -> None:
        self.message: str | None = None
        self._new_worker = new_worker
        self._members: list[WorkerProcess | None] = [None] * size
        self._successors: dict[int, WorkerProcess] = {}
        self._bad_starts = 0

    @property
    def workers(self) -> list[WorkerProcess]:
        """Those that there are now, warm or about to be."""
        return [worker for worker in self._members if worker is not None]

    @property
    def run_ids(self) -> set[str]:
        """The runs that they have."""
        return {run_id for worker in self.workers for run_id in list(worker.run_ids)}

    def retry(self) -> None:
        """Try to start workers again, however often that failed."""
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

    @property
    def to_prepare(self) -> WorkerProcess | None:
        """The idle worker that may trace ahead, if any; two would disturb each other's timing."""
        idle = [worker for worker in self.workers if worker.is_idle]
        preparing = [worker for worker in idle if worker.is_preparing]
        return next(iter(preparing or idle), None)

    def give(self, worker: WorkerProcess, run_ids: Iterable[str]) -> None:
        """Give runs to a worker; the others stop tracing and timing, which would be disturbed."""
        for other in self.workers:
            # The worker itself may be tracing the very network that is wanted.
            if other is not worker and other.is_preparing:
                other.prepare(())
        for run_id in run_ids:
            worker.give(run_id)

    def fill_up(self, on_end: Callable[[WorkerProcess], None]) -> None:
        """Start workers where there are none, or none any more.

        Args:
            on_end: is called with each worker that has ended, before another one replaces it.

        Raises:
            OSError: no process can be started.
        """
        self._add_one_for_each_gpu()
        for number, worker in enumerate(self._members):
            if worker is not None and worker.has_ended:
                on_end(worker)
                self._note_bad_start(worker)
                self._members[number] = self._successors.pop(number, None)
            if self._members[number] is None and self.message is None:
                self._members[number] = self._new_worker(number)

    def replace_worn(self) -> None:
        """Replace workers that have grown; nobody waits, as the fresh one loads beside the old."""
        for number, worker in enumerate(self._members):
            successor = self._successors.get(number)
            if successor is not None and successor.has_ended:
                del self._successors[number]
            elif worker is None or not worker.is_worn or not worker.does_nothing:
                continue
            elif successor is None:
                self._successors[number] = self._new_worker(number)
            elif successor.ready:
                self._members[number] = self._successors.pop(number)
                worker.dismiss()

    def close(self) -> None:
        """Ask all to leave, which pauses their runs, and wait until they have left."""
        everybody = [*self.workers, *self._successors.values()]
        for worker in everybody:
            worker.dismiss()
        for worker in everybody:
            worker.wait_for_end()

    def _add_one_for_each_gpu(self) -> None:
        num_gpus = max((worker.num_gpus for worker in self.workers), default=0)
        self._members += [None] * (num_gpus - len(self._members))

    def _note_bad_start(self, ended: WorkerProcess) -> None:
        """Give up when one after another ends right away, and not because of what it trained."""
        if ended.was_killed:
            return
        if (message := tensorflow_missing()) is not None:
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


def times_killed_for_memory() -> int:
    """How often the system has ended a process because memory ran out; 0 if it does not tell."""
    with suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
