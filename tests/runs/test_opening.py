"""Which files and folders are taken as a store, and that one that is refused stays as it is."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from covnets.errors import StoreError, StoreUnavailable
from covnets.runs import RunStore, opening
from covnets.runs.opening import LINUX_MOUNT, MACOS_MOUNT, network_file_system, parse_mounts
from covnets.runs.schema import schema_version
from tests.frames import history
from tests.runs.conftest import points


@pytest.fixture
def file(store, new_run) -> Path:
    """A closed store's file, with some runs in it and no log beside it."""
    for _ in range(20):
        store.history.add(new_run("running").id, points(50, first=10))
    store.close()
    path = store.home / "covnets.sqlite3"
    assert not path.with_name(path.name + "-wal").exists()
    return path


def change(path: Path, statement: str):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def overwrite(path: Path, start: int, count: int | None = None):
    content = bytearray(path.read_bytes())
    end = len(content) if count is None else start + count
    content[start:end] = b"\xa5" * (end - start)
    path.write_bytes(content)


def truncate(path: Path):
    path.write_bytes(path.read_bytes()[: 2 * 4096 + 100])


def replace_by_another_programs(path: Path):
    path.unlink()
    change(path, "CREATE TABLE holidays (day TEXT)")


def assert_refused_untouched(path: Path, message: str):
    before = path.read_bytes()
    with pytest.raises(StoreError, match=message) as refusal:
        RunStore(path.parent)
    assert str(path) in str(refusal.value)
    assert "COVNETS_HOME" in str(refusal.value)
    assert path.read_bytes() == before


def test_a_store_makes_its_folder_and_uses_the_write_ahead_log(tmp_path):
    with RunStore(tmp_path / "deep" / "runs") as store:
        assert store.runs.list() == []
        assert store.database.read("PRAGMA journal_mode")[0][0] == "wal"
        assert store.database.read("PRAGMA synchronous")[0][0] == 1
        assert store.database.read("PRAGMA foreign_keys")[0][0] == 1
    assert (tmp_path / "deep" / "runs" / "covnets.sqlite3").is_file()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: change(file, "PRAGMA user_version = 99"), "have version 99.*newer version"),
        (replace_by_another_programs, "another program"),
        (lambda file: file.write_text("dear diary"), "damaged or not a run store"),
        (truncate, "damaged"),
        *(
            (lambda file, page=page: overwrite(file, page * 4096, 2000), "damaged")
            for page in (1, 5)
        ),
    ],
)
def test_what_is_not_a_whole_store_of_this_version_is_refused(file, spoil, message):
    spoil(file)
    assert_refused_untouched(file, message)


def test_a_read_only_file_is_refused(file, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert_refused_untouched(file, "read-only")


def test_a_damaged_file_that_a_killed_dashboard_left_stays_with_its_log(file, tmp_path):
    """Closing a writing connection would move the log into the file."""
    left = tmp_path / "left" / file.name
    left.parent.mkdir()
    log = left.with_name(f"{file.name}-wal")
    with RunStore(file.parent) as store:
        store.history.add(store.runs.list()[0].id, points(1, first=1000))
        left.write_bytes(file.read_bytes())
        log.write_bytes(file.with_name(log.name).read_bytes())
    overwrite(left, 2 * 4096)
    before = log.read_bytes()
    assert before
    assert_refused_untouched(left, "damaged")
    assert log.read_bytes() == before


def test_damage_found_later_is_explained(file, monkeypatch):
    monkeypatch.setattr(opening, "QUICK_CHECK_BYTES", 0)
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'runs'"
        (page,) = connection.execute(query).fetchone()
    overwrite(file, (page - 1) * 4096, 4096)
    with RunStore(file.parent) as store, pytest.raises(StoreError, match="is damaged"):
        store.runs.list()


@pytest.mark.parametrize(
    "begin", [Path.touch, lambda path: change(path, "PRAGMA journal_mode=WAL")]
)
def test_a_store_whose_making_was_broken_off_is_made_whole(tmp_path, begin):
    begin(tmp_path / "covnets.sqlite3")
    with RunStore(tmp_path) as store:
        assert store.runs.list() == []


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("covnets.sqlite3", Path.mkdir),
        ("", lambda path: (path.rmdir(), path.touch())),
        ("", lambda path: (path.rmdir(), path.symlink_to(path))),
    ],
)
def test_what_is_in_the_way_of_file_or_folder_is_refused(tmp_path, name, make):
    home = tmp_path / "runs"
    home.mkdir()
    make(home / name)
    with pytest.raises(StoreError, match=r"Cannot write in the run store .*COVNETS_HOME"):
        RunStore(home)


@pytest.mark.parametrize(
    ("hinder", "recover", "message"),
    [
        # A file that may not become any larger.
        ("max_page_count = 1", "max_page_count = 1000000", "disk is full"),
        ("query_only = 1", "query_only = 0", "readonly database"),
    ],
)
def test_a_disk_that_cannot_be_written_loses_nothing(store, new_run, hinder, recover, message):
    run = new_run("running")
    store.close()  # so that one connection is used from here on
    store.database.read(f"PRAGMA {hinder}")
    with pytest.raises(StoreUnavailable, match=f"{message}.*Free some space"):
        store.history.add(run.id, points(50_000, first=10))
    assert len(history(store, run.id)) == 3
    assert store.runs.get(run.id).step == 3
    store.database.read(f"PRAGMA {recover}")
    store.history.add(run.id, points(10, first=10))
    assert len(history(store, run.id)) == 13


def test_a_store_that_others_hold_for_too_long_is_busy(store, config, monkeypatch):
    monkeypatch.setattr("covnets.runs.database.BUSY_SECONDS", 0.05)
    store.close()
    with closing(sqlite3.connect(store.home / "covnets.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="is busy"):
            store.runs.create(config, owner="me")
        assert store.runs.list() == []
        other.execute("ROLLBACK")
    store.runs.create(config, owner="me")


def test_tables_changed_under_an_open_store_are_not_written(store, config):
    change(store.home / "covnets.sqlite3", f"PRAGMA user_version = {schema_version() + 1}")
    with pytest.raises(StoreError, match=r"newer version .*restart the dashboard"):
        store.runs.create(config, owner="me")
    assert store.runs.list() == []


LINUX = r"""
/dev/vda / ext4 rw,relatime 0 0
server:/home /home nfs4 rw,relatime,vers=4.2 0 0
/dev/sda1 /home/me/local xfs rw,relatime 0 0
me@server: /media/my\040share fuse.sshfs rw 0 0
systemd-1 /auto autofs rw 0 0
//server/auto /auto cifs rw 0 0
/dev/sdb /homestead btrfs rw 0 0
"""

MACOS = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//me@server/My%20Files on /Volumes/My Files (smbfs, nodev, nosuid, mounted by me)
"""


@pytest.mark.parametrize(
    ("mounts", "folder", "kind"),
    [
        (parse_mounts(LINUX, LINUX_MOUNT), "/srv/runs", None),
        (parse_mounts(LINUX, LINUX_MOUNT), "/home/me/runs", "nfs4"),
        (parse_mounts(LINUX, LINUX_MOUNT), "/home/me/local/runs", None),
        (parse_mounts(LINUX, LINUX_MOUNT), "/homestead/runs", None),
        (parse_mounts(LINUX, LINUX_MOUNT), "/media/my share/runs", "fuse.sshfs"),
        (parse_mounts(LINUX, LINUX_MOUNT), "/auto/runs", "cifs"),
        (parse_mounts(MACOS, MACOS_MOUNT), "/Users/me/runs", None),
        (parse_mounts(MACOS, MACOS_MOUNT), "/Volumes/My Files/runs", "smbfs"),
        (parse_mounts("what is this?", LINUX_MOUNT), "/srv/runs", None),
    ],
)
def test_the_longest_mount_point_above_a_folder_tells_its_file_system(mounts, folder, kind):
    assert network_file_system(Path(folder), mounts) == kind


@pytest.mark.parametrize(
    ("kinds", "is_network"),
    [
        ("nfs cifs smb3 smbfs 9p afs ceph fuse.ceph glusterfs fuse.glusterfs lustre webdav", True),
        ("ext4 btrfs zfs apfs tmpfs overlay fuseblk fuse.ntfs", False),
    ],
)
def test_network_file_systems_are_told_from_local_ones(kinds, is_network):
    for kind in kinds.split():
        assert network_file_system(Path("/x/runs"), {"/x": kind}) == (kind if is_network else None)


def test_a_link_is_followed_to_where_the_files_really_are(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    mounts = {"/": "ext4", str((tmp_path / "far").resolve()): "nfs"}
    assert network_file_system(tmp_path / "near" / "runs", mounts) == "nfs"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked about the drive instead")
def test_a_store_is_not_opened_across_a_network(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_read_mounts", lambda: {"/": "nfs4"})
    with pytest.raises(StoreError, match=r"network file system \(nfs4\).*Set COVNETS_HOME"):
        RunStore(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
