"""The sweep page: its set-up, its start, and what it shows of a sweep."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from covnets.conductor import Conductor
from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.models import PAGE_FAMILIES
from covnets.runs import Group, RunStore
from covnets.sweeps.axes import Axis, default_axes
from covnets.sweeps.grid import SweepPlan, grid
from covnets.ui import app, services, sweep_progress
from covnets.ui.sweep_state import usual
from covnets.ui.sweep_values import first_values, offered
from covnets.ui.sweep_view import csv_of
from tests.fake_engine import FakeEngine
from tests.known_machine import know_speeds
from tests.ui.pages_on_screen import SECONDS, charts, page_alone, page_in_dashboard, shown_text
from tests.ui.recorded_runs import recorded_run

BASE = RunConfig(
    network=VGGConfig(num_stages=1, filters=4, units=16),
    train=TrainConfig(num_train=1000, batch_size=50, epochs=3),
)
TWO_BY_TWO = (Axis(field="num_convs", values=(1, 2)), Axis(field="filters", values=(4, 8)))


@pytest.fixture(autouse=True)
def engine(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """An engine and a conductor that do only what a test tells them to."""
    fake = FakeEngine(store)
    monkeypatch.setattr(services, "engine", lambda: fake)
    monkeypatch.setattr(Conductor, "_work", lambda self: None)
    return fake


def linked(**params: str | list[str]) -> AppTest:
    """Open the page by a link."""
    page = AppTest.from_file(app.page_file("sweep"), default_timeout=SECONDS)
    for name, value in params.items():
        page.query_params[name] = value
    return page.run()


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def values(page: AppTest, family: str, field: str) -> Any:
    return page.multiselect(key=f"sweep.{family}.{field}.values")


def started(store: RunStore, plan: SweepPlan) -> Group:
    trials = [[cell.config] for cell in grid(plan.base, plan.axes) if cell.config is not None]
    trials = trials if plan.method == "grid" else []
    return services.conductor().begin("sweep", plan.model_dump(mode="json"), trials)


def begin(store: RunStore, engine: FakeEngine, group: Group, number: int) -> str:
    (run,) = engine.begin_trial(group.id, number)
    return run.id


def evaluate(store: RunStore, run_id: str, *accuracies: float) -> None:
    points = [
        {"split": split, "step": 20 * epoch, "epoch": epoch, "loss": 1.0, "seconds": epoch}
        | {"accuracy": accuracy}
        for epoch, accuracy in enumerate(accuracies, start=1)
        for split in ("train", "validation")
    ]
    store.add_points(run_id, points)


def finished(store: RunStore, engine: FakeEngine, scores: list[float]) -> Group:
    """Record a grid whose runs reached these accuracies."""
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    for number, score in enumerate(scores):
        run_id = begin(store, engine, group, number)
        evaluate(store, run_id, score / 2, score)
        store.finish(run_id, "finished", {})
    return store.finish_group(group.id) if len(scores) == 4 else group


def map_of(page: AppTest) -> dict[str, Any]:
    """The traces of the map by name."""
    figure = json.loads(charts(page)[0])
    return {trace["uid"]: trace for trace in figure["data"]}


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_every_family_is_first_swept_over_depth_and_width(family: str, store: RunStore):
    know_speeds(store)
    page = linked(family=family)
    for axis in default_axes(family):
        assert values(page, family, axis.field).value == [str(value) for value in axis.values]
    text = shown_text(page)
    assert f"Start makes 9 runs of {PAGE_FAMILIES[family].title}, about" in text
    assert not page.button(key="sweep.start").disabled


def test_an_unmeasured_machine_promises_no_time():
    assert "Start makes 9 runs of ResNet." in shown_text(page_in_dashboard("sweep"))


def test_start_begins_every_combination_once(store: RunStore, engine: FakeEngine):
    page = press(page_alone("sweep"), "sweep.start")
    (group,) = store.groups("sweep")
    assert page.query_params["sweep"] == group.id
    trials = store.trials(group.id)
    configs = [RunConfig.model_validate_json(trial.configs[0]) for trial in trials]
    found = {(config.network.num_blocks[0], config.network.filters) for config in configs}
    assert found == {(blocks, filters) for blocks in (1, 2, 3) for filters in (8, 16, 32)}
    assert len(configs) == 9
    services.conductor().look()
    services.conductor().look()
    assert len(engine.begun) == engine.places


def test_a_double_click_starts_one_sweep(store: RunStore):
    page = press(page_alone("sweep"), "sweep.start")
    press(page, "sweep.start")
    assert len(store.groups("sweep")) == 1


def test_impossible_combinations_are_counted_and_never_begun(store: RunStore):
    page = linked(family="vgg", vary=["num_stages:3,5", "filters:8,16"])
    text = shown_text(page)
    assert "Start makes 2 runs of VGG" in text
    assert "2 of 4 combinations cannot be trained" in text
    assert "Stages 5, Filters 8: Stages = 5 needs at least 32x32 pixels" in text
    page = press(page, "sweep.start")
    (group,) = store.groups("sweep")
    assert len(store.trials(group.id)) == 2
    assert map_of(page)["state_texts"]["text"].count("–") == 2


def test_a_sweep_of_nothing_but_impossible_runs_cannot_be_started():
    page = linked(family="vgg", vary="num_stages:5")
    assert "None of the 1 combinations can be trained" in shown_text(page)
    assert page.button(key="sweep.start").disabled


def test_wrong_values_are_refused_and_nothing_is_lost():
    page = page_alone("sweep")
    page = values(page, "resnet", "filters").set_value(["8", "many"]).run()
    assert "Filters of the first stage = many" in shown_text(page)
    assert page.button(key="sweep.start").disabled
    assert values(page, "resnet", "filters").value == ["8", "many"]
    assert values(page, "resnet", "num_blocks").value == ["1", "2", "3"]
    page = values(page, "resnet", "filters").set_value(["7"]).run()
    assert "Start makes 3 runs" in shown_text(page)


def test_no_values_and_no_hyperparameters_are_refused():
    page = values(page_alone("sweep"), "resnet", "filters").set_value([]).run()
    assert "has no values: give at least one" in shown_text(page)
    page = page.multiselect(key="sweep.resnet.fields").set_value([]).run()
    assert "choose 1 to 3 of them" in shown_text(page)
    assert page.button(key="sweep.start").disabled


def test_a_varied_hyperparameter_has_no_slider_for_all(store: RunStore):
    page = linked(vary="learning_rate:0.01,0.1")
    assert "sweep.resnet.train.learning_rate" not in {each.key for each in page.select_slider}
    assert "sweep.resnet.train.batch_size" in {each.key for each in page.select_slider}


def test_settings_of_all_runs_reach_the_runs(store: RunStore):
    page = page_alone("sweep")
    page.slider(key="sweep.resnet.train.epochs").set_value(2).run()
    press(page, "sweep.start")
    (group,) = store.groups("sweep")
    assert sweep_progress.plan_of(group).base.train == usual("resnet").train.replace(epochs=2)


def test_the_rest_can_be_as_in_a_run(store: RunStore):
    run = recorded_run(store, "finished", "resnet")
    page = page_alone("sweep")
    page = page.selectbox(key="sweep.resnet.base").set_value(run.id).run()
    assert page.slider(key="sweep.resnet.train.epochs").value == run.config.train.epochs
    press(page, "sweep.start")
    (group,) = store.groups("sweep")
    assert sweep_progress.plan_of(group).base == run.config


def test_a_long_sweep_warns(store: RunStore):
    know_speeds(store, slower=100.0)
    assert "It can be paused, and goes on even after a restart." in shown_text(page_alone("sweep"))


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_a_search_begins_one_run_after_the_other(method: str, store: RunStore, engine: FakeEngine):
    page = page_alone("sweep")
    page = page.button_group(key="sweep.method").set_value(method).run()
    page.slider(key="sweep.search.budget_runs").set_value(5).run()
    assert "Start makes at most 5 runs of ResNet, chosen among 9" in shown_text(page)
    press(page, "sweep.start")
    (group,) = store.groups("sweep")
    assert store.trials(group.id) == []
    while services.conductor().look():
        for run in store.list(group=group.id, states=["running"])[:1]:
            evaluate(store, run.id, 0.5)
            store.finish(run.id, "finished", {})
    assert len(engine.begun) == 5
    page.run()
    assert "5 of 5 runs finished" in shown_text(page)
    assert len(page.dataframe[0].value) == 5
    assert len(charts(page)) == 2


def test_an_address_opens_the_same_set_up_elsewhere():
    params: dict[str, Any] = {
        "family": "inception",
        "method": "tpe",
        "vary": ["learning_rate:0.001,0.01,0.07", "batchnorm:true,false", "branches:1x1,1x1/3x3"],
        "epochs": "2",
        "activation": "elu",
        "runs": "7",
        "minutes": "30",
        "prune": "false",
        "search_seed": "3",
    }
    page = linked(**params)
    assert not page.warning
    assert "Start makes at most 7 runs of Inception, chosen among 12" in shown_text(page)
    assert {name: page.query_params[name] for name in params} == params
    assert values(page, "inception", "branches").value == ["1x1", "1x1,3x3"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("family", "lenet", "use vgg, inception, resnet"),
        ("method", "luck", "use grid, random, tpe"),
        ("vary", "colour:red", "colour is not a field of a sweep over ResNet"),
        ("vary", "filters:8,-5", "Filters of the first stage = -5 is too small"),
        ("vary", "filters:1e999", "Filters of the first stage"),
        ("vary", ["filters:8"] * 4, "at most 3 can be"),
        ("vary", "seed:" + ",".join(map(str, range(101))), "at most 100"),
        ("vary", "seed:" + ",".join(map(str, range(50))), ""),
        ("runs", "100000", "budget_runs=100000 is too large"),
        ("epochs", "never", "Epochs"),
        ("wings", "2", "wings"),
        ("sweep", "0123456789", "There is no race or sweep '0123456789'"),
    ],
)
def test_a_wild_link_is_refused_in_a_sentence(name: str, value: Any, said: str):
    page = linked(**{name: value})
    text = shown_text(page)
    assert said in text
    assert bool(page.warning) == bool(said)
    if said:
        assert "Start makes 9 runs of ResNet" in text
        assert "vary" not in page.query_params


def test_a_link_unfolds_the_set_up_that_it_brings(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6])
    assert linked(vary="filters:4,8").expander[0].proto.expanded
    assert not linked(vary="filters:4,8", sweep=group.id).expander[0].proto.expanded


def test_the_map_fills_and_the_best_run_opens(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8, 0.7])
    page = page_alone("sweep")
    text = shown_text(page)
    assert "3 of 4 runs finished" in text
    assert "Best so far: **80.0 %** with Convolutions per stage 1, Filters 8, in epoch 2." in text
    assert sorted(map_of(page)["score_texts"]["text"]) == ["60.0", "70.0", "<b>80.0</b>"]
    table = page.dataframe[0].value
    assert list(table["best"].dropna()) == [60, 80, 70]
    assert list(table["state"]) == ["finished"] * 3 + ["waits"]
    assert not page.button(key="sweep.stop").disabled
    (link,) = (link for link in page.get("page_link") if link.proto.label == "Open it")
    best = store.trials(group.id)[1].run_ids[0]
    assert f"run={best}" in link.proto.query_string


def test_a_failed_run_says_why(store: RunStore, engine: FakeEngine):
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    store.fail(begin(store, engine, group, 1), "The loss is not a number.", "")
    page = page_alone("sweep")
    sentence = "The run with Convolutions per stage 1, Filters 8 failed. The loss is not a number."
    assert sentence in shown_text(page)
    assert "The loss is not a number." in list(page.dataframe[0].value["reason"])


def test_what_takes_several_runs_along_is_told_once(store: RunStore, engine: FakeEngine):
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    for number in (0, 3):
        store.fail(begin(store, engine, group, number), "The computer was shut down.", "")
    (error,) = page_alone("sweep").error
    assert error.value.count("The computer was shut down") == 1
    assert "2 runs with Convolutions per stage 1, Filters 4; Convolutions" in error.value


def test_reasons_name_hyperparameters_as_the_fields_do(store: RunStore):
    axes = (Axis(field="num_stages", values=(1, 5)), Axis(field="filters", values=(4,)))
    started(store, SweepPlan(base=BASE, axes=axes))
    page = page_alone("sweep")
    (reason,) = filter(None, page.dataframe[0].value["reason"])
    assert reason.startswith("Stages = 5 needs")
    assert "Stages = 5 needs" in json.dumps(map_of(page)["cells"]["text"])


def test_a_stopped_sweep_is_paused_and_goes_on(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6])
    services.conductor().look()
    page = press(page_alone("sweep"), "sweep.stop")
    assert "**paused**: Resume goes on with what is left" in shown_text(page)
    assert store.group(group.id).state == "paused"
    assert page.button(key="sweep.pause").label == "Resume"
    press(page, "sweep.pause")
    assert store.group(group.id).state == "running"


def test_a_sweep_of_a_dashboard_that_went_away_can_be_resumed(store: RunStore, engine: FakeEngine):
    plan = SweepPlan(base=BASE, axes=TWO_BY_TWO)
    trials = [[cell.config] for cell in grid(plan.base, plan.axes) if cell.config is not None]
    group = store.create_group("sweep", plan.model_dump(mode="json"), trials, owner="gone")
    store.pause_groups("gone")
    page = page_alone("sweep")
    assert "paused" in shown_text(page)
    press(page, "sweep.pause")
    assert store.group(group.id).owner == engine.owner
    assert services.conductor().look()
    assert len(engine.begun) == 1


def test_a_sweep_of_another_version_says_so_and_the_page_stays(store: RunStore):
    store.create_group("sweep", {"base": {"network": {"family": "lenet"}}}, [], owner="me")
    page = page_alone("sweep")
    assert "lenet" in shown_text(page)
    assert not page.button(key="sweep.start").disabled


def test_a_sweep_can_be_named_and_set_up_again(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8, 0.7, 0.5])
    page = page_alone("sweep")
    assert "Sweep 1: VGG, Convolutions per stage x Filters" in shown_text(page)
    page.text_input(key=f"sweep.name.{group.id}").set_value("Deep *or* wide").run()
    assert "Deep *or* wide: VGG" in shown_text(page)
    assert not page.expander[0].proto.expanded
    page = press(page, "sweep.again")
    assert page.expander[0].proto.expanded
    assert "Start makes 4 runs of VGG" in shown_text(page)
    page = press(page, "sweep.start")
    assert not page.expander[0].proto.expanded
    again = store.groups("sweep")[0]
    assert again.id != group.id
    assert again.plan == group.plan


def test_the_table_is_offered_as_csv(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8, 0.7, 0.5])
    table = pd.read_csv(io.StringIO(csv_of(group.id)))
    assert list(table["Filters"]) == [4, 8, 4, 8]
    assert list(table["best"]) == [60, 80, 70, 50]


def test_time_left_is_corrected_by_what_has_ended(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8])
    # Each run took 2 s by its own clock, nothing trains, and two are left.
    assert sweep_progress.seconds_left(sweep_progress.read(store, group.id)) == pytest.approx(4)


def test_a_chosen_hyperparameter_begins_around_its_usual_value():
    offers = offered("resnet")
    assert first_values(offers["filters"], 16) == offers["filters"].values[2:5]
    assert len(first_values(offers["epochs"], 30)) == 3
    assert first_values(offers["batchnorm"], True) == (False, True)
    assert "none" in first_values(offers["shortcut"], "none")
