import errno
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from covnets.config import RunConfig
from covnets.errors import StoreError, StoreUnavailable
from covnets.runs import Run, RunStore, migrations
from covnets.runs.frames import history

Make = Callable[[str], Run]

VERSION = migrations.schema_version()


@pytest.fixture
def file(store: RunStore, new_run: Make, points) -> Path:
    """A closed store's file, with some runs in it and no log beside it."""
    for _ in range(20):
        store.history.add(new_run("running").id, points(50, first=10))
    store.close()
    path = store.home / "covnets.sqlite3"
    assert not path.with_name(path.name + "-wal").exists()
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def assert_refused_untouched(path: Path, message: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError, match=message) as refusal:
        RunStore(path.parent)
    assert str(path) in str(refusal.value)
    assert "COVNETS_HOME" in str(refusal.value)
    assert path.read_bytes() == before


def test_a_store_makes_its_folder_and_uses_the_write_ahead_log(tmp_path: Path) -> None:
    with RunStore(tmp_path / "deep" / "runs") as store:
        assert store.runs.list() == []
        assert store.database.read("PRAGMA journal_mode")[0][0] == "wal"
        assert store.database.read("PRAGMA synchronous")[0][0] == 1
    assert (tmp_path / "deep" / "runs" / "covnets.sqlite3").is_file()


def test_runs_are_there_when_the_store_is_opened_again(file: Path) -> None:
    with RunStore(file.parent) as store:
        assert len(store.runs.list()) == 20
        assert len(history(store, store.runs.list()[0].id)) == 53


def test_a_newer_store_is_refused(file: Path) -> None:
    change(file, "PRAGMA user_version = 99")
    assert_refused_untouched(file, rf"newer version .* version 99.*up to {VERSION}\)")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "covnets.sqlite3"
    change(path, "CREATE TABLE holidays (day TEXT)")
    assert_refused_untouched(path, "another program")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "covnets.sqlite3"
    path.write_text("dear diary")
    assert_refused_untouched(path, "no SQLite file")


@pytest.mark.parametrize("page", [1, 3, 5, 8])
def test_a_damaged_file_is_refused(file: Path, page: int) -> None:
    content = bytearray(file.read_bytes())
    start = page * 4096
    content[start : start + 2000] = b"\xa5" * 2000
    file.write_bytes(content)
    assert_refused_untouched(file, "damaged")


def test_a_truncated_file_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 2 * 4096 + 100])
    assert_refused_untouched(file, "damaged")


def test_a_damaged_file_that_a_killed_dashboard_left_stays_with_its_log(
    file: Path, tmp_path: Path, points
) -> None:
    """Closing a writing connection would move the log into the file."""
    left = tmp_path / "left" / file.name
    left.parent.mkdir()
    log = left.with_name(f"{file.name}-wal")
    with RunStore(file.parent) as store:
        store.history.add(store.runs.list()[0].id, points(1, first=1000))
        content = bytearray(file.read_bytes())
        log.write_bytes(file.with_name(log.name).read_bytes())
    content[2 * 4096 :] = b"\xa5" * (len(content) - 2 * 4096)
    left.write_bytes(content)
    before = log.read_bytes()
    assert before
    assert_refused_untouched(left, "damaged")
    assert log.read_bytes() == before


def test_an_empty_file_with_a_log_beside_it_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "covnets.sqlite3-wal"
    log.write_bytes(b"what is left of it")
    (tmp_path / "covnets.sqlite3").touch()
    assert_refused_untouched(tmp_path / "covnets.sqlite3", "it is empty")
    assert log.read_bytes() == b"what is left of it"


def test_damage_found_later_is_explained(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covnets.runs.opening.QUICK_CHECK_BYTES", 0)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with RunStore(file.parent) as store, pytest.raises(StoreError, match="is damaged"):
        store.runs.list()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "covnets.sqlite3").touch()
    with RunStore(tmp_path) as store:
        assert store.runs.list() == []


def test_a_half_made_store_is_made_whole(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "covnets.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with RunStore(tmp_path) as store:
        assert store.runs.list() == []


def test_a_store_whose_maker_was_killed_half_way_is_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "being made" / "covnets.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that pages are written before the commit
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE runs (id TEXT)")
        connection.executemany("INSERT INTO runs VALUES (?)", [("x" * 999,)] * 99)
        for file in list(path.parent.iterdir()):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    assert (tmp_path / "covnets.sqlite3").stat().st_size > 0
    assert (tmp_path / "covnets.sqlite3-journal").stat().st_size > 0
    with RunStore(tmp_path) as store:
        assert store.runs.list() == []


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "covnets.sqlite3").mkdir()
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        RunStore(tmp_path)


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to(path)])
def test_a_home_that_is_a_file_or_links_to_itself_is_refused(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "runs")
    with pytest.raises(StoreError, match=r"Cannot write in the run store .*COVNETS_HOME"):
        RunStore(tmp_path / "runs")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(code, "The disk says no")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreError, match=r"\(The disk says no\).*Free some space or correct"):
        RunStore(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert_refused_untouched(file, "read-only")


def test_a_full_disk_is_explained_and_loses_nothing(store: RunStore, new_run: Make, points) -> None:
    run = new_run("running")
    store.close()
    # The one connection that is reused from here on may not make the file any larger.
    store.database.read("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnavailable, match=r"disk is full .*Free some space"):
        store.history.add(run.id, points(50_000, first=10))
    assert len(history(store, run.id)) == 3
    assert store.runs.get(run.id).step == 3
    store.database.read("PRAGMA max_page_count = 1000000")
    store.history.add(run.id, points(10, first=10))
    assert len(history(store, run.id)) == 13


def test_a_store_that_others_hold_for_too_long_is_busy(
    store: RunStore, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covnets.runs.database.BUSY_SECONDS", 0.05)
    store.close()
    with closing(sqlite3.connect(store.home / "covnets.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="is busy"):
            store.runs.create(config, owner="me")
        assert store.runs.list() == []
        other.execute("ROLLBACK")
    store.runs.create(config, owner="me")


def add_colour(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE labels ADD COLUMN colour TEXT")


@pytest.fixture
def next_version(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file.exists()  # made by the version before
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, add_colour])


@pytest.mark.usefixtures("next_version")
def test_a_file_is_copied_before_it_is_migrated(file: Path) -> None:
    with RunStore(file.parent) as store:
        assert len(store.runs.list()) == 20
        assert store.database.read("PRAGMA user_version")[0][0] == VERSION + 1
        store.database.read("SELECT colour FROM labels")
    copy = file.with_name(f"covnets.sqlite3.v{VERSION}.backup")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (20,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("next_version")
def test_an_older_copy_is_not_overwritten(file: Path) -> None:
    older = file.with_name(f"covnets.sqlite3.v{VERSION}.backup")
    older.write_text("precious")
    RunStore(file.parent).close()
    assert older.read_text() == "precious"
    assert file.with_name(f"covnets.sqlite3.v{VERSION}.2.backup").stat().st_size > 4096


def test_a_new_file_needs_no_copy(store: RunStore) -> None:
    assert {
        path.name.removesuffix("-wal").removesuffix("-shm") for path in store.home.iterdir()
    } == {"covnets.sqlite3"}


def test_a_migration_that_fails_leaves_the_old_tables(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE points")
        connection.execute("SELECT nonsense")

    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, stumble])
    with pytest.raises(StoreError, match="nonsense"):
        RunStore(file.parent)
    monkeypatch.undo()
    with RunStore(file.parent) as store:
        assert len(history(store, store.runs.list()[0].id)) == 53


def test_no_copy_no_migration(file: Path, monkeypatch: pytest.MonkeyPatch, next_version) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(Path, "replace", refuse)
        with pytest.raises(StoreError, match="No space left"):
            RunStore(file.parent)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert [path.name for path in file.parent.iterdir()] == ["covnets.sqlite3"]


def test_tables_changed_under_an_open_store_are_not_written(
    store: RunStore, config: RunConfig
) -> None:
    change(store.home / "covnets.sqlite3", f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(
        StoreError, match=rf"changed to version {VERSION + 1} .*Restart the dashboard"
    ):
        store.runs.create(config, owner="me")
    assert store.runs.list() == []


def test_store_of_the_first_version_keeps_its_runs_and_learns_their_results(
    tmp_path: Path, config: RunConfig
) -> None:
    path = tmp_path / "covnets.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        migrations.MIGRATIONS[0](connection)
        connection.execute(
            "INSERT INTO runs (id, family, config, state, created_at, revision) "
            "VALUES ('abc', 'vgg', ?, 'finished', 1.0, 1)",
            (config.model_dump_json(),),
        )
        connection.execute(
            "INSERT INTO runs (id, family, config, state, created_at, step, revision) "
            "SELECT 'def', family, config, 'running', 1.0, 5, 2 FROM runs"
        )
        connection.execute("UPDATE runs SET step = 7 WHERE id = 'abc'")
        connection.executemany(
            "INSERT INTO points VALUES (1, ?, ?, ?, 0.5, ?, 3.25)",
            [("train", 7, 1, 0.5), ("validation", 4, 1, 0.7), ("validation", 7, 2, 0.6)],
        )
        connection.execute("PRAGMA user_version = 1")
    with RunStore(tmp_path) as store:
        run = store.runs.get("abc")
        assert (run.state, run.seconds, run.race, run.config) == ("finished", 3.25, None, config)
        assert (run.best_accuracy, run.best_epoch, run.last_accuracy) == (0.7, 1, 0.6)
        assert (run.number, run.tags, run.group, run.deleted_at) == (1, (), None, None)
        # It saved its weights when it ended, and has lost them; the other one never did.
        assert (run.revivals, store.files.step_to_go_on_from(run)) == (0, None)
        assert store.files.step_to_go_on_from(store.runs.get("def")) == 0
