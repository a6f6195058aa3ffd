"""A run that takes longer than a lesson has time is marked, and made to fit in one click."""

from __future__ import annotations

import pytest

from benchmarks.shared.recorded import default_run
from covnets.runs import RunStore
from covnets.runs.estimate import keep
from covnets.system import available_cores
from covnets.ui.network import cost_card
from covnets.ui.network.cost_card import BUDGET
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import open_page, shown_text, widgets

LONG = "longer than the lesson's"


pytestmark = pytest.mark.usefixtures("slow_machine")


@pytest.fixture
def slow_machine(store: RunStore) -> None:
    """A machine on which the recipe of 1,500 steps takes longer than a minute."""
    threads = available_cores()
    keep(store, default_run("vgg"), threads=threads, step_seconds=0.06, image_seconds=0.0005)


@pytest.mark.parametrize(("reduced", "kept"), [("epochs", "num_train"), ("num_train", "epochs")])
def test_long_run_is_marked_and_what_fits_is_one_click_away(reduced, kept):
    test = open_page("vgg")
    assert f"{LONG} 60 s" in shown_text(test)
    before = {key: widget.value for key, widget in widgets(test).items()}
    test.button(key=f"vgg.train.fit.{reduced}").click().run()
    after = {key: widget.value for key, widget in widgets(test).items()}
    assert 1 <= after[f"vgg.train.{reduced}"] < before[f"vgg.train.{reduced}"]
    assert after[f"vgg.train.{kept}"] == before[f"vgg.train.{kept}"]
    assert LONG not in shown_text(test)


def test_budget_can_be_changed():
    test = open_page("vgg")
    test.select_slider(key=BUDGET).set_value(600.0).run()
    assert LONG not in shown_text(test)
    test.select_slider(key=BUDGET).set_value(15.0).run()
    assert f"{LONG} 15 s" in shown_text(test)


@pytest.mark.parametrize(
    ("state", "looks"), [("starting", True), ("ready", True), ("busy", False), ("broken", False)]
)
def test_page_waits_for_its_networks_time_only_while_it_may_be_timed(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, state: str, looks: bool
):
    waits = []
    monkeypatch.setattr(FakeEngine, "state", state)
    monkeypatch.setattr(cost_card, "live", lambda *_, **depends: waits.append(depends))
    open_page("resnet")
    assert bool(waits) == looks
