"""The likely cause of a loss that is no number."""

import math

from covnets.config import RunConfig, VGGConfig
from covnets.models import FAMILIES
from covnets.training.divergence import divergence


def told(network, **train):
    recipe = FAMILIES[network.family].train_defaults.replace(**train)
    return divergence(RunConfig(network=network, train=recipe), 7, math.nan)


def test_recipe_s_rate_says_nothing_of_another_optimizer():
    text = told(VGGConfig(), optimizer="adam", learning_rate=0.01)
    assert "10 times what is usual with adam, 0.001" in text
    assert "BatchNorm" not in text
