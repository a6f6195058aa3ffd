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


def test_long_run_is_marked_and_what_fits_is_one_click_away():
    test = open_page("vgg")
    assert f"{LONG} 60 s" in shown_text(test)
    images = widgets(test)["vgg.train.num_train"].value
    test.button(key="vgg.train.fit.epochs").click().run()
    assert 1 <= widgets(test)["vgg.train.epochs"].value < 8
    assert widgets(test)["vgg.train.num_train"].value == images
    assert LONG not in shown_text(test)


def test_fewer_images_fit_as_well():
    test = open_page("vgg")
    test.button(key="vgg.train.fit.num_train").click().run()
    assert widgets(test)["vgg.train.num_train"].value < 12_000
    assert widgets(test)["vgg.train.epochs"].value == 8
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
