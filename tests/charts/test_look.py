"""A run keeps its look for ever, and looks are told apart."""

from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from covnets.charts import theme
from covnets.charts.theme import look, swatch
from tests.charts.test_colors import contrast, luminance

PREFIX = "data:image/svg+xml;charset=utf-8,"


def test_neighbouring_runs_differ_in_colour():
    colors = [look(number).color for number in range(1, 12)]
    assert colors == [*theme.PALETTE, theme.BLUE]


@pytest.mark.parametrize("first", [1, 27, 5000])
def test_forty_runs_in_a_row_differ_in_colour_or_dash(first):
    looks = [look(number) for number in range(first, first + 40)]
    assert len({(each.color, each.dash) for each in looks}) == 40


def test_two_hundred_runs_have_two_hundred_looks():
    assert len({look(number) for number in range(1, 201)}) == 200
    assert look(201) == look(1)


def test_runs_of_one_colour_have_markers_of_their_own():
    assert len({look(number).symbol for number in range(1, 51, 10)}) == 5


@pytest.mark.parametrize("number", range(1, 202, 10))
def test_swatch_is_a_picture_in_the_runs_colour(number):
    its_look = look(number)
    picture = ElementTree.fromstring(unquote(swatch(its_look).removeprefix(PREFIX)))
    line, marker = picture
    assert line.get("stroke") == marker.get("fill") == its_look.color
    assert (line.get("stroke-dasharray") == "none") == (its_look.dash == "solid")


def test_different_looks_have_different_swatches():
    assert len({swatch(look(number)) for number in range(1, 201)}) == 200


def test_swatch_can_stand_in_a_table_and_in_text():
    address = swatch(look(1))
    assert address.startswith(PREFIX)
    assert not set(address) & set("<>\"'()[] #\\|")


def test_scale_becomes_lighter_from_step_to_step_and_is_seen_on_both_pages():
    lightness = [luminance(color) for _, color in theme.SCALE]
    assert lightness == sorted(set(lightness))
    for page in ("#FFFFFF", "#11151C"):
        assert all(contrast(color, page) > 2.2 for _, color in theme.SCALE)
