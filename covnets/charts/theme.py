"""Colours of all charts: the one source, which ``.streamlit/config.toml`` repeats.

One palette serves the light and the dark page, because a live chart is built once for all
visitors. It starts with six of the eight colours of Okabe and Ito, "Color Universal Design"
(black and yellow would vanish on one of the two pages); the other four were searched for, so that
any two of the ten stay apart with each of the three kinds of colour blindness.

Tested in ``tests/charts/test_theme.py``: seen with normal vision and with protanopia, deuteranopia
and tritanopia (simulated after Machado, Oliveira and Fernandes 2009, in full), any two colours of
the palette differ by more than 15 in CIE L*a*b*, and each has a contrast above 2.2 on both pages.
Runs that share a colour differ in dash and marker (`look`).
"""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PINK = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
LIME = "#90B661"
VIOLET = "#AC6CF0"
BROWN = "#92411A"
INDIGO = "#7232CC"
GRAY = "#808080"
# Darker than that: green, seen without green, is as light a gray.
SLATE = "#646464"
# A convolution's blue, lighter: a 1x1 convolution looks at one cell at a time.
LIGHT_BLUE = "#80B8D8"

# Runs in a comparison take these in turn.
PALETTE = (BLUE, VERMILION, GREEN, PINK, ORANGE, SKY, LIME, VIOLET, BROWN, INDIGO)

# Of lines and of markers. Four dashes and five markers change together: charts without lines tell
# runs of one colour apart as well, and only the 201st run looks like the first.
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")

# From low to high: each a bit lighter than the one before, so that it can be read without colours,
# and neither end vanishes on one of the two pages.
SCALE = ((0.0, BLUE), (0.5, "#8C8C8C"), (1.0, ORANGE))

# Cells with a number are opaque, and so their numbers can be read on a light as on a dark page:
# from this much of the colour in white to the full colour.
PALEST = 0.2

# Training is blue, light for what is noisy; what was never trained on is its opposite.
SPLIT_COLORS = {"train": SKY, "train_eval": BLUE, "validation": VERMILION}
CHANCE_COLOR = GRAY
GAP_COLOR = VIOLET

# By Keras' class name. Kinds that do the same job share a colour: weights, normalization,
# activation, down-sampling, joining, and all that only moves or drops values.
KIND_COLORS = {
    "InputLayer": SLATE,
    "Conv2D": BLUE,
    "Dense": VERMILION,
    "BatchNormalization": LIME,
    "LocalResponseNormalization": LIME,
    "Activation": ORANGE,
    "MaxPooling2D": GREEN,
    "AveragePooling2D": GREEN,
    "GlobalAveragePooling2D": GREEN,
    "Add": PINK,
    "Concatenate": PINK,
    "Dropout": VIOLET,
}


class Look(NamedTuple):
    """How a run is drawn on every page.

    Attributes:
        color: like `"#0072B2"`.
        dash: of its lines, as plotly names them.
        symbol: of its markers, as plotly names them.
    """

    color: str
    dash: str
    symbol: str


def look(number: int) -> Look:
    """How a run is drawn, for ever: colours first, then dash and marker change.

    Args:
        number: the run's number in the store, from 1.

    Returns:
        Neighbouring runs differ in colour, any 40 in a row in colour or dash, and any 200 in a row
        in something.
    """
    turn, place = divmod(number - 1, len(PALETTE))
    return Look(PALETTE[place], DASHES[turn % len(DASHES)], SYMBOLS[turn % len(SYMBOLS)])


@lru_cache(maxsize=256)
def swatch(look: Look) -> str:
    """A small picture of a run's look, for tables and text.

    Args:
        look: the run's.

    Returns:
        The address of an SVG of 36 x 14 pixels that holds the picture itself; of letters, digits
        and `%:;,=._-+/` only.
    """
    line = f"fill='none' stroke='{look.color}' stroke-width='2.5'"
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='36' height='14' viewBox='0 0 36 14'>"
        f"<path d='M1 7H35' {line} stroke-dasharray='{_SWATCH_DASHES[look.dash]}'/>"
        f"<path d='{_SWATCH_MARKERS[look.symbol]}' fill='{look.color}'/></svg>"
    )
    return "data:image/svg+xml;charset=utf-8," + quote(picture, safe="")


_SWATCH_DASHES = {"solid": "none", "dash": "6 3", "dot": "2.5 2.5", "dashdot": "7 2 2 2"}
# At the right end, so that enough of the line is seen to know its dash.
_SWATCH_MARKERS = {
    "circle": "M23 7a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
    "diamond": "M28 1l6 6l-6 6l-6 -6z",
    "square": "M23.5 2.5h9v9h-9z",
    "triangle-up": "M28 1.5l6 10.5h-12z",
    "x": "M24 1l4 4l4 -4l2 2l-4 4l4 4l-2 2l-4 -4l-4 4l-2 -2l4 -4l-4 -4z",
}


def kind_color(kind: str) -> str:
    """The colour of a kind of layer: gray for one that has neither weights nor arithmetic."""
    return KIND_COLORS.get(kind, GRAY)


def ink(color: str) -> str:
    """Black or white, whichever stands out more from a colour (WCAG 2's contrast ratio).

    Args:
        color: the colour behind the text, like `"#0072B2"`.
    """
    shares = [channel / 255 for channel in _channels(color)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def translucent(color: str, opacity: float) -> str:
    """A colour that lets the page shine through, for areas.

    Args:
        color: Like ``"#0072B2"``.
        opacity: From 0, invisible, to 1.
    """
    red, green, blue = _channels(color)
    return f"rgba({red},{green},{blue},{opacity:g})"


def tint(color: str, fullness: float) -> str:
    """The opaque colour of a cell: from pale, where `fullness` is 0, to `color`, where it is 1."""
    weight = PALEST + (1 - PALEST) * fullness
    return "#" + "".join(f"{round(255 + weight * (each - 255)):02X}" for each in _channels(color))


def _channels(color: str) -> list[int]:
    return [int(color[start : start + 2], 16) for start in (1, 3, 5)]
