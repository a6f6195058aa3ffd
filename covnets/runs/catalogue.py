"""Opening the store, and looking runs up in it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from covnets.errors import StoreError
from covnets.runs.database import Database
from covnets.runs.run import Run, State, run_from_row

FILE_NAME = "covnets.sqlite3"

# Inside the classes below `list` is a method.
Runs: TypeAlias = list[Run]

_SELECT = (
    "SELECT runs.*, labels.name, labels.notes, labels.pinned, labels.tags, labels.deleted_at "
    "FROM runs LEFT JOIN labels ON labels.run = runs.number"
)


class RunCatalogue:
    """The reading half of the run store."""

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
        self._clock = clock

    def __enter__(self) -> Self:
        """Return the store itself, to be closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self.database.close()

    def get(self, run_id: str) -> Run:
        """Return one run.

        Raises:
            StoreError: there is no such run.
        """
        rows = self.database.read(f"{_SELECT} WHERE runs.id = ?", (run_id,))
        if not rows:
            raise unknown_run(run_id)
        return run_from_row(rows[0])

    def list(
        self,
        *,
        family: str | None = None,
        states: Iterable[State] | None = None,
        race: str | None = None,
        group: str | None = None,
        deleted: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Runs:
        """Return runs, the newest first, whatever was done to the clock.

        A run whose hyperparameters this version cannot read is in the list like any other: only
        its `Run.config` raises.

        Args:
            family: only this family's.
            states: only those in one of these states.
            race: only those that advance together under this identity.
            group: only those of this race or sweep.
            deleted: those that were put aside, instead of all others.
            limit: at most so many.
            offset: leave out so many of the newest.
        """
        conditions = [f"labels.deleted_at IS {'NOT ' if deleted else ''}NULL"]
        values: dict[str, Any] = {"limit": -1 if limit is None else limit, "offset": offset}
        if family is not None:
            conditions.append("runs.family = :family")
            values["family"] = family
        if race is not None:
            conditions.append("runs.race = :race")
            values["race"] = race
        if group is not None:
            conditions.append("runs.run_group = :group")
            values["group"] = group
        if states is not None:
            names = {f"state{place}": state for place, state in enumerate(states)}
            conditions.append(f"runs.state IN ({', '.join(f':{name}' for name in names)})")
            values |= names
        query = (
            f"{_SELECT} WHERE {' AND '.join(conditions)} "
            "ORDER BY runs.number DESC LIMIT :limit OFFSET :offset"
        )
        return [run_from_row(row) for row in self.database.read(query, values)]

    def queue_position(self, run_id: str) -> int:
        """Return how many queued runs come before this one; 0 if it is not queued itself.

        Raises:
            StoreError: there is no such run.
        """
        rows = self.database.read(
            "SELECT (SELECT count(*) FROM runs AS earlier WHERE earlier.state = 'queued' "
            "AND earlier.number < runs.number AND runs.state = 'queued') FROM runs WHERE id = ?",
            (run_id,),
        )
        if not rows:
            raise unknown_run(run_id)
        position: int = rows[0][0]
        return position


def number_of(connection: sqlite3.Connection, run_id: str) -> int:
    """Return a run's number in the tables.

    Raises:
        StoreError: there is no such run.
    """
    row = connection.execute("SELECT number FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise unknown_run(run_id)
    number: int = row[0]
    return number


def unknown_run(run_id: str) -> StoreError:
    """Say that a run is not in this store."""
    return StoreError(
        f"There is no run {run_id!r} in this store: look it up in the list of recent runs, and "
        "check that COVNETS_HOME names the folder in which it was recorded."
    )
