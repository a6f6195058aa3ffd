"""The buttons: what they ask of the engine, and what they show when it cannot be had."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import RunConfig, VGGConfig
from covnets.engine import EngineState
from covnets.errors import EngineError, StoreError
from covnets.models import saved
from covnets.runs import MODEL, RunStore
from covnets.ui import address, notices, services
from covnets.ui.parts import buttons
from covnets.worker.saving import write_checkpoint
from tests.engine.fake_engine import QueueingEngine
from tests.ui.pages_on_screen import open_page, sentences, shown_text, widgets
from tests.ui.recorded_runs import recorded_run


class WaitingEngine(QueueingEngine):
    """Queues runs, never trains them, and notes what may be started next."""

    state: EngineState = "ready"
    message: str | None = None

    def __init__(self, store: RunStore) -> None:
        super().__init__(store, owner="test")
        self.prepared: list[RunConfig] = []
        self.troubles: dict[str, str] = {}

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        self.prepared += configs

    def trouble(self, run_id: str) -> str | None:
        return self.troubles.get(run_id)


@pytest.fixture
def engine(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> WaitingEngine:
    waiting = WaitingEngine(store)
    monkeypatch.setattr(services, "engine", lambda: waiting)
    return waiting


def progress(test: AppTest) -> Any:
    return test.get("progress")[0].proto


def test_a_started_run_is_as_the_sliders_were_and_they_can_be_moved_back_to_it(engine):
    test = open_page("vgg")
    widgets(test)["vgg.num_convs"].set_value(3)
    widgets(test)["vgg.train.epochs"].set_value(2)
    test.run()
    assert engine.prepared[-1].network == VGGConfig(num_convs=3)
    test.button(key="vgg.start").click().run()
    (run,) = engine.store.runs.list()
    assert (run.config.network, run.config.train.epochs) == (VGGConfig(num_convs=3), 2)
    assert run.id in shown_text(test)
    assert not test.button(key="vgg.stop").disabled
    assert "other settings" not in shown_text(test)
    test.button(key="vgg.reset").click().run()
    assert engine.store.runs.list() == [run]
    assert run.id in shown_text(test)
    assert "other settings" in shown_text(test)
    test.button(key="vgg.settings").click().run()
    assert widgets(test)["vgg.num_convs"].value == 3
    assert widgets(test)["vgg.train.epochs"].value == 2
    assert "other settings" not in shown_text(test)


def test_double_click_starts_one_run_and_a_later_click_another(engine, monkeypatch):
    running = recorded_run(engine.store, "running")
    test = open_page("vgg", running.id)
    # However long a page takes to be drawn here.
    monkeypatch.setattr(buttons, "SECONDS_OF_A_DOUBLE_CLICK", 600.0)
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", 600.0)
    for _ in range(2):
        test.button(key="vgg.start").click().run()
    assert len(engine.store.runs.list(states=["queued"])) == 1
    assert progress(test).text == "Waiting for the worker"
    monkeypatch.setattr(buttons, "SECONDS_OF_A_DOUBLE_CLICK", 0.0)
    test.button(key="vgg.start").click().run()
    assert len(engine.store.runs.list(states=["queued"])) == 2
    assert progress(test).text == "Waiting: 1 run before it"
    newest = engine.store.runs.list(limit=1)[0]
    # As when a tick of the live curves was on its way while Start was pressed.
    test.query_params["run"] = running.id
    test.run()
    assert test.query_params["run"] in (newest.id, [newest.id])
    assert running.id not in shown_text(test)
    test.switch_page("pages/resnet.py").run()
    assert newest.id not in shown_text(test)
    test.query_params.clear()
    test.switch_page("pages/vgg.py").run()
    assert newest.id in shown_text(test), "still shown when one comes back"
    assert test.query_params["run"] in (newest.id, [newest.id])
    test.button(key=f"vgg.show.{running.id}").click().run()
    assert running.id in shown_text(test), "one click away"


def test_an_active_run_says_what_it_waits_for_or_does(engine):
    run = recorded_run(engine.store, "running")
    test = open_page("vgg", recorded_run(engine.store, "queued").id)
    engine.state = "starting"
    assert progress(test.run()).text == "Loading TensorFlow, a few seconds"
    engine.state = "ready"
    test = open_page("vgg", run.id)
    assert "Epoch 2 of 2 · step 30 of 40" in progress(test).text
    assert progress(test).value == 75
    engine.troubles[run.id] = "The disk is full: free some space."
    said = "its points wait in memory. The disk is full: free some space."
    assert said in shown_text(test.run())
    steps = range(run.step + 1, run.facts["total_steps"] + 1)
    point = {"split": "train", "epoch": 2, "loss": 1, "accuracy": 1}
    engine.store.history.add(run.id, [point | {"step": step, "seconds": step} for step in steps])
    assert "looking at the validation and the test images" in progress(test.run()).text


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


def test_stop_stops_the_shown_run_which_ends_at_once_if_it_waits(engine):
    run = recorded_run(engine.store, "running")
    test = open_page("vgg", run.id)
    test.button(key="vgg.stop").click().run()
    assert engine.store.runs.get(run.id).stop_requested
    assert test.button(key="vgg.stop").disabled, "once is enough"
    assert "Stopping" in progress(test).text
    waiting = recorded_run(engine.store, "queued")
    test = open_page("vgg", waiting.id)
    test.button(key="vgg.stop").click().run()
    assert "cancelled" in shown_text(test)
    assert test.button(key="vgg.stop").disabled


def test_the_shown_run_is_paused_and_resumed(engine):
    run = recorded_run(engine.store, "running")
    test = open_page("vgg", run.id)
    test.button(key="vgg.pause").click().run()
    assert engine.store.runs.get(run.id).pause_requested
    assert test.button(key="vgg.pause").disabled, "once is enough"
    assert not test.button(key="vgg.stop").disabled
    assert "pausing" in progress(test).text
    engine.store.states.finish(run.id, "paused", {})
    assert test.run().button(key="vgg.pause").label == "Resume"
    test.button(key="vgg.pause").click().run()
    assert engine.store.runs.get(run.id).state == "queued"
    assert progress(test).text == "About to go on"
    assert test.button(key="vgg.pause").label == "Pause"
    engine.store.states.claim(run.id, "machine:2")
    assert progress(test.run()).text == "Building and tracing the network"


def test_paused_run_can_be_kept_and_trained_on(engine):
    run = recorded_run(engine.store, "paused")
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    test = open_page("vgg", run.id)
    assert not test.get("download_button")
    next(toggle for toggle in test.toggle if toggle.label == "Keep its network").set_value(True)
    next(button for button in test.button if button.label == "Save").click().run()
    assert engine.store.runs.get(run.id).pinned
    test.button(key="vgg.train_on").click().run()
    (longer, _) = engine.store.runs.list()
    assert (longer.parent, longer.config.train.epochs) == (run.id, run.config.train.epochs + 2)


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
    engine.store.files.write(run.id, MODEL, lambda path: path.write_bytes(b"half a file"))
    test = open_page("vgg", run.id)
    assert "is damaged" in shown_text(test)
    assert not test.get("download_button")


def test_paused_run_says_how_far_it_is_and_from_where_it_goes_on_if_it_can(engine):
    run = recorded_run(engine.store, "paused")
    begins = "Resume begins again at step 0, since its weights were not saved yet; the steps after"
    test = open_page("vgg", run.id)
    assert begins in shown_text(test)
    assert progress(test).text == f"Epoch 2 of 2 · step {run.step} of 40"
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step - 1)})
    goes_on = f"Resume goes on from step {run.step - 1:,}, where its weights were saved last"
    assert goes_on in shown_text(open_page("vgg", run.id))
    write_checkpoint(engine.store, run.id, {"step": np.array(run.step)})
    assert "made again" not in shown_text(open_page("vgg", run.id))
    engine.store.files.enforce_budget(0)
    test = open_page("vgg", run.id)
    assert "Its weights are no longer there" in shown_text(test)
    test.button(key="vgg.pause").click().run()
    assert "its weights are no longer there" in sentences(test.error)[0]
    assert engine.store.runs.get(run.id).state == "paused"


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
    new = engine.store.runs.list(limit=1)[0]
    assert (new.parent, new.step, new.config.train.epochs) == (run.id, run.step, 7)
    assert f"goes on from run {run.id}" in shown_text(test)


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
        raise EngineError("COVNETS_ENGINE=warp is not offered: choose among local, inline.")

    monkeypatch.setattr(services, "engine", refuse)
    assert "COVNETS_ENGINE=warp is not offered" in shown_text(open_page("vgg"))
