"""The queue: runs that are waiting for a worker."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from covnets.config import RunConfig
from covnets.runs.catalogue import RunCatalogue, Runs, number_of
from covnets.runs.points import RESULTS
from covnets.runs.run import Pace, Run

DASHBOARD_STOPPED = "dashboard stopped"

NEXT_REVISION = "(SELECT coalesce(max(revision), 0) + 1 FROM runs)"

# A clock may be set back, but no run ends before it began.
END = "ended_at = max(:now, coalesce(started_at, created_at)), reason = :reason"


class RunQueue(RunCatalogue):
    """The part of the run store that queues runs."""

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
        with self.database.transaction() as connection:
            continued = None if parent is None else number_of(connection, parent)
            run_id, number = self._insert(connection, config, owner, parent=parent)
            if continued is not None:
                _copy_history(connection, continued, number, until)
            if name:
                connection.execute("INSERT INTO labels (run, name) VALUES (?, ?)", (number, name))
        return self.get(run_id)

    def create_race(self, configs: Sequence[RunConfig], *, owner: str | None, pace: Pace) -> Runs:
        """Queue runs that advance together: all of them, or none.

        Args:
            configs: the contestants.
            owner: identity of the dashboard or engine that will start them.
            pace: what they advance by.
        """
        race = secrets.token_hex(5)
        with self.database.transaction() as connection:
            ids = [
                self._insert(connection, config, owner, race=race, pace=pace)[0]
                for config in configs
            ]
        return [self.get(run_id) for run_id in ids]

    def touch_queued(self, owner: str) -> None:
        """Say that the owner of some queued runs is alive and will start them."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET heartbeat_at = ? WHERE state = 'queued' AND owner = ?",
                (self._clock(), owner),
            )

    def pause_queued(self, owner: str) -> None:
        """Pause what an owner that goes away, or went away, has not started."""
        with self.database.transaction() as connection:
            connection.execute(
                f"UPDATE runs SET state = 'paused', {END}, revision = {NEXT_REVISION} "
                "WHERE state = 'queued' AND owner = :owner",
                {"owner": owner, "now": self._clock(), "reason": DASHBOARD_STOPPED},
            )

    def _insert(
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
        """Add a row; return the run's id and its number."""
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
