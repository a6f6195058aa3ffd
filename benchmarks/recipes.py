"""Whole recipes trained by this project and by a bare `model.fit`, with the same schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.contestants import MODEL_FIT, OURS, contestant, run_model_fit, train_ours
from benchmarks.sides.serving import Answer
from covnets.config import RunConfig

Train = Callable[[RunConfig], Answer]
"""Trains one run; tells its trace_seconds, training_seconds, validation_ and test_accuracy."""


@contextmanager
def both_sides() -> Iterator[dict[str, Train]]:
    """Start both processes; they end with the block."""
    with contestant("ours", as_ours=True) as ours, contestant("model_fit") as fit:
        yield {
            OURS: partial(train_ours, ours),
            MODEL_FIT: partial(run_model_fit, fit, measure="recipe"),
        }
