"""The hyperparameters of Inception."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from covnets.config.base import Branch, CountPerStage, StagedConfig, Stem, dropout, stages
from covnets.config.table import ADVANCED, only_if, parted, parted_row, short, slider
from covnets.errors import ConfigError

Filters = Annotated[int, Field(ge=1, le=4096)]
RowOfFilters = Annotated[
    tuple[Filters, Filters, Filters, Filters, Filters, Filters], BeforeValidator(parted_row)
]
AUXILIARY_POOL = 5
"""Side of the window that an auxiliary head averages over."""


class InceptionConfig(StagedConfig):
    """Hyperparameters of an Inception network: modules of up to four parallel branches."""

    per_stage: ClassVar[str] = "num_modules"

    family: Literal["inception"] = "inception"
    num_stages: int = stages(
        "A 3x3 max pooling before each stage halves height and width.", most_offered=4
    )
    num_modules: CountPerStage = Field(
        (1, 1, 1),
        title="Modules per stage",
        description="Inception modules one after another in each stage.",
        json_schema_extra=slider(1, 4, 1) | short("modules"),
    )
    filters: int = Field(
        12,
        ge=4,
        le=2048,
        title="Base filters",
        description=(
            "Filters f of the 1x1 branch in the first stage. The others follow in the proportions "
            "of GoogLeNet's module 3a: 3x3 2f, 5x5 f/2, pooling f/2; they double stage by stage."
        ),
        json_schema_extra=slider(4, 32, 4) | short("filters"),
    )
    max_filters: int = Field(
        256,
        ge=4,
        le=4096,
        title="Most base filters",
        description="The doubling of the base filters stops here.",
        json_schema_extra=short("most filters"),
    )
    module_filters: Annotated[tuple[RowOfFilters, ...], BeforeValidator(parted)] = Field(
        (),
        title="Filters of each module",
        description=(
            "One row of six numbers a module, in the order of the paper's table: 1x1, 3x3 reducer, "
            "3x3, 5x5 reducer, 5x5, pooling projection. Empty: all follow the base filters."
        ),
    )
    stem: Stem = Field(
        "3x3",
        title="Stem",
        description=(
            "3x3: one convolution and one pooling. 7x7: GoogLeNet's stem for large images, "
            "convolutions of 7x7 with stride 2, 1x1 and 3x3, with a pooling before and after the "
            "last two."
        ),
        json_schema_extra=ADVANCED,
    )
    stem_filters: int = Field(
        16,
        ge=1,
        le=2048,
        title="Stem filters",
        description=(
            "Filters of the stem's first convolution; GoogLeNet's last one has three times as many."
        ),
        json_schema_extra=slider(4, 64, 4),
    )
    local_response: bool = Field(
        False,
        title="Local response normalization",
        description="AlexNet's normalization over neighbouring channels, in GoogLeNet's stem.",
        json_schema_extra=only_if("stem", "7x7") | ADVANCED,
    )
    reducers: bool = Field(
        True,
        title="1x1 reducers",
        description=(
            "Squeeze the channels with a 1x1 convolution before each 3x3 and 5x5, and after the "
            "pooling. Off: the paper's naive module, whose output keeps growing."
        ),
    )
    branches: Annotated[tuple[Branch, ...], BeforeValidator(parted)] = Field(
        ("1x1", "3x3", "5x5", "pool"),
        title="Branches",
        description="The parallel branches of each module; at least one.",
    )
    head: Literal["average_pooling", "dense"] = Field(
        "average_pooling",
        title="Head",
        description="Global average pooling as in the paper, or a hidden dense layer as in VGG.",
    )
    units: int = Field(
        128,
        ge=1,
        le=16_384,
        title="Units of the dense head",
        description="Width of the hidden layer of the dense head; unused with average pooling.",
        json_schema_extra=slider(16, 512, 16) | only_if("head", "dense") | short("units"),
    )
    auxiliary_heads: bool = Field(
        False,
        title="Auxiliary heads",
        description=(
            "Small classifiers after the first and the last but one module of stage 2; with one or "
            "two modules there is one. They help to train (each loss counts 0.3), and are not "
            "asked afterwards."
        ),
        json_schema_extra=ADVANCED,
    )
    auxiliary_units: int = Field(
        128,
        ge=1,
        le=16_384,
        title="Units of the auxiliary heads",
        description="Width of an auxiliary head's hidden layer (1024 in the paper).",
        json_schema_extra=slider(16, 512, 16)
        | only_if("auxiliary_heads", True)
        | short("auxiliary units")
        | ADVANCED,
    )
    dropout: float = dropout(0.2, of="head's inputs")

    @property
    def total_stride(self) -> int:
        """Pixels between neighbouring cells of the last map: the product of the strides."""
        return self._stride_of_stage(self.num_stages)

    def _stride_of_stage(self, stage: int) -> int:
        return int(2 ** (stage + 2 * (self.stem == "7x7")))

    @model_validator(mode="after")
    def _has_branches(self) -> Self:
        if not self.branches:
            raise ConfigError(
                "No branch is left in the module: keep at least one of 1x1, 3x3, 5x5, pool."
            )
        if len(set(self.branches)) < len(self.branches):
            raise ConfigError(
                f"branches={','.join(self.branches)} names a branch twice: name each at most once."
            )
        return self

    @model_validator(mode="after")
    def _has_a_row_for_each_module(self) -> Self:
        num_rows, num_modules = len(self.module_filters), sum(self.num_modules)
        if num_rows not in (0, num_modules):
            raise ConfigError(
                f"module_filters has {num_rows} row{'s' * (num_rows > 1)} for {num_modules} "
                "modules: give one row a module, or none."
            )
        return self

    @model_validator(mode="after")
    def _has_room_for_auxiliary_heads(self) -> Self:
        if not self.auxiliary_heads:
            return self
        # All strides before the heads round up: the fifth cell needs one pixel.
        smallest = (AUXILIARY_POOL - 1) * self._stride_of_stage(2) + 1
        height, width, _ = self.input_shape
        if self.num_stages >= 2 and min(height, width) >= smallest:
            return self
        raise ConfigError(
            "auxiliary_heads=True needs 2 stages or more, and for the "
            f"{AUXILIARY_POOL}x{AUXILIARY_POOL} cells over which the heads average at least "
            f"{smallest}x{smallest} pixels, here are num_stages={self.num_stages} and images of "
            f"{height}x{width}: change that, or switch them off."
        )
