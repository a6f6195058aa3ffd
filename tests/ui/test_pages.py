"""Every page, alone by its address and in the dashboard, with an empty and with a full store."""

from __future__ import annotations

import json
import re
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from covnets import data
from covnets.config import AlexNetConfig, VGGConfig
from covnets.models import PAGE_FAMILIES
from covnets.runs import STATES
from covnets.ui import shell
from covnets.ui.parts.shown import name_of
from tests.ui.pages_on_screen import (
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
    answer,
    fill,
    queued_run,
    recorded_run,
)

PAGES = [name for name, *_ in shell.PAGES]


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


def test_front_page_lists_runs_of_every_state(store, monkeypatch):
    runs = fill(store)
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET family = 'lenet' WHERE number = 1")
    monkeypatch.setattr(type(st.context), "timezone", "Pacific/Kiritimati")
    test = open_page("home")
    assert "No runs yet" not in shown_text(test)
    table = test.dataframe[0].value
    assert set(table["state"]) == set(STATES)
    assert set(table["id"]) == {run.id for run in runs}
    assert table["id"].iloc[0] == runs[-1].id, "the newest comes first"
    titles = {family.title for family in PAGE_FAMILIES.values()}
    assert set(table["family"]) == titles | {"lenet"}, "of a family that is not here any more"
    assert set(table["progress"]) == {0.0, 75.0, 100.0}, "in percent"
    for split, share in {"test": TEST_ACCURACY, "validation": VALIDATION_ACCURACY}.items():
        known = table[f"{split}_accuracy"].dropna()
        assert len(known)
        assert known.tolist() == pytest.approx([100 * share] * len(known))
    columns = json.loads(test.dataframe[0].proto.columns)
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


SAID: dict[str, tuple[str, ...]] = {
    "running": ("float32 (auto) on cpu, 2 threads",),
    "paused": ("paused (dashboard stopped)",),
    "failed": (REASON, DETAILS),
}


@pytest.mark.parametrize("state", STATES)
def test_run_in_the_address_is_shown_with_its_state(store, state):
    run = recorded_run(store, state)
    recorded_run(store, "running")
    text = shown_text(open_page("vgg", run.id))
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
    test = open_page("vgg")
    store.states.finish(running.id, "finished", {"test_accuracy": 0.5})
    text = shown_text(test.run())
    assert running.id in text, "it stays on the page of those who watched it"
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


@pytest.mark.parametrize(
    ("network", "title"), [(VGGConfig(), "VGG"), (AlexNetConfig(), "AlexNet")], ids=str
)
def test_run_of_another_family_in_the_address_is_not_shown_but_pointed_to(store, network, title):
    run = queued_run(store, network)
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


@pytest.mark.parametrize("name", PAGES)
def test_what_another_version_wrote_is_a_sentence(store, name):
    run = recorded_run(store, "finished")
    with store.database.transaction() as connection:
        connection.execute('UPDATE runs SET config = \'{"network": {"family": "vgg"}, "x": 1}\'')
    text = shown_text(open_page(name, run.id if name == "vgg" else None))
    assert ("written by another version" in text) == (name == "vgg")


@pytest.mark.parametrize(
    ("num_wrong", "heading", "said"),
    [
        (0, "What it got wrong", "Nothing: all 2,000 images were classified rightly."),
        (1, "What it got wrong", "All 1 mistake on 2,000 images, the surest first."),
        (12, "What it got wrong", "All 12 mistakes on 2,000 images, the surest first."),
        (13, "What it got wrong and was most sure of", "12 of 13 mistakes on 2,000 images"),
    ],
)
def test_mistakes_are_said_to_be_as_many_as_are_shown(store, num_wrong, heading, said):
    run = recorded_run(store, "finished")
    labels = data.load("fashion_mnist").test_labels
    answer(store, run.id, (labels + (np.arange(2000) < num_wrong)) % 10)
    test = open_page("vgg", run.id)
    assert heading in [subheader.value for subheader in test.subheader]
    assert said in shown_text(test)


def test_cancelled_run_shows_its_curves_and_never_a_test_accuracy(store):
    run = recorded_run(store, "cancelled")
    answer(store, run.id, data.load("fashion_mnist").validation_labels[:200], "validation")
    test = open_page("vgg", run.id)
    assert "Test accuracy" not in figures(test)
    assert "Validation accuracy" in figures(test)
    assert "on the first 200 validation images" in shown_text(test)
    assert len(charts(test)) == 4, "drawing, accuracy, loss and gap"
    assert "Accuracy on all 1,000 of its training images" in shown_text(test)
