"""A dashboard that goes away while a network trains, and comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from covnets.system import has_ended
from scripts.real_dashboard import RealDashboard
from tests.browser.family_on_screen import FamilyOnScreen

pytestmark = pytest.mark.browser


def test_run_of_a_dashboard_that_went_away_is_shown_as_paused(page, browser_path, tmp_path):
    with RealDashboard(tmp_path) as dashboard:
        vgg = FamilyOnScreen(page, dashboard)
        vgg.open()
        vgg.press("Epochs", "End")
        vgg.make_small()
        run = vgg.start_run()
        vgg.wait_for_points(more_than=0)
    paused = vgg.store.runs.get(run.id)
    assert paused.state == "paused"
    assert has_ended(paused.worker)

    with RealDashboard(tmp_path, engine="inline") as dashboard:
        page.goto(f"{dashboard.url}/vgg?run={run.id}")
        expect(page.get_by_text("paused (dashboard stopped)")).to_be_visible()
        vgg.wait_for_points(more_than=0)
