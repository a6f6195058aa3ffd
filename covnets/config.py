"""Every hyperparameter, declared once.

From these tables come the validation and its messages, the sliders (label, range, help), the
defaults, the command line's `--set`, the JSON in the run store and the table in the docs.

`ge` and `le` say what is *valid*: the full-size originals need hundreds of blocks and thousands
of filters. `slider` (low, high, step) or `options` say what the page *offers*.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict

from covnets.errors import ConfigError
from covnets.messages import sentence

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]
Branch = Literal["1x1", "3x3", "5x5", "pool"]
ImageShape = tuple[
    Annotated[int, Field(ge=1, le=1024)],
    Annotated[int, Field(ge=1, le=1024)],
    Annotated[int, Field(ge=1, le=16)],
]
CountPerStage = Annotated[tuple[Annotated[int, Field(ge=1, le=256)], ...], Field(min_length=1)]

MOST_STAGES = 8
"""Each stage halves height and width: eight take an image of 256x256 to one cell."""


def slider(low: float, high: float, step: float) -> JsonDict:
    """What the page offers: a slider from `low` to `high`."""
    return {"slider": [low, high, step]}


def options(*values: float) -> JsonDict:
    """What the page offers: one of these values."""
    return {"options": list(values)}


def only_if(field: str, value: bool | str) -> JsonDict:
    """Where the field does nothing: unless another field has this value."""
    return {"only_if": [field, value]}


class Table(BaseModel):
    """A group of hyperparameters: frozen, complete, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_in_a_sentence(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise ConfigError(sentence(error, cls)) from error

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """Read what `model_dump_json` wrote.

        Raises:
            ConfigError: the text is no JSON, or its values are not valid.
        """
        try:
            return super().model_validate_json(json_data, **how)
        except ValidationError as error:
            raise ConfigError(sentence(error, cls)) from error

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated like a new one.

        Raises:
            ConfigError: a changed value, or the combination, is not valid.
        """
        return type(self).model_validate(self.model_dump() | changes)


class NetworkConfig(Table):
    """What all families share."""

    per_stage: ClassVar[str]
    """The name of the field that counts something per stage."""

    input_shape: ImageShape = Field(
        (28, 28, 1),
        title="Image shape",
        description="Height, width and channels of one image; the dataset sets it.",
    )
    num_classes: int = Field(
        10,
        ge=2,
        le=10_000,
        title="Classes",
        description="Number of classes, one output unit each; the dataset sets it.",
    )
    activation: Activation = Field(
        "relu",
        title="Activation",
        description="The non-linear function after each convolution and hidden dense layer.",
    )
    batchnorm: bool = Field(
        True,
        title="BatchNorm",
        description="Normalise each channel over the batch after (or before) each convolution.",
    )
    batchnorm_momentum: float = Field(
        0.9,
        ge=0.0,
        lt=1.0,
        title="BatchNorm momentum",
        description=(
            "How slowly the moving mean and variance follow the batches. Keras' default of 0.99 "
            "needs hundreds of steps before validation can be trusted; short runs want 0.9."
        ),
        json_schema_extra=options(0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
        | only_if("batchnorm", True),
    )

    @property
    def filters_per_stage(self) -> tuple[int, ...]:
        """Filters of each stage: doubled from stage to stage, up to `max_filters`."""
        fields = self.model_dump(include={"num_stages", "filters", "max_filters"})
        return tuple(
            min(fields["filters"] * 2**stage, fields["max_filters"])
            for stage in range(fields["num_stages"])
        )

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; new stages repeat the last stage's count.

        Raises:
            ConfigError: a changed value, or the combination, is not valid.
        """
        counts = getattr(self, self.per_stage)
        wanted = str(changes.get("num_stages", ""))
        if wanted.isdecimal() and self.per_stage not in changes:
            num_stages = min(int(wanted), MOST_STAGES)
            changes[self.per_stage] = (counts + counts[-1:] * num_stages)[:num_stages] or counts
        elif self.per_stage in changes and not wanted:
            value = changes[self.per_stage]
            if isinstance(value, list | tuple) and len(value) > 1:
                changes["num_stages"] = len(value)
        return super().replace(**changes)

    @model_validator(mode="before")
    @classmethod
    def _spread_over_stages(cls, data: Any) -> Any:
        """Let one number stand for all stages, and a list of counts tell the number of stages."""
        if not isinstance(data, dict):
            return data
        default = cls.model_fields["num_stages"].default
        counts = data.get(cls.per_stage, cls.model_fields[cls.per_stage].default)
        if isinstance(counts, int | str):
            counts = (counts,)
        if not isinstance(counts, list | tuple) or not counts:
            return data
        several = cls.per_stage in data and len(counts) > 1
        num_stages = data.get("num_stages", len(counts) if several else default)
        data = data | {"num_stages": num_stages, cls.per_stage: tuple(counts)}
        # A number of stages that is no number, or out of range, is left for its field to refuse.
        try:
            wanted = int(num_stages)
        except (TypeError, ValueError):
            return data
        if not 1 <= wanted <= MOST_STAGES:
            return data
        if several and len(counts) != wanted:
            raise ConfigError(
                f"{cls.per_stage} lists {len(counts)} stages, but num_stages={wanted}: "
                f"give one number for all stages, or {wanted} numbers."
            )
        return data if several else data | {cls.per_stage: tuple(counts[:1]) * wanted}

    def _refuse_small_images(self, halvings: int) -> None:
        """Refuse images that cannot be halved as often as the stages ask."""
        height, width, _ = self.input_shape
        num_stages: int = self.model_dump(include={"num_stages"})["num_stages"]
        possible = min(height, width).bit_length() - 1
        if possible >= halvings:
            return
        fitting = num_stages - (halvings - possible)
        advice = (
            f"use {fitting} stage{'s' * (fitting > 1)} or larger" if fitting > 0 else "use larger"
        )
        raise ConfigError(
            f"num_stages={num_stages} needs at least {2**halvings}x{2**halvings} pixels, "
            f"the images are {height}x{width}: {advice} images."
        )


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
        16,
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
    )

    @model_validator(mode="after")
    def _fits_the_images(self) -> Self:
        self._refuse_small_images(halvings=self.num_stages - 1)
        return self


AnyNetworkConfig = Annotated[
    VGGConfig | InceptionConfig | ResNetConfig, Field(discriminator="family")
]


class TrainConfig(Table):
    """How a network is trained."""

    dataset: str = Field(
        "fashion_mnist",
        min_length=1,
        max_length=100,
        title="Dataset",
        description="The images to learn from.",
    )
    num_train: int = Field(
        12_000,
        ge=1,
        le=10_000_000,
        title="Training images",
        description="How many of the training images are used; every class gets the same share.",
        json_schema_extra=slider(500, 12_000, 500),
    )
    epochs: int = Field(
        8,
        ge=1,
        le=10_000,
        title="Epochs",
        description="How often the run passes over all its training images.",
        json_schema_extra=slider(1, 30, 1),
    )
    batch_size: int = Field(
        64,
        ge=1,
        le=65_536,
        title="Batch size",
        description="Images per step: one step is one update of the weights.",
        json_schema_extra=options(8, 16, 32, 64, 128, 256, 512),
    )
    optimizer: Literal["adam", "sgd", "rmsprop"] = Field(
        "adam",
        title="Optimizer",
        description="The rule that turns gradients into steps; sgd has momentum 0.9 (Nesterov).",
    )
    learning_rate: float = Field(
        0.003,
        gt=0.0,
        le=100.0,
        title="Learning rate",
        description="How far each step goes; with a schedule, its highest value.",
        json_schema_extra=options(
            0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03, 0.1, 0.3, 1.0
        ),
    )
    schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        "one_cycle",
        title="Schedule",
        description=(
            "Constant; cosine: falls along half a cosine to zero; one-cycle: rises for a quarter "
            "of the run, then falls to zero."
        ),
    )
    weight_decay: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Weight decay",
        description="Pulls the weights of convolutions and dense layers toward zero at each step.",
        json_schema_extra=options(0.0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05),
    )
    precision: Literal["float32", "mixed_bfloat16"] = Field(
        "float32",
        title="Precision",
        description="Number format of the arithmetic; mixed_bfloat16 is faster on some processors.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Fixes the initial weights, the order of the images and dropout.",
        json_schema_extra=slider(0, 99, 1),
    )

    @model_validator(mode="after")
    def _batch_fits_the_data(self) -> Self:
        if self.batch_size > self.num_train:
            raise ConfigError(
                f"batch_size={self.batch_size} is larger than the {self.num_train} training "
                f"images: use a batch of at most {self.num_train}, or more images."
            )
        return self

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one epoch; the last batch of an epoch may be smaller."""
        return -(-self.num_train // self.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps in the whole run."""
        return self.steps_per_epoch * self.epochs


class RunConfig(Table):
    """Everything that one run needs."""

    network: AnyNetworkConfig
    train: TrainConfig = TrainConfig()
