"""The hyperparameters of each family."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from covnets.config.base import MOST_STAGES, Branch, CountPerStage, NetworkConfig
from covnets.config.table import ADVANCED, only_if, options, slider
from covnets.errors import ConfigError


class VGGConfig(NetworkConfig):
    """Hyperparameters of a VGG: a ladder of convolutions and pooling, then three dense layers."""

    per_stage: ClassVar[str] = "num_convs"

    family: Literal["vgg"] = "vgg"
    num_stages: int = Field(
        3,
        ge=1,
        le=MOST_STAGES,
        title="Stages",
        description="Each stage ends with a 2x2 max pooling that halves height and width.",
        json_schema_extra=slider(1, 5, 1),
    )
    num_convs: CountPerStage = Field(
        (2, 2, 2),
        title="Convolutions per stage",
        description="Convolutions stacked in each stage before its pooling.",
        json_schema_extra=slider(1, 4, 1),
    )
    filters: int = Field(
        16,
        ge=1,
        le=4096,
        title="Filters of the first stage",
        description="Channels of the first stage; they double from stage to stage.",
        json_schema_extra=slider(4, 64, 4),
    )
    max_filters: int = Field(
        512,
        ge=1,
        le=8192,
        title="Most filters",
        description="The doubling of the filters stops here, as it does at 512 in the paper.",
    )
    kernel_size: int = Field(
        3,
        ge=1,
        le=31,
        title="Kernel size",
        description="Height and width of each filter. VGG's point: 3x3 everywhere.",
        json_schema_extra=options(1, 3, 5, 7),
    )
    units: int = Field(
        128,
        ge=1,
        le=16_384,
        title="Units of the two hidden layers",
        description="Width of both hidden layers of the dense network (4096 in the paper).",
        json_schema_extra=slider(16, 512, 16),
    )
    dropout: float = Field(
        0.3,
        ge=0.0,
        lt=1.0,
        title="Dropout",
        description="Share of the hidden units that each training step switches off.",
        json_schema_extra=slider(0.0, 0.8, 0.1),
    )

    @model_validator(mode="after")
    def _fits_the_images(self) -> Self:
        self._refuse_small_images(halvings=self.num_stages)
        return self


class InceptionConfig(NetworkConfig):
    """Hyperparameters of an Inception network: modules of up to four parallel branches."""

    per_stage: ClassVar[str] = "num_modules"

    family: Literal["inception"] = "inception"
    num_stages: int = Field(
        3,
        ge=1,
        le=MOST_STAGES,
        title="Stages",
        description="A 3x3 max pooling before each stage halves height and width.",
        json_schema_extra=slider(1, 4, 1),
    )
    num_modules: CountPerStage = Field(
        (1, 1, 1),
        title="Modules per stage",
        description="Inception modules one after another in each stage.",
        json_schema_extra=slider(1, 4, 1),
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
        json_schema_extra=slider(4, 32, 4),
    )
    max_filters: int = Field(
        256,
        ge=4,
        le=4096,
        title="Most base filters",
        description="The doubling of the base filters stops here.",
    )
    stem_filters: int = Field(
        16,
        ge=1,
        le=2048,
        title="Stem filters",
        description="Filters of the 3x3 convolution before the first module.",
        json_schema_extra=slider(4, 64, 4),
    )
    reducers: bool = Field(
        True,
        title="1x1 reducers",
        description=(
            "Squeeze the channels with a 1x1 convolution before each 3x3 and 5x5, and after the "
            "pooling. Off: the paper's naive module, whose output keeps growing."
        ),
    )
    branches: tuple[Branch, ...] = Field(
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
        json_schema_extra=slider(16, 512, 16) | only_if("head", "dense"),
    )
    dropout: float = Field(
        0.2,
        ge=0.0,
        lt=1.0,
        title="Dropout",
        description="Share of the head's inputs that each training step switches off.",
        json_schema_extra=slider(0.0, 0.8, 0.1),
    )

    @model_validator(mode="after")
    def _has_branches_and_pixels(self) -> Self:
        if not self.branches:
            raise ConfigError(
                "No branch is left in the module: keep at least one of 1x1, 3x3, 5x5, pool."
            )
        if len(set(self.branches)) < len(self.branches):
            raise ConfigError(
                f"branches={','.join(self.branches)} names a branch twice: name each at most once."
            )
        self._refuse_small_images(halvings=self.num_stages)
        return self


class ResNetConfig(NetworkConfig):
    """Hyperparameters of a ResNet, and of its plain twin without shortcuts."""

    per_stage: ClassVar[str] = "num_blocks"

    family: Literal["resnet"] = "resnet"
    num_stages: int = Field(
        3,
        ge=1,
        le=MOST_STAGES,
        title="Stages",
        description="Each stage after the first begins with a convolution of stride 2.",
        json_schema_extra=slider(1, 4, 1),
    )
    num_blocks: CountPerStage = Field(
        (1, 1, 1),
        title="Blocks per stage",
        description="Residual blocks one after another in each stage.",
        json_schema_extra=slider(1, 9, 1),
    )
    filters: int = Field(
        16,
        ge=1,
        le=4096,
        title="Filters of the first stage",
        description="Channels of the first stage; they double from stage to stage.",
        json_schema_extra=slider(4, 64, 4),
    )
    max_filters: int = Field(
        512,
        ge=1,
        le=8192,
        title="Most filters",
        description="The doubling of the filters stops here.",
    )
    block: Literal["basic", "bottleneck"] = Field(
        "basic",
        title="Block",
        description=(
            "Basic: two 3x3 convolutions. Bottleneck: 1x1 down, 3x3, 1x1 up to four times the "
            "filters, as in ResNet-50 and deeper."
        ),
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

    @model_validator(mode="after")
    def _fits_the_images(self) -> Self:
        self._refuse_small_images(halvings=self.num_stages - 1)
        return self


AnyNetworkConfig = Annotated[
    VGGConfig | InceptionConfig | ResNetConfig, Field(discriminator="family")
]
