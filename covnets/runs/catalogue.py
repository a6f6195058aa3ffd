"""Looking runs up in the store, and adding new ones."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.runs.database import Database
from covnets.runs.points import RESULTS
from covnets.runs.run import Pace, Run, State, run_from_row

# Inside the class below `list` is a method.
RunList: TypeAlias = list[Run]

NEXT_REVISION = "(SELECT coalesce(max(revision), 0) + 1 FROM runs)"
"""SQL: the number of the next change that pages are to see."""

_SELECT = (
    "SELECT runs.*, labels.name, labels.notes, labels.pinned, labels.tags, labels.deleted_at "
    "FROM runs LEFT JOIN labels ON labels.run = runs.number"
)


class Runs:
    """All runs of a store: finds them, and queues new ones."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def get(self, run_id: str) -> Run:
        """Return one run.

        Raises:
            StoreError: there is no such run.
        """
        rows = self._database.read(f"{_SELECT} WHERE runs.id = ?", (run_id,))
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
    ) -> RunList:
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
        return [run_from_row(row) for row in self._database.read(query, values)]

    def queue_position(self, run_id: str) -> int:
        """Return how many queued runs come before this one; 0 if it is not queued itself.

        Raises:
            StoreError: there is no such run.
        """
        rows = self._database.read(
            "SELECT (SELECT count(*) FROM runs AS earlier WHERE earlier.state = 'queued' "
            "AND earlier.number < runs.number AND runs.state = 'queued') FROM runs WHERE id = ?",
            (run_id,),
        )
        if not rows:
            raise unknown_run(run_id)
        position: int = rows[0][0]
        return position

    def create(
        self,
        config: RunConfig,
        *,
        owner: str | None,
        parent: str | None = None,
        until: int | None = None,
        name: str | None = None,
    ) -> Run:
        """Queue a new run; one that continues another begins with that one's history.

        Args:
            config: its hyperparameters.
            owner: identity of the dashboard or engine that will start it.
            parent: the run that it continues.
            until: the step of the parent's weights, and so the last one of the history that it
                begins with; by default all of it.
            name: a name to show beside the id.

        Raises:
            StoreError: there is no run `parent`.
        """
        with self._database.transaction() as connection:
            continued = None if parent is None else number_of(connection, parent)
            run_id, number = self.insert(connection, config, owner, parent=parent)
            if continued is not None:
                _copy_history(connection, continued, number, until)
            if name:
                connection.execute("INSERT INTO labels (run, name) VALUES (?, ?)", (number, name))
        return self.get(run_id)

    def insert(
        self,
        connection: sqlite3.Connection,
        config: RunConfig,
        owner: str | None,
        *,
        parent: str | None = None,
        race: str | None = None,
        pace: Pace | None = None,
        trial: tuple[str, int] | None = None,
    ) -> tuple[str, int | None]:
        """Add a row within somebody's transaction; return the run's id and its number."""
        run_id, now = secrets.token_hex(5), self._clock()
        text = config.model_dump_json()
        number = connection.execute(
            "INSERT INTO runs (id, family, config, state, created_at, heartbeat_at, owner, "
            "parent, race, pace, run_group, trial, revision) "
            f"VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, {NEXT_REVISION})",
            (
                *(run_id, config.network.family, text, now, now, owner, parent, race, pace),
                *(trial or (None, None)),
            ),
        ).lastrowid
        return run_id, number


def _copy_history(
    connection: sqlite3.Connection, source: int, target: int | None, until: int | None
) -> None:
    """Give a new run the points of the run that it continues."""
    connection.execute(
        "INSERT INTO points (run, split, step, epoch, loss, accuracy, seconds) "
        "SELECT :target, split, step, epoch, loss, accuracy, seconds FROM points "
        "WHERE run = :source AND (:until IS NULL OR step <= :until)",
        {"source": source, "target": target, "until": until},
    )
    connection.execute(
        "UPDATE runs SET (step, epoch, seconds) = "
        "(SELECT coalesce(max(step), 0), coalesce(max(epoch), 0), coalesce(max(seconds), 0) "
        f"FROM points WHERE run = :target AND split = 'train'), {RESULTS} WHERE number = :target",
        {"target": target},
    )


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
