"""The buttons: what they ask of the engine, and what they show when it cannot be had."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from covnets.config import RunConfig, VGGConfig
from covnets.engine import EngineState
from covnets.errors import EngineError, StoreError
from covnets.models import PAGE_FAMILIES, saved
from covnets.runs import MODEL, Run, RunStore
from covnets.ui import notices, services
from covnets.ui.parts import buttons
from covnets.worker.saving import write_checkpoint
from tests.engine.fake_engine import QueueingEngine
from tests.ui.pages_on_screen import (
    open_page,
    sentences,
    shown_text,
    widgets,
)
from tests.ui.recorded_runs import recorded_run


class WaitingEngine(QueueingEngine):
    """Queues runs, never trains them, and notes what it was asked."""

    state: EngineState = "ready"
    message: str | None = None

    def __init__(self, store: RunStore) -> None:
        super().__init__(store, owner="test")
        self.asked: list[tuple[str, object]] = []
        self.prepared: list[RunConfig] = []
        self.troubles: dict[str, str] = {}

    def stop(self, run_id: str) -> Run:
        self.asked.append(("stop", run_id))
        return super().stop(run_id)

    def pause(self, run_id: str) -> Run:
        self.asked.append(("pause", run_id))
        return super().pause(run_id)

    def resume(self, run_id: str) -> Run:
        self.asked.append(("resume", run_id))
        return super().resume(run_id)

    def train_on(self, run_id: str, epochs: int) -> Run:
        self.asked.append(("train_on", epochs))
        return super().train_on(run_id, epochs)

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        self.prepared += configs

    def trouble(self, run_id: str) -> str | None:
        return self.troubles.get(run_id)


@pytest.fixture
def engine(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> WaitingEngine:
    waiting = WaitingEngine(store)
    monkeypatch.setattr(services, "engine", lambda: waiting)
    return waiting


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_start_submits_what_the_sliders_describe(engine, name):
    test = open_page(name)
    test.button(key=f"{name}.start").click().run()
    (run,) = engine.store.runs.list()
    family = PAGE_FAMILIES[name]
    assert run.config == RunConfig(network=family.config_class(), train=family.train_defaults)
    assert test.query_params["run"] in (run.id, [run.id])
    assert run.id in shown_text(test)
    assert "queued" in shown_text(test)
    assert not test.button(key=f"{name}.stop").disabled


def test_a_started_run_is_as_the_sliders_were_and_they_can_be_moved_back_to_it(engine):
    test = open_page("vgg")
    widgets(test)["vgg.num_convs"].set_value(3)
    widgets(test)["vgg.train.epochs"].set_value(2)
    test.run()
    test.button(key="vgg.start").click().run()
    (run,) = engine.store.runs.list()
    assert (run.config.network, run.config.train.epochs) == (VGGConfig(num_convs=3), 2)
    assert "other settings" not in shown_text(test)
    test.button(key="vgg.reset").click().run()
    assert engine.store.runs.list() == [run]
    assert run.id in shown_text(test)
    assert "other settings" in shown_text(test)
    test.button(key="vgg.settings").click().run()
    assert widgets(test)["vgg.num_convs"].value == 3
    assert widgets(test)["vgg.train.epochs"].value == 2
    assert "other settings" not in shown_text(test)


def test_run_is_still_shown_and_in_the_address_when_one_comes_back_to_the_page(engine):
    test = open_page("vgg")
    test.button(key="vgg.start").click().run()
    (run,) = engine.store.runs.list()
    test.switch_page("pages/resnet.py").run()
    assert run.id not in shown_text(test)
    test.query_params.clear()
    test.switch_page("pages/vgg.py").run()
    assert run.id in shown_text(test)
    assert test.query_params["run"] in (run.id, [run.id])


def test_address_of_before_does_not_bring_the_run_of_before_back(engine):
    old = recorded_run(engine.store, "running")
    test = open_page("vgg", old.id)
    test.button(key="vgg.start").click().run()
    new = engine.store.runs.list(limit=1)[0]
    # As when a tick of the live curves was on its way while Start was pressed.
    test.query_params["run"] = old.id
    test.run()
    assert new.id in shown_text(test)
    assert test.query_params["run"] in (new.id, [new.id])


def test_double_click_starts_one_run_and_a_later_click_another(engine, monkeypatch):
    test = open_page("vgg")
    for _ in range(2):
        test.button(key="vgg.start").click().run()
    assert len(engine.store.runs.list()) == 1
    monkeypatch.setattr(buttons, "SECONDS_OF_A_DOUBLE_CLICK", 0.0)
    test.button(key="vgg.start").click().run()
    assert len(engine.store.runs.list()) == 2


def test_another_run_can_be_started_at_once_and_waits(engine):
    running = recorded_run(engine.store, "running")
    test = open_page("vgg", running.id)
    test.button(key="vgg.start").click().run()
    assert test.get("progress")[0].proto.text == "Waiting for the worker"
    widgets(test)["vgg.num_convs"].set_value(3)
    test.run()
    test.button(key="vgg.start").click().run()
    assert len(engine.store.runs.list(states=["queued"])) == 2
    assert test.get("progress")[0].proto.text == "Waiting: 1 run before it"


def test_run_that_waits_for_the_first_worker_says_so(engine):
    engine.state = "starting"
    test = open_page("vgg", recorded_run(engine.store, "queued").id)
    assert test.get("progress")[0].proto.text == "Loading TensorFlow, a few seconds"


@pytest.mark.parametrize(
    ("button", "method"), [("start", "submit"), ("pause", "pause"), ("stop", "stop")]
)
def test_what_a_button_cannot_do_is_said_once(engine, monkeypatch, button, method):
    def refuse(_asked: object) -> None:
        raise StoreError("The store is locked: try again.")

    monkeypatch.setattr(engine, method, refuse)
    test = open_page("vgg", recorded_run(engine.store, "running").id)
    test.button(key=f"vgg.{button}").click().run()
    assert sentences(test.error) == ["The store is locked: try again."]
    assert not test.run().error


def test_stop_asks_the_engine_to_stop_the_shown_run_which_ends_at_once_if_it_waits(engine):
    run = recorded_run(engine.store, "running")
    test = open_page("vgg", run.id)
    test.button(key="vgg.stop").click().run()
    assert engine.asked == [("stop", run.id)]
    assert test.button(key="vgg.stop").disabled, "once is enough"
    assert "Stopping" in test.get("progress")[0].proto.text
    waiting = recorded_run(engine.store, "queued")
    test = open_page("vgg", waiting.id)
    test.button(key="vgg.stop").click().run()
    assert "cancelled" in shown_text(test)
    assert test.button(key="vgg.stop").disabled


def test_pause_asks_the_engine_to_pause_the_shown_run(engine):
    run = recorded_run(engine.store, "running")
    test = open_page("vgg", run.id)
    assert test.button(key="vgg.pause").label == "Pause"
    test.button(key="vgg.pause").click().run()
    assert engine.asked == [("pause", run.id)]
    assert test.button(key="vgg.pause").disabled, "once is enough"
    assert not test.button(key="vgg.stop").disabled
    assert "pausing" in test.get("progress")[0].proto.text


def test_paused_run_is_resumed_in_one_click(engine):
    run = recorded_run(engine.store, "paused")
    test = open_page("vgg", run.id)
    assert test.button(key="vgg.pause").label == "Resume"
    test.button(key="vgg.pause").click().run()
    assert engine.asked == [("resume", run.id)]
    assert engine.store.runs.get(run.id).state == "queued"
    assert test.get("progress")[0].proto.text == "About to go on"
    assert test.button(key="vgg.pause").label == "Pause"
    engine.store.states.claim(run.id, "machine:2")
    assert test.run().get("progress")[0].proto.text == "Building and tracing the network"


def test_paused_run_can_be_trained_on_and_kept(engine):
    run = recorded_run(engine.store, "paused")
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    test = open_page("vgg", run.id)
    assert "Trained network" not in shown_text(test)
    test.toggle(key=f"{run.id}.pinned").set_value(True).run()
    assert engine.store.runs.get(run.id).pinned
    test.button(key="vgg.train_on").click().run()
    assert engine.asked == [("train_on", run.config.train.epochs + 2)]


SAVED = {"now": (saved.RESCALING, "3.12", "0–255"), "earlier": ("images", "3.15.0", "0–1")}


@pytest.mark.parametrize(("layer", "oldest_keras", "pixels"), SAVED.values(), ids=SAVED)
def test_download_says_which_keras_opens_it_and_which_pixels_it_takes(
    engine, layer, oldest_keras, pixels
):
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", '{"keras_version": "3.15.0"}')
            archive.writestr("config.json", f'{{"name": "{layer}"}}')

    run = recorded_run(engine.store, "finished")
    engine.store.files.write(run.id, MODEL, write)
    (button,) = open_page("vgg", run.id).get("download_button")
    assert button.proto.label == f"Trained network: Keras {oldest_keras}+, pixels {pixels}"
    assert f"from {pixels.replace('–', ' to ')}, " in button.proto.help


def test_damaged_network_is_not_offered(engine):
    run = recorded_run(engine.store, "finished")
    engine.store.files.write(run.id, MODEL, lambda path: path.write_bytes(b"half a file"))
    test = open_page("vgg", run.id)
    assert "is damaged" in shown_text(test)
    assert not test.get("download_button")


def test_run_that_cannot_go_on_says_why(engine):
    run = recorded_run(engine.store, "paused")
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    engine.store.files.enforce_budget(0)
    test = open_page("vgg", run.id)
    assert "Its weights are no longer there" in shown_text(test)
    test.button(key="vgg.pause").click().run()
    assert "its weights are not there" in sentences(test.error)[0]
    assert engine.store.runs.get(run.id).state == "paused"


def test_paused_run_says_from_where_it_goes_on_unless_it_is_from_where_it_was_paused(engine):
    run = recorded_run(engine.store, "paused")
    begins = "Resume begins again at step 0, since its weights were not saved yet; the steps after"
    assert begins in shown_text(open_page("vgg", run.id))
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step - 1)})
    goes_on = f"Resume goes on from step {run.step - 1:,}, where its weights were saved last"
    assert goes_on in shown_text(open_page("vgg", run.id))
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    assert "made again" not in shown_text(open_page("vgg", run.id))


def test_run_whose_worker_died_says_that_it_goes_on_as_long_as_it_does(engine):
    run = recorded_run(engine.store, "running")
    said = "Its worker died. The run goes on from step 3 (1 of 2)."
    engine.store.states.revive(run.id, said)
    engine.store.states.claim(run.id, "lab:2")
    assert said in sentences(open_page("vgg", run.id).warning)[0]
    engine.store.states.finish(run.id, "finished", run.summary)
    ended = open_page("vgg", run.id)
    assert not ended.warning
    assert "went on once after its worker had ended" in shown_text(ended)


def test_finished_run_is_trained_on_as_a_new_run(engine):
    run = recorded_run(engine.store, "finished")
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    test = open_page("vgg", run.id)
    test.number_input(key=f"{run.id}.more").set_value(5).run()
    assert "stretched over all 7 epochs" in shown_text(test)
    test.button(key="vgg.train_on").click().run()
    assert engine.asked == [("train_on", 7)]
    new = engine.store.runs.list(limit=1)[0]
    assert (new.parent, new.step, new.config.train.epochs) == (run.id, run.step, 7)
    assert f"goes on from run {run.id}" in shown_text(test)


def test_other_runs_that_go_on_are_one_click_away(engine):
    first = recorded_run(engine.store, "running")
    test = open_page("vgg", first.id)
    test.button(key="vgg.start").click().run()
    assert first.id not in shown_text(test)
    test.button(key=f"vgg.show.{first.id}").click().run()
    assert first.id in shown_text(test)


def test_run_at_its_end_says_what_it_is_still_doing(engine):
    run = recorded_run(engine.store, "running")
    engine.store.history.add(
        run.id,
        [
            {"split": "train", "step": step, "epoch": 2, "loss": 1, "accuracy": 1, "seconds": step}
            for step in range(run.step + 1, run.facts["total_steps"] + 1)
        ],
    )
    test = open_page("vgg", run.id)
    assert "looking at the validation and the test images" in test.get("progress")[0].proto.text


def test_points_that_cannot_be_written_are_told(engine):
    run = recorded_run(engine.store, "running")
    engine.troubles[run.id] = "The disk is full: free some space."
    text = shown_text(open_page("vgg", run.id))
    assert "its points wait in memory. The disk is full: free some space." in text


def test_network_of_the_sliders_is_prepared_while_they_rest(engine):
    test = open_page("vgg")
    widgets(test)["vgg.num_convs"].set_value(3)
    test.run()
    assert engine.prepared[-1].network == VGGConfig(num_convs=3)
    before = len(engine.prepared)
    widgets(test)["vgg.num_stages"].set_value(5)
    test.run()
    assert len(engine.prepared) == before, "an impossible network cannot be prepared"


def test_engine_without_workers_says_why(engine):
    engine.state, engine.message = "broken", "No worker can be started, 3 ended right away."
    assert engine.message in shown_text(open_page("vgg"))


def test_a_page_that_waits_for_a_worker_is_told_when_none_can_be_had(engine, monkeypatch):
    ticks, said = [], []
    monkeypatch.setattr(
        "streamlit.fragment", lambda tick, run_every: partial(ticks.append, run_every and tick)
    )
    monkeypatch.setattr(notices, "show_error", said.append)
    engine.state = "starting"
    buttons.problems("vgg")
    engine.state, engine.message = "broken", "No worker can be started, 3 ended right away."
    ticks[0]()
    assert said == [engine.message]


def test_engine_that_cannot_be_made_is_a_sentence(store, monkeypatch):
    def refuse() -> None:
        raise EngineError("COVNETS_ENGINE=warp is unknown: use local or inline.")

    monkeypatch.setattr(services, "engine", refuse)
    assert "COVNETS_ENGINE=warp is unknown" in shown_text(open_page("vgg"))
