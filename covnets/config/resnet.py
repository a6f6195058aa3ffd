"""The hyperparameters of ResNet."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from covnets.config.base import (
    FIRST_FILTERS,
    CountPerStage,
    StagedConfig,
    Stem,
    most_filters,
    stages,
)
from covnets.config.table import ADVANCED, only_if, short, slider


class ResNetConfig(StagedConfig):
    """Hyperparameters of a ResNet, and of its plain twin without shortcuts."""

    per_stage: ClassVar[str] = "num_blocks"

    family: Literal["resnet"] = "resnet"
    num_stages: int = stages(
        "Each stage after the first begins with a convolution of stride 2.", most_offered=4
    )
    num_blocks: CountPerStage = Field(
        (1, 1, 1),
        title="Blocks per stage",
        description="Residual blocks one after another in each stage.",
        json_schema_extra=slider(1, 9, 1) | short("blocks"),
    )
    filters: int = FIRST_FILTERS
    max_filters: int = most_filters("The doubling of the filters stops here.")
    stem: Stem = Field(
        "3x3",
        title="Stem",
        description=(
            "3x3: one convolution, as the paper has it for images of 32x32. 7x7: for large images, "
            "a convolution of 7x7 and a pooling of 3x3, both with stride 2."
        ),
        json_schema_extra=ADVANCED,
    )
    block: Literal["basic", "bottleneck"] = Field(
        "basic",
        title="Block",
        description=(
            "Basic: two 3x3 convolutions. Bottleneck: 1x1 down, 3x3, 1x1 up to four times the "
            "filters, as in ResNet-50 and deeper."
        ),
    )
    stride_in: Literal["1x1", "3x3"] = Field(
        "1x1",
        title="Stride in",
        description=(
            "Which convolution of a bottleneck halves height and width: the first 1x1, as in the "
            "paper and Keras' ResNet50, or the 3x3, as in most libraries: more work, and every "
            "cell is read."
        ),
        json_schema_extra=only_if("block", "bottleneck") | ADVANCED,
    )
    shortcut: Literal["identity", "projection", "none"] = Field(
        "identity",
        title="Shortcut",
        description=(
            "Identity: option A of the paper, no parameters. Projection: a 1x1 convolution where "
            "the shape changes. None: the plain twin, with exactly identity's parameters."
        ),
    )
    preactivation: bool = Field(
        False,
        title="Pre-activation",
        description="BatchNorm and activation before each convolution, not after (the 2016 paper).",
        json_schema_extra=ADVANCED,
    )

    @property
    def total_stride(self) -> int:
        """Pixels between neighbouring cells of the last map: the product of the strides."""
        return int(2 ** (self.num_stages - 1 + 2 * (self.stem == "7x7")))
