"""The hyperparameters of AlexNet."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from covnets.config.base import HIDDEN_UNITS, NetworkConfig, dropout
from covnets.config.table import options, short, slider
from covnets.errors import ConfigError

POOLED_CELLS = 15
"""Cells each way of which three poolings of 3x3 with stride 2 leave one: 15, 7, 3, 1."""


class AlexNetConfig(NetworkConfig):
    """Hyperparameters of an AlexNet: five convolutions, three dense layers, in proportion."""

    family: Literal["alexnet"] = "alexnet"
    filters: int = Field(
        24,
        ge=6,
        le=1536,
        multiple_of=6,
        title="Filters of the first convolution",
        description=(
            "The other four follow in the paper's proportions, 96 : 256 : 384 : 384 : 256."
        ),
        json_schema_extra=slider(6, 96, 6) | short("filters"),
    )
    stem_kernel_size: int = Field(
        5,
        ge=1,
        le=31,
        title="Kernel size of the first convolution",
        description="Height and width of its filters (11 in the paper).",
        json_schema_extra=options(3, 5, 7, 11) | short("stem kernel size"),
    )
    stem_strides: int = Field(
        1,
        ge=1,
        le=8,
        title="Stride of the first convolution",
        description="Pixels from one cell to the next (4 in the paper).",
        json_schema_extra=options(1, 2, 4) | short("stem stride"),
    )
    groups: int = Field(
        2,
        ge=1,
        le=2,
        title="Groups",
        description=(
            "In how many groups the second, fourth and fifth convolution keep the channels apart. "
            "Two in the paper, because the network was spread over two graphics cards."
        ),
        json_schema_extra=options(1, 2),
    )
    local_response: bool = Field(
        False,
        title="Local response normalization",
        description="Normalization over neighbouring channels after the first two convolutions.",
    )
    units: int = HIDDEN_UNITS
    dropout: float = dropout(0.5, of="hidden units")

    @property
    def total_stride(self) -> int:
        """Pixels between neighbouring cells of the last map: the product of the strides."""
        return 8 * self.stem_strides

    @model_validator(mode="after")
    def _fits_the_images(self) -> Self:
        # The first convolution is not padded, nor are the poolings.
        kernel_size, strides = self.stem_kernel_size, self.stem_strides
        steps = POOLED_CELLS - 1
        smallest = steps * strides + kernel_size
        height, width, _ = self.input_shape
        side = min(height, width)
        if side >= smallest:
            return self
        strides = max(1, (side - kernel_size) // steps)
        kernel_size = min(kernel_size, side - steps * strides)
        advice = (
            f"use stem_kernel_size={kernel_size} with stem_strides={strides}, or larger images"
            if kernel_size > 0
            else "use larger images"
        )
        raise ConfigError(
            f"stem_kernel_size={self.stem_kernel_size} with stem_strides={self.stem_strides} needs "
            f"at least {smallest}x{smallest} pixels, the images are {height}x{width}: {advice}."
        )
