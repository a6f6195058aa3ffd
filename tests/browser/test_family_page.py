"""The main job in a real browser: slide, start, watch it learn, stop."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from covnets.runs import Run
from covnets.ui.parts.wording import percent
from scripts.real_dashboard import RealDashboard
from tests.browser.family_on_screen import FamilyOnScreen
from tests.engine.small_runs import wait_for_state, wait_for_steps

pytestmark = pytest.mark.browser

SECONDS_TO_STOP = 10.0


@pytest.fixture
def vgg(page: Page, dashboard: RealDashboard) -> FamilyOnScreen:
    family = FamilyOnScreen(page, dashboard)
    family.open()
    return family


@pytest.fixture
def run(vgg: FamilyOnScreen) -> Iterator[Run]:
    """A small network that trains for longer than any test looks at it."""
    vgg.press("Batch size", "Home")
    vgg.press("Epochs", "End")
    vgg.make_small()
    started = vgg.start_run()
    assert started.config.train.total_steps == 30 * 12_000 // 8
    yield started
    vgg.store.states.request_stop(started.id)
    wait_for_state(vgg.store, started, "cancelled", "finished")


def test_curves_grow_in_place_while_the_network_trains(vgg, run):
    vgg.wait_for_points(more_than=0)
    first_look = vgg.last_step()
    assert vgg.store.runs.get(run.id).is_active
    vgg.watch_charts()
    zoomed = vgg.zoom()
    # It says "each step" or, on a machine that is ahead of the test, of how many steps the mean.
    vgg.hide("training, ", "train")
    vgg.wait_for_last_step(more_than=first_look)
    second_look = vgg.last_step()
    vgg.wait_for_last_step(more_than=second_look)
    assert vgg.store.runs.get(run.id).state == "running"
    assert vgg.x_range() == zoomed
    assert vgg.visible("train") == "legendonly"
    # The line at chance has points from the first step on; validation has none in the first epoch.
    assert vgg.visible("chance") is True
    assert not vgg.chart_was_replaced()


def test_moved_slider_does_not_disturb_the_run(vgg, run):
    vgg.wait_for_points(more_than=0)
    vgg.press("Convolutions per stage", "ArrowRight")
    vgg.press("Learning rate", "ArrowLeft")
    vgg.wait_for_blocks("convolution", 2)
    vgg.wait_for_last_step(more_than=vgg.last_step())
    now = vgg.store.runs.get(run.id)
    assert now.state == "running"
    assert now.config == run.config
    assert len(vgg.store.runs.list(states=["running", "queued"])) == 1


def test_run_goes_on_through_page_switch_and_refresh(vgg, run):
    vgg.wait_for_points(more_than=0)
    navigation = vgg.page.get_by_test_id("stSidebarNav")
    navigation.get_by_role("link", name="ResNet").click()
    expect(vgg.page.get_by_role("heading", name="ResNet", exact=True)).to_be_visible()
    expect(vgg.page.get_by_text(run.id)).not_to_be_visible()
    away_at = vgg.store.runs.get(run.id).step
    wait_for_steps(vgg.store, run, away_at + 1)
    navigation.get_by_role("link", name="VGG").click()
    expect(vgg.page.get_by_text(run.id)).to_be_visible()
    vgg.wait_for_points(more_than=0)
    vgg.wait_for_last_step(more_than=away_at)

    before_refresh = vgg.last_step()
    vgg.page.reload()
    expect(vgg.page.get_by_text(run.id)).to_be_visible()
    vgg.wait_for_points(more_than=0)
    vgg.wait_for_last_step(more_than=before_refresh)
    expect(vgg.badge("running")).to_be_visible()
    assert vgg.store.runs.get(run.id).state == "running"


def test_stopped_run_is_cancelled_soon_and_keeps_its_curve(vgg, run):
    vgg.wait_for_points(more_than=0)
    stopped_at = time.time()
    vgg.stop.click()
    expect(vgg.badge("cancelled")).to_be_visible()
    ended = vgg.store.runs.get(run.id)
    assert ended.state == "cancelled"
    assert ended.ended_at - stopped_at < SECONDS_TO_STOP
    expect(vgg.figure("Validation accuracy")).to_contain_text("%")
    vgg.wait_for_last_step(more_than=ended.step - 1)
    expect(vgg.stop).to_be_disabled()
    expect(vgg.start).to_be_enabled()


def test_finished_run_shows_accuracy_confusions_and_mistakes(vgg):
    vgg.press("Training images", "Home")
    vgg.press("Epochs", "Home")
    vgg.make_small()
    run = vgg.start_run()
    assert (run.config.train.num_train, run.config.train.epochs) == (500, 1)
    expect(vgg.badge("finished")).to_be_visible()
    ended = vgg.store.runs.get(run.id)
    assert ended.state == "finished"
    accuracy = percent(ended.summary["test_accuracy"])
    expect(vgg.figure("Test accuracy")).to_have_text(accuracy)
    expect(vgg.page.locator(".st-key-vgg-confusion .js-plotly-plot")).to_be_visible()
    expect(
        vgg.page.get_by_test_id("stImageCaption").filter(has_text=re.compile(r"\bis "))
    ).to_have_count(12)
    assert vgg.num_points() == ended.step
    vgg.page.get_by_text("The gap between training and validation").click()
    vgg.wait_until_drawn("gap")
