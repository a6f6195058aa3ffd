"""Facts about this computer."""

from __future__ import annotations

import os
import platform
import socket
from contextlib import suppress
from pathlib import Path


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_in_use() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_way(niceness: int) -> None:
    """Let the dashboard and the browser come first wherever this process competes with them.

    Args:
        niceness: 1 to 19, more gives way more.
    """
    # Linux shares the processor out between sessions first, and this process has one of its own.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(niceness)


def host_name() -> str:
    """This computer's name, which tells apart what was measured and started where."""
    return socket.gethostname()


def processor_name() -> str:
    """The processor's name, as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
