"""One palette for all pages, told apart by the colour-blind too; a run keeps its look for ever."""

import itertools
import tomllib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from covnets.charts import theme
from covnets.charts.network.blocks import KINDS
from covnets.charts.theme import look, swatch

PREFIX = "data:image/svg+xml;charset=utf-8,"
CONFIG_FILE = Path(__file__).parents[2] / ".streamlit" / "config.toml"
PAGE_THEME = tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8"))["theme"]

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
COLOR_VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.969]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def test_page_theme_has_the_palette_of_the_charts():
    assert PAGE_THEME["chartCategoricalColors"] == list(theme.PALETTE)
    # With fewer Streamlit drops the palette.
    assert len(theme.PALETTE) >= 10


def test_palette_is_seen_on_the_light_and_the_dark_page():
    for mode in ("light", "dark"):
        for color in (*theme.PALETTE, theme.GRAY):
            assert contrast(color, PAGE_THEME[mode]["backgroundColor"]) > 2.2, (mode, color)


@pytest.mark.parametrize("vision", COLOR_VISION)
@pytest.mark.parametrize("colors", [theme.PALETTE, sorted(set(KINDS.values()))])
def test_colors_of_runs_and_of_blocks_are_told_apart_by_the_color_blind(colors, vision):
    seen = {color: lab(np.asarray(COLOR_VISION[vision]) @ linear(color)) for color in colors}
    for one, other in itertools.combinations(colors, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


@pytest.mark.parametrize("color", sorted({*theme.PALETTE, theme.SLATE, theme.LIGHT_BLUE}))
def test_text_on_a_colour_can_be_read(color):
    assert contrast(theme.ink(color), color) > 4.5


def contrast(first: str, second: str) -> float:
    """As WCAG 2 defines it, from 1 to 21."""
    darker, lighter = sorted(map(luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_neighbouring_runs_differ_in_colour_forty_in_colour_or_dash_two_hundred_in_something():
    looks = [look(number) for number in range(1, 202)]
    assert [each.color for each in looks[:11]] == [*theme.PALETTE, theme.BLUE]
    for first in (0, 26, 160):
        assert len({each[:2] for each in looks[first : first + 40]}) == 40
    assert len({each.symbol for each in looks[0:50:10]}) == 5
    assert len(set(looks[:200])) == len({swatch(each) for each in looks[:200]}) == 200
    assert looks[200] == looks[0]


@pytest.mark.parametrize("number", [1, 11, 21, 31, 41])
def test_swatch_is_a_picture_in_the_runs_colour_that_can_stand_in_a_table_and_in_text(number):
    its_look = look(number)
    address = swatch(its_look)
    assert not set(address) & set("<>\"'()[] #\\|")
    line, marker = ElementTree.fromstring(unquote(address.removeprefix(PREFIX)))
    assert line.get("stroke") == marker.get("fill") == its_look.color
    assert (line.get("stroke-dasharray") == "none") == (its_look.dash == "solid")


def test_scale_becomes_lighter_from_step_to_step_and_is_seen_on_both_pages():
    lightness = [luminance(color) for _, color in theme.SCALE]
    assert lightness == sorted(set(lightness))
    for page in ("#FFFFFF", "#11151C"):
        assert all(contrast(color, page) > 2.2 for _, color in theme.SCALE)


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    if color in ("black", "white"):
        return float(color == "white")
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, in which distances are about what the eye sees."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.asarray(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
