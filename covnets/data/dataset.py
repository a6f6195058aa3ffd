"""What a dataset is: its facts, and in memory its three splits of images and labels.

Every config asks for the facts; NumPy is loaded only where there are images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from covnets.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Images: TypeAlias = "NDArray[np.uint8]"
"""Pixels from 0 to 255, shape (images, height, width, channels)."""

Labels: TypeAlias = "NDArray[np.uint8]"
"""Class numbers from 0, shape (images,)."""


@dataclass(frozen=True)
class DatasetInfo:
    """What pages and checks need to know of a dataset before any image is read.

    Attributes:
        name: The name under which `covnets.data.load` knows it.
        title: The name to show.
        class_names: One name per class; the label is the index.
        input_shape: Height, width and channels of one image.
        num_train: Number of training images.
        num_validation: Number of validation images.
        num_test: Number of test images.
        licence: Licence and copyright holder, in one line.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    input_shape: tuple[int, int, int]
    num_train: int
    num_validation: int
    num_test: int
    licence: str

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels of one dataset, read-only and shared by all who load it.

    The training images lie in rounds: each round has one image of every class, in shuffled
    order. So the first `n` training images are class-balanced for every `n`: the counts of any
    two classes differ by at most one.

    Attributes:
        name: The name under which `covnets.data.load` knows it.
        title: The name to show.
        class_names: One name per class; the label is the index.
        train_images: What a network learns from, uint8, (images, height, width, channels).
        train_labels: Class numbers of the training images, uint8, (images,).
        validation_images: What choices are made by; never learned from.
        validation_labels: Class numbers of the validation images.
        test_images: What is looked at once, when a run has ended; no choice is made by them.
        test_labels: Class numbers of the test images.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train_images: Images
    train_labels: Labels
    validation_images: Images
    validation_labels: Labels
    test_images: Images
    test_labels: Labels

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one image."""
        _, height, width, channels = self.train_images.shape
        return height, width, channels

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def num_train(self) -> int:
        """How many training images there are."""
        return len(self.train_images)

    def training_subset(self, num_train: int) -> tuple[Images, Labels]:
        """Return the first `num_train` training images and their labels, class-balanced.

        A smaller subset is always contained in a larger one, so runs on 1,000 and on 2,000
        images differ by the added images alone.

        Args:
            num_train: How many images, from 1 to all of them.

        Returns:
            Views, not copies: images (num_train, height, width, channels) and labels (num_train,).

        Raises:
            DataError: If there are not that many training images.
        """
        if not 1 <= num_train <= self.num_train:
            raise DataError(
                f"num_train={num_train} is not possible, {self.title} has {self.num_train} "
                f"training images: use a number from 1 to {self.num_train}."
            )
        return self.train_images[:num_train], self.train_labels[:num_train]


def sample_per_class(dataset: Dataset) -> tuple[Images, Labels]:
    """Return one training image of every class, always the same ones.

    Returns:
        Images (num_classes, height, width, channels) and labels (num_classes,), where label `i`
        stands at index `i`. A class without a training image is left out.
    """
    import numpy as np

    labels, first = np.unique(dataset.train_labels, return_index=True)
    return dataset.train_images[first], labels
