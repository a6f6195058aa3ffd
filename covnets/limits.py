"""What may be trained here: checked where a run is submitted, not by a slider.

A sketch of any size is drawn, a run of any size is not: it must fit the images and the memory, and
it must be possible to stop it within a moment. How long it may take is for its teacher to decide.
"""

from __future__ import annotations

from typing import Any

from covnets.config import RunConfig, StagedConfig, TrainConfig
from covnets.data import DATASETS
from covnets.errors import ConfigError, DataError
from covnets.models import Sketch, sketch

MAX_PARAMS = 30_000_000
MAX_STEP_MACS = 30_000_000_000
"""Multiply-adds of one step, forward and backward: about half a second on two cores. A run can be
stopped, and saved, only between two steps."""
MAX_ACTIVATION_BYTES = 3 * 2**30
NETWORKS_KEPT = 6
"""Traced networks that a worker keeps to use them again; each holds some twenty megabytes.
As many as runs train at once, so that all contestants of a race can be traced ahead."""

# The backward pass computes the gradients of the inputs and of the weights: twice the forward cost.
MACS_PER_TRAINED_IMAGE = 3
BYTES_PER_VALUE = 4


def check_run(run_config: RunConfig) -> Sketch:
    """Refuse a run that cannot be trained; return the sketch of its network.

    Raises:
        ConfigError: the network contradicts the dataset, or one step is too large to train.
        DataError: the dataset is unknown, or has fewer training images than asked for.
    """
    _check_dataset(run_config)
    drawn = sketch(run_config.network)
    train = run_config.train
    if drawn.num_params > MAX_PARAMS:
        raise ConfigError(
            f"The network has {drawn.num_params:,} parameters, at most {MAX_PARAMS:,} can be "
            "trained here: use fewer filters, units or stages."
        )
    per_image = training_macs(drawn)
    if per_image * train.batch_size > MAX_STEP_MACS:
        work, most = f"{per_image * train.batch_size / 1e9:,.0f}", f"{MAX_STEP_MACS / 1e9:,.0f}"
        raise _too_large(
            run_config, f"{work} billion multiply-adds, at most {most}", MAX_STEP_MACS // per_image
        )
    per_image = activation_bytes(drawn)
    if per_image * train.batch_size > MAX_ACTIVATION_BYTES:
        memory, most = (
            f"{size / 2**30:.1f}" for size in (per_image * train.batch_size, MAX_ACTIVATION_BYTES)
        )
        raise _too_large(
            run_config, f"{memory} GB of memory, at most {most}", MAX_ACTIVATION_BYTES // per_image
        )
    return drawn


def training_macs(drawn: Sketch) -> int:
    """Multiply-adds to train on one image once, forward and backward."""
    return MACS_PER_TRAINED_IMAGE * drawn.macs


def activation_bytes(drawn: Sketch) -> int:
    """Memory in bytes for one image's layer outputs, all kept for the backward pass."""
    return drawn.num_values * BYTES_PER_VALUE


def _check_dataset(run_config: RunConfig) -> None:
    network, train = run_config.network, run_config.train
    info = DATASETS.get(train.dataset)
    if info is None:
        raise DataError(
            f"There is no dataset {train.dataset!r}: use one of {', '.join(sorted(DATASETS))}."
        )
    if train.num_train > info.num_train:
        raise DataError(
            f"num_train={train.num_train} is more than the {info.num_train} training images of "
            f"{info.title}: use at most {info.num_train}."
        )
    if network.input_shape != info.input_shape:
        raise ConfigError(
            f"The network expects images of {_shape(network.input_shape)}, those of {info.title} "
            f"are {_shape(info.input_shape)}: set input_shape to {_shape(info.input_shape)}."
        )
    if network.num_classes != info.num_classes:
        raise ConfigError(
            f"num_classes={network.num_classes}, but {info.title} has {info.num_classes} classes: "
            f"set num_classes to {info.num_classes}."
        )


def _too_large(run_config: RunConfig, what: str, fitting: int) -> ConfigError:
    """Say that one step is too large, and what would fit, in values that the page offers."""
    network = run_config.network
    offered: Any = TrainConfig.model_fields["batch_size"].json_schema_extra
    sizes: list[int] = offered["options"]
    smaller = max((size for size in sizes if size <= fitting), default=None)
    advice = f"batch_size={smaller} or less, or " if smaller else ""
    fewer = "fewer filters"
    if isinstance(network, StagedConfig):
        counted = type(network).model_fields[network.per_stage].title or network.per_stage
        fewer += f" or {counted.lower()}"
    return ConfigError(
        f"One step with batch_size={run_config.train.batch_size} takes {what} can be had here: use "
        f"{advice}{fewer}."
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
