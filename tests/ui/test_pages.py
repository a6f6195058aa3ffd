"""Every page, alone by its address and in the dashboard, with an empty and with a full store."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from covnets import data
from covnets.charts.network.labels import PAGE_WIDTH
from covnets.charts.network.tables import layer_table
from covnets.config import AlexNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.errors import StoreError
from covnets.models import MINIATURES, PAGE_FAMILIES, PRESETS, sketch
from covnets.runs import MODEL, STATES, RunStore
from covnets.runs.labels import Labels
from covnets.ui import shell
from covnets.ui.network.details import WHOLE_IMAGE, layer_columns
from covnets.ui.parts.shown import name_of
from tests.ui.pages_on_screen import (
    RECEPTIVE_FIELD,
    charts,
    figures,
    image_captions,
    open_page,
    sentences,
    shown_text,
)
from tests.ui.recorded_runs import (
    DETAILS,
    REASON,
    TEST_ACCURACY,
    VALIDATION_ACCURACY,
    fill,
    recorded_run,
)

PAGES = [name for name, *_ in shell.PAGES]


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_family_page_with_an_empty_store_shows_the_network_and_waits_for_start(name):
    test = open_page(name)
    text = shown_text(test)
    family = PAGE_FAMILIES[name]
    assert [title.value for title in test.title] == [family.title]
    assert family.idea in text
    assert "press Start" in text
    assert {"Parameters", "MACs per image", "Depth", RECEPTIVE_FIELD} < set(figures(test))
    assert len(charts(test)) == 1
    assert not test.button(key=f"{name}.start").disabled
    assert test.button(key=f"{name}.stop").disabled


def test_front_page_with_an_empty_store_says_what_to_do_and_where_the_store_is(home):
    test = open_page("home")
    text = shown_text(test)
    assert shell.TITLE in text
    assert "No runs yet" in text
    assert f"Runs are kept in {home}" in text
    for family in PAGE_FAMILIES.values():
        assert family.title in text
        assert family.idea in text


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_a_full_store(store, name):
    fill(store)
    assert shown_text(open_page(name))


def test_front_page_lists_runs_of_every_state(store):
    runs = fill(store)
    test = open_page("home")
    assert "No runs yet" not in shown_text(test)
    table = test.dataframe[0].value
    assert set(table["state"]) == set(STATES)
    assert set(table["id"]) == {run.id for run in runs}
    assert table["id"].iloc[0] == runs[-1].id, "the newest comes first"
    assert set(table["family"]) == {family.title for family in PAGE_FAMILIES.values()}
    assert set(table["progress"]) == {0.0, 75.0, 100.0}, "in percent"
    for split, share in {"test": TEST_ACCURACY, "validation": VALIDATION_ACCURACY}.items():
        known = table[f"{split}_accuracy"].dropna()
        assert len(known)
        assert known.tolist() == pytest.approx([100 * share] * len(known))


@pytest.mark.parametrize("name", ["home", "compare"])
def test_tables_tell_times_in_the_visitors_zone(store, monkeypatch, name):
    monkeypatch.setattr(type(st.context), "timezone", "Pacific/Kiritimati")
    fill(store)
    columns = json.loads(open_page(name).dataframe[0].proto.columns)
    assert columns["created"]["type_config"]["timezone"] == "Pacific/Kiritimati"


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("Asia/Kolkata", "01 Jan, 05:30"),
        ("Europe", f"{datetime.fromtimestamp(0):%d %b, %H:%M}"),
    ],
)
def test_a_race_tells_its_time_in_the_visitors_zone_and_otherwise_in_the_servers(
    monkeypatch, zone, time
):
    monkeypatch.setattr(type(st.context), "timezone", zone)
    group = SimpleNamespace(created_at=0.0, name="Ours", state="finished")
    assert name_of(group) == f"Ours · {time}"


def test_front_page_lists_runs_of_families_that_are_not_here_any_more(store):
    recorded_run(store, "finished")
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET family = 'lenet'")
    test = open_page("home")
    assert "Choose a row" in shown_text(test)
    assert list(test.dataframe[0].value["family"]) == ["lenet"]


SAID: dict[str, tuple[str, ...]] = {
    "running": ("float32 (auto) on cpu, 2 threads",),
    "paused": ("paused (dashboard stopped)",),
    "failed": (REASON, DETAILS),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_run_in_the_address_is_shown_with_its_state(store, name, state):
    run = recorded_run(store, state, name)
    recorded_run(store, "running", name)
    text = shown_text(open_page(name, run.id))
    for said in (run.id, state, *SAID.get(state, ())):
        assert said in text


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled", "paused"])
def test_a_page_shows_the_run_that_goes_on_and_else_the_newest(store, state):
    recorded_run(store, "finished")
    newest = recorded_run(store, state)
    assert newest.id in shown_text(open_page("vgg"))
    running = recorded_run(store, "running")
    waiting, _ = recorded_run(store, "queued"), recorded_run(store, state)
    text = shown_text(open_page("vgg"))
    assert running.id in text
    assert waiting.id not in text
    assert "No run here yet" in shown_text(open_page("resnet"))


def test_run_that_ends_stays_on_the_page_of_those_who_watched_it(store):
    run = recorded_run(store, "running")
    test = open_page("vgg")
    store.states.finish(run.id, "finished", {"test_accuracy": 0.5})
    text = shown_text(test.run())
    assert run.id in text
    assert "finished" in text


def test_finished_run_shows_what_came_out_of_it(store):
    run = recorded_run(store, "finished")
    test = open_page("vgg", run.id)
    text = shown_text(test)
    assert figures(test)["Test accuracy"] == "87.6 %"
    assert figures(test)["Validation accuracy"] == "87.1 %"
    assert figures(test)["Images/s"] == "571"
    assert "on the test images" in text
    assert len(test.get("plotly_chart")) == 1
    said = r"said [\w/ -]+ \d+\N{NO-BREAK SPACE}%\s+is [\w/ -]+ \d+\N{NO-BREAK SPACE}%"
    assert len([caption for caption in image_captions(test) if re.fullmatch(said, caption)]) == 12


def test_cancelled_run_shows_its_curves_and_never_a_test_accuracy(store):
    test = open_page("vgg", recorded_run(store, "cancelled").id)
    assert "Test accuracy" not in figures(test)
    assert "Validation accuracy" in figures(test)
    assert "on the validation images" in shown_text(test)
    assert len(charts(test)) == 4, "drawing, accuracy, loss and gap"


def test_queued_run_tells_how_many_are_before_it(store):
    first, second = (recorded_run(store, "queued") for _ in range(2))
    waiting = [open_page("vgg", run.id).get("progress")[0].proto.text for run in (first, second)]
    assert waiting == ["Waiting for the worker", "Waiting: 1 run before it"]


def test_running_run_tells_its_progress_and_can_be_stopped(store):
    test = open_page("vgg", recorded_run(store, "running").id)
    progress = test.get("progress")[0].proto
    assert "Epoch 2 of 2 · step 30 of 40" in progress.text
    assert progress.value == 75
    assert not test.button(key="vgg.stop").disabled


@pytest.mark.parametrize(
    ("network", "title"), [(VGGConfig(), "VGG"), (AlexNetConfig(), "AlexNet")], ids=str
)
def test_run_of_another_family_in_the_address_is_not_shown_but_pointed_to(store, network, title):
    run = store.runs.create(RunConfig(network=network, train=TrainConfig()), owner="test")
    text = shown_text(open_page("resnet", run.id))
    assert f"The address names a run of {title}" in text
    assert run.id not in text


def test_reason_of_a_run_is_not_read_as_markdown(store):
    reason = "It *failed* in ![x](http://localhost/x.png) with <b>1</b>, $x$ and :red[y]."
    run = recorded_run(store, "running")
    store.states.fail(run.id, reason)
    test = open_page("vgg", run.id)
    assert sentences(test.error) == [reason]
    assert "](" not in test.error[0].value.replace("\\]", "")
    assert "\\<b\\>" in test.error[0].value


@pytest.mark.parametrize("name", PAGES)
def test_damaged_store_is_a_sentence_on_every_page(home, name):
    file = home / "covnets.sqlite3"
    file.write_bytes(b"not a database" * 100)
    text = shown_text(open_page(name))
    assert f"{file} is damaged or not a run store" in text
    assert "COVNETS_HOME" in text
    assert file.read_bytes() == b"not a database" * 100


def test_store_of_a_newer_version_is_a_sentence(store):
    recorded_run(store, "finished")
    with store.database.transaction() as connection:
        connection.execute("PRAGMA user_version = 99")
    store.close()
    assert "written by a newer version" in shown_text(open_page("vgg"))


@pytest.mark.parametrize("name", PAGES)
def test_run_with_hyperparameters_of_another_version_is_a_sentence(store, name):
    run = recorded_run(store, "finished")
    with store.database.transaction() as connection:
        connection.execute('UPDATE runs SET config = \'{"network": {"family": "vgg"}, "x": 1}\'')
    text = shown_text(open_page(name, run.id if name == "vgg" else None))
    assert ("written by another version" in text) == (name == "vgg")


@pytest.mark.parametrize("preset", PRESETS)
def test_layer_table_shows_every_entry_whole_and_a_miniature_s_fits_on_a_laptop(preset):
    table = layer_table(sketch(PRESETS[preset]))
    columns = layer_columns(table)
    assert list(columns) == list(table.columns)
    shown = {column: config for column, config in columns.items() if config is not None}
    if preset in MINIATURES.values():
        assert sum(config["width"] for config in shown.values()) <= PAGE_WIDTH
    # Letters of a name are 6.5 pixels wide, those of a title up to 8; cells keep 16 free.
    for column, config in shown.items():
        assert 8 * len(config["label"] or column) <= config["width"]
        if not column.startswith("share"):
            entries = table[column].astype(object).fillna(WHOLE_IMAGE)
            texts = [f"{entry:,}" if isinstance(entry, int) else entry for entry in entries]
            assert 6.5 * max(map(len, texts)) + 16 <= config["width"] + 1


def test_sample_images_carry_their_class_names():
    captions = image_captions(open_page("vgg"))
    assert sorted(captions) == sorted(data.load(TrainConfig().dataset).class_names)


def test_weights_that_cannot_be_kept_are_a_sentence(store, monkeypatch):
    run = recorded_run(store, "running")
    store.files.write(run.id, MODEL, Path.touch)
    store.states.finish(run.id, "cancelled", {"validation_accuracy": 0.5})
    test = open_page("vgg", run.id)

    def refuse(*_args: object, **_label: object) -> None:
        raise StoreError("The disk is full: make room.")

    monkeypatch.setattr(Labels, "set", refuse)
    test.toggle(key=f"{run.id}.pinned").set_value(True).run()
    assert sentences(test.error) == ["The disk is full: make room."]


def answers(store: RunStore, run_id: str, num_images: int, num_wrong: int, split: str) -> None:
    """Let a run be right about so many images but for the first few."""
    dataset = data.load("fashion_mnist")
    labels = (dataset.test_labels if split == "test" else dataset.validation_labels)[:num_images]
    said = (labels + (np.arange(num_images) < num_wrong)) % 10
    probabilities = np.full((num_images, 10), 0.02, np.float32)
    probabilities[np.arange(num_images), said] = 0.82
    arrays = {"split": np.array(split), "probabilities": probabilities}
    store.files.write(run_id, "predictions.npz", lambda path: np.savez(path, **arrays))


@pytest.mark.parametrize(
    ("num_wrong", "heading", "said"),
    [
        (0, "What it got wrong", "Nothing: all 2,000 images were classified rightly."),
        (1, "What it got wrong", "All 1 mistake on 2,000 images, the surest first."),
        (12, "What it got wrong", "All 12 mistakes on 2,000 images, the surest first."),
        (
            13,
            "What it got wrong and was most sure of",
            "12 of 13 mistakes on 2,000 images, the surest first.",
        ),
    ],
)
def test_mistakes_are_said_to_be_as_many_as_are_shown(store, num_wrong, heading, said):
    run = recorded_run(store, "finished")
    answers(store, run.id, 2000, num_wrong, "test")
    test = open_page("vgg", run.id)
    assert heading in [subheader.value for subheader in test.subheader]
    assert said in shown_text(test)


def test_a_run_that_was_stopped_says_on_how_many_images_it_was_validated(store):
    run = recorded_run(store, "cancelled")
    answers(store, run.id, 200, 50, "validation")
    test = open_page("vgg", run.id)
    (metric,) = (metric for metric in test.metric if metric.label == "Validation accuracy")
    assert metric.help == "On 200 validation images, when it was stopped."
    assert "on the first 200 validation images" in shown_text(test)


@pytest.mark.parametrize(("num_train", "which"), [(1000, "all 1,000"), (2000, "a fixed sample of")])
def test_the_gap_says_which_training_images_it_looks_at(store, num_train, which):
    run = recorded_run(store, "finished")
    config = run.config.replace(train=run.config.train.replace(num_train=num_train))
    other = store.runs.create(config, owner="test")
    store.states.claim(other.id, "machine:1")
    point = {"split": "train", "step": 1, "epoch": 1, "loss": 1, "accuracy": 0, "seconds": 1}
    store.history.add(other.id, [point])
    assert f"Accuracy on {which}" in shown_text(open_page("vgg", other.id))
