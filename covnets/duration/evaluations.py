"""How often, and on how many images at once, a run is evaluated.

It depends on the hyperparameters alone, so that equal runs have equal curves.
"""

from __future__ import annotations

from covnets.config import TRAIN_EVAL_IMAGES, TrainConfig
from covnets.limits import MACS_PER_TRAINED_IMAGE

# Between two batches a run may be stopped, and others have their turn: none may take long.
MOST_IMAGES = 250
MOST_MACS = 20_000_000_000
# Of a run's time, evaluations may take so much.
LARGEST_SHARE = 0.2
# A network of fewer multiply-adds takes no less time: calling its layers dominates then.
LEAST_MACS = 1_000_000
# Some seconds in the whole run: below that nobody waits, and every epoch has its points.
SMALL_MACS = 200_000_000_000

# A run that was stopped by hand shall be over within a moment.
MACS_AFTER_A_STOP = 30_000_000_000
LEAST_IMAGES_AFTER_A_STOP = 200


def evaluation_batch(macs: int) -> int:
    """Images that are evaluated at once.

    Args:
        macs: multiply-adds of one image's way forward.
    """
    return max(1, min(MOST_IMAGES, MOST_MACS // max(1, macs)))


def images_after_a_stop(num_validation: int, macs: int) -> int:
    """How many validation images a stopped run is evaluated on: all of them, if it is quick.

    The images lie in rounds of one image a class, so that the first ones are class-balanced.

    Args:
        num_validation: validation images of the dataset.
        macs: multiply-adds of one image's way forward.
    """
    return min(num_validation, max(LEAST_IMAGES_AFTER_A_STOP, MACS_AFTER_A_STOP // macs))


def evaluated_epochs(config: TrainConfig, macs: int, num_validation: int) -> range:
    """After which epochs a run is evaluated, beside the last one.

    All of them wherever evaluations take at most a fifth of the run, or hardly any time at all;
    with few training images the 2,000 validation images would cost more than the training. The
    first epoch is always among them, so that everybody soon sees a point.

    Args:
        config: epochs and training images.
        macs: multiply-adds of one image's way forward.
        num_validation: validation images of the dataset.
    """
    macs = max(macs, LEAST_MACS)
    of_one = macs * (num_validation + min(TRAIN_EVAL_IMAGES, config.num_train))
    every = 1
    if config.epochs * of_one > SMALL_MACS:
        training = config.epochs * MACS_PER_TRAINED_IMAGE * macs * config.num_train
        possible = int(LARGEST_SHARE / (1 - LARGEST_SHARE) * training / of_one)
        if possible < config.epochs:
            # One of them is the last epoch's.
            every = -(-config.epochs // max(possible - 1, 1))
    return range(1, config.epochs + 1, every)


def num_evaluations(config: TrainConfig, macs: int, num_validation: int) -> int:
    """How often a run is evaluated, at the end of its last epoch included."""
    return len({*evaluated_epochs(config, macs, num_validation), config.epochs})
