"""What the sweep page shows of a sweep, while it goes on and at its end."""

from __future__ import annotations

import pytest

from covnets.config import RunConfig
from covnets.groups.sweep.axes import Axis, first_values, offered
from covnets.groups.sweep.grid import SweepPlan, grid
from covnets.runs import RunStore
from covnets.runs.estimate import Known
from covnets.ui import services
from covnets.ui.sweep import progress as sweep_progress
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import open_page, shown_text
from tests.ui.recorded_runs import evaluate
from tests.ui.sweep.sweeps_on_screen import (
    BASE,
    TWO_BY_TWO,
    begin,
    finished,
    map_of,
    press,
    started,
)

pytestmark = pytest.mark.usefixtures("engine")


def test_a_link_unfolds_the_set_up_that_it_brings(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6])
    assert open_page("sweep", vary="filters:4,8").expander[0].proto.expanded
    assert not open_page("sweep", vary="filters:4,8", sweep=group.id).expander[0].proto.expanded


def test_the_map_fills_and_the_best_run_opens(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8, 0.7])
    page = open_page("sweep")
    text = shown_text(page)
    assert "3 of 4 runs finished" in text
    best = "Best finished run so far: 80.0 % validation accuracy"
    assert f"{best} with convolutions 1, filters 8, in epoch 2." in text
    assert sorted(map_of(page)["score_texts"]["text"]) == ["60.0", "70.0", "<b>80.0</b>"]
    table = page.dataframe[0].value
    assert list(table["best"].dropna()) == [60, 80, 70]
    assert list(table["state"]) == ["finished"] * 3 + ["not run yet"]
    assert not page.button(key="sweep.stop").disabled
    (link,) = (link for link in page.get("page_link") if link.proto.label == "Open it")
    best = store.groups.trials(group.id)[1].run_ids[0]
    assert f"run={best}" in link.proto.query_string


def test_what_failed_says_why_and_once_for_all_runs_that_it_took_along(
    store: RunStore, engine: FakeEngine
):
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    store.states.fail(begin(store, engine, group, 1), "The loss is not a number.", "")
    for number in (0, 3):
        store.states.fail(begin(store, engine, group, number), "The computer was shut down.", "")
    page = open_page("sweep")
    assert [error.value for error in page.error] == [
        "2 runs failed. The computer was shut down.",
        "A run failed. The loss is not a number.",
    ]
    assert "The loss is not a number." in list(page.dataframe[0].value["reason"])


def test_runs_that_go_on_after_their_worker_died_are_told_of_once(
    store: RunStore, engine: FakeEngine
):
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    for number in (0, 3):
        store.states.revive(begin(store, engine, group, number), "It died. The run goes on.")
    (warning,) = open_page("sweep").warning
    assert "It died. The run goes on. So do " in warning.value


def test_a_stopped_sweep_is_paused_and_goes_on(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6])
    services.conductor().look()
    page = press(open_page("sweep"), "sweep.stop")
    assert "**paused**: Resume goes on with what is left" in shown_text(page)
    assert store.groups.get(group.id).state == "paused"
    assert page.button(key="sweep.pause").label == "Resume"
    press(page, "sweep.pause")
    assert store.groups.get(group.id).state == "running"


def test_a_sweep_of_another_version_says_so_and_the_page_stays(store: RunStore):
    store.groups.create("sweep", {"base": {"network": {"family": "lenet"}}}, [], owner="me")
    page = open_page("sweep")
    assert "lenet" in shown_text(page)
    assert not page.button(key="sweep.start").disabled


def test_a_sweep_can_be_set_up_again(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8, 0.7, 0.5])
    page = open_page("sweep")
    assert "Sweep 1: VGG, convolutions x filters" in shown_text(page)
    assert list(page.dataframe[0].value["Filters of the first stage"]) == [4, 8, 4, 8]
    assert not page.expander[0].proto.expanded
    page = press(page, "sweep.again")
    assert page.expander[0].proto.expanded
    assert "Start makes 4 runs of VGG" in shown_text(page)
    page = press(page, "sweep.start")
    assert not page.expander[0].proto.expanded
    again = store.groups.list("sweep")[0]
    assert again.id != group.id
    assert again.plan == group.plan


def test_time_left_is_corrected_by_what_has_ended(store: RunStore, engine: FakeEngine):
    group = finished(store, engine, [0.6, 0.8])
    configs = [
        RunConfig.model_validate_json(trial.configs[0]) for trial in store.groups.trials(group.id)
    ]
    typical = list(map(Known().seconds, configs))
    # Each run took 2 s by its own clock, nothing trains, and two are left.
    left = 2 * 2 * sum(typical[2:]) / sum(typical[:2])
    assert sweep_progress.seconds_left(sweep_progress.read(store, group.id)) == pytest.approx(left)


def test_a_chosen_hyperparameter_begins_around_its_usual_value():
    offers = offered("resnet")
    assert first_values(offers["filters"], 16) == offers["filters"].values[2:5]
    assert len(first_values(offers["epochs"], 30)) == 3
    assert first_values(offers["batchnorm"], True) == (False, True)
    assert "none" in first_values(offers["shortcut"], "none")


def test_runs_that_go_on_do_not_count_for_what_mattered(store: RunStore, engine: FakeEngine):
    axes = (Axis(field="filters", values=(4, 8, 16)), Axis(field="num_convs", values=(1, 2)))
    plan = SweepPlan(base=BASE, axes=axes, method="random")
    group = started(store, plan)
    configs = [cell.config for cell in grid(plan) if cell.config is not None]
    for number in store.groups.add_trials(group.id, [[config] for config in configs]):
        run_id = begin(store, engine, group, number)
        evaluate(store, run_id, 0.5 + number / 20)
        if number < 4:
            store.states.finish(run_id, "finished", {})
    text = shown_text(open_page("sweep"))
    assert "What mattered can be told from 6 ended runs on." in text
    assert "by chance" not in text
