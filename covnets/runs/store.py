"""The run store: the only writer of run state.

It is one class in six parts: `RunCatalogue` opens the file and looks runs up, `RunQueue` queues
them, `RunLifecycle` moves them from state to state and records their history, `RunGroups` keeps
them together in races and sweeps, `RunLabels` holds what people write on them, and `RunStore`, the
class to use, adds the runs' files, and the settings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from covnets.errors import StoreError
from covnets.runs.artifacts import CHECKPOINT, Artifacts, weights_budget
from covnets.runs.groups import RunGroups
from covnets.runs.labels import RunLabels
from covnets.runs.run import Run


def default_home() -> Path:
    """Return the store's folder: COVNETS_HOME, or `runs` beside `dashboard.py`.

    A relative COVNETS_HOME begins at the current folder. Where this package is installed without
    the dashboard, `runs` does, too.

    Raises:
        StoreError: COVNETS_HOME begins with the home, `~`, of somebody who has none.
    """
    told = os.environ.get("COVNETS_HOME", "").strip()
    if not told:
        project = Path(__file__).resolve().parents[2]
        return project / "runs" if (project / "dashboard.py").is_file() else Path("runs")
    try:
        return Path(told).expanduser()
    except RuntimeError as error:
        raise StoreError(
            f"COVNETS_HOME={told} begins with a home folder that is not known here: give the "
            "folder's full path."
        ) from error


class RunStore(RunLabels, RunGroups):
    """All runs below one folder, shared freely by threads, and by processes side by side.

    Any method may raise `StoreError`: when the run id is unknown, and when the file is damaged,
    busy for too long or cannot be written.
    """

    # Artifacts: files that belong to a run.

    def write_artifact(self, run_id: str, name: str, write: Callable[[Path], object]) -> Path:
        """Let `write` make a file, and keep it as the run's `name`, replacing an older one.

        Args:
            run_id: the run, in any state.
            name: a plain file name, such as "model.keras".
            write: is called with a passing path of the same suffix; the file takes its final name
                in one move when it is whole, so that no reader ever sees half of it.

        Returns:
            The file's final path.

        Raises:
            StoreError: the name is no plain file name, or the disk is full or read-only.
        """
        return self._artifacts.write(run_id, name, write)

    def artifact(self, run_id: str, name: str) -> Path | None:
        """Return the path of a run's file, None if there is none (any more)."""
        return self._artifacts.find(run_id, name)

    def checkpoint(self, run: Run) -> Path | None:
        """Return the state from which a run goes on, None if there is none (any more).

        It is its own, or, as long as it has none, that of the run that it continues.
        """
        while (path := self.artifact(run.id, CHECKPOINT)) is None and run.parent is not None:
            run = self.get(run.parent)
        return path

    def step_to_go_on_from(self, run: Run) -> int | None:
        """Return the step of the state from which a run goes on, None if that is lost.

        Before its first checkpoint a run begins again at step 0.
        """
        if run.step == 0:
            return 0
        path = self.checkpoint(run)
        if path is not None:
            # zipfile, which numpy uses, has an error of its own for a damaged file.
            with suppress(OSError, ValueError, KeyError, BadZipFile), np.load(path) as checkpoint:
                step = int(checkpoint["step"])
                # A parent that went on itself is ahead of what its continuation has on record.
                return step if step <= run.step else None
            return None
        was_saved = run.parent is not None or self._artifacts.was_written(run.id, CHECKPOINT)
        return None if was_saved else 0

    def enforce_budget(self, max_bytes: int | None = None) -> list[Path]:
        """Delete weights of the oldest ended, unpinned runs until all weights fit.

        Paused runs, which may go on, come last. Histories, predictions and pinned or active runs'
        weights stay, even if the budget is then exceeded.

        Args:
            max_bytes: the budget; COVNETS_WEIGHTS_MB if not given.

        Returns:
            The files that were deleted.
        """
        return self._artifacts.enforce_budget(weights_budget() if max_bytes is None else max_bytes)

    @property
    def _artifacts(self) -> Artifacts:
        return Artifacts(self.database, self.home / "artifacts", self._clock)

    # Settings: small facts about this installation, such as measured speeds.

    def get_setting(self, key: str, default: Any = None) -> Any:
        """Return what was stored under `key`, or `default`."""
        rows = self.database.read("SELECT value FROM settings WHERE key = ?", (key,))
        return json.loads(rows[0]["value"]) if rows else default

    def set_setting(self, key: str, value: Any) -> None:
        """Store a value that JSON can hold under `key`, replacing an older one."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                (key, json.dumps(value)),
            )
