"""The table of all runs: what is in it, and that it follows the store without reading all anew."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from covnets.config import FIELDS, ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.runs import RunStore
from covnets.runs import overview as module
from covnets.runs.overview import all_tags, overview, stored_hyperparameters

TRAIN = TrainConfig(num_train=100, batch_size=10, epochs=2)


def record(store: RunStore, network=None, accuracies=(0.5, 0.8, 0.7), **train) -> str:
    """A finished run with some validation accuracies, one an epoch."""
    config = RunConfig(network=network or VGGConfig(), train=TRAIN.replace(**train))
    run = store.runs.create(config, owner="test")
    store.states.claim(run.id, "lab:1")
    facts = {"num_params": 1000, "macs": 5000, "steps_per_epoch": 10, "batch_size": 10}
    store.states.record_started(run.id, facts | {"precision": "float32", "device": "cpu"})
    for epoch, accuracy in enumerate(accuracies, start=1):
        point = {"step": 10 * epoch, "epoch": epoch, "loss": 1.0, "seconds": 2.0 * epoch}
        splits = {"train": accuracy, "train_eval": accuracy + 0.1, "validation": accuracy}
        store.history.add(
            run.id, [point | {"split": name, "accuracy": share} for name, share in splits.items()]
        )
    store.states.finish(run.id, "finished", {"test_accuracy": 0.75, "images_per_second": 50.0})
    return run.id


def test_a_row_tells_hyperparameters_and_results(store):
    run_id = record(store, VGGConfig(filters=24), learning_rate=0.01)
    [row] = overview(store).runs.to_dict("records")
    assert row["id"] == run_id
    assert (row["filters"], row["learning_rate"], row["num_convs"]) == (24, 0.01, "2,2,2")
    assert (row["params"], row["macs"]) == (1000, 5000)
    assert (row["best_accuracy"], row["best_epoch"], row["last_accuracy"]) == (0.8, 2, 0.7)
    assert row["gap"] == pytest.approx(10.0)
    assert row["curve"] == [0.5, 0.8, 0.7]
    assert (row["test_accuracy"], row["images_per_second"]) == (0.75, 50.0)
    assert row["seconds_per_epoch"] == pytest.approx(2.0)
    assert pd.isna(row["num_blocks"])


def test_the_newest_run_comes_first_and_an_empty_store_has_the_same_columns(store):
    empty = overview(store).runs
    older, newer = record(store), record(store)
    runs = overview(store).runs
    assert list(runs["id"]) == [newer, older]
    assert list(runs.dtypes.items()) == list(empty.dtypes.items())


def test_only_changed_runs_are_read_again(store, monkeypatch):
    kept, changed = record(store), record(store)
    overview(store)
    read: list[str] = []
    original = module.validation_curves

    def noting(store, run_ids):
        ids = list(run_ids)
        read.extend(ids)
        return original(store, ids)

    monkeypatch.setattr(module, "validation_curves", noting)
    before = overview(store)
    assert overview(store) is before
    store.labels.set(changed, name="mine")
    after = overview(store)
    assert read == [changed]
    assert after.version != before.version
    assert list(after.runs["name"]) == ["mine", ""]
    assert list(before.runs["name"]) == ["", ""], "a table that was handed out never changes"
    assert kept in after.positions


def test_a_table_kept_up_to_date_equals_one_made_anew(store, monkeypatch):
    ids = [record(store, VGGConfig(filters=filters)) for filters in (8, 16, 24)]
    overview(store)
    group = store.groups.create(
        "sweep", {}, [[store.runs.get(ids[0]).config]], owner="me", name="Depth"
    )
    overview(store)
    [trial] = store.groups.begin_trial(group.id, 0, owner="me")
    store.labels.set(ids[1], name="mine", notes="Good.", tags=["homework", "best"])
    overview(store)
    store.labels.delete([ids[0]])
    store.states.claim(trial.id, "lab:1")
    overview(store)
    store.labels.restore([ids[0]])
    store.labels.delete([ids[2]])
    record(store, ResNetConfig(), accuracies=(0.3,))
    kept = overview(store)
    runs = kept.runs.set_index("id")
    assert list(runs["deleted"][ids]) == [False, False, True]
    assert runs["group"][trial.id] == "Depth"
    assert all_tags(store) == ["best", "homework"]
    monkeypatch.setattr(module, "_kept", {})
    anew = overview(store)
    assert anew is not kept
    pd.testing.assert_frame_equal(kept.runs, anew.runs)
    assert (kept.fields, kept.positions) == (anew.fields, anew.positions)


def test_every_thread_sees_what_it_has_just_changed(store):
    ids = [record(store) for _ in range(4)]

    def looks(run_id: str) -> list[str]:
        seen = []
        for number in range(4):
            store.labels.set(run_id, notes=str(number))
            table = overview(store)
            seen.append(table.runs["notes"].iloc[table.positions[run_id]])
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(looks, ids)) == [["0", "1", "2", "3"]] * 4


def test_two_stores_have_tables_of_different_versions(tmp_path):
    with RunStore(tmp_path / "a") as first, RunStore(tmp_path / "b") as second:
        for store in (first, second):
            record(store)
        assert overview(first).version != overview(second).version


def test_fields_are_those_that_some_run_has(store):
    record(store)
    assert "num_convs" in overview(store).fields
    assert "shortcut" not in overview(store).fields
    record(store, ResNetConfig())
    assert "shortcut" in overview(store).fields


@pytest.mark.parametrize(
    "config", ["", "{}", "[]", "null", "3", '{"network": {"family": 7}, "train": 1}']
)
def test_a_run_of_another_version_is_a_row_without_hyperparameters(store, config):
    known, foreign = record(store), record(store, VGGConfig(filters=24))
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET config = ? WHERE id = ?", (config, foreign))
    rows = overview(store).runs.set_index("id")
    assert rows.loc[foreign, "best_accuracy"] == rows.loc[known, "best_accuracy"] == 0.8
    assert pd.isna(rows.loc[foreign, "filters"])
    assert not pd.isna(rows.loc[known, "filters"])


def test_hyperparameters_that_this_version_does_not_know_are_left_out():
    config = json.loads(RunConfig(network=VGGConfig(), train=TRAIN).model_dump_json())
    config["network"] |= {"warp": 9, "filters": "many", "units": {"first": 3}, "batchnorm": 2}
    found = stored_hyperparameters(json.dumps(config))
    assert not {"warp", "filters", "units", "batchnorm"} & set(found)
    assert found["num_convs"] == "2,2,2"


def test_no_column_has_the_name_of_a_hyperparameter(store):
    columns = list(overview(store).runs.columns)
    assert len(set(columns)) == len(columns)
    assert set(FIELDS) < set(columns)
