"""Measures how fast this machine trains, so that a run's time can be told before it starts."""

from __future__ import annotations

import statistics
from typing import Any

from covnets.config import RunConfig, VGGConfig
from covnets.models import FAMILIES
from covnets.training import device
from covnets.training.result import Event
from covnets.training.run import train

PRECISIONS = ("float32", "mixed_bfloat16")
NUM_TRAIN = 2_000
SECONDS_PER_RUN = 1.0
SECONDS_PER_PRECISION = 0.7
# The first steps may wait for memory, and for the processor's caches.
STEPS_TO_WARM_UP = 2
FEWEST_STEPS = 6
# A precision this much slower in the first turn will not win in the second one.
HOPELESS = 1.5


def warm_up() -> None:
    """Train for one step, since a process's first run is traced much more slowly than others."""
    network = VGGConfig(num_stages=1, num_convs=1, filters=4, units=8)
    steps = _Steps(seconds=0.0)
    recipe = FAMILIES["vgg"].train_defaults.replace(num_train=NUM_TRAIN)
    train(RunConfig(network=network, train=recipe), steps.report, steps.enough)


def measure_speed(run_config: RunConfig) -> dict[str, float]:
    """Train a network for about a second, and evaluate it as at an epoch's end.

    Each figure is robust against other work on the machine, as far as one second can tell.

    Args:
        run_config: the network and how it is trained, for more epochs than a second has.

    Returns:
        `trace_seconds` to build it and to trace training and evaluation; `step_seconds`, the
        median; `evaluation_seconds` of one epoch's end.
    """
    steps = _Steps(SECONDS_PER_RUN, wait_for_evaluation=True)
    train(run_config, steps.report, steps.enough)
    return {
        "trace_seconds": steps.finished["trace_seconds"],
        "step_seconds": steps.median,
        "evaluation_seconds": steps.finished["validation_seconds"] / steps.evaluations,
    }


def measure_precisions(family: str) -> dict[str, float]:
    """Train a family's miniature for a moment in each precision.

    The precisions take turns, and of each the faster turn counts: other work on the machine can
    only make one slower.

    Args:
        family: a key of `FAMILIES`.

    Returns:
        Images per second, by precision.
    """
    fastest = {precision: _images_per_second(family, precision) for precision in PRECISIONS}
    if max(fastest.values()) > HOPELESS * min(fastest.values()):
        return fastest
    for precision in PRECISIONS:
        fastest[precision] = max(fastest[precision], _images_per_second(family, precision))
    return fastest


def threads() -> int:
    """Threads of one operation in all that is measured here."""
    return device.num_threads()


def _images_per_second(family: str, precision: str) -> float:
    facts = FAMILIES[family]
    recipe = facts.train_defaults.replace(precision=precision, num_train=NUM_TRAIN, epochs=1000)
    steps = _Steps(SECONDS_PER_PRECISION)
    train(RunConfig(network=facts.config_class(), train=recipe), steps.report, steps.enough)
    return recipe.batch_size / steps.median


class _Steps:
    """Listens to a run, and pauses it (which costs no evaluation) when it has heard enough."""

    def __init__(self, seconds: float, wait_for_evaluation: bool = False) -> None:
        self._seconds = seconds
        self._wait_for_evaluation = wait_for_evaluation
        self._of_steps: list[float] = []
        self._last: Event = {}
        self.finished: Event = {}
        self.evaluations = 0

    @property
    def median(self) -> float:
        """Seconds of one step."""
        return statistics.median(self._of_steps[STEPS_TO_WARM_UP:])

    def report(self, event: Event) -> None:
        if event["event"] == "finished":
            self.finished = event
        if event["event"] != "metrics":
            return
        self.evaluations += event["split"] == "validation"
        # An epoch's last batch may be smaller, and its evaluation lies before the next step.
        if event["split"] == self._last.get("split") == "train":
            self._of_steps.append(event["seconds"] - self._last["seconds"])
        self._last = event

    def enough(self) -> Any:
        counted = self._of_steps[STEPS_TO_WARM_UP:]
        waits = self._wait_for_evaluation and not self.evaluations
        if waits or len(counted) < FEWEST_STEPS or sum(counted) < self._seconds:
            return None
        return "paused"
