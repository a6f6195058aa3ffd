"""How a network is trained, and everything that one run needs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from covnets.config.alexnet import AlexNetConfig
from covnets.config.inception import InceptionConfig
from covnets.config.resnet import ResNetConfig
from covnets.config.table import ADVANCED, Table, options, short, slider
from covnets.config.vgg import VGGConfig
from covnets.data import DATASETS, DEFAULT_DATASET
from covnets.errors import ConfigError

AnyNetworkConfig = Annotated[
    VGGConfig | InceptionConfig | ResNetConfig | AlexNetConfig, Field(discriminator="family")
]
RealPrecision = Literal["float32", "mixed_bfloat16"]
Precision = Literal["auto", RealPrecision]

TRAIN_EVAL_IMAGES = 1000
"""At an epoch's end so many training images are evaluated as validation images are: with dropout
off and the same weights. Only these two can be compared."""


def all_images(dataset: str) -> int:
    """Return how many training images a dataset has.

    Args:
        dataset: its name. Of one that is not here the default's number is taken: a run on it is
            refused where it is submitted, for the name's sake.
    """
    return DATASETS.get(dataset, DATASETS[DEFAULT_DATASET]).num_train


class TrainConfig(Table):
    """How a network is trained."""

    dataset: str = Field(
        DEFAULT_DATASET,
        min_length=1,
        max_length=100,
        title="Dataset",
        description="The images to learn from.",
    )
    epochs: int = Field(
        8,
        ge=1,
        le=10_000,
        title="Epochs",
        description="How often the run passes over all its training images.",
        json_schema_extra=slider(1, 30, 1),
    )
    num_train: int = Field(
        default_factory=lambda given: all_images(given.get("dataset", DEFAULT_DATASET)),
        ge=1,
        le=10_000_000,
        title="Training images",
        description=(
            "How many of the dataset's training images are used, all of them unless it is set: of "
            "every class equally many, or one more."
        ),
        json_schema_extra=slider(500, all_images(DEFAULT_DATASET), 500) | short("images"),
    )
    learning_rate: float = Field(
        0.003,
        gt=0.0,
        le=100.0,
        title="Learning rate",
        description="How far each step goes; with a schedule, its highest value.",
        json_schema_extra=options(
            0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0
        ),
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
        json_schema_extra=ADVANCED,
    )
    schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        "one_cycle",
        title="Schedule",
        description=(
            "Constant; cosine: falls along half a cosine to zero; one-cycle: rises for a quarter "
            "of the run, then falls to zero."
        ),
        json_schema_extra=ADVANCED,
    )
    weight_decay: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Weight decay",
        description="Pulls the weights of convolutions and dense layers toward zero at each step.",
        json_schema_extra=options(0.0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05) | ADVANCED,
    )
    precision: Precision = Field(
        "auto",
        title="Precision",
        description=(
            "Number format of the arithmetic. Auto: mixed_bfloat16 where the processor or GPU has "
            "instructions for it, else float32, which is faster there."
        ),
        json_schema_extra=ADVANCED,
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
            images = f"{self.num_train} training image{'s' * (self.num_train != 1)}"
            raise ConfigError(
                f"batch_size={self.batch_size} is larger than the {images}: use a batch of at most "
                f"{self.num_train}, or more images."
            )
        return self

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; all images of one dataset become all of another.

        Raises:
            ConfigError: a changed value, or the combination, is not valid.
        """
        if "dataset" in changes and self.num_train == all_images(self.dataset):
            changes = {"num_train": all_images(changes["dataset"])} | changes
        return super().replace(**changes)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one epoch; the last batch of an epoch may be smaller."""
        return -(-self.num_train // self.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps in the whole run."""
        return self.steps_per_epoch * self.epochs


def short_recipe(train: TrainConfig) -> TrainConfig:
    """Return a recipe made short, for runs of which several share the machine."""
    return train.replace(epochs=4, num_train=min(4000, train.num_train))


class RunConfig(Table):
    """Everything that one run needs."""

    network: AnyNetworkConfig
    train: TrainConfig = TrainConfig()
