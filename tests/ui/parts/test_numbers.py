"""Numbers as people read them."""

import pytest

from covnets.ui.parts.wording import duration, percent, short_number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (999.4, "999"),
        (999.5, "1.00 k"),
        (1000, "1.00 k"),
        (163_674, "164 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (8_180_000, "8.18 M"),
        (25_600_000, "25.6 M"),
        (3_800_000_000, "3.80 G"),
        (6_998_552, "7.00 M"),
        (75_002, "75.0 k"),
        (19_600_000_000, "19.6 G"),
    ],
)
def test_short_number_has_three_figures_and_a_unit(number, text):
    assert short_number(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "60 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3600, "60 min"),
        (7200, "2.0 h"),
        (36_000, "10.0 h"),
    ],
)
def test_duration_grows_from_seconds_to_hours(seconds, text):
    assert duration(seconds) == text


def test_missing_share_is_a_dash():
    assert percent(None) == "–"
    assert percent(0.8734) == "87.3 %"
    assert percent(0) == "0.0 %"


@pytest.mark.parametrize(("share", "said"), [(0.1725, "17.3 %"), (0.5345, "53.4 %")])
def test_a_share_of_halves_is_rounded_as_the_browser_rounds_it_in_a_table(share, said):
    assert percent(share) == said
