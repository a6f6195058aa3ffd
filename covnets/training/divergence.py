"""Why a loss or the weights are no longer numbers, as far as the hyperparameters tell."""

from __future__ import annotations

from covnets.config import RunConfig
from covnets.models import FAMILIES

# A learning rate so many times the recipe's is the likely cause.
SUSPICIOUS_FACTOR = 3
# What each optimizer is usually run with; the recipe's rate tells nothing about another one.
USUAL_RATES = {"adam": 0.001, "rmsprop": 0.001, "sgd": 0.01}


def divergence(run_config: RunConfig, step: int, value: float, what: str = "loss") -> str:
    """Say what happened, the likely cause, and what to change.

    Args:
        run_config: the run.
        step: the step at which it was noticed.
        value: infinite, or not a number.
        what: has become it.
    """
    train = run_config.train
    recipe = FAMILIES[run_config.network.family].train_defaults
    same = train.optimizer == recipe.optimizer
    usual = recipe.learning_rate if same else USUAL_RATES[train.optimizer]
    factor = train.learning_rate / usual
    whose = "the default" if same else f"what is usual with {train.optimizer}"
    if factor >= SUSPICIOUS_FACTOR:
        cause = (
            f"learning rate {train.learning_rate:g} is {factor:,.0f} times {whose}, {usual:g}: "
            f"choose one near {usual:g}"
        )
    else:
        cause = f"the steps were too large: choose a learning rate below {train.learning_rate:g}"
    # Nothing else holds the values back.
    if not run_config.network.batchnorm:
        cause += ", or turn BatchNorm on"
    return f"The {what} became {value} at step {step}. Likely cause: {cause}."
