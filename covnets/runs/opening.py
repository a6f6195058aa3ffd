"""Before a store is opened: is it ours, whole, of our version, and on a disk that can be trusted?

A file that is refused stays as it is, byte for byte: it is looked at through a read-only
connection first, and nothing here deletes or overwrites one.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from covnets.errors import StoreError, StoreUnavailable
from covnets.runs.filesystem import refuse_network_file_system
from covnets.runs.migrations import APPLICATION_ID, schema_version

QUICK_CHECK_BYTES = 64 * 2**20
"""A larger file is not checked page by page when it is opened: that would take seconds."""

_PASSING = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)

_ELSEWHERE = (
    "Move it to another place to begin an empty store, or set COVNETS_HOME to another folder."
)


def prepare_folder(folder: Path) -> None:
    """Make the store's folder and try to write in it.

    Raises:
        StoreError: the folder is on a network, cannot be made or cannot be written.
    """
    refuse_network_file_system(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Only writing tells: permission bits say nothing of a full or read-only disk.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Say that a file or folder of the store cannot be written."""
    return StoreError(
        f"Cannot write in the run store at {path} ({error.strerror or error}). Free some space or "
        "correct the folder's permissions, or set COVNETS_HOME to a folder that can be written."
    )


def inspect(path: Path, timeout: float) -> int:
    """Return the version of the store at `path`, 0 if there is none yet.

    Raises:
        StoreError: the file is damaged, not a run store, newer than this program or read-only.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return _version_of_nothing(path)
    # A journal beside the file is the trace of a program that died while making the store. SQLite
    # must undo that half-made change before anybody can read, which needs a writing connection.
    half_made = Path(f"{path}-journal").exists()
    _refuse_unusable_file(path, must_begin_well=not half_made)
    mode = "rw" if half_made else "ro"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    with closing(connection):
        # One moment for all three: another process may be making the store just now.
        connection.execute("BEGIN")
        version = version_of(connection)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("COMMIT")
        if tables == 0 and version == 0 and application in (0, APPLICATION_ID):
            return 0  # another process is making it just now, or died before it had
        if application != APPLICATION_ID:
            raise StoreError(
                f"{path} is a database of another program, not a run store. It was left as it is. "
                f"{_ELSEWHERE}"
            )
        if version > schema_version():
            raise newer_version(path, version)
        if path.stat().st_size < QUICK_CHECK_BYTES:
            _check_pages(connection, path)
    return version


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables that a connection sees."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def newer_version(path: Path, version: int) -> StoreError:
    """Say that a store was written by a later version of this program."""
    return StoreError(
        f"The run store {path} was written by a newer version of Miniature CovNets (its tables "
        f"have version {version}, this program knows versions up to {schema_version()}). It was "
        "left as it is. Update this program, or set COVNETS_HOME to another folder."
    )


def changed_version(path: Path, version: int) -> StoreError:
    """Say that the tables were changed by another program while the store was open."""
    return StoreError(
        f"The tables of the run store {path} were changed to version {version} while this program, "
        f"which works with version {schema_version()}, had it open. Nothing was written. Restart "
        "the dashboard, in the same version as the other one."
    )


def back_up(path: Path, version: int) -> Path:
    """Copy a store, before its tables are changed, to a file beside it that did not exist.

    Returns:
        The copy: `covnets.sqlite3.v<version>.backup`, with a number if that was taken.

    Raises:
        StoreError: the copy cannot be written.
    """
    copy = Path(f"{path}.v{version}.backup")
    number = 2
    while copy.exists():
        copy = Path(f"{path}.v{version}.{number}.backup")
        number += 1
    partial = Path(f"{copy}.partial")
    try:
        partial.unlink(missing_ok=True)
        with (
            explained(path),
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        partial.replace(copy)
    except OSError as error:
        raise cannot_write(copy, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return copy


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences that say what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake in this program, not in the file
    except sqlite3.Error as error:
        kind = StoreUnavailable if is_busy(error) or _code(error) in _PASSING else StoreError
        raise kind(_explanation(path, error)) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether somebody else holds the file just now."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int | None:
    # The low byte is the kind of error, the rest its detail.
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _explanation(path: Path, error: sqlite3.Error) -> str:
    code = _code(error)
    if is_busy(error):
        return (
            f"The run store {path} is busy ({error}): another program has been writing to it for "
            "too long. Try again; if that does not help, close other dashboards on this store."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, str(error))
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return (
            f"The run store {path} cannot be written ({error}): the disk is full or failing. Free "
            "some space, or set COVNETS_HOME to a folder on another disk."
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return _read_only(path, str(error))
    return f"The run store {path} refused a change ({error}). Nothing was written."


def _damaged(path: Path, detail: str) -> str:
    return f"The run store {path} is damaged ({detail}). It was left as it is. {_ELSEWHERE}"


def _read_only(path: Path, detail: str) -> str:
    return (
        f"The run store {path} cannot be opened for writing ({detail}). Correct the permissions of "
        "the file and its folder, or set COVNETS_HOME to a folder that can be written."
    )


def _version_of_nothing(path: Path) -> int:
    log = Path(f"{path}-wal")
    # The file is looked at once more after its log: of a store that another process is making just
    # now, both have grown meanwhile.
    if _size(log) > 0 and path.exists() and _size(path) == 0:
        # SQLite would throw the log away, and with it whatever can still be saved.
        raise StoreError(_damaged(path, f"it is empty, but {log.name} beside it is not"))
    return 0


def _size(path: Path) -> int:
    """Bytes of a file; none if it is not there (any more)."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _refuse_unusable_file(path: Path, must_begin_well: bool) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(16)
    except OSError as error:
        raise StoreError(_read_only(path, error.strerror or str(error))) from error
    if must_begin_well and magic != b"SQLite format 3\0":
        raise StoreError(
            f"{path} is not a run store: it is no SQLite file, or its beginning is damaged. "
            f"It was left as it is. {_ELSEWHERE}"
        )
    if not os.access(path, os.W_OK):
        raise StoreError(_read_only(path, "the file is read-only"))


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(_damaged(path, " ".join(str(verdict).split())))
