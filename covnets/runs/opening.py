"""Before a store is opened: is it ours, whole, of our version, and on a disk that can be trusted?

A file that is refused stays as it is, byte for byte: it is looked at through a read-only
connection first, and nothing here deletes or overwrites one.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from covnets.errors import StoreError, StoreUnavailable
from covnets.runs.schema import APPLICATION_ID, schema_version

QUICK_CHECK_BYTES = 64 * 2**20
"""A larger file is not checked page by page when it is opened: that would take seconds."""

NETWORK_FILE_SYSTEM = re.compile(
    r"(fuse\.)?(9p|afp|afs|beegfs|ceph|cifs|coda|curlftp|dav|fhgfs|gcsfuse|gfs2|gluster|gpfs|gvfs"
    r"|juicefs|lustre|moosefs|ncp|nfs|ocfs2|orangefs|panfs|pvfs2|rclone|s3fs|smb|sshfs|webdav)"
)
"""How the names of file systems begin that lie across a network."""

LINUX_MOUNT = r"^\S+ (/\S*) (\S+) "
"""A line of /proc/mounts, "DEVICE POINT KIND OPTIONS 0 0"."""
MACOS_MOUNT = r"^.* on (/.*) \(([^,)\s]+)[^()]*\)$"
"""A line that macOS' mount prints, "DEVICE on POINT (KIND, OPTION, ...)"."""
_WINDOWS_REMOTE_DRIVE = 4
"""GetDriveTypeW's answer for a network drive."""

_ELSEWHERE = (
    "It was left as it is. Move it to another place to begin an empty store, or set COVNETS_HOME "
    "to another folder."
)


def prepare_folder(folder: Path) -> None:
    """Make the store's folder.

    Raises:
        StoreError: the folder is on a network or cannot be made.
    """
    remote = network_file_system(folder)
    if remote is not None:
        raise StoreError(
            f"The run store cannot live in {folder}: that is a network file system ({remote}), on "
            "which several processes would damage it. Set COVNETS_HOME to a folder on a disk of "
            "this machine."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error.strerror or str(error)) from error


def network_file_system(folder: Path, mounts: dict[str, str] | None = None) -> str | None:
    """Return the network file system that a folder lies on; None: it is on this machine.

    SQLite's write-ahead log keeps an index in memory that all processes share. Across a network
    that memory is not shared, and the store would be damaged silently.

    Args:
        folder: where the store shall live; it need not exist yet.
        mounts: mount point -> file system; this machine's own if not given.
    """
    # Where links run in a circle, Path.resolve() would fail.
    resolved = os.path.realpath(folder)
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(resolved)[0]
        kind = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")
        return f"the network drive {drive}" if kind == _WINDOWS_REMOTE_DRIVE else None
    mounts = _read_mounts() if mounts is None else mounts
    above = [point for point in mounts if PurePosixPath(resolved).is_relative_to(point)]
    kind = mounts[max(above, key=len)] if above else ""
    return kind if NETWORK_FILE_SYSTEM.match(kind.lower()) else None


def parse_mounts(table: str, line: str) -> dict[str, str]:
    r"""Read a table of mounts: mount point -> file system.

    Of two file systems mounted on one point the later hides the earlier.

    Args:
        table: what the system says; a space in a mount point may be written \040.
        line: the pattern of its lines, with groups for the point and the file system.
    """
    return {
        re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point): kind
        for point, kind in re.findall(line, table, flags=re.MULTILINE)
    }


def _read_mounts() -> dict[str, str]:
    """Return this machine's mount points with their file systems; empty if nobody can tell."""
    try:
        if sys.platform == "darwin":
            table = subprocess.check_output(["/sbin/mount"], text=True, timeout=10)
            return parse_mounts(table, MACOS_MOUNT)
        table = Path("/proc/mounts").read_text(errors="surrogateescape")
        return parse_mounts(table, LINUX_MOUNT)
    except (OSError, subprocess.SubprocessError):
        return {}


def inspect(path: Path, timeout: float) -> None:
    """Look at the file at `path`, if there is one, without changing it.

    Args:
        path: the store's file.
        timeout: seconds to wait for others who hold it.

    Raises:
        StoreError: it is read-only, damaged, another program's or newer than this program.
        sqlite3.Error: SQLite cannot read it.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    if not os.access(path, os.W_OK):
        raise cannot_write(path, "the file is read-only")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    with closing(connection):
        # One moment for all three: another process may be making the store just now.
        connection.execute("BEGIN")
        version = version_of(connection)
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("COMMIT")
        if tables == 0:
            return  # another process is making it just now, or died before it had
        if application != APPLICATION_ID:
            raise StoreError(
                f"{path} is a database of another program, not a run store. {_ELSEWHERE}"
            )
        if version > schema_version():
            raise other_version(path, version)
        if path.stat().st_size < QUICK_CHECK_BYTES:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise damaged(path, " ".join(str(verdict).split()))


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables that a connection sees."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@contextmanager
def backed_up(path: Path, version: int) -> Iterator[None]:
    """Copy a store, before its tables are changed, to a file beside it that did not exist.

    The copy is `covnets.sqlite3.v<version>.backup`, with a number if that name is taken. If the
    change fails, only the first copy of a version is kept: the store is as it was, and each further
    attempt would leave one more.

    Raises:
        StoreError: the copy cannot be written.
        sqlite3.Error: SQLite cannot copy it.
    """
    first = copy = Path(f"{path}.v{version}.backup")
    number = 2
    while copy.exists():
        copy = Path(f"{path}.v{version}.{number}.backup")
        number += 1
    partial = Path(f"{copy}.partial")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        partial.replace(copy)
    except OSError as error:
        raise cannot_write(copy, error.strerror or str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        if copy != first:
            copy.unlink(missing_ok=True)
        raise


def cannot_write(path: Path, detail: str) -> StoreUnavailable:
    """Say that a file or folder of the store cannot be written."""
    return StoreUnavailable(
        f"Cannot write in the run store at {path} ({detail}). Free some space or correct the "
        "permissions of the file and its folder, or set COVNETS_HOME to a folder that can be "
        "written."
    )


def damaged(path: Path, detail: str) -> StoreError:
    """Say that a file is not, or no longer, a store."""
    return StoreError(f"{path} is damaged or not a run store ({detail}). {_ELSEWHERE}")


def other_version(path: Path, version: int) -> StoreError:
    """Say that a store's tables are not those of this program."""
    return StoreError(
        f"The tables of the run store {path} have version {version}, but this program works with "
        f"version {schema_version()}: they were written by a newer version of Miniature CovNets. "
        "Nothing was changed. Update this program and restart the dashboard, or set COVNETS_HOME "
        "to another folder."
    )
