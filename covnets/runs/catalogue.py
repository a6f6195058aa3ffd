"""Looking runs up in the store, and adding new ones."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any, TypeAlias

from covnets.config import RunConfig
from covnets.runs.database import Part
from covnets.runs.history import copy_history
from covnets.runs.run import (
    NEXT_REVISION,
    SELECT_RUNS,
    Pace,
    Run,
    State,
    find_run,
    number_of,
    run_from_row,
    unknown_run,
)

# Inside the class below `list` is a method.
RunList: TypeAlias = list[Run]


class Runs(Part):
    """All runs of a store: finds them, and queues new ones."""

    def get(self, run_id: str) -> Run:
        """Return one run.

        Raises:
            StoreError: there is no such run.
        """
        return find_run(self._database, run_id)

    def list(
        self,
        *,
        family: str | None = None,
        states: Iterable[State] | None = None,
        group: str | None = None,
        deleted: bool = False,
        limit: int | None = None,
    ) -> RunList:
        """Return runs, the newest first, whatever was done to the clock.

        A run whose hyperparameters this version cannot read is in the list like any other: only
        its `Run.config` raises.

        Args:
            family: only this family's.
            states: only those in one of these states.
            group: only those of this race or sweep.
            deleted: the deleted runs instead of all others.
            limit: at most so many.
        """
        conditions = [f"labels.deleted_at IS {'NOT ' if deleted else ''}NULL"]
        values: dict[str, Any] = {"limit": -1 if limit is None else limit}
        for column, value in (("family", family), ("run_group", group)):
            if value is not None:
                conditions.append(f"runs.{column} = :{column}")
                values[column] = value
        if states is not None:
            conditions.append("runs.state IN (SELECT value FROM json_each(:states))")
            values["states"] = json.dumps([*states])
        query = (
            f"{SELECT_RUNS} WHERE {' AND '.join(conditions)} ORDER BY runs.number DESC LIMIT :limit"
        )
        return [run_from_row(row) for row in self._database.read(query, values)]

    def had_company(self, run_id: str) -> bool:
        """Return whether any other run of the same computer was going on during a begun run.

        The time in which one of them was paused counts as well.
        """
        rows = self._database.read(
            "SELECT EXISTS (SELECT 1 FROM runs AS other WHERE other.id != own.id "
            "AND other.started_at < coalesce(own.ended_at, :now) "
            "AND coalesce(other.ended_at, :now) > own.started_at "
            "AND substr(other.worker, 1, instr(other.worker, ':')) "
            "= substr(own.worker, 1, instr(own.worker, ':'))) FROM runs AS own WHERE own.id = :id",
            {"id": run_id, "now": self._clock()},
        )
        if not rows:
            raise unknown_run(run_id)
        return bool(rows[0][0])

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
    ) -> Run:
        """Queue a new run; one that continues another begins with that one's history.

        Args:
            config: its hyperparameters.
            owner: identity of the dashboard or engine that will start it.
            parent: the run that it continues.
            until: the step of the parent's weights, and so the last one of the history that it
                begins with; by default all of it.

        Raises:
            StoreError: there is no run `parent`.
        """
        with self._database.transaction() as connection:
            continued = None if parent is None else number_of(connection, parent)
            run_id, number = insert_run(connection, self._clock(), config, owner, parent=parent)
            if continued is not None:
                copy_history(connection, continued, number, until)
        return self.get(run_id)


def insert_run(
    connection: sqlite3.Connection,
    now: float,
    config: RunConfig,
    owner: str | None,
    *,
    parent: str | None = None,
    race: str | None = None,
    pace: Pace | None = None,
    trial: tuple[str, int] | None = None,
) -> tuple[str, int | None]:
    """Add a row within somebody's transaction; return the run's id and its number."""
    run_id = secrets.token_hex(5)
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
