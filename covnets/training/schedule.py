"""Learning-rate schedules: one value per step, computed before the run begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covnets.config import TrainConfig

WARM_UP_SHARE = 0.25
LOWEST_SHARE = 0.04


def learning_rates(config: TrainConfig) -> NDArray[np.float32]:
    """Return the learning rate of every step.

    Args:
        config: `learning_rate` is the highest value; `schedule` the shape over the run.

    Returns:
        float32 array (total_steps,).

        - constant: the same value throughout.
        - cosine: lr * (1 + cos(pi * p)) / 2 with p from 0 to almost 1 (Loshchilov and Hutter,
          arXiv 1608.03983, without restarts).
        - one_cycle: rises along half a cosine from 4 % during the first quarter, then falls to
          almost zero (after Smith and Topin, arXiv 1708.07120).
    """
    total = config.total_steps
    progress = np.arange(total) / total
    if config.schedule == "constant":
        shape = np.ones(total)
    elif config.schedule == "cosine":
        shape = (1 + np.cos(np.pi * progress)) / 2
    else:
        rise = (1 - np.cos(np.pi * np.minimum(progress / WARM_UP_SHARE, 1))) / 2
        fall = np.maximum(progress - WARM_UP_SHARE, 0) / (1 - WARM_UP_SHARE)
        shape = (LOWEST_SHARE + (1 - LOWEST_SHARE) * rise) * (1 + np.cos(np.pi * fall)) / 2
    return (config.learning_rate * shape).astype(np.float32)
