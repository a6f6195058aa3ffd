import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from covnets.errors import StoreError
from covnets.runs import CHECKPOINT, MODEL, weights_budget
from tests.frames import history


def fill(size: int) -> Callable[[Path], int]:
    return lambda path: path.write_bytes(bytes(size))


def test_file_and_history_are_on_the_disk_before_it_takes_its_name(store, new_run, monkeypatch):
    run, synced = new_run("running"), []
    log = Path(f"{store.database.path}-wal")

    def note(descriptor: int):
        is_log = os.path.sameopenfile(descriptor, opened.fileno())
        synced.append(("log" if is_log else "file", store.files.find(run.id, CHECKPOINT)))

    monkeypatch.setattr(os, "fsync", note)
    with log.open("rb") as opened:
        path = store.files.write(run.id, CHECKPOINT, fill(10))
    assert synced == [("file", None), ("log", None)]
    assert path == store.home / "artifacts" / run.id / CHECKPOINT
    assert store.files.find(run.id, CHECKPOINT) == path


def test_a_newer_file_takes_the_place_of_the_older_only_when_it_is_whole(store, new_run):
    def break_off(partial: Path):
        partial.write_bytes(b"half")
        assert (partial.parent, partial.suffix) == (path.parent, path.suffix)
        assert path.stat().st_size == 10
        raise OSError(errno.ENOSPC, "No space left on device")

    run = new_run("running")
    path = store.files.write(run.id, MODEL, fill(10))
    with pytest.raises(StoreError, match=r"No space left on device\).*COVNETS_HOME"):
        store.files.write(run.id, MODEL, break_off)
    assert [file.name for file in path.parent.iterdir()] == [MODEL]
    assert path.stat().st_size == 10
    assert store.files.write(run.id, MODEL, fill(20)).stat().st_size == 20
    assert [row["bytes"] for row in store.database.read("SELECT bytes FROM artifacts")] == [20]


def test_a_file_that_was_never_written_or_is_gone_is_none(store, new_run):
    run = new_run("running")
    assert store.files.find(run.id, MODEL) is None
    assert store.files.find("nowhere", MODEL) is None
    store.files.write(run.id, MODEL, fill(1)).unlink()
    assert store.files.find(run.id, MODEL) is None


def test_the_oldest_unpinned_weights_go_first_and_nothing_else(store, new_run):
    oldest, pinned, middle, newest, deleted = (new_run("finished") for _ in range(5))
    store.labels.set(pinned.id, pinned=True)
    store.labels.delete([deleted.id])
    for run in (deleted, newest, middle, pinned, oldest):  # the run's age counts, not the file's
        store.files.write(run.id, MODEL, fill(60))
        store.files.write(run.id, CHECKPOINT, fill(40))
        store.files.write(run.id, "predictions.npz", fill(1000))
    store.files.enforce_budget(500)
    assert store.files.find(deleted.id, MODEL) is not None
    store.files.enforce_budget(400)
    assert store.files.find(deleted.id, MODEL) is None
    assert store.files.find(oldest.id, MODEL) is not None

    store.files.enforce_budget(260)
    assert store.files.find(oldest.id, MODEL) is store.files.find(oldest.id, CHECKPOINT) is None
    assert store.files.find(middle.id, CHECKPOINT) is None
    assert store.files.find(middle.id, MODEL) is not None

    store.files.enforce_budget(0)
    assert store.files.find(newest.id, MODEL) is None
    assert store.files.find(pinned.id, MODEL) is not None
    for run in (oldest, pinned, middle, newest):
        assert store.files.find(run.id, "predictions.npz") is not None
        assert len(history(store, run.id)) == 3
        assert store.runs.get(run.id).summary == run.summary


def test_weights_of_an_active_run_stay(store, new_run):
    run = new_run("running")
    store.files.write(run.id, CHECKPOINT, fill(100))
    store.files.enforce_budget(0)
    assert store.files.find(run.id, CHECKPOINT) is not None
    store.states.finish(run.id, "paused")
    store.files.enforce_budget(0)
    assert store.files.find(run.id, CHECKPOINT) is None


def test_weights_that_somebody_deleted_by_hand_do_not_count_for_ever(store, new_run):
    gone, there = new_run("finished"), new_run("finished")
    store.files.write(gone.id, MODEL, fill(100)).unlink()
    store.files.write(there.id, MODEL, fill(100))
    store.files.enforce_budget(100)
    assert store.files.find(there.id, MODEL) is not None


def test_the_budget_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("COVNETS_WEIGHTS_MB", raising=False)
    assert weights_budget() == 2_000_000_000
    monkeypatch.setenv("COVNETS_WEIGHTS_MB", "1")
    assert weights_budget() == 1_000_000
    monkeypatch.setenv("COVNETS_WEIGHTS_MB", "lots")
    with pytest.raises(StoreError, match="COVNETS_WEIGHTS_MB='lots' is not a whole number"):
        weights_budget()


def test_what_a_killed_worker_was_writing_is_removed_after_a_while(store, new_run):
    folder = store.files.write(new_run("running").id, MODEL, fill(1)).parent
    old, young = folder / ".partial-old.keras", folder / ".partial-young.keras"
    for partial in (old, young):
        partial.touch()
    yesterday = time.time() - 86_400
    os.utime(old, (yesterday, yesterday))
    store.files.enforce_budget(10**9)
    assert not old.exists()
    assert young.exists()


def test_run_goes_on_from_the_step_of_its_checkpoint_unless_that_is_lost(store, new_run):
    run, later = new_run("paused"), new_run("paused")
    assert store.files.step_to_go_on_from(run) == 0
    for one in (run, later):
        store.files.write(one.id, CHECKPOINT, lambda path: np.savez(path, step=np.array(2)))
    assert store.files.step_to_go_on_from(run) == 2
    store.files.enforce_budget(500)
    assert (store.files.step_to_go_on_from(run), store.files.step_to_go_on_from(later)) == (None, 2)
    store.files.write(run.id, CHECKPOINT, fill(10))
    assert store.files.step_to_go_on_from(run) is None  # damaged
