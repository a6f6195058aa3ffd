import sys
from pathlib import Path

import pytest

from covnets.errors import StoreError
from covnets.runs import RunStore, filesystem
from covnets.runs.filesystem import (
    file_system_of,
    is_network,
    parse_mount_command,
    parse_mountinfo,
    refuse_network_file_system,
)

LINUX = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:40 / /home rw,relatime shared:7 master:2 - nfs4 server:/home rw,vers=4.2
31 30 8:1 / /home/me/local rw,relatime - xfs /dev/sda1 rw
32 27 0:41 / /media/my\040share rw - fuse.sshfs me@server: rw
33 27 0:42 / /mnt/c rw - 9p C: rw
34 27 0:43 / /auto rw - autofs systemd-1 rw
35 34 0:44 / /auto rw - cifs //server/auto rw
36 27 0:45 / /homestead rw - btrfs /dev/sdb rw
"""

MACOS = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//me@server/My%20Files on /Volumes/My Files (smbfs, nodev, nosuid, mounted by me)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/runs", "ext4"),
        ("/home/me/runs", "nfs4"),
        ("/home/me/local/runs", "xfs"),
        ("/homestead/runs", "btrfs"),
        ("/media/my share/runs", "fuse.sshfs"),
        ("/auto/runs", "cifs"),
        ("/mnt/c/runs", "9p"),
    ],
)
def test_the_longest_mount_point_above_a_folder_counts(folder: str, kind: str) -> None:
    assert file_system_of(folder, parse_mountinfo(LINUX)) == kind


def test_macos_mounts_are_read() -> None:
    mounts = parse_mount_command(MACOS)
    assert mounts["/"] == "apfs"
    assert mounts["/Volumes/My Files"] == "smbfs"
    assert len(mounts) == 4


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "fuse.sshfs",
        "9p",
        "afs",
        "ceph",
        "fuse.ceph",
        "glusterfs",
        "fuse.glusterfs",
        "lustre",
        "beegfs",
        "webdav",
    ],
)
def test_network_file_systems_are_known(kind: str) -> None:
    assert is_network(kind)
    with pytest.raises(StoreError, match=r"network file system \(.*COVNETS_HOME"):
        refuse_network_file_system(Path("/x/runs"), {"/": "ext4", "/x": kind})


@pytest.mark.parametrize(
    "kind", ["ext4", "btrfs", "zfs", "apfs", "tmpfs", "overlay", "fuseblk", "fuse.ntfs"]
)
def test_local_file_systems_are_let_through(kind: str) -> None:
    refuse_network_file_system(Path("/x/runs"), {"/": "nfs4", "/x": kind})


def test_no_mount_table_means_no_objection() -> None:
    refuse_network_file_system(Path("/x/runs"), parse_mountinfo("what is this?"))


def test_a_link_is_followed_to_where_the_files_really_are(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    mounts = {"/": "ext4", str((tmp_path / "far").resolve()): "nfs"}
    assert file_system_of(tmp_path / "near" / "runs", mounts) == "nfs"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked about the drive instead")
def test_a_store_is_not_opened_across_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "read_mounts", lambda: {"/": "nfs4"})
    with pytest.raises(StoreError, match="Set COVNETS_HOME"):
        RunStore(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
