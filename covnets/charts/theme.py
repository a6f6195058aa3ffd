"""Colours of all charts: the one source, which ``.streamlit/config.toml`` repeats.

One palette serves the light and the dark page, because a live chart is built once for all
visitors. It starts with six of the eight colours of Okabe and Ito, "Color Universal Design"
(black and yellow would vanish on one of the two pages); the other four were searched for, so that
any two of the ten stay apart with each of the three kinds of colour blindness.
"""

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

# Training is blue, light for what is noisy; what was never trained on is its opposite.
SPLIT_COLORS = {"train": SKY, "train_eval": BLUE, "validation": VERMILION}
CHANCE_COLOR = GRAY
GAP_COLOR = VIOLET

# By Keras' class name. Kinds that do the same job share a colour: weights, normalization,
# activation, down-sampling, joining, and all that only moves or drops values.
KIND_COLORS = {
    "InputLayer": SLATE,
    "Conv2D": BLUE,
    "DepthwiseConv2D": BLUE,
    "Dense": VERMILION,
    "BatchNormalization": LIME,
    "LocalResponseNormalization": LIME,
    "Activation": ORANGE,
    "ReLU": ORANGE,
    "Softmax": ORANGE,
    "MaxPooling2D": GREEN,
    "AveragePooling2D": GREEN,
    "GlobalAveragePooling2D": GREEN,
    "Add": PINK,
    "Concatenate": PINK,
    "Dropout": VIOLET,
}


def kind_color(kind: str) -> str:
    """The colour of a kind of layer: gray for one that has neither weights nor arithmetic."""
    return KIND_COLORS.get(kind, GRAY)


def ink(color: str) -> str:
    """Black or white, whichever stands out more from a colour (WCAG 2's contrast ratio).

    Args:
        color: the colour behind the text, like `"#0072B2"`.
    """
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def translucent(color: str, opacity: float) -> str:
    """A colour that lets the page shine through, for areas.

    Args:
        color: Like ``"#0072B2"``.
        opacity: From 0, invisible, to 1.
    """
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
