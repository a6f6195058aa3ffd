"""Images on a page, and what a run's network said about those that it was evaluated on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from covnets import data
from covnets.charts.results.predictions import Mistake
from covnets.runs import Run
from covnets.ui import services

PIXELS = 48


def sample_images(dataset_name: str) -> None:
    """Show one training image of each class with the class' name."""
    dataset = data.load(dataset_name)
    images, labels = data.sample_per_class(dataset)
    captions = [dataset.class_names[label] for label in labels]
    image_row(images, captions)


def image_row(images: NDArray[np.uint8], captions: Sequence[str], pixels: int = PIXELS) -> None:
    """Show images side by side, wrapped where the page is narrow.

    Args:
        images: uint8 (images, height, width, channels), grey or colour.
        captions: one text an image.
        pixels: shown width of each.
    """
    with st.container(horizontal=True, gap="small"):
        for image, caption in zip(images, captions, strict=True):
            # Enlarged here, with whole pixels: the browser would blur such small images.
            factor = max(1, 2 * pixels // image.shape[1])
            enlarged = image.repeat(factor, axis=0).repeat(factor, axis=1)
            st.image(enlarged.squeeze(), caption=caption, width=pixels, output_format="PNG")


@dataclass(frozen=True, eq=False)
class Predictions:
    """An ended run's predictions, beside the images.

    Attributes:
        dataset: the images' dataset.
        split: "test", or "validation" for a run that was stopped.
        images: uint8 (images, height, width, channels).
        labels: their true classes, (images,).
        probabilities: what the network gave to each class, (images, classes).
        class_names: the classes' names.
        is_part: whether the network was too large to look at all images of the split.
    """

    dataset: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    class_names: tuple[str, ...]
    is_part: bool


def predictions_of(run: Run) -> Predictions | None:
    """Return a run's predictions, None if it was not evaluated.

    Raises:
        CovnetsError: its images are not there any more.
    """
    path = services.store().files.find(run.id, "predictions.npz")
    if path is None:
        return None
    split, probabilities = _read(path)
    name = run.config.train.dataset
    dataset = data.load(name)
    images = dataset.test_images if split == "test" else dataset.validation_images
    labels = dataset.test_labels if split == "test" else dataset.validation_labels
    count = len(probabilities)
    # A large network that was stopped was looked at on the first images only.
    return Predictions(
        *(name, split, images[:count], labels[:count], probabilities, dataset.class_names),
        count < len(labels),
    )


def with_probability(mistake: Mistake, label: int, class_names: tuple[str, ...]) -> str:
    """A class and what the network gave to it: "Pullover 100 %", with a space that never breaks."""
    return f"{class_names[label]} {100 * mistake.probabilities[label]:.0f}\N{NO-BREAK SPACE}%"


@lru_cache(maxsize=32)
def _read(path: Path) -> tuple[str, NDArray[np.float32]]:
    with np.load(path) as arrays:
        return str(arrays["split"]), arrays["probabilities"]
