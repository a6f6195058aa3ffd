"""Images per second of this project's training, beside a bare `model.fit` and PyTorch eager.

The same miniature, arrays in memory, batch size, optimizer and constant learning rate, each in a
process of its own that stays alive; they take turns. This project trains with live reporting on,
into a store on disk. Its figure is images trained / (training seconds - validation seconds), the
others do not validate; tracing, or PyTorch's first step, is left out for all.

This project switches TensorFlow's oneDNN operations on, a notebook leaves TensorFlow as it is; one
more `model.fit` has them on as well, to tell what remains.

Where the processor has bfloat16, this project is measured with `auto` too, which may choose it; the
others stay with float32, as they do unless told otherwise. Where it did choose bfloat16, one more
row has all of them in bfloat16.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.shared.contestants import (
    AUTO,
    BFLOAT16,
    BURST_IMAGES,
    EAGER,
    FLOAT32,
    MINIATURES,
    MODEL_FIT,
    MODEL_FIT_AS_OURS,
    NO_TORCH,
    OURS,
    TORCH_PYTHON,
    burst,
    contestant,
    run_eager,
    run_model_fit,
    torch_is_installed,
    train_ours,
)
from benchmarks.shared.report import Goal, Report, alternating, at_least, median_ratio
from benchmarks.sides.serving import Answer
from covnets.config import RunConfig
from covnets.system import processor_has_bfloat16

ROUNDS = 3
GOAL_FLOAT32 = 1.2
GOAL_AUTO = 1.5

Train = Callable[[RunConfig], Answer]


@dataclass
class Contest:
    """One miniature in one precision, and every round's images/s by contestant."""

    network: str
    ours_precision: str
    others_precision: str
    figures: dict[str, list[float]]

    @property
    def best_other(self) -> list[float]:
        """The faster of the others, round by round."""
        others = [rates for name, rates in self.figures.items() if name != OURS]
        return [max(rates) for rates in zip(*others, strict=True)]

    def times(self, other: str) -> float:
        """How many times as fast as another contestant this project is."""
        return median_ratio(self.figures[OURS], self.figures[other])

    @property
    def times_best(self) -> float:
        """How many times as fast as the best of the others this project is."""
        return median_ratio(self.figures[OURS], self.best_other)


def run(rounds: int = ROUNDS, num_train: int = BURST_IMAGES) -> Report:
    """Let the contestants take turns, miniature after miniature."""
    if not torch_is_installed():
        print(NO_TORCH, file=sys.stderr)
    with ExitStack() as processes:
        ours = processes.enter_context(contestant("ours", as_ours=True))
        fit = processes.enter_context(contestant("model_fit"))
        fit_as_ours = processes.enter_context(contestant("model_fit", as_ours=True))
        trains: dict[str, Train] = {
            OURS: partial(train_ours, ours),
            MODEL_FIT: partial(run_model_fit, fit),
            MODEL_FIT_AS_OURS: partial(run_model_fit, fit_as_ours),
        }
        if torch_is_installed():
            eager = processes.enter_context(contestant("eager", TORCH_PYTHON))
            trains[EAGER] = partial(run_eager, eager)
        return compare(trains, rounds, num_train)


def compare(trains: Mapping[str, Train], rounds: int, num_train: int) -> Report:
    """Measure all contests.

    Args:
        trains: contestant -> a function that trains one run and tells its images_per_second.
        rounds: how often each contestant trains each run; one more round does not count.
        num_train: images of each run.
    """
    rows, goals = [], []
    for network in MINIATURES:
        contest = partial(_contest, trains, rounds, num_train, network)
        contests = [contest(FLOAT32, FLOAT32)]
        if processor_has_bfloat16():
            contests.append(contest(AUTO, FLOAT32))
            if contests[-1].ours_precision.endswith(BFLOAT16):
                contests.append(contest(BFLOAT16, BFLOAT16))
        rows += [_row(one) for one in contests]
        goals += [_goal_in_float32(contests[0]), *map(_goal_in_auto, contests[1:2])]
    return Report("throughput", rows, goals)


def _contest(
    trains: Mapping[str, Train],
    rounds: int,
    num_train: int,
    network: str,
    ours_precision: str,
    others_precision: str,
) -> Contest:
    chosen: list[str] = []

    def images_per_second(name: str) -> float:
        precision = ours_precision if name == OURS else others_precision
        answer = trains[name](burst(network, num_train, precision))
        if name == OURS:
            chosen.append(answer["precision"])
        return float(answer["images_per_second"])

    figures = alternating({name: partial(images_per_second, name) for name in trains}, rounds)
    label = f"{AUTO}: {chosen[-1]}" if ours_precision == AUTO else ours_precision
    return Contest(network, label, others_precision, figures)


def _row(contest: Contest) -> dict[str, Any]:
    rates = {
        f"{name}, images/s": statistics.median(rates) for name, rates in contest.figures.items()
    }
    times = {f"ours/{name}": contest.times(name) for name in contest.figures if name != OURS}
    return {
        "network": contest.network,
        "ours in": contest.ours_precision,
        "others in": contest.others_precision,
        **rates,
        **times,
    }


def _goal_in_float32(contest: Contest) -> Goal:
    name = f"{contest.network}, ours / {MODEL_FIT} in {FLOAT32}"
    return at_least(name, GOAL_FLOAT32, contest.times(MODEL_FIT), "x")


def _goal_in_auto(contest: Contest) -> Goal:
    others = " and ".join(name for name in contest.figures if name != OURS)
    name = f"{contest.network}, ours in {contest.ours_precision} / best of {others}"
    return at_least(name, GOAL_AUTO, contest.times_best, "x")
