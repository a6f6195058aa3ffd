"""The run store: the only writer of run state, put together from parts over one database."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from covnets.errors import StoreError
from covnets.runs.catalogue import Runs
from covnets.runs.database import Database, Part
from covnets.runs.files import Files
from covnets.runs.groups import Groups
from covnets.runs.history import History
from covnets.runs.labels import Labels
from covnets.runs.states import States

FILE_NAME = "covnets.sqlite3"
_SELECT_SETTING = "SELECT value FROM settings WHERE key = ?"


def default_home() -> Path:
    """Return the store's folder: COVNETS_HOME, or `runs` beside `dashboard.py`.

    A relative COVNETS_HOME begins at the current folder. Where this package is installed without
    the dashboard, `runs` does, too.

    Raises:
        StoreError: COVNETS_HOME begins with a home folder, `~` or `~name`, that does not exist.
    """
    setting = os.environ.get("COVNETS_HOME", "").strip()
    if not setting:
        project = Path(__file__).resolve().parents[2]
        return project / "runs" if (project / "dashboard.py").is_file() else Path("runs")
    try:
        return Path(setting).expanduser()
    except RuntimeError as error:
        raise StoreError(
            f"COVNETS_HOME={setting} begins with a home folder that is not known here: give the "
            "folder's full path."
        ) from error


class RunStore:
    """All runs below one folder, shared freely by threads, and by processes side by side.

    Any method of a part may raise `StoreError`: when the run id is unknown, and when the file is
    damaged, busy for too long or cannot be written.

    Attributes:
        home: the folder.
        database: the SQLite file in it.
        runs: finds runs, and queues new ones.
        states: moves them from state to state.
        history: adds the points of those that are trained.
        groups: keeps them together in races and sweeps.
        labels: what people write on them.
        files: their weights, checkpoints and predictions.
        settings: small facts about this installation.
    """

    def __init__(self, home: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        """Open the store in the folder `home`, or make it.

        Args:
            home: the folder; the file in it is `covnets.sqlite3`.
            clock: seconds since 1970; another one in tests.

        Raises:
            StoreError: the folder is on a network file system or cannot be written, or the file
                is damaged, another program's, or written by a newer version. It stays as it is.
        """
        self.home = Path(home).absolute()
        self.database = Database(self.home / FILE_NAME)
        self.runs = Runs(self.database, clock)
        self.states = States(self.database, clock)
        self.history = History(self.database, clock)
        self.groups = Groups(self.database, clock)
        self.labels = Labels(self.database, clock)
        self.files = Files(self.database, clock)
        self.settings = Settings(self.database, clock)

    def __enter__(self) -> Self:
        """Return the store itself, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self.database.close()


class Settings(Part):
    """Small facts about this installation, such as how fast it trains."""

    def text(self, key: str) -> str | None:
        """Return what was stored under `key`, as JSON, or None."""
        rows = self._database.read(_SELECT_SETTING, (key,))
        return rows[0]["value"] if rows else None

    def update(self, key: str, change: Callable[[Any], Any]) -> None:
        """Replace a value by another that is made from it, with no other change in between.

        Args:
            key: where it is stored.
            change: is given the stored value, or None where there is none; returns the new one.
                The store is locked meanwhile.
        """
        with self._database.transaction() as connection:
            row = connection.execute(_SELECT_SETTING, (key,)).fetchone()
            value = change(json.loads(row["value"]) if row else None)
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                (key, json.dumps(value)),
            )
