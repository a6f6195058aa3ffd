"""The test accuracy that a minute of training reaches, from Start, tracing included.

TensorFlow is loaded on both sides and has trained once, as in a warm worker. One epoch is trained
first; it tells how many epochs of the family's recipe fit into the minute. Then both sides train
that many, seed after seed in turn, this project with live reporting and validation after every
epoch, `model.fit` bare. A run that takes longer does not count: it is trained again with an epoch
less. The schedule always covers the whole run, so that the best accuracy is the one at its end.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contestants import AUTO, FLOAT32, MINIATURES, NUM_TRAIN, OURS, miniature
from benchmarks.recipes import Train, both_sides
from benchmarks.report import BenchmarkError, Goal, Report, at_least
from benchmarks.sides.serving import Answer

ROUNDS = 5
SECONDS = 60.0
# An epoch may take a little longer than the first one did.
SHARE_TO_PLAN = 0.97
GOAL_PERCENT = 88.0
GOAL_PERCENT_OF_BEST = 90.0


@dataclass
class Entry:
    """One miniature on one side, and what it reached."""

    network: str
    side: str
    trace_seconds: float
    epochs: int
    seconds: list[float] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)


def run(rounds: int = ROUNDS, seconds: float = SECONDS, num_train: int = NUM_TRAIN) -> Report:
    """Train every miniature with `rounds` seeds on both sides."""
    with both_sides() as sides:
        return compare(sides, rounds, seconds, num_train)


def compare(sides: Mapping[str, Train], rounds: int, seconds: float, num_train: int) -> Report:
    """Let the sides take turns.

    Args:
        sides: trains one run, by who does it.
        rounds: seeds for each miniature.
        seconds: what tracing and training may take together.
        num_train: images of an epoch.
    """
    entries = []
    for side, train in sides.items():
        _ask(train, next(iter(MINIATURES)), side, epochs=1, seed=0, num_train=num_train)
    for network in MINIATURES:
        pair = [_plan(sides[side], network, side, seconds, num_train) for side in sides]
        for seed in range(rounds):
            for entry in pair:
                _train_in_time(sides[entry.side], entry, seed, seconds, num_train)
        entries += pair
    return Report("minute", [_row(entry) for entry in entries], _goals(entries))


def _plan(train: Train, network: str, side: str, seconds: float, num_train: int) -> Entry:
    said = _ask(train, network, side, epochs=1, seed=0, num_train=num_train)
    left = SHARE_TO_PLAN * seconds - said["trace_seconds"]
    epochs = max(1, int(left / said["training_seconds"]))
    return Entry(network, side, said["trace_seconds"], epochs)


def _train_in_time(train: Train, entry: Entry, seed: int, seconds: float, num_train: int) -> None:
    while True:
        said = _ask(train, entry.network, entry.side, entry.epochs, seed, num_train)
        # A side that keeps traced networks traces the first one only; Start need not be so lucky.
        traced = max(entry.trace_seconds, said["trace_seconds"])
        taken = traced + said["training_seconds"]
        if taken <= seconds:
            break
        if entry.epochs == 1:
            raise BenchmarkError(
                f"One epoch of {entry.network} took {taken:.3g} s on the side of {entry.side}, "
                f"there are {seconds:g}: measure when the machine is idle."
            )
        entry.epochs -= 1
    entry.seconds.append(taken)
    entry.percents.append(100 * said["test_accuracy"])


def _ask(train: Train, network: str, side: str, epochs: int, seed: int, num_train: int) -> Answer:
    # Each as it comes: what `auto` gains is part of what a minute reaches here.
    precision = AUTO if side == OURS else FLOAT32
    return train(miniature(network, precision, epochs=epochs, seed=seed, num_train=num_train))


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "network": entry.network,
        "by": entry.side,
        "seeds": len(entry.percents),
        "epochs": entry.epochs,
        "tracing s": entry.trace_seconds,
        "whole s": statistics.median(entry.seconds),
        "test %": statistics.median(entry.percents),
        "least %": min(entry.percents),
        "most %": max(entry.percents),
    }


def _goals(entries: list[Entry]) -> list[Goal]:
    medians = {
        entry.network: statistics.median(entry.percents) for entry in entries if entry.side == OURS
    }
    return [
        *(
            at_least(f"{network}, test images", GOAL_PERCENT, percent, "%")
            for network, percent in medians.items()
        ),
        at_least("the best, test images", GOAL_PERCENT_OF_BEST, max(medians.values()), "%"),
    ]
