"""One SQLite file, shared by several threads and processes: short transactions, plain errors."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from covnets.errors import StoreError, StoreUnavailable
from covnets.runs import opening
from covnets.runs.schema import migrate, schema_version

BUSY_SECONDS = 10.0
"""How long a writer waits for the writers before it."""

Parameters = Sequence[Any] | Mapping[str, Any]

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CANNOT_WRITE = (
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
)


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
        with _explained(path):
            opening.inspect(path, BUSY_SECONDS)
            try:
                self._bring_up_to_date()
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
        # As a context manager a connection commits, or rolls back after an error.
        with self._connection() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            version = opening.version_of(connection)
            if version != schema_version():
                raise opening.other_version(self.path, version)
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Let several reads see one and the same moment."""
        with self._connection() as connection, connection:
            connection.execute("BEGIN")
            yield connection

    def read(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of one query."""
        with self._connection() as connection:
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
        with _explained(self.path):
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
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _bring_up_to_date(self) -> None:
        with self._connection() as connection:
            _use_write_ahead_log(connection)
            if opening.version_of(connection) == schema_version():
                return
            # So that a step may replace a table; within the transaction this would do nothing.
            connection.execute("PRAGMA foreign_keys = OFF")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                # Another process may have migrated the file while this one waited for the lock.
                version = opening.version_of(connection)
                if version > schema_version():
                    raise opening.other_version(self.path, version)
                is_older = 0 < version < schema_version()
                with opening.backed_up(self.path, version) if is_older else nullcontext():
                    migrate(connection, version)
            connection.execute("PRAGMA foreign_keys = ON")


class Part:
    """A part of the store: what it keeps about one subject, in the file that all parts share."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Work on `database`, and date what is recorded by `clock`, in seconds since 1970."""
        self._database = database
        self._clock = clock


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # When two processes switch a new file over at once, SQLite tells one of them "locked" without
    # waiting: waiting is then up to us.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences that say what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake in this program, not in the file
    except sqlite3.Error as error:
        code = _code(error)
        if code in _DAMAGED:
            raise opening.damaged(path, str(error)) from error
        if code in _CANNOT_WRITE:
            raise opening.cannot_write(path, str(error)) from error
        if code in _BUSY:
            raise StoreUnavailable(
                f"The run store {path} is busy ({error}): another program has been writing to it "
                "for too long. Try again; if that does not help, close other dashboards that use "
                "this store."
            ) from error
        raise StoreError(
            f"The run store {path} refused a change ({error}). Nothing was written."
        ) from error


def _code(error: sqlite3.Error) -> int:
    # The low byte is the kind of error, the rest its detail.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
