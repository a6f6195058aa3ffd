"""The likely cause of a loss that is no number."""

import math

from covnets.config import ResNetConfig, RunConfig, VGGConfig
from covnets.models import FAMILIES
from covnets.training.divergence import divergence


def told(network, **train):
    recipe = FAMILIES[network.family].train_defaults.replace(**train)
    return divergence(RunConfig(network=network, train=recipe), 7, math.nan)


def test_rate_far_above_the_recipe_s_is_the_cause():
    rate = FAMILIES["resnet"].train_defaults.learning_rate
    text = told(ResNetConfig(), learning_rate=300 * rate)
    assert text.startswith("The loss became nan at step 7.")
    assert f"learning rate {300 * rate:g} is 300 times the default, {rate:g}" in text
    assert "BatchNorm" not in text


def test_recipe_s_rate_says_nothing_of_another_optimizer():
    assert "10 times what is usual with adam, 0.001" in told(
        VGGConfig(), optimizer="adam", learning_rate=0.01
    )
