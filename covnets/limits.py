"""What may be trained here, and how often, on how many images at once, it is evaluated.

A sketch of any size is drawn, a run of any size is not: it must fit the images and the memory, and
it must be possible to stop it within a moment. That is checked where a run is submitted, not by a
slider. How long it may take is for its teacher to decide. Evaluations depend on the hyperparameters
alone, so that equal runs have equal curves.
"""

from __future__ import annotations

from collections.abc import Iterator

from covnets.config import (
    FIELDS,
    TRAIN_EVAL_IMAGES,
    AnyNetworkConfig,
    RunConfig,
    StagedConfig,
    TrainConfig,
)
from covnets.data import DATASETS
from covnets.errors import ConfigError, CovnetsError, DataError
from covnets.messages import unknown_name
from covnets.models import Sketch, sketch

MAX_PARAMS = 30_000_000
MAX_LAYERS = 1500
"""Building and tracing more takes minutes, before the first step is made."""
MAX_STEP_MACS = 30_000_000_000
"""Multiply-adds of one step, forward and backward: about half a second on two cores. A run can be
stopped, and saved, only between two steps."""
MAX_ACTIVATION_BYTES = 3 * 2**30
NETWORKS_KEPT = 6
"""Traced networks that a worker keeps to use them again; each holds some twenty megabytes.
As many as runs train at once, so that all contestants of a race can be traced ahead."""
LAYERS_TRACED_AHEAD = 100
"""A run that is started meanwhile waits for the part that is being traced: some tenths of a second
here, many seconds for a deep network, which is therefore traced only when it is started."""

# The backward pass computes the gradients of the inputs and of the weights: twice the forward cost.
MACS_PER_TRAINED_IMAGE = 3
BYTES_PER_VALUE = 4

# Between two batches a run may be stopped, and others have their turn: none may take long.
MAX_EVALUATED_IMAGES = 250
MAX_EVALUATED_MACS = 20_000_000_000
# Of a run's time, evaluations may take so much.
MAX_EVALUATION_SHARE = 0.2
# A network of fewer multiply-adds takes no less time: calling its layers dominates then.
MIN_MACS = 1_000_000
# Some seconds in the whole run: below that nobody waits, and every epoch has its points.
SHORT_EVALUATION_MACS = 200_000_000_000

# A run that was stopped by hand shall be over within a moment.
MACS_AFTER_A_STOP = 30_000_000_000
MIN_IMAGES_AFTER_A_STOP = 200


def check_run(run_config: RunConfig) -> Sketch:
    """Refuse a run that cannot be trained; return the sketch of its network.

    Raises:
        ConfigError: the network is too large, contradicts the dataset, or both.
        DataError: the dataset is unknown, or has fewer training images than asked for.
    """
    drawn = sketch(run_config.network)
    refusals = [*_size_refusals(run_config, drawn)][:1] + [*_dataset_refusals(run_config)][:1]
    if refusals:
        raise type(refusals[0])(" ".join(map(str, refusals)))
    return drawn


def _size_refusals(run_config: RunConfig, drawn: Sketch) -> Iterator[CovnetsError]:
    """What of the network is too large, the hardest limit first."""
    train = run_config.train
    if drawn.num_params > MAX_PARAMS:
        yield ConfigError(
            f"The network has {drawn.num_params:,} parameters, but at most {MAX_PARAMS:,} can be "
            "trained here: use fewer filters, units or stages."
        )
    if len(drawn.nodes) > MAX_LAYERS:
        yield ConfigError(
            f"The network has {len(drawn.nodes):,} layers, but at most {MAX_LAYERS:,} can be "
            f"trained here: use fewer {_counted(run_config.network)}."
        )
    per_image = training_macs(drawn)
    if per_image * train.batch_size > MAX_STEP_MACS:
        work, most = f"{per_image * train.batch_size / 1e9:,.0f}", f"{MAX_STEP_MACS / 1e9:,.0f}"
        yield _too_large(
            run_config,
            f"{work} billion multiply-adds, but at most {most} billion",
            MAX_STEP_MACS // per_image,
        )
    per_image = activation_bytes(drawn)
    if per_image * train.batch_size > MAX_ACTIVATION_BYTES:
        memory, most = (
            f"{size / 2**30:.1f}" for size in (per_image * train.batch_size, MAX_ACTIVATION_BYTES)
        )
        yield _too_large(
            run_config,
            f"{memory} GB of memory, but at most {most} GB",
            MAX_ACTIVATION_BYTES // per_image,
        )


def training_macs(drawn: Sketch) -> int:
    """Multiply-adds to train on one image once, forward and backward."""
    return MACS_PER_TRAINED_IMAGE * drawn.macs


def activation_bytes(drawn: Sketch) -> int:
    """Memory in bytes for one image's layer outputs, all kept for the backward pass."""
    return drawn.num_values * BYTES_PER_VALUE


def evaluation_batch(macs: int) -> int:
    """Images that are evaluated at once.

    Args:
        macs: multiply-adds of one image's way forward.
    """
    return max(1, min(MAX_EVALUATED_IMAGES, MAX_EVALUATED_MACS // max(1, macs)))


def images_after_a_stop(num_validation: int, macs: int) -> int:
    """How many validation images a stopped run is evaluated on: all of them, if it is quick.

    The images lie in rounds of one image a class, so that the first ones are class-balanced.

    Args:
        num_validation: validation images of the dataset.
        macs: multiply-adds of one image's way forward.
    """
    return min(num_validation, max(MIN_IMAGES_AFTER_A_STOP, MACS_AFTER_A_STOP // macs))


def evaluated_epochs(config: TrainConfig, macs: int, num_validation: int) -> range:
    """After which epochs a run is evaluated, beside the last one.

    All of them wherever evaluations take at most a fifth of the run, or hardly any time at all;
    with few training images evaluating the validation images would cost more than the training. The
    first epoch is always among them, so that everybody soon sees a point.

    Args:
        config: epochs and training images.
        macs: multiply-adds of one image's way forward.
        num_validation: validation images of the dataset.
    """
    macs = max(macs, MIN_MACS)
    of_one = macs * (num_validation + min(TRAIN_EVAL_IMAGES, config.num_train))
    every = 1
    if config.epochs * of_one > SHORT_EVALUATION_MACS:
        training = config.epochs * MACS_PER_TRAINED_IMAGE * macs * config.num_train
        possible = int(MAX_EVALUATION_SHARE / (1 - MAX_EVALUATION_SHARE) * training / of_one)
        if possible < config.epochs:
            # One of them is the last epoch's.
            every = -(-config.epochs // max(possible - 1, 1))
    return range(1, config.epochs + 1, every)


def num_evaluations(config: TrainConfig, macs: int, num_validation: int) -> int:
    """How often a run is evaluated, at the end of its last epoch included."""
    return len({*evaluated_epochs(config, macs, num_validation), config.epochs})


def _dataset_refusals(run_config: RunConfig) -> Iterator[CovnetsError]:
    network, train = run_config.network, run_config.train
    info = DATASETS.get(train.dataset)
    if info is None:
        yield DataError(unknown_name("dataset", train.dataset, DATASETS))
        return
    if train.num_train > info.num_train:
        yield DataError(
            f"num_train={train.num_train} is more than the {info.num_train} training images of "
            f"{info.title}: use at most {info.num_train}."
        )
    if network.input_shape != info.input_shape:
        expected, real = map(FIELDS["input_shape"].write, (network.input_shape, info.input_shape))
        yield ConfigError(
            f"The network expects images of {expected}, those of {info.title} are {real}: set "
            f"input_shape to {real}."
        )
    if network.num_classes != info.num_classes:
        yield ConfigError(
            f"num_classes={network.num_classes}, but {info.title} has {info.num_classes} classes: "
            f"set num_classes to {info.num_classes}."
        )


def _too_large(run_config: RunConfig, what: str, fitting: int) -> ConfigError:
    """Say that one step is too large, and what would fit, in values that the page offers."""
    network = run_config.network
    sizes = map(int, FIELDS["batch_size"].values)
    smaller = max((size for size in sizes if size <= fitting), default=None)
    advice = f"batch_size={smaller} or less, or " if smaller else ""
    fewer = "fewer filters"
    if isinstance(network, StagedConfig):
        fewer += f" or {_counted(network)}"
    return ConfigError(
        f"One step with batch_size={run_config.train.batch_size} takes {what} is possible here: "
        f"use {advice}{fewer}."
    )


def _counted(network: AnyNetworkConfig) -> str:
    """What a network has many of when it is deep: "blocks per stage"."""
    if not isinstance(network, StagedConfig):
        return "layers"
    return FIELDS[network.per_stage].title.lower()
