"""One SQLite file, shared by several threads and processes: short transactions, plain errors."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from covnets.runs import opening
from covnets.runs.migrations import migrate, schema_version

BUSY_SECONDS = 10.0
"""How long a writer waits for the writers before it."""

Parameters = Sequence[Any] | Mapping[str, Any]


class Database:
    """A store's SQLite file, checked and brought to today's tables when it is opened.

    Connections are lent to one thread at a time and reused, because a page's threads live for
    a fraction of a second. Not to be carried across a fork.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, or make it.

        Raises:
            StoreError: the folder or the file cannot be used; nothing in it was changed.
        """
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        opening.prepare_folder(path.parent)
        with opening.explained(path):
            version = opening.inspect(path, BUSY_SECONDS)
            try:
                self._bring_up_to_date(version)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock for a few statements: all of them happen, or none.

        Raises:
            StoreError: the file is locked, damaged or cannot be written, or another version of
                the program has changed its tables since it was opened.
        """
        with opening.explained(self.path), self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with _rolled_back_on_error(connection):
                version = opening.version_of(connection)
                if version != schema_version():
                    raise opening.changed_version(self.path, version)
                yield connection
                connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Let several reads see one and the same moment."""
        with opening.explained(self.path), self._connection() as connection:
            connection.execute("BEGIN")
            with _rolled_back_on_error(connection):
                yield connection
                connection.execute("COMMIT")

    def read(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of one query."""
        with opening.explained(self.path), self._connection() as connection:
            rows: list[sqlite3.Row] = connection.execute(query, parameters).fetchall()
            return rows

    def sync(self) -> None:
        """Wait until all that was committed is on the disk; a power cut may undo it before.

        Raises:
            OSError: the disk refuses.
        """
        with suppress(FileNotFoundError), Path(f"{self.path}-wal").open("rb+") as log:
            os.fsync(log.fileno())

    def close(self) -> None:
        """Close the connections that nobody is using; a later call opens new ones."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _bring_up_to_date(self, version: int) -> None:
        with self._connection() as connection:
            _use_write_ahead_log(connection)
            if version == schema_version():
                return
            connection.execute("BEGIN IMMEDIATE")
            with _rolled_back_on_error(connection):
                # Another process may have migrated the file while this one waited for the lock.
                version = opening.version_of(connection)
                if version > schema_version():
                    raise opening.newer_version(self.path, version)
                if 0 < version < schema_version():
                    opening.back_up(self.path, version)
                migrate(connection, version)
                connection.execute("COMMIT")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # When two processes switch a new file over at once, SQLite tells one of them "locked" without
    # waiting: waiting is then up to us.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not opening.is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextmanager
def _rolled_back_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # After a full disk SQLite has rolled back by itself.
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise
