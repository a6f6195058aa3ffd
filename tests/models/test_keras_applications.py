"""Keras' own VGG and ResNet, against the sketches of the same networks."""

import keras
import pytest

from covnets.models import PRESETS, Sketch, sketch, symbolic
from covnets.papers import figures as papers

pytestmark = pytest.mark.usefixtures("large_networks")

Shape = tuple[int, ...]


def kernels(drawn: Sketch) -> list[tuple[Shape, Shape]]:
    """Shape of the kernel and of the bias that each weight layer would have, in order."""
    nodes = {node.name: node for node in drawn.nodes}
    shapes: list[tuple[Shape, Shape]] = []
    for node in drawn.nodes:
        if isinstance(node.layer, symbolic.Conv2D):
            layer, channels = node.layer, nodes[node.inputs[0]].output_shape[-1]
            side = layer.kernel_size
            kernel: Shape = (side, side, channels // layer.groups, layer.filters)
        elif isinstance(node.layer, symbolic.Dense):
            kernel = (nodes[node.inputs[0]].output_shape[-1], node.layer.units)
        else:
            continue
        shapes.append((kernel, kernel[-1:]))
    return shapes


@pytest.mark.parametrize(("theirs", "preset"), [("VGG16", "vgg16"), ("VGG19", "vgg19")])
def test_vgg_has_the_weights_of_keras_own_in_the_same_order(theirs, preset):
    drawn = sketch(PRESETS[preset])
    ours = [shape for pair in kernels(drawn) for shape in pair]
    model = getattr(keras.applications, theirs)(weights=None)
    assert [tuple(weight.shape) for weight in model.weights] == ours
    assert model.count_params() == drawn.num_params == drawn.num_params_total


@pytest.mark.parametrize("depth", [50, 152])
def test_resnet_has_the_parameters_of_keras_own_but_for_its_biases(depth):
    drawn = sketch(PRESETS[f"resnet{depth}"])
    convolutions = [pair for pair in kernels(drawn) if len(pair[0]) == 4]
    biases = sum(bias[0] for _, bias in convolutions)
    model = getattr(keras.applications, f"ResNet{depth}")(weights=None)
    found = [tuple(weight.shape) for weight in model.weights if len(weight.shape) == 4]
    assert sorted(found) == sorted(kernel for kernel, _ in convolutions)
    assert model.count_params() == drawn.num_params_total + biases
    trainable = sum(weight.value.numpy().size for weight in model.trainable_weights)
    assert trainable == drawn.num_params + biases
    assert depth != 50 or model.count_params() == papers.KERAS_RESNET50_PARAMS
