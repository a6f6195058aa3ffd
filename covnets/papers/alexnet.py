"""The card of AlexNet alone; how it compares with GoogLeNet is one of Inception's."""

from __future__ import annotations

from covnets.models import PRESETS, Sketch
from covnets.papers.card import Claim, convolutions, preset
from covnets.papers.figures import (
    ALEXNET_PAPER,
    ALEXNET_SECOND_CONV_VALUES,
    ALEXNET_SIDE,
    TORCHVISION_PARAMS,
)


def described(drawn: Sketch) -> str:
    """What becomes of the image's size, and how many parameters that makes."""
    first, second, *_ = convolutions(drawn)
    last = [node for node in drawn.nodes if node.kind == "MaxPooling2D"][-1]
    sides = [node.output_shape[0] for node in (first, last)]
    return (
        f"{sides[0]}x{sides[0]} cells after the first convolution, {sides[1]}x{sides[1]} before "
        f"the dense layers, {second.num_values:,} values from the second convolution, "
        f"{drawn.num_params:,} parameters"
    )


def size_of_the_images() -> Claim:
    """The paper's figures do not fit the size of its images."""
    side = PRESETS["alexnet"].input_shape[0]
    printed = preset("alexnet", input_shape=(ALEXNET_SIDE, ALEXNET_SIDE, 3))
    return Claim(
        title=f"{ALEXNET_SIDE} or {side} pixels",
        claim=f"AlexNet reads images of {ALEXNET_SIDE}x{ALEXNET_SIDE}.",
        printed=(
            f"{ALEXNET_SIDE}x{ALEXNET_SIDE}; {ALEXNET_SECOND_CONV_VALUES:,} values from the second "
            "convolution"
        ),
        counted=(
            f"{side}x{side}: {described(preset('alexnet'))}. {ALEXNET_SIDE}x{ALEXNET_SIDE}: "
            f"{described(printed)}."
        ),
        verdict="differs",
        explanation=(
            f"A filter of 11x11 that moves by 4 fits {side} pixels without a rest, and what the "
            f"paper prints from the second convolution on is right for {side}, not for "
            f"{ALEXNET_SIDE}. So here AlexNet reads {side}x{side}. Torchvision keeps "
            f"{ALEXNET_SIDE} and pads by 2 instead, which leads to as many cells; but its AlexNet "
            "is a later one (arXiv 1404.5997), with 64 filters to begin with and no groups: "
            f"{TORCHVISION_PARAMS['alexnet']:,} parameters."
        ),
        source=f"{ALEXNET_PAPER}; torchvision, alexnet",
    )
