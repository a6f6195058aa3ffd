"""One recorded training: its states, the frozen picture of it, and its row in the store."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from covnets.config import RunConfig
from covnets.errors import ConfigError, StoreError
from covnets.models.wiring import outdated
from covnets.runs.database import Database, Parameters

State = Literal["queued", "running", "paused", "finished", "failed", "cancelled"]

STATES: tuple[State, ...] = ("queued", "running", "paused", "finished", "failed", "cancelled")
ACTIVE_STATES: tuple[State, ...] = ("queued", "running")

Pace = Literal["step", "epoch", "seconds", "macs"]
PACES: tuple[Pace, ...] = ("step", "epoch", "seconds", "macs")

# What `runs.stop_requested` holds.
STOP, PAUSE = 1, 2

COMES_FROM: dict[State, tuple[State, ...]] = {
    "queued": ("paused", "running"),
    "running": ("queued",),
    "finished": ("running",),
    "failed": ("queued", "running"),
    "cancelled": ("queued", "running"),
    "paused": ("queued", "running"),
}
"""Each state with the states that may turn into it. A paused run may go on, and so may a running
one whose worker has died. No arrow leaves any other ended run: training on makes a new run whose
`parent` is the old one."""

MOST_REVIVALS = 2
"""How many times a run goes on by itself after its worker has died."""


@dataclass(frozen=True)
class Run:
    """A run as it was when it was read from the store; read it again to see it move.

    Times are Unix seconds. `facts` and `summary` are the fields of the training's "started" and
    "finished" events, empty until those events came.
    """

    id: str
    family: str
    config_json: str = field(repr=False)
    state: State
    reason: str | None
    """One sentence for the page: why the run failed, was paused or cancelled, or had to go on."""
    details: str | None = field(repr=False)
    """The traceback of a failed run."""
    created_at: float
    started_at: float | None
    ended_at: float | None
    heartbeat_at: float | None
    owner: str | None
    """Identity of the dashboard or engine that queued the run, or that took it over."""
    worker: str | None
    """The process that trains the run, as "host:pid"."""
    step: int
    """The last step that was recorded, 0 before the first."""
    epoch: int
    """The epoch in which that step lies, 0 before the first."""
    seconds: float
    """Seconds of training until that step, by the run's own clock."""
    facts: dict[str, Any] = field(hash=False, repr=False)
    summary: dict[str, Any] = field(hash=False, repr=False)
    parent: str | None
    """Identity of the run that this one continues."""
    name: str | None
    notes: str
    pinned: bool
    """A pinned run's weights are never deleted to make room."""
    stop_requested: bool
    pause_requested: bool
    race: str | None = None
    """Identity that it shares with the runs together with which it advances."""
    pace: Pace | None = None
    """What they advance by."""
    number: int = 0
    """Counts the runs of the store from 1; the run's colour follows from it."""
    group: str | None = None
    """Identity of the race or sweep in which it was started."""
    trial: int | None = None
    """Its place among the trials of that group, from 0."""
    tags: tuple[str, ...] = ()
    deleted_at: float | None = None
    """When it was deleted; it can be brought back."""
    best_accuracy: float | None = None
    """The highest validation accuracy, from 0 to 1."""
    best_epoch: int | None = None
    """The epoch in which that was reached first."""
    last_accuracy: float | None = None
    """The newest validation accuracy."""
    train_eval_accuracy: float | None = None
    """The newest accuracy on the fixed sample of training images."""
    revivals: int = 0
    """How often it went on by itself after its worker had died."""

    @cached_property
    def config(self) -> RunConfig:
        """The hyperparameters, read on first use.

        Reading them late keeps long lists quick, and one run from another version, whose
        hyperparameters no longer validate, from hiding all the others.

        Raises:
            StoreError: the stored hyperparameters are not valid in this version.
        """
        try:
            return RunConfig.model_validate_json(self.config_json)
        except (ConfigError, ValidationError) as error:
            raise StoreError(
                f"The hyperparameters of run {self.id} were written by another version and cannot "
                f"be read by this one. Its curves and figures are still there; to train it again, "
                f"start a new run from the {self.family} page. ({error})"
            ) from error

    @property
    def outdated(self) -> str | None:
        """Why its weights and figures are not those of today's network; None if they are.

        Raises:
            StoreError: the stored hyperparameters are not valid in this version.
        """
        if not self.step or not self.facts:
            return None
        return outdated(self.config.network, self.facts.get("wiring"))

    @property
    def is_begun(self) -> bool:
        """Whether its network is traced in the process that trains it, or trained it last.

        False again when a run is resumed or revived, until it goes on.
        """
        return "trace_seconds" in self.facts

    @property
    def is_active(self) -> bool:
        """Whether the run is queued or running."""
        return self.state in ACTIVE_STATES

    @property
    def is_ended(self) -> bool:
        """Whether the run is over; an ended run never changes, but a paused one may go on."""
        return not self.is_active


SELECT_RUNS = (
    "SELECT runs.*, labels.name, labels.notes, labels.pinned, labels.tags, labels.deleted_at "
    "FROM runs LEFT JOIN labels ON labels.run = runs.number"
)
"""SQL: what `run_from_row` reads."""

NEXT_REVISION = "(SELECT coalesce(max(revision), 0) + 1 FROM runs)"
"""SQL: the number of the next change that pages are to see."""


def run_from_row(row: sqlite3.Row) -> Run:
    """Turn a row of `SELECT_RUNS` into a `Run`."""
    values = dict(zip(row.keys(), row, strict=True))
    del values["revision"]
    request = values.pop("stop_requested")
    values |= {
        "config_json": values.pop("config"),
        "facts": json.loads(row["facts"]),
        "summary": json.loads(row["summary"]),
        "name": row["name"] or None,
        "notes": row["notes"] or "",
        "pinned": bool(row["pinned"]),
        "tags": tuple(json.loads(row["tags"] or "[]")),
        "group": values.pop("run_group"),
        "stop_requested": request == STOP,
        "pause_requested": request == PAUSE,
    }
    return Run(**values)


def find_run(database: Database, run_id: str) -> Run:
    """Return one run.

    Raises:
        StoreError: there is no such run.
    """
    rows = database.read(f"{SELECT_RUNS} WHERE runs.id = ?", (run_id,))
    if not rows:
        raise unknown_run(run_id)
    return run_from_row(rows[0])


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


def change_runs(
    connection: sqlite3.Connection, changes: str, where: str, values: Parameters
) -> bool:
    """Change rows of runs so that pages see it; tell whether there was any to change.

    Args:
        connection: somebody's transaction.
        changes: SQL, such as "state = :state".
        where: SQL, which runs.
        values: those of the parameters in both.
    """
    changed = connection.execute(
        f"UPDATE runs SET {changes}, revision = {NEXT_REVISION} WHERE {where}", values
    )
    return changed.rowcount > 0


def note_change(connection: sqlite3.Connection, number: int) -> None:
    """Let pages see that something has changed that belongs to a run, though not its row."""
    change_runs(connection, "number = number", "number = ?", (number,))


def unknown_run(run_id: str) -> StoreError:
    """Say that a run is not in this store."""
    return StoreError(
        f"There is no run {run_id!r} in this store: look it up in the list of recent runs, and "
        "check that COVNETS_HOME names the folder in which it was recorded."
    )
