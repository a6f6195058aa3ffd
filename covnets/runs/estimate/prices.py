"""Prices: what a network computes, and what each part of it costs here.

So much for each layer, for each multiply-add and for each value that a step computes. They are
fitted to what was last timed here; until then they are those of a typical processor.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from covnets.config import AnyNetworkConfig
from covnets.limits import evaluation_batch
from covnets.models import Node, sketch
from covnets.models.symbolic import Activation, LocalResponseNormalization

# Weight of the typical prices against the measurements.
TRUST = 0.3
# Local response normalization computes powers: each of its values costs as much as so many others.
RESPONSE = 45
# These activations are several operations each, and so are their gradients.
SMOOTH, COST_OF_SMOOTH = ("gelu", "silu"), 4
# Its gradient, the optimizer's memory of it, and itself.
VALUES_PER_WEIGHT = 3
MILLION = 1e6

Amounts = tuple[float, float, float]


class Work(NamedTuple):
    """What a network computes.

    Attributes:
        layers: how many there are.
        macs: multiply-adds of one image's way forward.
        values: of all layers' outputs for one image; those of costly layers count several times.
        weights: trainable parameters.
    """

    layers: int
    macs: int
    values: int
    weights: int

    def of_evaluation(self, images: int) -> Amounts:
        """Layers, and millions of multiply-adds and of values, of so many images at once."""
        return self.layers, images * self.macs / MILLION, images * self.values / MILLION

    def of_step(self, images: int) -> Amounts:
        """The same of a step, which writes gradients and weights, too."""
        layers, macs, values = self.of_evaluation(images)
        return layers, macs, values + VALUES_PER_WEIGHT * self.weights / MILLION


class Prices(NamedTuple):
    """What work costs a family, in seconds.

    Attributes:
        layer: of a step.
        macs: a million multiply-adds of a step, counted forward only.
        values: a million values of a step, of images counted forward only.
        evaluation: an evaluated batch / a step of as many images that changes no weight.
        trace: to build and trace one layer.
    """

    layer: float
    macs: float
    values: float
    evaluation: float
    trace: float

    def of_step(self, work: Work, batch_size: int) -> float:
        """Seconds of one step."""
        return self._of(work.of_step(batch_size))

    def of_evaluated_image(self, work: Work) -> float:
        """Seconds of one image in an evaluated batch."""
        images = evaluation_batch(work.macs)
        return self.evaluation * self._of(work.of_evaluation(images)) / images

    def _of(self, amounts: Amounts) -> float:
        return sum(price * amount for price, amount in zip(self, amounts, strict=False))

    def slower(self, factor: float) -> Prices:
        """These prices on a machine `factor` times slower."""
        return self._replace(
            layer=factor * self.layer, macs=factor * self.macs, values=factor * self.values
        )


TYPICAL: Mapping[str, Prices] = {
    "vgg": Prices(12e-5, 1.3e-5, 6.9e-4, 0.27, 0.014),
    "inception": Prices(9e-5, 1.4e-5, 8.2e-4, 0.33, 0.011),
    "resnet": Prices(12e-5, 1.5e-5, 6.9e-4, 0.32, 0.010),
}
"""Found from 417 networks with hyperparameters drawn at random from what sliders offer, 252 of them
in bfloat16, the others in float32, which cost nearly the same; two threads on two cores with
AVX-512. AlexNet is not among them: it is most like VGG."""


@dataclass(frozen=True)
class Measurement:
    """What one network took with one recipe.

    Attributes:
        key: tells the network and all of the recipe that its time depends on.
        family: the network's.
        precision: the one that was asked for, so that "auto" is the machine's own.
        work: what the network computes.
        batch_size: images of a step.
        step_seconds: one step with a whole batch.
        image_seconds: one evaluated image.
        trace_seconds: building and tracing; None where that was not measured.
    """

    key: str
    family: str
    precision: str
    work: Work
    batch_size: int
    step_seconds: float
    image_seconds: float
    trace_seconds: float | None

    @property
    def slowness(self) -> float:
        """Seconds of its step / those of a typical processor."""
        return self.step_seconds / typical_prices(self.family).of_step(self.work, self.batch_size)


def fitted_prices(measurements: Sequence[Measurement]) -> Prices:
    """Find the prices of a family that suit what was measured of it.

    Errors count in relation to the measured seconds, since short steps shall be predicted as well
    as long ones. What the measurements leave open is decided by what is typical.
    """
    from scipy.optimize import nnls

    typical = typical_prices(measurements[0].family).slower(slowness(measurements))
    amounts = [measured.work.of_step(measured.batch_size) for measured in measurements]
    seconds = np.array([measured.step_seconds for measured in measurements])
    # In units of what is expected, every price is about 1.
    shares = np.array(amounts) * typical[:3] / seconds[:, None]
    rows = np.vstack([shares, np.sqrt(TRUST) * np.eye(3)])
    found, _ = nnls(rows, np.concatenate([np.ones(len(seconds)), np.full(3, np.sqrt(TRUST))]))
    layer, macs, values = (found * typical[:3]).tolist()
    prices = Prices(layer, macs, values, evaluation=1.0, trace=typical.trace)
    evaluation = statistics.median(
        measured.image_seconds / prices.of_evaluated_image(measured.work)
        for measured in measurements
    )
    traces = [
        measured.trace_seconds / measured.work.layers
        for measured in measurements
        if measured.trace_seconds is not None
    ]
    trace = statistics.median(traces or [typical.trace])
    return prices._replace(evaluation=evaluation, trace=trace)


@lru_cache(maxsize=1024)
def work_of(network: AnyNetworkConfig) -> Work:
    """Count what a network computes."""
    drawn = sketch(network)
    values = sum(node.num_values * _cost_of_a_value(node) for node in drawn.nodes)
    return Work(len(drawn.nodes), drawn.macs, values, drawn.num_params)


def _cost_of_a_value(node: Node) -> int:
    """What one of a layer's values costs, in values of an ordinary layer."""
    match node.layer:
        case LocalResponseNormalization():
            return RESPONSE
        case Activation(activation=name) if name in SMOOTH:
            return COST_OF_SMOOTH
    return 1


def slowness(measurements: Iterable[Measurement]) -> float:
    """Seconds of steps that were timed / those of a typical processor; 1 where none was."""
    factors = [measured.slowness for measured in measurements]
    return statistics.median(factors or [1.0])


def typical_prices(family: str) -> Prices:
    """Those of a family on a typical processor."""
    return TYPICAL.get(family, TYPICAL["vgg"])
