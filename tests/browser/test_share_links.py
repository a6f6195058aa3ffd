"""Links in a real browser: what the address bar holds is shown elsewhere, too."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from covnets.config import ResNetConfig, VGGConfig
from covnets.models import sketch
from covnets.ui.parts.wording import short_number
from tests.browser.family_on_screen import FamilyOnScreen

pytestmark = pytest.mark.browser


def parameters(network: ResNetConfig | VGGConfig) -> str:
    return short_number(sketch(network).num_params)


def test_address_follows_the_sliders_and_shows_the_same_network_elsewhere(new_page, full_dashboard):
    here = FamilyOnScreen(new_page(), full_dashboard, "resnet")
    here.page.goto(f"{here.address}?num_blocks=3&shortcut=projection")
    network = ResNetConfig(num_blocks=3, shortcut="projection")
    expect(here.figure("Parameters")).to_have_text(parameters(network))
    here.press("Blocks per stage", "ArrowRight")
    expect(here.page).to_have_url(re.compile(r"num_blocks=4&shortcut=projection"))
    network = network.replace(num_blocks=4)
    expect(here.figure("Parameters")).to_have_text(parameters(network))
    here.page.get_by_role("button", name="Share").click()
    shared = here.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    elsewhere = FamilyOnScreen(new_page(), full_dashboard, "resnet")
    elsewhere.page.goto(shared)
    expect(elsewhere.figure("Parameters")).to_have_text(parameters(network))
    expect(elsewhere.page).to_have_url(here.page.url)


def test_link_is_followed_by_a_server_that_nobody_has_opened_yet(page, fresh_dashboard):
    vgg = FamilyOnScreen(page, fresh_dashboard)
    page.goto(f"{vgg.address}?num_convs=4&epochs=3")
    expect(vgg.figure("Parameters")).to_have_text(parameters(VGGConfig(num_convs=4)))
    expect(page).to_have_url(re.compile(r"\?num_convs=4&epochs=3$"))
    # What the sliders of a family cannot show, the explorer can.
    page.goto(f"{vgg.address}?num_convs={quote('1,2,1')}&epochs=3")
    expect(vgg.figure("Parameters")).to_have_text(parameters(VGGConfig(num_convs=(1, 2, 1))))
    counts = quote("1,2,1", safe="")
    expect(page).to_have_url(re.compile(rf"/explorer\?preset=mini_vgg&num_convs={counts}&epochs=3"))
