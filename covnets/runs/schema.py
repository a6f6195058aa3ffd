"""The store's tables, as numbered steps from an empty file to today's shape.

A step that was released is never edited: a change of the tables is one more function at the end
of `MIGRATIONS`. The number of steps that a file has taken is its `PRAGMA user_version`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x436F764E
"""Marks the file as ours (the letters "CovN"): no other program's file is ever taken over."""


def _m001_runs_points_labels_artifacts_settings(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    # `number` orders the runs however the clock jumps. `revision` grows over the whole table with
    # every visible change: the cheap answer to "is there anything new?".
    connection.execute("""
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            family TEXT NOT NULL,
            config TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('queued', 'running', 'paused', 'finished', 'failed', 'cancelled')),
            reason TEXT,
            details TEXT,
            created_at REAL NOT NULL,
            started_at REAL,
            ended_at REAL,
            heartbeat_at REAL,
            owner TEXT,
            worker TEXT,
            step INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            facts TEXT NOT NULL DEFAULT '{}',
            summary TEXT NOT NULL DEFAULT '{}',
            parent TEXT REFERENCES runs (id),
            stop_requested INTEGER NOT NULL DEFAULT 0,
            revision INTEGER NOT NULL
        )""")
    connection.execute("CREATE INDEX runs_by_family ON runs (family)")
    connection.execute("CREATE INDEX runs_by_state ON runs (state)")
    connection.execute("CREATE INDEX runs_by_revision ON runs (revision)")
    # Without a rowid the points of one run lie side by side on disk, in the order of its curves.
    # A loss or accuracy that is not a number is stored as NULL.
    connection.execute("""
        CREATE TABLE points (
            run INTEGER NOT NULL REFERENCES runs (number),
            split TEXT NOT NULL,
            step INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            loss REAL,
            accuracy REAL,
            seconds REAL NOT NULL,
            PRIMARY KEY (run, split, step)
        ) WITHOUT ROWID""")
    connection.execute("""
        CREATE TABLE labels (
            run INTEGER PRIMARY KEY REFERENCES runs (number),
            name TEXT NOT NULL DEFAULT '',
            notes TEXT NOT NULL DEFAULT '',
            pinned INTEGER NOT NULL DEFAULT 0
        )""")
    connection.execute("""
        CREATE TABLE artifacts (
            run INTEGER NOT NULL REFERENCES runs (number),
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (run, name)
        ) WITHOUT ROWID""")
    connection.execute("CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)")


def _m002_races_and_training_seconds(connection: sqlite3.Connection) -> None:
    # Seconds of training until the last recorded step, by the run's own clock.
    connection.execute("ALTER TABLE runs ADD COLUMN seconds REAL NOT NULL DEFAULT 0")
    connection.execute(
        "UPDATE runs SET seconds = coalesce((SELECT max(seconds) FROM points WHERE "
        "points.run = runs.number AND points.split = 'train'), 0)"
    )
    connection.execute("ALTER TABLE runs ADD COLUMN race TEXT")
    connection.execute("ALTER TABLE runs ADD COLUMN pace TEXT")
    connection.execute("CREATE INDEX runs_by_race ON runs (race)")


def _m003_groups_tags_and_results(connection: sqlite3.Connection) -> None:
    # What a table of runs shows of the epochs' ends; kept here, or it would read every history.
    connection.execute("ALTER TABLE runs ADD COLUMN best_accuracy REAL")
    connection.execute("ALTER TABLE runs ADD COLUMN best_epoch INTEGER")
    connection.execute("ALTER TABLE runs ADD COLUMN last_accuracy REAL")
    connection.execute("ALTER TABLE runs ADD COLUMN train_eval_accuracy REAL")
    for column, source, split, order in (
        ("best_accuracy", "accuracy", "validation", "accuracy DESC, step"),
        ("best_epoch", "epoch", "validation", "accuracy DESC, step"),
        ("last_accuracy", "accuracy", "validation", "step DESC"),
        ("train_eval_accuracy", "accuracy", "train_eval", "step DESC"),
    ):
        connection.execute(
            f"UPDATE runs SET {column} = (SELECT {source} FROM points WHERE run = runs.number "
            f"AND split = '{split}' AND accuracy IS NOT NULL ORDER BY {order} LIMIT 1)"
        )
    connection.execute("ALTER TABLE labels ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE labels ADD COLUMN deleted_at REAL")
    # A race or a sweep. A trial is what it starts together: one run of a sweep, all contestants of
    # a race with one seed. `run` stays NULL until a trial is begun, which happens once.
    connection.execute("""
        CREATE TABLE run_groups (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('race', 'sweep')),
            name TEXT NOT NULL DEFAULT '',
            plan TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'finished')),
            created_at REAL NOT NULL,
            owner TEXT,
            heartbeat_at REAL
        )""")
    connection.execute("""
        CREATE TABLE trials (
            run_group INTEGER NOT NULL REFERENCES run_groups (number),
            number INTEGER NOT NULL,
            place INTEGER NOT NULL,
            config TEXT NOT NULL,
            run TEXT REFERENCES runs (id),
            note TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (run_group, number, place)
        ) WITHOUT ROWID""")
    connection.execute("ALTER TABLE runs ADD COLUMN run_group TEXT")
    connection.execute("ALTER TABLE runs ADD COLUMN trial INTEGER")
    connection.execute("CREATE INDEX runs_by_group ON runs (run_group)")


def _m004_revivals_and_lost_weights(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN revivals INTEGER NOT NULL DEFAULT 0")
    # Weights that made room stay in the table as a file without bytes: a run that has lost its
    # weights is no longer taken for one whose weights were never saved. Until now they were saved
    # when a run was paused or ended, so that one without them has lost them.
    connection.execute(
        "INSERT OR IGNORE INTO artifacts (run, name, bytes, created_at) "
        "SELECT number, 'checkpoint.npz', 0, created_at FROM runs "
        "WHERE step > 0 AND state NOT IN ('queued', 'running')"
    )


def _m005_groups_of_any_kind(connection: sqlite3.Connection) -> None:
    # The kinds of groups are the program's business, no longer the schema's. SQLite can drop a
    # CHECK only with its table; `trials`, which refers to it by name, finds the new one.
    connection.execute("""
        CREATE TABLE new_run_groups (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            name TEXT NOT NULL DEFAULT '',
            plan TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'finished')),
            created_at REAL NOT NULL,
            owner TEXT,
            heartbeat_at REAL
        )""")
    connection.execute("INSERT INTO new_run_groups SELECT * FROM run_groups")
    connection.execute("DROP TABLE run_groups")
    connection.execute("ALTER TABLE new_run_groups RENAME TO run_groups")


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    _m001_runs_points_labels_artifacts_settings,
    _m002_races_and_training_seconds,
    _m003_groups_tags_and_results,
    _m004_revivals_and_lost_weights,
    _m005_groups_of_any_kind,
]


REPLACED = ("run_groups", "trials")
"""Tables that a step replaces, and those that refer to them: checked when all steps are taken.

Others are left as they were found: what an earlier version lost in them keeps no store closed.
"""


def schema_version() -> int:
    """Return the version of the tables that this code reads and writes."""
    return len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Take the remaining steps from `version`.

    The caller holds the transaction, and began it with `PRAGMA foreign_keys = OFF`, which does
    nothing within one: a table that others refer to could not be replaced otherwise.

    Raises:
        sqlite3.IntegrityError: a row of `REPLACED` refers to one that is not there.
    """
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
    for table in REPLACED:
        lost = connection.execute(f"PRAGMA foreign_key_check({table})").fetchone()
        if lost is not None:
            raise sqlite3.IntegrityError(
                f"a row of {lost[0]} refers to one of {lost[2]} that is missing"
            )
