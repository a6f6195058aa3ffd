"""A run's exact state between two steps, as arrays that numpy can save.

A `.keras` file holds the network but not Dropout's random state; a run that goes on must have it,
and the optimizer's moments too. The order of the images follows from the seed and the step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covnets.errors import TrainingError

if TYPE_CHECKING:
    import keras

Checkpoint = dict[str, NDArray[Any]]


def save(model: keras.Model, optimizer: keras.optimizers.Optimizer, step: int) -> Checkpoint:
    """Copy all variables of a network and its optimizer after `step` steps."""
    arrays = {
        name: np.asarray(variable.value).copy()
        for name, variable in _variables(model, optimizer).items()
    }
    return arrays | {"step": np.array(step)}


def restore(
    checkpoint: Checkpoint, model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> int:
    """Put a checkpoint's values back and return the number of steps it had run.

    Raises:
        TrainingError: the checkpoint belongs to another network or optimizer.
    """
    variables = _variables(model, optimizer)
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    if shapes != {name: array.shape for name, array in checkpoint.items() if name != "step"}:
        raise TrainingError(
            "The checkpoint belongs to another network or optimizer: start the run anew."
        )
    for name, variable in variables.items():
        variable.assign(checkpoint[name])
    return int(checkpoint["step"])


def _variables(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> dict[str, keras.Variable]:
    # Not by their paths: Keras numbers optimizers and random states as it makes them, so that
    # the same network has other paths in another process.
    owners = {"model": model.variables, "optimizer": optimizer.variables}
    return {
        f"{owner}/{position}/{variable.name}": variable
        for owner, variables in owners.items()
        for position, variable in enumerate(variables)
    }
