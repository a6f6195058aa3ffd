"""A run that takes longer than a lesson has time is marked, and made to fit in one click."""

from __future__ import annotations

import pytest

from covnets.runs import RunStore
from covnets.ui.network.cost_card import BUDGET
from tests.known_machine import know_speeds
from tests.ui.pages_on_screen import open_page, shown_text, widgets

LONG = "longer than the lesson's"


@pytest.fixture
def known(store: RunStore) -> RunStore:
    """A machine on which the recipe takes longer than a minute."""
    know_speeds(store)
    return store


def test_long_run_is_marked_and_what_fits_is_one_click_away(known):
    test = open_page("vgg")
    assert f"{LONG} 60 s" in shown_text(test)
    images = widgets(test)["vgg.train.num_train"].value
    test.button(key="vgg.train.fit.epochs").click().run()
    assert 1 <= widgets(test)["vgg.train.epochs"].value < 8
    assert widgets(test)["vgg.train.num_train"].value == images
    assert LONG not in shown_text(test)


def test_fewer_images_fit_as_well(known):
    test = open_page("vgg")
    test.button(key="vgg.train.fit.num_train").click().run()
    assert widgets(test)["vgg.train.num_train"].value < 12_000
    assert widgets(test)["vgg.train.epochs"].value == 8
    assert LONG not in shown_text(test)


def test_budget_can_be_changed(known):
    test = open_page("vgg")
    test.select_slider(key=BUDGET).set_value(600.0).run()
    assert LONG not in shown_text(test)
    test.select_slider(key=BUDGET).set_value(15.0).run()
    assert f"{LONG} 15 s" in shown_text(test)
