"""The dashboard in a process of its own, and what the system knows about that process."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.shared.report import BenchmarkError
from scripts.real_dashboard import RealDashboard

PROCESSES = Path("/proc")


class ServedDashboard(RealDashboard):
    """A dashboard whose process can be looked into while it serves."""

    @property
    def pid(self) -> int:
        """Id of the server's process.

        Raises:
            BenchmarkError: the dashboard does not run.
        """
        if self._process is None:
            raise BenchmarkError("The dashboard does not run, so there is no process to look into.")
        return self._process.pid

    def resident_mb(self) -> float:
        """Memory that the process holds now, in MB (10**6 bytes)."""
        pages = int(self._read("statm").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def mapped_files(self, name: str) -> list[str]:
        """Files mapped into the process, shared libraries first of all, with `name` in their path.

        Only the part of a path below its site-packages counts: a project may lie anywhere.
        """
        paths = {line.split(maxsplit=5)[-1] for line in self._read("maps").splitlines()}
        return sorted(path for path in paths if name in path.rpartition("site-packages")[2])

    def _read(self, fact: str) -> str:
        file = PROCESSES / str(self.pid) / fact
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise BenchmarkError(
                f"{file} cannot be read ({error}): this benchmark needs Linux, and a dashboard "
                "that is still running."
            ) from error
