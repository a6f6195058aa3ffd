"""The smallest run that has everything: dropout, BatchNorm, a smaller last batch, two epochs."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from covnets import data
from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.training import Event, TrainResult, train

NUM_TRAIN = 70
BATCH_SIZE = 16


@dataclasses.dataclass
class Recorded:
    """What a run reported and returned."""

    events: list[Event]
    result: TrainResult

    @property
    def curve(self) -> list[tuple[Any, ...]]:
        """All points with all digits, without the moments at which they came."""
        return [
            (event["split"], event["step"], event["epoch"], event["loss"], event["accuracy"])
            for event in self.events
            if event["event"] == "metrics"
        ]


@pytest.fixture(autouse=True, scope="module")
def few_images() -> Iterator[None]:
    """Let every evaluation have 60 images."""
    whole = data.load("fashion_mnist")
    few = dataclasses.replace(
        whole,
        validation_images=whole.validation_images[:60],
        validation_labels=whole.validation_labels[:60],
        test_images=whole.test_images[:60],
        test_labels=whole.test_labels[:60],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load", lambda name: few)
        yield


@pytest.fixture(scope="module")
def run_config() -> RunConfig:
    return RunConfig(
        network=VGGConfig(num_stages=2, num_convs=1, filters=4, units=8, dropout=0.5),
        train=TrainConfig(
            num_train=NUM_TRAIN,
            batch_size=BATCH_SIZE,
            epochs=2,
            learning_rate=0.01,
            seed=5,
            precision="float32",
        ),
    )


@pytest.fixture(scope="module")
def record() -> Callable[..., Recorded]:
    """Train and collect the events; `stop(events)` answers whether the run shall stop."""

    def run(
        config: RunConfig,
        stop: Callable[[list[Event]], Any] = lambda events: None,
        checkpoint: Any = None,
    ) -> Recorded:
        events: list[Event] = []
        result = train(config, events.append, lambda: stop(events), checkpoint)
        return Recorded(events, result)

    return run


@pytest.fixture(scope="module")
def whole_run(run_config: RunConfig, record: Callable[..., Recorded]) -> Recorded:
    """A run from its first step to its last, for all tests to compare with."""
    return record(run_config)
