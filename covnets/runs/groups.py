"""Groups, such as races and sweeps: runs that belong together, and what is still to be started.

A group is a list of trials. A trial is what is started at one moment: one run of a sweep, or all
contestants of a race with one seed. The store sees to it that a trial is begun only once, whoever
asks and however often the dashboard is shut down in between.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.runs.catalogue import RunList, insert_run
from covnets.runs.database import Part
from covnets.runs.run import Pace, change_runs, find_run
from covnets.runs.states import STALE

GroupKind: TypeAlias = str
"""What a group is, such as "race"; the store takes any word."""
GroupState = Literal["running", "paused", "finished"]


@dataclass(frozen=True)
class Group:
    """A race or a sweep as it was when it was read from the store.

    While it is running, the dashboard `owner` starts its trials one after the other.
    """

    id: str
    number: int
    kind: GroupKind
    name: str
    plan: Mapping[str, Any] = field(hash=False, repr=False)
    """What the page that made it wants to know again."""
    state: GroupState
    created_at: float
    owner: str | None
    heartbeat_at: float | None


@dataclass(frozen=True)
class Trial:
    """What a group starts at one moment.

    Attributes:
        number: its place in the group, from 0.
        configs: hyperparameters of its runs, as JSON.
        run_ids: the runs, in the same order; None for one that is not begun.
        note: what became of it, where its run does not say so itself.
    """

    number: int
    configs: tuple[str, ...] = field(repr=False)
    run_ids: tuple[str | None, ...]
    note: str = ""


# Inside the class below, `list` is a method.
GroupList: TypeAlias = list[Group]
TrialList: TypeAlias = list[Trial]
Contestants = Sequence[RunConfig]


class Groups(Part):
    """The races and sweeps of a store."""

    def create(
        self,
        kind: GroupKind,
        plan: Mapping[str, Any],
        trials: Sequence[Contestants],
        *,
        owner: str | None,
        name: str = "",
        begun: Sequence[str] = (),
    ) -> Group:
        """Keep a new race or sweep; its trials are begun later.

        Args:
            kind: what it is.
            plan: anything that JSON can hold.
            trials: the runs of each trial.
            owner: identity of the dashboard that will begin them.
            name: a name to show.
            begun: runs that are there already and are the first trial's, in its order.
        """
        group_id = secrets.token_hex(5)
        with self._database.transaction() as connection:
            number = connection.execute(
                "INSERT INTO run_groups (id, kind, name, plan, state, created_at, owner, "
                "heartbeat_at) VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
                (group_id, kind, name, json.dumps(plan), self._clock(), owner, self._clock()),
            ).lastrowid
            _insert_trials(connection, number, 0, trials)
            for place, run_id in enumerate(begun):
                _link(connection, number, 0, place, run_id)
                change_runs(
                    connection,
                    "run_group = ?, trial = 0",
                    "id = ? AND run_group IS NULL",
                    (group_id, run_id),
                )
        return self.get(group_id)

    def add_trials(self, group_id: str, trials: Sequence[Contestants]) -> Sequence[int]:
        """Add trials behind the others; return their numbers."""
        with self._database.transaction() as connection:
            number = _group_number(connection, group_id)
            (first,) = connection.execute(
                "SELECT coalesce(max(number) + 1, 0) FROM trials WHERE run_group = ?", (number,)
            ).fetchone()
            _insert_trials(connection, number, first, trials)
        return range(first, first + len(trials))

    def begin_trial(
        self, group_id: str, number: int, *, owner: str, pace: Pace = "step"
    ) -> RunList:
        """Queue those runs of a trial that were not begun: all of them, or none.

        Of any number of callers at once exactly one gets the runs; the others get none.

        Args:
            group_id: a running group.
            number: the trial.
            owner: identity of the dashboard that will train them; it must be the group's.
            pace: what they advance by, where there are several.
        """
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT trials.run_group, place, config FROM trials "
                "JOIN run_groups ON run_groups.number = trials.run_group "
                "WHERE run_groups.id = ? AND state = 'running' AND owner = ? "
                "AND trials.number = ? AND run IS NULL ORDER BY place",
                (group_id, owner, number),
            ).fetchall()
            race = secrets.token_hex(5) if len(rows) > 1 else None
            ids = []
            for row in rows:
                run_id, _ = insert_run(
                    connection,
                    self._clock(),
                    RunConfig.model_validate_json(row["config"]),
                    owner,
                    race=race,
                    pace=pace if race else None,
                    trial=(group_id, number),
                )
                _link(connection, row["run_group"], number, row["place"], run_id)
                ids.append(run_id)
        return [find_run(self._database, run_id) for run_id in ids]

    def note_trial(self, group_id: str, number: int, note: str) -> None:
        """Record what became of a trial."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE trials SET note = ? WHERE run_group = ? AND number = ?",
                (note, _group_number(connection, group_id), number),
            )

    def get(self, group_id: str) -> Group:
        """Return one race or sweep.

        Raises:
            StoreError: there is no such group.
        """
        rows = self._database.read("SELECT * FROM run_groups WHERE id = ?", (group_id,))
        if not rows:
            raise _unknown_group(group_id)
        return _group(rows[0])

    def list(
        self,
        kind: GroupKind | None = None,
        *,
        state: GroupState | None = None,
        limit: int | None = None,
    ) -> GroupList:
        """Return races and sweeps, the newest first.

        Those whose runs were all deleted are left out.
        """
        rows = self._database.read(
            "SELECT * FROM run_groups WHERE (:kind IS NULL OR kind = :kind) "
            "AND (:state IS NULL OR state = :state) AND (state != 'finished' OR EXISTS ("
            "SELECT 1 FROM trials JOIN runs ON runs.id = trials.run "
            "LEFT JOIN labels ON labels.run = runs.number "
            "WHERE trials.run_group = run_groups.number AND labels.deleted_at IS NULL)) "
            "ORDER BY number DESC LIMIT :limit",
            {"kind": kind, "state": state, "limit": -1 if limit is None else limit},
        )
        return [_group(row) for row in rows]

    def trials(self, group_id: str) -> TrialList:
        """Return a group's trials in their order.

        Raises:
            StoreError: there is no such group.
        """
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT number, config, run, note FROM trials WHERE run_group = ? "
                "ORDER BY number, place",
                (_group_number(connection, group_id),),
            ).fetchall()
        found: dict[int, list[sqlite3.Row]] = {}
        for row in rows:
            found.setdefault(row["number"], []).append(row)
        return [
            Trial(
                number,
                tuple(row["config"] for row in of_trial),
                tuple(row["run"] for row in of_trial),
                of_trial[0]["note"],
            )
            for number, of_trial in found.items()
        ]

    def pause(self, group_id: str) -> Group:
        """Begin no more of a group's trials; a finished group stays as it is."""
        return self._change(group_id, "paused")

    def finish(self, group_id: str) -> Group:
        """Finish a running group of which nothing is left to begin; leave any other as it is."""
        nothing_left = (
            "NOT EXISTS (SELECT 1 FROM trials WHERE run_group = run_groups.number AND run IS NULL)"
        )
        return self._change(group_id, "finished", nothing_left)

    def resume(self, group_id: str, owner: str) -> Group:
        """Let a group's remaining trials be begun by this dashboard.

        A run that failed or was stopped makes its place free: it is begun anew. What has finished
        or is paused keeps it, as does a trial with a note, which says why it was stopped.
        """
        begun_anew = (
            "SELECT run FROM trials JOIN runs ON runs.id = run WHERE trials.run_group = :number "
            "AND note = '' AND runs.state IN ('failed', 'cancelled')"
        )
        with self._database.transaction() as connection:
            values = {"number": _group_number(connection, group_id), "id": group_id}
            change_runs(
                connection,
                "run_group = NULL, trial = NULL",
                f"run_group = :id AND id IN ({begun_anew})",
                values,
            )
            connection.execute(
                f"UPDATE trials SET run = NULL WHERE run_group = :number AND run IN ({begun_anew})",
                values,
            )
            connection.execute(
                "UPDATE run_groups SET state = 'running', owner = ?, heartbeat_at = ? WHERE id = ?",
                (owner, self._clock(), group_id),
            )
        return self.get(group_id)

    def touch(self, owner: str) -> None:
        """Record that the owner of running groups is alive; pause those whose owner went away."""
        values = {"owner": owner, "now": self._clock()}
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE run_groups SET heartbeat_at = :now "
                "WHERE state = 'running' AND owner = :owner",
                values,
            )
            connection.execute(
                "UPDATE run_groups SET state = 'paused' "
                f"WHERE state = 'running' AND owner IS NOT :owner AND {STALE}",
                values,
            )

    def pause_all(self, owner: str) -> None:
        """Pause all groups of a dashboard that goes away, or went away."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE run_groups SET state = 'paused' WHERE state = 'running' AND owner = ?",
                (owner,),
            )

    def _change(self, group_id: str, state: GroupState, where: str = "TRUE") -> Group:
        """Change a running group's state where its row meets a condition."""
        with self._database.transaction() as connection:
            number = _group_number(connection, group_id)
            connection.execute(
                "UPDATE run_groups SET state = ? "
                f"WHERE number = ? AND state = 'running' AND {where}",
                (state, number),
            )
        return self.get(group_id)


def _insert_trials(
    connection: sqlite3.Connection, group: int | None, first: int, trials: Sequence[Contestants]
) -> None:
    connection.executemany(
        "INSERT INTO trials (run_group, number, place, config) VALUES (?, ?, ?, ?)",
        [
            (group, number, place, config.model_dump_json())
            for number, contestants in enumerate(trials, start=first)
            for place, config in enumerate(contestants)
        ],
    )


def _link(
    connection: sqlite3.Connection, group: int | None, trial: int, place: int, run_id: str
) -> None:
    connection.execute(
        "UPDATE trials SET run = ? WHERE run_group = ? AND number = ? AND place = ?",
        (run_id, group, trial, place),
    )


def _group_number(connection: sqlite3.Connection, group_id: str) -> int:
    row = connection.execute("SELECT number FROM run_groups WHERE id = ?", (group_id,)).fetchone()
    if row is None:
        raise _unknown_group(group_id)
    number: int = row[0]
    return number


def _group(row: sqlite3.Row) -> Group:
    return Group(**dict(row) | {"plan": json.loads(row["plan"])})


def _unknown_group(group_id: str) -> StoreError:
    return StoreError(
        f"There is no race or sweep {group_id!r} in this store: look it up in the list of the "
        "latest ones, and check that COVNETS_HOME names the folder in which it was recorded."
    )
