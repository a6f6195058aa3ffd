"""The sweep page: its set-up, its links and its start."""

from __future__ import annotations

import json

import pytest

from benchmarks.shared.recorded import default_run
from covnets.config import RunConfig
from covnets.groups.sweep.axes import default_axes
from covnets.models import PAGE_FAMILIES
from covnets.runs import RunStore
from covnets.runs.estimate import keep
from covnets.system import available_cores
from covnets.ui import services
from covnets.ui.sweep import progress as sweep_progress
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import charts, open_page, shown_text
from tests.ui.recorded_runs import evaluate, recorded_run
from tests.ui.sweep.sweeps_on_screen import map_of, press, values

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_every_family_is_first_swept_over_depth_and_width(family: str):
    page = open_page("sweep", family=family)
    for axis in default_axes(family):
        assert values(page, family, axis.field).value == [str(value) for value in axis.values]
    text = shown_text(page)
    assert f"Start makes 9 runs of {PAGE_FAMILIES[family].title}, about" in text
    assert not page.button(key="sweep.start").disabled


def test_start_begins_every_combination_once(store: RunStore, engine: FakeEngine):
    page = press(open_page("sweep"), "sweep.start")
    press(page, "sweep.start")
    (group,) = store.groups.list("sweep")  # a double click starts one
    assert page.query_params["sweep"] == group.id
    trials = store.groups.trials(group.id)
    configs = [RunConfig.model_validate_json(trial.configs[0]) for trial in trials]
    found = {(config.network.num_blocks[0], config.network.filters) for config in configs}
    assert found == {(blocks, filters) for blocks in (1, 2, 3) for filters in (8, 16, 32)}
    assert len(configs) == 9
    services.conductor().look()
    services.conductor().look()
    assert len(engine.begun) == engine.capacity


def test_impossible_combinations_are_counted_and_explained_and_never_begun(store: RunStore):
    page = open_page("sweep", family="vgg", vary=["num_stages:3,5", "filters:8,16"])
    text = shown_text(page)
    assert "Start makes 2 runs of VGG" in text
    assert "2 of 4 combinations cannot be trained" in text
    assert "stages 5, filters 8: Stages = 5 needs at least 32x32 pixels" in text
    page = press(page, "sweep.start")
    (group,) = store.groups.list("sweep")
    assert len(store.groups.trials(group.id)) == 2
    shown = map_of(page)
    assert shown["state_texts"]["text"].count("–") == 2
    assert "Stages = 5 needs" in json.dumps(shown["cells"]["text"])
    reasons = [*filter(None, page.dataframe[0].value["reason"])]
    assert [reason.startswith("Stages = 5 needs") for reason in reasons] == [True] * 2


def test_a_sweep_of_nothing_but_impossible_runs_cannot_be_started():
    page = open_page("sweep", family="vgg", vary="num_stages:5")
    assert "None of the 1 combinations can be trained" in shown_text(page)
    assert page.button(key="sweep.start").disabled


def test_wrong_values_are_refused_and_nothing_is_lost():
    page = open_page("sweep")
    page = values(page, "resnet", "filters").set_value(["8", "many"]).run()
    assert "Filters of the first stage = many" in shown_text(page)
    assert page.button(key="sweep.start").disabled
    assert values(page, "resnet", "filters").value == ["8", "many"]
    assert values(page, "resnet", "num_blocks").value == ["1", "2", "3"]
    page = values(page, "resnet", "filters").set_value([]).run()
    assert "has no values: give at least one" in shown_text(page)
    page = values(page, "resnet", "filters").set_value(["7"]).run()
    assert "Start makes 3 runs" in shown_text(page)
    page = page.multiselect(key="sweep.resnet.fields").set_value([]).run()
    assert "choose 1 to 3 of them" in shown_text(page)
    assert page.button(key="sweep.start").disabled


def test_a_varied_hyperparameter_has_no_slider_for_all(store: RunStore):
    page = open_page("sweep", vary="learning_rate:0.01,0.1")
    assert "sweep.resnet.train.learning_rate" not in {each.key for each in page.select_slider}
    assert "sweep.resnet.train.batch_size" in {each.key for each in page.select_slider}


def test_the_rest_can_be_as_in_a_run_and_is_set_for_all(store: RunStore):
    run = recorded_run(store, "finished", "resnet")
    page = open_page("sweep")
    page = page.selectbox(key="sweep.resnet.base").set_value(run.config).run()
    epochs = page.slider(key="sweep.resnet.train.epochs")
    assert epochs.value == run.config.train.epochs
    press(epochs.set_value(3).run(), "sweep.start")
    (group,) = store.groups.list("sweep")
    train = run.config.train.replace(epochs=3)
    assert sweep_progress.plan_of(group).base == run.config.replace(train=train)


def test_a_long_sweep_warns(store: RunStore):
    threads = available_cores()
    keep(store, default_run("resnet"), threads=threads, step_seconds=100.0, image_seconds=1.0)
    assert "It can be paused, and goes on even after a restart." in shown_text(open_page("sweep"))


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_a_search_begins_one_run_after_the_other(method: str, store: RunStore, engine: FakeEngine):
    page = open_page("sweep")
    page = page.button_group(key="sweep.method").set_value(method).run()
    page.slider(key="sweep.search.budget_runs").set_value(5).run()
    assert "Start makes at most 5 runs of ResNet, chosen among 9" in shown_text(page)
    press(page, "sweep.start")
    (group,) = store.groups.list("sweep")
    assert store.groups.trials(group.id) == []
    while services.conductor().look():
        for run in store.runs.list(group=group.id, states=["running"])[:1]:
            evaluate(store, run.id, 0.5)
            store.states.finish(run.id, "finished", {})
    assert len(engine.begun) == 5
    page.run()
    assert "5 of 5 runs finished" in shown_text(page)
    assert len(page.dataframe[0].value) == 5
    assert len(charts(page)) == 2
