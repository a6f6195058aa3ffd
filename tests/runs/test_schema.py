"""Stores of every earlier version open with all that is in them, and a copy is kept before."""

import errno
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from covnets.config import VGGConfig
from covnets.errors import StoreError
from covnets.runs import RunStore, schema
from tests.frames import history

STORES = Path(__file__).parent / "stores"
"""SQL dumps of small stores, each written by the version of the program that it is named after."""

VERSION = schema.schema_version()
OF_GROUPS = 3
"""The first version with races and sweeps as groups."""


def written_by(version: int, folder: Path) -> Path:
    """Make a store as a version wrote it."""
    path = folder / "covnets.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((STORES / f"schema{version}.sql").read_text())
    return path


def rows_of(path: Path) -> dict[str, set[tuple]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: set(connection.execute(f"SELECT * FROM {name}")) for name in tables}


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A store of the version before."""
    return written_by(VERSION - 1, tmp_path)


def test_there_is_a_store_of_every_version():
    assert sorted(path.stem for path in STORES.iterdir()) == [
        f"schema{version}" for version in range(1, VERSION + 1)
    ]


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_store_of_every_version_opens_with_all_that_is_in_it(version, tmp_path):
    path = written_by(version, tmp_path)
    before = rows_of(path)
    with RunStore(tmp_path) as store:
        run = store.runs.get("0000000001")
        assert (run.number, run.state) == (1, "finished")
        assert (run.name, run.notes, run.pinned) == ("first", "for Monday", True)
        assert run.config.network == VGGConfig(filters=8)
        assert (run.config.train.num_train, run.config.train.epochs) == (200, 2)
        assert run.summary == {"test_accuracy": 0.625}
        # What later versions keep beside the points follows from them.
        assert (run.step, run.epoch, run.seconds) == (4, 2, 1.0)
        assert (run.best_accuracy, run.best_epoch, run.last_accuracy) == (0.5, 1, 0.25)
        assert run.train_eval_accuracy == 0.5
        assert run.tags == (("deep",) if version >= OF_GROUPS else ())
        assert len(history(store, run.id)) == 8
        paused, going_on = store.runs.get("0000000003"), store.runs.get("0000000004")
        assert (paused.state, paused.reason) == ("paused", "Somebody paused it.")
        assert (going_on.parent, going_on.state, going_on.revivals) == (run.id, "queued", 0)
        assert store.settings.text("speed") == '{"vgg": 2.5}'
        assert store.database.read("PRAGMA foreign_key_check") == []
    after = rows_of(path)
    assert {name: len(rows) for name, rows in before.items() if name != "artifacts"} == {
        name: len(after[name]) for name in before if name != "artifacts"
    }
    assert before["points"] == after["points"]


@pytest.mark.parametrize("version", range(OF_GROUPS, VERSION + 1))
def test_groups_of_every_version_keep_their_trials_and_may_be_of_any_kind(version, tmp_path):
    written_by(version, tmp_path)
    with RunStore(tmp_path) as store:
        [race] = store.groups.list("race")
        assert (race.name, race.state, race.plan) == ("Two seeds", "finished", {"pace": "step"})
        [trial] = store.groups.trials(race.id)
        contestants = [store.runs.get(run_id) for run_id in trial.run_ids]
        assert [run.config.train.seed for run in contestants] == [3, 4]
        assert {(run.group, run.trial, run.pace) for run in contestants} == {(race.id, 0, "step")}
        [sweep] = store.groups.list("sweep")
        assert [trial.note for trial in store.groups.trials(sweep.id)] == ["", "too slow"]
        config = contestants[0].config
        made = store.groups.create("experiment of tomorrow", {}, [[config]], owner="me")
        assert made.number == 3
        with pytest.raises(StoreError, match="FOREIGN KEY"), store.database.transaction() as lost:
            lost.execute("DELETE FROM run_groups WHERE id = ?", (made.id,))
    with RunStore(tmp_path) as store:
        assert store.groups.get(made.id).kind == "experiment of tomorrow"
        assert [len(trial.configs) for trial in store.groups.trials(made.id)] == [1]


def test_run_whose_weights_made_room_has_lost_them_and_one_that_never_ended_has_not(tmp_path):
    path = written_by(1, tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET state = 'running', step = 5 WHERE number = 3")
    with RunStore(tmp_path) as store:
        ended, going_on = (store.runs.get(f"000000000{number}") for number in (1, 4))
        assert store.files.step_to_go_on_from(ended) is None
        assert not store.files.was_written(going_on.id, "checkpoint.npz")


def test_a_file_is_copied_before_it_is_migrated_and_no_copy_is_overwritten(older):
    earlier = older.with_name(f"covnets.sqlite3.v{VERSION - 1}.backup")
    earlier.write_text("precious")
    before = rows_of(older)
    with RunStore(older.parent) as store:
        assert store.database.read("PRAGMA user_version")[0][0] == VERSION
    assert earlier.read_text() == "precious"
    copy = older.with_name(f"covnets.sqlite3.v{VERSION - 1}.2.backup")
    assert rows_of(copy) == before
    shutil.move(copy, older)
    with RunStore(older.parent) as store:
        assert len(store.groups.list()) == 2


def test_a_new_file_needs_no_copy(store):
    assert {path.name.partition("-")[0] for path in store.home.iterdir()} == {"covnets.sqlite3"}


def drop_points(connection: sqlite3.Connection):
    connection.execute("DROP TABLE points")
    connection.execute("SELECT nonsense")


def forget_runs(connection: sqlite3.Connection):
    connection.execute("DELETE FROM runs")


@pytest.mark.parametrize(
    ("stumble", "message"),
    [(drop_points, "nonsense"), (forget_runs, "refers to one of runs that is missing")],
)
def test_a_migration_that_fails_leaves_the_old_tables(older, monkeypatch, stumble, message):
    before = rows_of(older)
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, stumble])
    for _ in range(2):
        with pytest.raises(StoreError, match=message):
            RunStore(older.parent)
    assert rows_of(older) == before
    assert [path.name for path in older.parent.glob("*backup*")] == [
        f"covnets.sqlite3.v{VERSION - 1}.backup"
    ], "one copy, however often it is tried"


def test_a_row_that_was_lost_long_ago_keeps_no_store_closed(older):
    with closing(sqlite3.connect(older)) as connection, connection:
        connection.execute("INSERT INTO artifacts VALUES (99, 'model.keras', 0, 0.0)")
    with RunStore(older.parent) as store:
        assert len(store.runs.list()) > 0


def test_without_room_for_a_copy_nothing_is_migrated(older, monkeypatch):
    def refuse(*_: object):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = rows_of(older)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StoreError, match="No space left"):
        RunStore(older.parent)
    assert rows_of(older) == before
    assert [path.name for path in older.parent.iterdir()] == ["covnets.sqlite3"]
