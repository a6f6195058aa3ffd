"""A curve that is zoomed into shows every single step, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from benchmarks.shared.recorded import points, running_run
from covnets.runs import Run, RunStore
from scripts.real_dashboard import RealDashboard
from tests.browser.family_on_screen import FamilyOnScreen

pytestmark = pytest.mark.browser

STEPS, SPIKE_AT, SPIKE = 1400, 933, 50.0
LOOKED_AT = (820.0, 1050.0)


def spiked_run(store: RunStore) -> Run:
    """Record a run, far along, whose loss was high in a single step."""
    run = running_run(store, "vgg", 0)
    recorded = list(points(run.config, 1, STEPS))
    for point in recorded:
        if (point["split"], point["step"]) == ("train", SPIKE_AT):
            point["loss"] = SPIKE
    store.history.add(run.id, recorded)
    return store.runs.get(run.id)


@pytest.fixture
def vgg(page: Page, fresh_dashboard: RealDashboard) -> FamilyOnScreen:
    """The page of a run that still goes on, far along."""
    family = FamilyOnScreen(page, fresh_dashboard)
    run = spiked_run(family.store)
    family.run_id = run.id
    family.address += f"?run={run.id}"
    return family


def test_zooming_in_shows_single_steps_and_a_double_click_the_whole(vgg):
    vgg.store.states.finish(vgg.run_id, "cancelled")
    vgg.open()
    vgg.wait_for_points(more_than=0, chart="loss")
    coarse = vgg.num_points(chart="loss")
    assert coarse <= 400
    assert vgg.highest("train", "loss") < SPIKE / 2
    assert vgg.highest("train_band", "loss") == SPIKE
    vgg.watch_charts()
    zoomed = vgg.zoom("loss", LOOKED_AT)
    drawn = vgg.wait_for_point(SPIKE_AT, SPIKE, "loss")
    inside = [step for step in drawn if zoomed[0] <= step <= zoomed[1]]
    assert inside == list(range(int(inside[0]), int(inside[-1]) + 1))
    assert len(inside) > zoomed[1] - zoomed[0] - 2
    assert vgg.x_range("loss") == zoomed
    assert vgg.num_points(chart="accuracy") == coarse
    vgg.zoom_out("loss")
    vgg.wait_for_num_points(coarse, "loss")
    assert not vgg.chart_was_replaced()


def test_zoomed_chart_keeps_its_steps_and_the_spike_while_the_run_goes_on(vgg):
    def grow_to(last: int) -> None:
        run = vgg.store.runs.get(vgg.run_id)
        vgg.store.history.add(run.id, list(points(run.config, run.step + 1, last)))
        vgg.wait_for_last_step(more_than=last - 1, chart="loss")
        drawn = vgg.wait_for_point(SPIKE_AT, SPIKE, "loss")
        assert drawn[-1] == last
        assert vgg.x_range("loss") == zoomed

    vgg.open()
    vgg.wait_for_points(more_than=0, chart="loss")
    vgg.watch_charts()
    zoomed = vgg.zoom("loss", LOOKED_AT)
    vgg.wait_for_point(SPIKE_AT, SPIKE, "loss")
    grow_to(STEPS + 40)
    vgg.make_loss_logarithmic()
    vgg.wait_for_point(SPIKE_AT, SPIKE, "loss")
    grow_to(STEPS + 80)
    vgg.zoom_out("loss")
    assert not vgg.chart_was_replaced()
    labels = [float(label) for label in vgg.tick_labels("loss")]
    assert len(labels) > 1
    assert all(f"{label:.0e}"[0] in "125" for label in labels), labels
