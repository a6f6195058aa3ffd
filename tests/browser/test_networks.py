"""Drawings in a real browser: saved as files, scrolled sideways, of another preset."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from covnets.models import PRESETS, sketch
from covnets.ui.parts.wording import short_number
from scripts.real_dashboard import RealDashboard
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


def drawings(page: Page) -> Locator:
    """Charts in which blocks are bars: empty curves have no traces at all."""
    return page.locator(".live-chart-frame:has(.barlayer .trace)")


def open_page(page: Page, dashboard: RealDashboard, address: str) -> None:
    page.goto(f"{dashboard.url}/{address}")
    expect(drawings(page).first.locator(".barlayer").first).to_be_attached()


def switch(page: Page, label: str) -> None:
    page.get_by_text(label, exact=True).click()


def save(page: Page, kind: str, tmp_path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save mini_resnet as {kind}").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_drawing_is_saved_as_svg_png_and_html(page, full_dashboard, tmp_path):
    open_page(page, full_dashboard, "resnet")
    svg = save(page, "SVG", tmp_path)
    texts = {text.strip() for text in ElementTree.parse(svg).getroot().itertext()}
    assert {"3×3, 16", "stage 2", "zero padding"} <= texts
    assert save(page, "PNG", tmp_path).read_bytes().startswith(b"\x89PNG")
    html = save(page, "HTML", tmp_path).read_text(encoding="utf-8")
    # It opens by itself: nothing is loaded from anywhere.
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", html[:2000])
    page.set_content(html)
    expect(page.locator("#chart .barlayer").first).to_be_attached()
    expect(page.get_by_text("zero padding").first).to_be_visible()


def test_an_unfolded_drawing_is_scrolled_sideways_and_the_page_is_not(new_page, full_dashboard):
    page = new_page(viewport=PHONE)
    open_page(page, full_dashboard, "explorer")
    switch(page, "Every block")
    page.wait_for_function(
        "() => { const chart = document.querySelector('.live-chart');"
        " return chart.scrollWidth > 2000 && chart.clientWidth < 400; }"
    )
    chart = page.locator(".live-chart").first
    chart.evaluate("chart => chart.scrollTo(1500, 0)")
    assert chart.evaluate("chart => chart.scrollLeft") == 1500
    page_width = page.evaluate("document.documentElement.scrollWidth")
    assert page_width <= PHONE["width"]


def test_another_preset_shows_its_own_drawing_and_code(page, full_dashboard):
    open_page(page, full_dashboard, "explorer")
    page.get_by_role("combobox", name="Begin with").click()
    page.get_by_role("option", name="ResNet-18").click()
    original = short_number(sketch(PRESETS["resnet18"]).num_params)
    expect(page.get_by_test_id("stMetricValue").get_by_text(original)).to_be_visible()
    page.get_by_role("tab", name="Keras code").click()
    expect(page.get_by_text("stage4_block2_conv2").first).to_be_attached()
