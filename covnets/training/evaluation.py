"""Evaluations in inference mode, batch by batch."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from covnets.limits import evaluation_batch
from covnets.training.loop import CompiledLoop

Evaluation = tuple[float, float, NDArray[np.float32]]
"""Mean loss, accuracy, and probabilities (images, num_classes)."""


def evaluate(
    loop: CompiledLoop, images: NDArray[np.uint8], labels: NDArray[np.integer], macs: int
) -> Generator[None, None, Evaluation]:
    """Evaluate in inference mode; yields between two batches.

    Args:
        loop: the network.
        images: uint8 (images, height, width, channels).
        labels: integers (images,).
        macs: multiply-adds of one image's way forward, which tell how large a batch may be.
    """
    size = evaluation_batch(macs)
    losses, probabilities = [], []
    for first in range(0, len(images), size):
        batch = slice(first, first + size)
        loss, probability = loop.evaluate_batch(images[batch], labels[batch])
        losses.append(loss)
        probabilities.append(probability)
        yield
    all_probabilities = np.concatenate(probabilities)
    correct = all_probabilities.argmax(axis=1) == labels
    return float(np.concatenate(losses).mean()), float(correct.mean()), all_probabilities
