"""The smallest runs that are allowed: each is trained to its end in finite numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from covnets import data, limits
from covnets.config import AlexNetConfig, InceptionConfig, ResNetConfig, RunConfig, VGGConfig
from covnets.data import Dataset, DatasetInfo

CLASSES = ("dark", "bright")
SMALL = {"num_classes": 2, "filters": 4}
ALEXNET = AlexNetConfig(num_classes=2, filters=6, units=4, stem_kernel_size=3)
# Its auxiliary head sees 5x5 cells as one: of a single image BatchNorm has one value a channel.
AUXILIARY = InceptionConfig(
    **SMALL, input_shape=(20, 20, 1), num_stages=2, stem_filters=4, auxiliary_heads=True
)
ONE_PIXEL = ResNetConfig(**SMALL, input_shape=(1, 1, 1), num_stages=1)
ONE_CELL = ResNetConfig(**SMALL, input_shape=(4, 4, 3), preactivation=True)
VGG = VGGConfig(**SMALL, input_shape=(2, 2, 1), num_stages=1, units=4)

ONE_IMAGE = {"num_train": 1, "batch_size": 1}
LAST_OF_ONE = {"num_train": 3, "batch_size": 2}
EDGES: dict[str, tuple[Any, dict[str, Any]]] = {
    "auxiliary heads, a last batch of one image": (AUXILIARY, LAST_OF_ONE),
    "auxiliary heads, one image in bfloat16": (
        AUXILIARY,
        ONE_IMAGE | {"precision": "mixed_bfloat16"},
    ),
    "images of one pixel": (ONE_PIXEL, LAST_OF_ONE),
    "maps of one cell, one image for long": (ONE_CELL, ONE_IMAGE | {"epochs": 200}),
    "a single step": (VGG, ONE_IMAGE | {"epochs": 1}),
    "a single step along a cosine": (VGG, ONE_IMAGE | {"epochs": 1, "schedule": "cosine"}),
    "dropout of nearly all": (VGG.replace(dropout=1 - 2**-53), LAST_OF_ONE),
    "steps of nothing": (ALEXNET, LAST_OF_ONE | {"learning_rate": 1e-300}),
    "weight decay of all": (ALEXNET, LAST_OF_ONE | {"weight_decay": 1.0, "learning_rate": 0.1}),
}


@pytest.fixture
def two_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every dataset be eight images of two classes, of the shape that is its name."""

    def load(name: str) -> Dataset:
        shape = tuple(map(int, name.split("x")))
        images = np.random.default_rng(0).integers(0, 256, (8, *shape), dtype=np.uint8)
        split = images, (np.arange(8) % 2).astype(np.uint8)
        return Dataset(name, name, CLASSES, *split, *split, *split)

    class Infos(dict[str, DatasetInfo]):
        def get(self, name: str, default: Any = None) -> DatasetInfo:
            return DatasetInfo(name, name, CLASSES, load(name).input_shape, 8, 8, 8, "none")

    monkeypatch.setattr(data, "load", load)
    monkeypatch.setattr(limits, "DATASETS", Infos())


def run_of(network: Any, changes: dict[str, Any]) -> RunConfig:
    dataset = "x".join(map(str, network.input_shape))
    settings = {"dataset": dataset, "epochs": 2, "precision": "float32"} | changes
    return RunConfig.model_validate({"network": network, "train": settings})


@pytest.mark.usefixtures("two_classes")
@pytest.mark.parametrize(("network", "changes"), EDGES.values(), ids=EDGES)
def test_smallest_runs_end_in_finite_numbers(network, changes, record):
    recorded = record(run_of(network, changes))
    result = recorded.result
    assert result.state == "finished"
    numbers = [loss for *_, loss, _ in recorded.curve]
    arrays = [*result.model.get_weights(), *result.checkpoint.values(), result.probabilities]
    assert all(np.isfinite(array).all() for array in [numbers, *arrays])
    assert result.probabilities.shape == (8, 2)
