"""Is a folder on a disk of this machine, or across a network?

SQLite's write-ahead log keeps an index in memory that all processes share. Across a network that
memory is not shared, and the store would be damaged silently, so such a folder is refused.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

from covnets.errors import StoreError

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "acfs",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fhgfs",
        "glusterfs",
        "gfs2",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "webdav",
    }
)
NETWORK_FUSE = frozenset(
    {
        "ceph",
        "curlftpfs",
        "davfs",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "gvfsd-fuse",
        "juicefs",
        "mfs",
        "moosefs",
        "rclone",
        "s3fs",
        "smbnetfs",
        "sshfs",
    }
)
_REMOTE_DRIVE = 4
"""GetDriveTypeW's answer for a network drive."""


def refuse_network_file_system(folder: Path, mounts: dict[str, str] | None = None) -> None:
    """Refuse a folder that lies on a network file system.

    Args:
        folder: where the store shall live; it need not exist yet.
        mounts: mount point -> file system; this machine's own if not given.

    Raises:
        StoreError: the folder is across a network.
    """
    if mounts is None and sys.platform == "win32":
        remote = _windows_network_drive(folder)
    else:
        kind = file_system_of(folder, read_mounts() if mounts is None else mounts)
        remote = kind if kind is not None and is_network(kind) else None
    if remote is not None:
        raise StoreError(
            f"The run store cannot live in {folder}: that is a network file system ({remote}), on "
            "which several processes would damage it. Set COVNETS_HOME to a folder on a disk of "
            "this machine."
        )


def is_network(kind: str) -> bool:
    """Tell whether a file system's name, as in a mount table, means a network."""
    kind = kind.lower()
    if kind.startswith("fuse."):
        return kind.removeprefix("fuse.") in NETWORK_FUSE
    return kind in NETWORK_FILE_SYSTEMS or kind.startswith("smb")


def file_system_of(folder: Path | str, mounts: dict[str, str]) -> str | None:
    """Return the file system of a folder: that of the longest mount point above it.

    Links are followed first. None if no mount point lies above the folder.
    """
    # Where links run in a circle, Path.resolve() would fail before the folder is refused.
    resolved = PurePosixPath(Path(os.path.realpath(folder)).as_posix())
    above = [point for point in mounts if resolved.is_relative_to(PurePosixPath(point))]
    return mounts[max(above, key=len)] if above else None


def read_mounts() -> dict[str, str]:
    """Return this machine's mount points with their file systems; empty if nobody can tell."""
    try:
        if sys.platform == "darwin":
            return parse_mount_command(
                subprocess.check_output(["/sbin/mount"], text=True, timeout=10)
            )
        return parse_mountinfo(Path("/proc/self/mountinfo").read_text(errors="surrogateescape"))
    except (OSError, subprocess.SubprocessError):
        return {}


def parse_mountinfo(text: str) -> dict[str, str]:
    """Read Linux' /proc/self/mountinfo: mount point -> file system.

    Of two file systems mounted on one point the later hides the earlier.
    """
    mounts = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        place, kind = before.split(), after.split()
        if len(place) > 4 and kind:
            mounts[_unescape(place[4])] = kind[0]
    return mounts


def parse_mount_command(text: str) -> dict[str, str]:
    """Read the output of macOS' mount, "DEVICE on POINT (KIND, option, ...)"."""
    found = re.findall(r"^.* on (/.*) \(([^,)\s]+)[^()]*\)$", text, flags=re.MULTILINE)
    return dict(found)


def _unescape(field: str) -> str:
    r"""Undo the kernel's octal escapes: a space in a mount point is written \040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _windows_network_drive(folder: Path) -> str | None:
    drive = os.path.splitdrive(folder.resolve())[0]
    if drive.startswith("\\\\"):
        return f"the share {drive}"
    if sys.platform == "win32":
        import ctypes

        if ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _REMOTE_DRIVE:
            return f"the network drive {drive}"
    return None
