"""The race page: the line, the start, the leader board and what it says of luck."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import ResNetConfig, RunConfig, TrainConfig
from covnets.groups.race import Conditions, trials
from covnets.models import FAMILIES
from covnets.runs import RunStore
from covnets.ui import services
from covnets.ui.parts import buttons
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import charts, open_page, shown_text
from tests.ui.recorded_runs import evaluate, recorded_run

PLAIN = RunConfig(network=ResNetConfig(shortcut="none"), train=FAMILIES["resnet"].train_defaults)
RESIDUAL = PLAIN.replace(network=ResNetConfig(shortcut="identity"))
SMALL = TrainConfig(num_train=1000, batch_size=50, epochs=2)


def press(page: AppTest, label: str) -> AppTest:
    button = next(b for b in page.button if b.label == label or b.key == label)
    return button.click().run()


def planned_race(store: RunStore, num_seeds: int = 1) -> str:
    """Plan a race of the plain and the residual network."""
    planned = trials([PLAIN, RESIDUAL], Conditions(SMALL, num_seeds=num_seeds))
    return store.groups.create("race", {"pace": "epoch"}, planned, owner="me").id


def finish_seeds(
    store: RunStore, engine: FakeEngine, race: str, scores: dict[int, tuple[float, float]]
) -> None:
    """Record how both finished with some of a race's seeds."""
    for number, pair in scores.items():
        for run, score in zip(engine.begin_trial(race, number), pair, strict=True):
            evaluate(store, run.id, score, score)
            store.states.finish(run.id, "finished", {"test_accuracy": score})


def test_a_race_has_no_contestants_at_first(engine: FakeEngine):
    page = open_page("race")
    assert "No contestants yet" in shown_text(page)
    assert page.button(key="race.start").disabled


@pytest.mark.parametrize("title", ["Three families", "Plain or residual", "Deep or shallow"])
def test_a_ready_race_can_be_started_at_once(engine, store: RunStore, title: str, monkeypatch):
    monkeypatch.setattr(buttons, "SECONDS_OF_A_DOUBLE_CLICK", 600.0)
    page = press(open_page("race"), title)
    page = press(press(page, "race.start"), "race.start")
    (group,) = store.groups.list("race")  # a double click starts one
    services.conductor().look()
    runs = store.runs.list(group=group.id)
    assert len(runs) in (2, 3)
    assert len({run.race for run in runs}) == 1
    assert len({run.config.train.seed for run in runs}) == 1
    assert not page.exception
    assert group.id in page.query_params["race"]


def test_the_contestants_are_described_and_stand_in_the_address(engine: FakeEngine):
    page = press(open_page("race"), "Plain or residual")
    found = re.findall(r"shortcut (none|identity).*?([\d.]+ k) parameters", shown_text(page))
    assert [name for name, _ in found] == ["none", "identity"]
    assert found[0][1] == found[1][1]  # twins have equal parameters
    twins = ["resnet;num_blocks=3;shortcut=none", "resnet;num_blocks=3"]
    assert page.query_params["contestant"] == twins


def test_one_contestant_needs_seeds_and_two_equal_ones_are_pointed_out(engine: FakeEngine):
    page = press(open_page("race"), "race.add_preset")
    assert "A race needs two contestants" in shown_text(page)
    page = page.button_group(key="race.seeds").set_value(3).run()
    assert "3 runs over 3 seeds" in shown_text(page)
    assert not page.button(key="race.start").disabled
    assert "Two contestants are the same" in shown_text(press(page, "race.add_preset"))


def test_contestants_come_from_a_family_s_page_and_from_an_earlier_run(engine, store: RunStore):
    recorded_run(store, "finished", "resnet")
    page = press(open_page("vgg"), "vgg.add_to_race")
    page = press(page.switch_page("pages/race.py").run(), "race.add_run")
    text = shown_text(page)
    assert "1. VGG" in text
    assert "2. ResNet" in text


def test_a_finished_race_shows_its_leader_and_can_be_repeated(engine: FakeEngine, store: RunStore):
    race = planned_race(store)
    finish_seeds(store, engine, race, {0: (0.6, 0.8)})
    store.groups.finish(race)
    page = open_page("race")
    assert race in str(page.query_params["race"])
    board = page.dataframe[0].value
    assert list(board["contestant"]) == ["ResNet · shortcut identity", "ResNet · shortcut none"]
    assert list(board["accuracy"]) == [80, 60]
    assert "won this time with 80.0 %, 20.0 points ahead of" in shown_text(page)
    page.toggle(key="race.log").set_value(True).run()
    axes = [json.loads(chart)["layout"]["yaxis"] for chart in charts(page)]
    assert [axis.get("type") for axis in axes] == [None, "log"]
    press(page, "race.repeat.3")
    planned = store.groups.trials(race)
    seeds = [RunConfig.model_validate_json(trial.configs[1]).train.seed for trial in planned]
    assert seeds == [0, 1, 2]
    assert store.groups.get(race).state == "running"


def test_a_finished_run_is_repeated_over_seeds_and_counts_as_the_first(
    engine: FakeEngine, store: RunStore
):
    run = recorded_run(store, "finished", "resnet")
    page = press(open_page("resnet", run.id), f"{run.id}.seeds.3")
    (group,) = store.groups.list("race")
    planned = store.groups.trials(group.id)
    assert [trial.run_ids for trial in planned] == [(run.id,), (None,), (None,)]
    seeds = [RunConfig.model_validate_json(trial.configs[0]).train.seed for trial in planned]
    assert seeds == [run.config.train.seed + step for step in range(3)]
    assert "All have finished 1 of 3 seeds" in shown_text(page)
    assert "2 epochs of 1,000 images, batches of 50" in shown_text(page)


def test_a_difference_is_called_real_once_no_seed_is_still_to_come(
    engine: FakeEngine, store: RunStore
):
    race = planned_race(store, num_seeds=5)
    finish_seeds(store, engine, race, {0: (0.60, 0.80), 1: (0.61, 0.81), 2: (0.59, 0.80)})
    page = open_page("race")
    text = shown_text(page)
    assert "So far shortcut identity leads with 80.3 % over 3 of 5 seeds" in text
    assert "larger than seeds" not in text
    assert "interval" not in text
    finish_seeds(store, engine, race, {3: (0.60, 0.79), 4: (0.62, 0.80)})
    store.groups.finish(race)
    text = shown_text(page.run())
    assert "shortcut identity beat shortcut none in 5 of 5 seeds" in text
    assert "is larger than seeds explain" in text
    assert "95 % interval" in text


def test_a_failed_seed_is_named_and_can_be_begun_anew(engine: FakeEngine, store: RunStore):
    race = planned_race(store, num_seeds=2)
    finish_seeds(store, engine, race, {0: (0.5, 0.5)})
    plain, residual = engine.begin_trial(race, 1)
    store.states.finish(plain.id, "finished", {"test_accuracy": 0.5})
    store.states.fail(residual.id, "The loss is no number.")
    store.groups.finish(race)
    page = open_page("race")
    text = shown_text(page)
    assert "shortcut identity failed or was stopped with seed 1: not compared" in text
    assert "The loss is no number." in text
    press(page, "race.pause")
    services.conductor().look()
    assert store.runs.list(group=race)[0].state == "running"
    assert len(engine.begun) == 5


def test_what_cannot_be_trained_is_refused_before_the_start(engine: FakeEngine):
    page = open_page("race", contestant=["vgg;input_shape=64x64x3", "resnet"])
    assert page.button(key="race.start").disabled
    assert "64x64" in shown_text(page)


def notes(page: AppTest) -> set[str]:
    """What stands below the curves' axes."""
    titles = [json.loads(chart)["layout"]["xaxis"]["title"]["text"] for chart in charts(page)]
    return {note.strip() for title in titles for note in re.findall(r">([^<>]+)</span>", title)}


def test_what_is_said_of_the_lines_follows_the_race(engine: FakeEngine, store: RunStore):
    runs = engine.begin_trial(planned_race(store), 0)
    assert notes(open_page("race")) == {"no points yet", ""}
    for run in runs:
        evaluate(store, run.id, 0.5)
    page = open_page("race")
    assert "with markers: validation; without: training, smoothed" in str(notes(page))
    page = page.toggle(key="race.smooth").set_value(False).run()
    assert "with markers: validation; without: training, each step" in str(notes(page))


def test_medians_over_seeds_are_not_offered_to_be_smoothed(engine: FakeEngine, store: RunStore):
    engine.begin_trial(planned_race(store, num_seeds=3), 0)
    assert "race.smooth" not in {toggle.key for toggle in open_page("race").toggle}


def test_a_race_that_waits_for_others_does_not_say_that_it_builds(store: RunStore, engine):
    runs = store.groups.begin_trial(planned_race(store), 0, owner=engine.owner)
    assert "waiting for a worker" in shown_text(open_page("race"))
    store.states.claim(runs[0].id, "lab:1")
    assert "building and tracing the networks" in shown_text(open_page("race"))
