"""What all families of networks share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from covnets.config.table import (
    ADVANCED,
    Table,
    only_if,
    options,
    parted,
    parted_shape,
    short,
    slider,
)
from covnets.errors import ConfigError

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]
Branch = Literal["1x1", "3x3", "5x5", "pool"]
Stem = Literal["3x3", "7x7"]
ImageShape = Annotated[
    tuple[
        Annotated[int, Field(ge=1, le=1024)],
        Annotated[int, Field(ge=1, le=1024)],
        Annotated[int, Field(ge=1, le=16)],
    ],
    BeforeValidator(parted_shape),
]
CountPerStage = Annotated[
    tuple[Annotated[int, Field(ge=1, le=256)], ...], Field(min_length=1), BeforeValidator(parted)
]

MOST_STAGES = 8
"""Each stage halves height and width: eight take an image of 256x256 to one cell."""

# Fields that several families have, though not all.
FIRST_FILTERS: int = Field(
    16,
    ge=1,
    le=4096,
    title="Filters of the first stage",
    description="Channels of the first stage; they double from stage to stage.",
    json_schema_extra=slider(4, 64, 4) | short("filters"),
)
HIDDEN_UNITS: int = Field(
    128,
    ge=1,
    le=16_384,
    title="Units of the two hidden layers",
    description="Width of both hidden layers of the dense network (4096 in the paper).",
    json_schema_extra=slider(16, 512, 16) | short("units"),
)


def most_filters(description: str) -> Any:
    """Where the doubling of the filters from stage to stage stops."""
    return Field(512, ge=1, le=8192, title="Most filters", description=description)


def stages(description: str, *, most_offered: int) -> Any:
    """The number of stages."""
    return Field(
        3,
        ge=1,
        le=MOST_STAGES,
        title="Stages",
        description=description,
        json_schema_extra=slider(1, most_offered, 1),
    )


def dropout(usual: float, *, of: str) -> Any:
    """The share of some values, such as the hidden units, that each step switches off."""
    return Field(
        usual,
        ge=0.0,
        lt=1.0,
        title="Dropout",
        description=f"Share of the {of} that each training step switches off.",
        json_schema_extra=slider(0.0, 0.8, 0.1),
    )


class NetworkConfig(Table):
    """What all families share."""

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
        json_schema_extra=ADVANCED,
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
        | only_if("batchnorm", True)
        | ADVANCED,
    )

    @property
    @abstractmethod
    def total_stride(self) -> int:
        """Pixels between neighbouring cells of the last map: the product of the strides."""


class StagedConfig(NetworkConfig):
    """What the families share whose networks are stages of equal blocks."""

    per_stage: ClassVar[str]
    """The name of the field that counts something per stage."""

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
        if self.per_stage in changes:
            counts = parted(changes[self.per_stage])
            if isinstance(counts, list | tuple) and len(counts) > 1:
                changes.setdefault("num_stages", len(counts))
        elif num_stages := _valid_number_of_stages(changes.get("num_stages")):
            counts = getattr(self, self.per_stage)
            changes[self.per_stage] = (counts + counts[-1:] * num_stages)[:num_stages]
        return super().replace(**changes)

    @model_validator(mode="before")
    @classmethod
    def _spread_over_stages(cls, data: Any) -> Any:
        """Let one number stand for all stages, and a list of counts tell the number of stages."""
        if not isinstance(data, dict):
            return data
        default = cls.model_fields["num_stages"].default
        counts = data.get(cls.per_stage, cls.model_fields[cls.per_stage].default)
        counts = (counts,) if isinstance(counts, int) else parted(counts)
        if not isinstance(counts, list | tuple) or not counts:
            return data
        several = cls.per_stage in data and len(counts) > 1
        num_stages = data.get("num_stages", len(counts) if several else default)
        data = data | {"num_stages": num_stages, cls.per_stage: tuple(counts)}
        wanted = _valid_number_of_stages(num_stages)
        if wanted is None:
            return data
        if several and len(counts) != wanted:
            raise ConfigError(
                f"{cls.per_stage} lists {len(counts)} stages, but num_stages={wanted}: "
                f"give one number for all stages, or {wanted} numbers."
            )
        return data if several else data | {cls.per_stage: tuple(counts[:1]) * wanted}


_NUMBER_OF_STAGES: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=MOST_STAGES)])


def _valid_number_of_stages(value: Any) -> int | None:
    """Read a number of stages as its field does; None for what the field will refuse."""
    try:
        return _NUMBER_OF_STAGES.validate_python(value)
    except ValidationError:
        return None
