"""The hyperparameters of VGG."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from covnets.config.base import (
    FIRST_FILTERS,
    HIDDEN_UNITS,
    CountPerStage,
    StagedConfig,
    dropout,
    most_filters,
    stages,
)
from covnets.config.table import ADVANCED, options, short, slider
from covnets.errors import ConfigError


class VGGConfig(StagedConfig):
    """Hyperparameters of a VGG: a ladder of convolutions and pooling, then three dense layers."""

    per_stage: ClassVar[str] = "num_convs"

    family: Literal["vgg"] = "vgg"
    num_stages: int = stages(
        "Each stage ends with a 2x2 max pooling that halves height and width.", most_offered=5
    )
    num_convs: CountPerStage = Field(
        (2, 2, 2),
        title="Convolutions per stage",
        description="Convolutions stacked in each stage before its pooling.",
        json_schema_extra=slider(1, 4, 1) | short("convolutions"),
    )
    filters: int = FIRST_FILTERS
    max_filters: int = most_filters(
        "The doubling of the filters stops here, as it does at 512 in the paper."
    )
    kernel_size: int = Field(
        3,
        ge=1,
        le=31,
        title="Kernel size",
        description="Height and width of each filter. VGG's point: 3x3 everywhere.",
        json_schema_extra=options(1, 3, 5, 7),
    )
    third_conv_1x1: bool = Field(
        False,
        title="Third convolution 1x1",
        description=(
            "The third convolution of each stage that has three is a 1x1: the paper's "
            "configuration C, as deep as D, but with less to see."
        ),
        json_schema_extra=ADVANCED,
    )
    local_response: bool = Field(
        False,
        title="Local response normalization",
        description=(
            "AlexNet's normalization over neighbouring channels, after the first convolution: the "
            "paper's configuration A-LRN, which is no better than A."
        ),
        json_schema_extra=ADVANCED,
    )
    units: int = HIDDEN_UNITS
    dropout: float = dropout(0.3, of="hidden units")

    @property
    def total_stride(self) -> int:
        """Pixels between neighbouring cells of the last map: the product of the strides."""
        return int(2**self.num_stages)

    @model_validator(mode="after")
    def _fits_the_images(self) -> Self:
        # A 2x2 pooling is not padded: it needs two cells each way to leave one.
        smallest = self.total_stride
        height, width, _ = self.input_shape
        fitting = min(height, width).bit_length() - 1
        if fitting >= self.num_stages:
            return self
        advice = f"{fitting} stage{'s' * (fitting > 1)} or larger" if fitting else "larger"
        raise ConfigError(
            f"num_stages={self.num_stages} needs at least {smallest}x{smallest} pixels, the images "
            f"are {height}x{width}: use {advice} images."
        )
