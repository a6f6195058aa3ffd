"""How a worker's end is told, without a worker."""

from __future__ import annotations

import signal
from types import SimpleNamespace

import pytest

from covnets.engine import processes
from covnets.engine.processes import WorkerProcess


@pytest.mark.parametrize(
    ("code", "killed_for_memory", "said"),
    [
        (-signal.SIGKILL, 4, "Memory ran out, and the system ended its worker process"),
        (-signal.SIGKILL, 3, "Its worker process was killed from outside (SIGKILL)"),
        (-signal.SIGTERM, 4, "Its worker process was ended from outside (SIGTERM)"),
        (-250, 3, "Its worker process was ended from outside (signal 250)"),
        (1, 3, "Its worker process ended unexpectedly with exit code 1."),
    ],
)
def test_reason_of_an_end_names_what_happened(monkeypatch, code, killed_for_memory, said):
    ended = object.__new__(WorkerProcess)
    ended.process = SimpleNamespace(returncode=code)
    ended._killed_for_memory = 3
    monkeypatch.setattr(processes, "times_killed_for_memory", lambda: killed_for_memory)
    assert ended.reason_of_end().startswith(said)
