"""The compare page: its table, the chosen runs, what is made of them, and what can be done."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import VGGConfig
from covnets.runs import Run, RunStore
from covnets.runs.overview import overview
from covnets.runs.question import Question, matching
from covnets.ui.compare import chosen_runs, run_space, run_table
from covnets.ui.compare.overlay import points_csv
from covnets.ui.compare.page import table_csv
from covnets.ui.race import contestants
from tests.ui.pages_on_screen import charts, open_page, shown_text
from tests.ui.recorded_runs import fill, planned_run, queued_run, recorded_run

VIEWS = ["Curves", "Settings", "Accuracy against cost", "Parallel coordinates", "Two runs"]


def compare(*runs: Run, **params: str | list[str]) -> AppTest:
    """Open the page by the link to some runs."""
    if runs:
        params["runs"] = ",".join(run.id for run in runs)
    return open_page("compare", **params)


def opened(view: str, *runs: Run) -> AppTest:
    """Open the page with one of its views in front."""
    test = compare(*runs)
    test.session_state["compare.views"] = view
    return test.run()


def listed(test: AppTest) -> list[str]:
    return list(test.dataframe[0].value["id"])


def chips_of(test: AppTest) -> Any:
    return next(part for part in test.multiselect if part.label == "Chosen runs")


def chips(test: AppTest) -> list[str]:
    return chips_of(test).value


def two_finished(store: RunStore) -> tuple[Run, Run]:
    return recorded_run(store, "finished", "vgg"), recorded_run(store, "finished", "resnet")


def test_an_empty_store_says_what_to_do():
    assert "press Start" in shown_text(open_page("compare"))


def test_all_runs_are_listed_the_newest_first_and_of_very_many_the_first(store, monkeypatch):
    runs = fill(store)
    test = open_page("compare")
    ids = [run.id for run in reversed(runs)]
    assert listed(test) == ids
    assert f"{len(runs)} runs · tick" in shown_text(test)
    assert "Tick boxes in the table" in shown_text(test)
    monkeypatch.setattr(run_table, "MOST_ROWS", 5)
    run_table._data.clear()  # type: ignore[attr-defined]
    test.run()
    assert listed(test) == ids[:5]
    assert f"{len(runs)} runs · the first 5 are listed" in shown_text(test)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_one_run_and_runs_of_every_state(store, view):
    runs = fill(store)
    for chosen_ones in (runs[:1], runs):
        test = opened(view, *chosen_ones)
        assert shown_text(test)
        assert [len(chips(test)), test.tabs[0].label] == [len(chosen_ones), "Curves"]


def test_a_link_chooses_its_runs_and_the_address_keeps_them(store):
    first, second = two_finished(store)
    test = open_page("compare", runs=f"{first.id},0123456789")
    assert "does not have: 0123456789" in shown_text(test)
    assert chips(test) == chosen(test) == [first.id]
    assert len(charts(test)) == 2
    chips_of(test).set_value([]).run()
    assert chosen(test) == []
    assert "runs" not in test.query_params
    assert second.id in listed(test)


def chosen(test: AppTest) -> list[str]:
    return test.session_state[chosen_runs.RUNS]


def test_filters_narrow_the_table_and_the_chosen_runs_stay(store):
    vgg, resnet = two_finished(store)
    test = compare(vgg)
    test.text_input(key="compare.search").set_value("finished resnet").run()
    assert listed(test) == [resnet.id]
    assert chips(test) == [vgg.id]
    assert "1 of 2 runs" in shown_text(test)
    test.text_input(key="compare.search").set_value("nobody").run()
    assert "No run matches" in test.info[0].value


def test_a_hyperparameter_filters_by_its_values(store):
    seeds = {seed: queued_run(store, VGGConfig(), seed=seed).id for seed in (1, 2, 3)}
    test = open_page("compare")
    test.multiselect(key="compare.fields").set_value(["seed"]).run()
    test.multiselect(key="compare.value.seed").set_value([1.0, 3.0]).run()
    assert listed(test) == [seeds[3], seeds[1]]
    assert "2 of 3 runs" in shown_text(test)
    assert test.query_params["seed"] == ["1", "3"]


def test_an_earlier_link_to_a_range_shows_the_runs_in_it(store):
    runs = [queued_run(store, VGGConfig(), seed=seed) for seed in (1, 2, 3, 5)]
    test = compare(seed="2..4")
    assert listed(test) == [runs[2].id, runs[1].id]
    assert test.query_params["seed"] == ["2", "3", "4"]


def test_deleted_runs_are_brought_back(store):
    first, second = two_finished(store)
    test = compare(first)
    test.button(key="compare.delete").click().run()
    assert listed(test) == [second.id]
    assert chosen(test) == []
    assert "Deleted" in test.toast[0].value
    test = compare(first, deleted="yes")
    assert listed(test) == [first.id]
    test.button(key="compare.restore").click().run()
    assert store.runs.get(first.id).deleted_at is None


def test_a_run_that_goes_on_is_not_deleted(store):
    run = recorded_run(store, "running")
    test = compare(run)
    test.button(key="compare.delete").click().run()
    assert "stop it before you delete it" in shown_text(test)
    assert listed(test) == [run.id]


@pytest.mark.parametrize("page", ["compare", "vgg"])
def test_a_label_is_written_and_shown(store, page):
    run = recorded_run(store, "finished", "vgg")
    test = compare(run) if page == "compare" else open_page(page, run.id)
    [name] = [part for part in test.text_input if part.label == "Name"]
    [notes] = [part for part in test.text_area if part.label == "Notes"]
    name.set_value("deep [one]")
    notes.set_value("Twice as deep.")
    next(button for button in test.button if button.label == "Save").click().run()
    found = store.runs.get(run.id)
    assert (found.name, found.notes) == ("deep [one]", "Twice as deep.")
    assert "deep [one]" in shown_text(test)
    assert "Twice as deep." in shown_text(test)


def test_chosen_runs_can_be_raced_again(store):
    runs = two_finished(store)
    test = compare(*runs)
    test.button(key="compare.race").click().run()
    assert test.session_state[contestants.LINE_UP] == [run.config for run in runs]


def test_settings_stand_side_by_side(store):
    test = opened("Settings", *two_finished(store))
    beside = test.dataframe[1].value
    assert list(beside.columns) == ["finished vgg", "finished resnet"]
    assert list(beside.loc["Family"]) == ["VGG", "ResNet"]
    assert "Epochs" not in beside.index
    test.toggle(key="compare.everything").set_value(True).run()
    assert list(test.dataframe[1].value.loc["Epochs"]) == ["2", "2"]


def test_of_many_points_those_on_the_front_are_described(store, monkeypatch):
    for seed in (1, 2):
        store.runs.create(planned_run("vgg", seed=seed), owner="test")
    named = recorded_run(store, "finished", "vgg")
    best = recorded_run(store, "finished", "vgg")
    for run_id, name in ((named.id, "mine"), (best.id, "")):
        store.labels.set(run_id, name=name)
    table = overview(store)
    rows = matching(table, Question())
    few = run_space._descriptions(table, rows, "params")
    assert few == ["seed 0", "mine", "seed 2", "seed 1"]
    monkeypatch.setattr(run_space, "MOST_DESCRIBED", 1)
    ids = [run.id for run in store.runs.list()]
    assert run_space._descriptions(table, rows, "params") == ["seed 0", "mine", *ids[2:]]


def test_files_hold_all_runs_and_all_points(store):
    run, _ = two_finished(store)
    table = overview(store)
    rows = list(csv.DictReader(io.StringIO(table_csv(table, matching(table, Question())).decode())))
    assert [row["name"] for row in rows] == ["finished resnet", "finished vgg"]
    assert rows[1]["num_convs"] == "2,2,2"
    assert "num_modules" not in rows[0]
    points = list(csv.DictReader(io.StringIO(points_csv([run], {run.id: "mine"}).decode())))
    assert {point["name"] for point in points} == {"mine"}
    assert sum(point["split"] == "train" for point in points) == run.step


def test_runs_are_named_by_what_differs_unless_they_have_a_name(store):
    runs = [queued_run(store, VGGConfig(), seed=seed) for seed in (0, 5)]
    assert list(chosen_runs.names(runs).values()) == ["seed 0", "seed 5"]
    named = [store.labels.set(run.id, name="same") for run in runs]
    assert list(chosen_runs.names(named).values()) == [f"same ({run.id})" for run in named]


def test_a_run_of_another_version_breaks_no_view(store):
    known = recorded_run(store, "finished", "vgg")
    foreign = recorded_run(store, "finished", "resnet")
    with store.database.transaction() as connection:
        connection.execute(
            "UPDATE runs SET config = '{}', family = 'lenet' WHERE id = ?", (foreign.id,)
        )
    store.labels.set(foreign.id, name="")
    assert chosen_runs.names([store.runs.get(foreign.id)]) == {foreign.id: foreign.id}
    test = compare(known, foreign)
    assert "of the family lenet, which has no page here" in shown_text(test)
    for view in VIEWS:
        test.session_state["compare.views"] = view
        assert shown_text(test.run())
        assert listed(test) == [foreign.id, known.id]
    test.button(key="compare.race").click().run()
    assert "start a new run from the lenet page" in shown_text(test)
