"""A run's exact state between two steps, as arrays that numpy can save.

A `.keras` file holds the network but not Dropout's random state; a run that goes on must have it,
and the optimizer's moments too. The order of the images follows from the seed and the step.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from covnets.config import NetworkConfig
from covnets.errors import TrainingError
from covnets.models.wiring import WIRING, outdated

if TYPE_CHECKING:
    import keras

Checkpoint = dict[str, NDArray[Any]]
_WIRING = "wiring"


@dataclass
class Progress:
    """How far a run has come.

    Attributes:
        step: the last step that was made.
        seconds: of training, validation included.
        validation_seconds: what validation took of them.
        evaluated_step: the last step after which the validation images were evaluated.
        validation_accuracy: what came out of it, NaN before the first time.
    """

    step: int = 0
    seconds: float = 0.0
    validation_seconds: float = 0.0
    evaluated_step: int = 0
    validation_accuracy: float = math.nan


def save(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, progress: Progress
) -> Checkpoint:
    """Copy all variables of a network and its optimizer."""
    arrays = {
        name: np.asarray(variable.value).copy()
        for name, variable in _variables(model, optimizer).items()
    }
    facts = asdict(progress) | {_WIRING: WIRING}
    return arrays | {name: np.array(value) for name, value in facts.items()}


def restore(
    checkpoint: Checkpoint,
    network: NetworkConfig,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
) -> Progress:
    """Put a checkpoint's values back into a network and return how far the run had come.

    Raises:
        TrainingError: the checkpoint belongs to another network or optimizer, or to one that was
            wired otherwise.
    """
    wiring = checkpoint[_WIRING].item() if _WIRING in checkpoint else None
    if reason := outdated(network, wiring):
        raise TrainingError(f"The run cannot go on: {reason}. Start a new run with its settings.")
    variables = _variables(model, optimizer)
    names = {field.name for field in fields(Progress)}
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    others = checkpoint.keys() - names - {_WIRING}
    if shapes != {name: checkpoint[name].shape for name in others}:
        raise TrainingError(
            "The checkpoint belongs to another network or optimizer: start the run anew."
        )
    for name, variable in variables.items():
        variable.assign(checkpoint[name])
    return Progress(**{name: checkpoint[name].item() for name in names & checkpoint.keys()})


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
