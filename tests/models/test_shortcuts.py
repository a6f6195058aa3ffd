"""Where a residual network's shortcuts begin, and what they have to match."""

import pytest

from covnets.config import ResNetConfig
from covnets.models import symbolic
from covnets.models.resnet import basic_block, bottleneck_block


@pytest.mark.parametrize("block", [basic_block, bottleneck_block])
@pytest.mark.parametrize("shortcut", ["identity", "projection"])
@pytest.mark.parametrize(("height", "width"), [(1, 9), (9, 1), (1, 1), (2, 9)])
def test_a_shortcut_halves_each_side_as_its_block_does(block, shortcut, height, width):
    config = ResNetConfig(shortcut=shortcut)
    images = symbolic.Input((height, width, 4), name="images")
    joined = block(config, symbolic, images, 8, strides=2, name="stage2_block1")
    assert joined.shape[1:3] == ((height + 1) // 2, (width + 1) // 2)
