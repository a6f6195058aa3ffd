"""Where a residual network's shortcuts begin."""

import itertools
from dataclasses import dataclass

import pytest

from covnets.config import ResNetConfig
from covnets.models import sketch

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


def ways(config: ResNetConfig) -> list[Way]:
    """Of each sum in turn the shortcut: the way in with the fewest layers."""
    nodes = {node.name: node for node in sketch(config).nodes}
    readers = [name for node in nodes.values() for name in node.inputs]

    def followed_back(name: str) -> Way:
        passes: list[str] = []
        while readers.count(name) == 1:
            passes.insert(0, nodes[name].kind)
            (name,) = nodes[name].inputs
        return Way(nodes[name].kind, tuple(passes))

    return [
        min(map(followed_back, node.inputs), key=lambda way: len(way.passes))
        for node in nodes.values()
        if node.kind == "Add"
    ]


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
    found = ways(ResNetConfig(preactivation=True, **SMALL, **variant))
    assert found == preactivated_by_hand(variant["block"], variant["shortcut"])


@every_variant
def test_without_preactivation_every_shortcut_reads_what_the_layer_before_has_activated(variant):
    found = ways(ResNetConfig(**SMALL, **variant))
    reads = ["MaxPooling2D" if variant["stem"] == "7x7" else "Activation"]
    assert [way.reads for way in found] == reads + ["Activation"] * (sum(BLOCKS) - 1)


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
