"""Where a residual network's shortcuts begin."""

import itertools
from dataclasses import dataclass

import keras
import pytest

from covnets.config import ResNetConfig
from covnets.models import PRESETS, Node, sketch

BLOCKS = (3, 4, 6, 3)
VARIANTS = [
    {"block": block, "shortcut": shortcut, "stem": stem, "batchnorm": batchnorm}
    for block, shortcut, stem, batchnorm in itertools.product(
        ("basic", "bottleneck"), ("identity", "projection"), ("3x3", "7x7"), (True, False)
    )
]
every_variant = pytest.mark.parametrize(
    "variant", VARIANTS, ids=lambda variant: " ".join(map(str, variant.values()))
)
SMALL = {"num_blocks": BLOCKS, "filters": 4, "input_shape": (64, 64, 3)}


@dataclass(frozen=True)
class Way:
    """A shortcut: the kind of layer whose output it reads, and the kinds of those on its way."""

    reads: str
    passes: tuple[str, ...] = ()


def ways(layers: dict[str, tuple[str, list[str]]]) -> list[Way]:
    """Of each sum in turn the shortcut: the way in with the fewest layers.

    Args:
        layers: by name in their order, each with its kind and the names of what it reads.
    """
    readers = [name for _, inputs in layers.values() for name in inputs]

    def followed_back(name: str) -> Way:
        passes: list[str] = []
        while readers.count(name) == 1:
            kind, (name,) = layers[name]
            passes.insert(0, kind)
        return Way(layers[name][0], tuple(passes))

    return [
        min(map(followed_back, inputs), key=lambda way: len(way.passes))
        for kind, inputs in layers.values()
        if kind == "Add"
    ]


def of_sketch(config: ResNetConfig) -> list[Way]:
    nodes: tuple[Node, ...] = sketch(config).nodes
    return ways({node.name: (node.kind, list(node.inputs)) for node in nodes})


def of_keras(model: keras.Model) -> list[Way]:
    return ways(
        {
            layer.name: (
                type(layer).__name__,
                [tensor._keras_history.operation.name for tensor in keras.tree.flatten(layer.input)]
                if not isinstance(layer, keras.layers.InputLayer)
                else [],
            )
            for layer in model.layers
        }
    )


def preactivated_by_hand(block: str, shortcut: str) -> list[Way]:
    """The rule of arXiv 1603.05027, block by block, for four stages whose filters double."""
    wider = block == "bottleneck"
    found: list[Way] = []
    for stage, number in enumerate(BLOCKS):
        for place in range(number):
            opens = place == 0
            # Stage 1 keeps its height and width; only a bottleneck has more channels than the stem.
            if opens and (stage > 0 or wider) and shortcut == "projection":
                found.append(Way("Activation", ("Conv2D",)))
            elif opens and stage == 0:
                found.append(Way("Activation", ("ZeroPadding2D",) if wider else ()))
            elif opens:
                found.append(Way("Add", ("MaxPooling2D", "ZeroPadding2D")))
            else:
                found.append(Way("Add"))
    return found


@every_variant
def test_preactivated_shortcuts_read_what_the_paper_says(variant):
    found = of_sketch(ResNetConfig(preactivation=True, **SMALL, **variant))
    assert found == preactivated_by_hand(variant["block"], variant["shortcut"])


@every_variant
def test_without_preactivation_every_shortcut_reads_what_the_layer_before_has_activated(variant):
    found = of_sketch(ResNetConfig(**SMALL, **variant))
    reads = ["MaxPooling2D" if variant["stem"] == "7x7" else "Activation"]
    assert [way.reads for way in found] == reads + ["Activation"] * (sum(BLOCKS) - 1)


@pytest.mark.usefixtures("large_networks")
def test_preactivated_shortcuts_read_what_those_of_keras_own_networks_read():
    config = PRESETS["resnet50"].replace(preactivation=True)
    found = of_keras(keras.applications.ResNet50V2(weights=None))
    ours = of_sketch(config)
    assert [way.reads for way in found] == [way.reads for way in ours]
    # They subsample at a stage's end, where the shape is kept otherwise; projections are the same.
    assert ["Conv2D" in way.passes for way in found] == ["Conv2D" in way.passes for way in ours]


@pytest.mark.parametrize("batchnorm", [True, False])
@pytest.mark.parametrize("shortcut", ["identity", "projection", "none"])
def test_after_the_last_preactivated_block_comes_an_extra_activation(shortcut, batchnorm):
    nodes = sketch(ResNetConfig(preactivation=True, shortcut=shortcut, batchnorm=batchnorm)).nodes
    kinds = [node.kind for node in nodes]
    last = "Conv2D" if shortcut == "none" else "Add"
    extra = ["BatchNormalization"] * batchnorm + ["Activation"]
    assert kinds[-3 - len(extra) :] == [last, *extra, "GlobalAveragePooling2D", "Dense"]
    if shortcut == "none":
        assert "Add" not in kinds
