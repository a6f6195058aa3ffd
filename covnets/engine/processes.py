"""The engine's processes: start one, give it a run, notice its end."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from covnets.config import RunConfig
from covnets.machine import host_name

LOG_LINES = 30
SECONDS_TO_KEEP_LOGS = 7 * 24 * 3600.0
SECONDS_TO_END = 6.0
_log_numbers = itertools.count(1)


def log_file(home: Path, name: str) -> Path:
    """Where a process writes what it has to say."""
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.glob("*.log"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > SECONDS_TO_KEEP_LOGS:
                old.unlink()
    # The number of this process: another dashboard on the same store has workers of its own. And
    # a counter, since a worker and the one that takes its place write at the same time.
    return logs / f"{name}-{os.getpid()}-{next(_log_numbers)}.log"


def start(
    module: str, home: Path, arguments: Mapping[str, int], log: Path, replies: int = DEVNULL
) -> subprocess.Popen[str]:
    """Start a Python module as a process that leaves when its standard input ends.

    That happens however the dashboard ends. The process has a session of its own where there is
    such a thing, so that signals to the dashboard's terminal do not reach it.
    """
    command = [sys.executable, "-m", module, "--home", str(home)]
    for name, value in arguments.items():
        command += [f"--{name}", str(value)]
    with log.open("wb") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=replies,
            stderr=errors,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
            text=True,
        )


class WorkerProcess:
    """A worker, warm or about to be.

    Args:
        home: folder of the run store.
        number: its place from 0; names its log file, and the GPU that it uses if there are any.
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

    def __init__(
        self, home: Path, number: int, threads: int, lanes: int, changed: Callable[[], None]
    ) -> None:
        self.log = log_file(home, f"worker{number + 1}")
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
        arguments = {"threads": threads, "lanes": lanes, "gpu": number}
        self.process = start("covnets.worker", home, arguments, self.log, subprocess.PIPE)
        threading.Thread(target=self._listen, daemon=True).start()

    def give(self, run_id: str) -> None:
        """Order a run; a worker that is still loading TensorFlow takes it up afterwards."""
        self.run_ids.add(run_id)
        self.is_preparing = False
        self._order({"run": run_id})

    def prepare(self, configs: tuple[RunConfig, ...]) -> None:
        """Let it trace networks ahead, as long as it has nothing else to do."""
        self.prepared, self.is_preparing = configs, True
        self._order({"prepare": [config.model_dump(mode="json") for config in configs]})

    def dismiss(self) -> None:
        """Close its orders: it pauses its run and leaves."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def kill(self) -> None:
        """End it at once; its run must have been ended before."""
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


def times_killed_for_memory() -> int:
    """How often the system has ended a process because memory ran out; 0 if it does not tell."""
    with suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def is_gone(worker: str | None) -> bool:
    """Whether the process "host:pid" ran on this machine and is there no more.

    Of a worker on another machine nothing is known: False.
    """
    host, _, pid = (worker or "").rpartition(":")
    # On Windows signal 0 would end the process; there the missed heartbeat must do.
    if host != host_name() or not pid.isdecimal() or sys.platform == "win32":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
