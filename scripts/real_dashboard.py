"""The real dashboard in a process of its own, and a real browser to look at it.

For screenshots and for the tests that drive a browser.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGUMENTS = (
    # Containers and root have no sandbox; only our own pages are opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SECONDS_TO_START = 60.0
# A worker checkpoints its run before it leaves.
SECONDS_TO_END = 20.0


def find_browser() -> str | None:
    """The path of an installed Chromium or Chrome, None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class RealDashboard:
    """A dashboard on a free port of this machine, as ``make run`` starts it, without a browser.

    Args:
        home: folder of its run store; the server's log is written there, too.
        engine: who trains, "local" or "inline".
    """

    def __init__(self, home: Path, engine: str = "local") -> None:
        self.home = home
        self.url = ""
        self._environment = os.environ | {"COVNETS_HOME": str(home), "COVNETS_ENGINE": engine}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer in time; the message has its log.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        self.url = f"http://localhost:{port}"
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
        command += ["--server.headless", "true", "--server.port", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait_for_answer(self._process)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the server, and with it its workers."""
        self.end()

    def end(self) -> None:
        """End the server as Ctrl-C does, by force if that does not help."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _log(self) -> Path:
        return self.home / "server.log"

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        log = self._log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"The dashboard did not start at {self.url}. Its log:\n{log[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
    return port
