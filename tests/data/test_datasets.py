"""Every dataset of the registry keeps what `Dataset` promises."""

import numpy as np
import pytest

from covnets.data import DATASETS, Dataset, load, sample_per_class
from covnets.errors import DataError

SPLITS = ("train", "validation", "test")


@pytest.fixture(params=sorted(DATASETS))
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return load(request.param)


def split(dataset: Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    return getattr(dataset, f"{name}_images"), getattr(dataset, f"{name}_labels")


def class_counts(dataset: Dataset, labels: np.ndarray) -> np.ndarray:
    return np.bincount(labels, minlength=dataset.num_classes)


def test_a_dataset_is_what_its_info_says(dataset):
    info = DATASETS[dataset.name]
    assert (info.name, info.title) == (dataset.name, dataset.title)
    assert info.class_names == dataset.class_names
    assert info.num_classes == dataset.num_classes
    assert info.input_shape == dataset.input_shape
    assert (info.num_train, info.num_validation, info.num_test) == tuple(
        len(split(dataset, name)[0]) for name in SPLITS
    )
    assert info.licence


@pytest.mark.parametrize("name", SPLITS)
def test_images_and_labels_are_bytes_of_matching_shapes(dataset, name):
    images, labels = split(dataset, name)
    assert images.shape == (len(labels), *dataset.input_shape)
    assert images.dtype == labels.dtype == np.uint8
    assert images.min() == 0
    assert images.max() == 255


@pytest.mark.parametrize("name", SPLITS)
def test_arrays_are_read_only(dataset, name):
    for array in split(dataset, name):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("name", SPLITS)
def test_every_prefix_of_a_split_is_class_balanced(dataset, name):
    _, labels = split(dataset, name)
    one_hot = labels[:, np.newaxis] == np.arange(dataset.num_classes)
    counts = np.cumsum(one_hot, axis=0)
    assert np.ptp(counts, axis=1).max() == 1
    assert np.ptp(counts[-1]) == 0


def test_classes_are_shuffled_from_round_to_round(dataset):
    rounds = dataset.train_labels[:1000].reshape(-1, dataset.num_classes)
    assert len(np.unique(rounds, axis=0)) > 90


def test_no_image_is_in_two_splits_or_twice_in_one(dataset):
    images = np.concatenate([split(dataset, name)[0] for name in SPLITS])
    assert len({image.tobytes() for image in images}) == len(images)


@pytest.mark.parametrize("num_train", [1, 10, 995, 1000])
def test_a_training_subset_is_class_balanced_and_within_any_larger_one(dataset, num_train):
    images, labels = dataset.training_subset(num_train)
    assert len(images) == len(labels) == num_train
    assert np.ptp(class_counts(dataset, labels)) <= 1
    larger_images, larger_labels = dataset.training_subset(num_train + 7)
    assert np.array_equal(images, larger_images[:num_train])
    assert np.array_equal(labels, larger_labels[:num_train])


def test_an_impossible_training_subset_is_refused_with_the_possible_sizes(dataset):
    for num_train in (-1, 0, dataset.num_train + 1):
        with pytest.raises(DataError, match=f"num_train={num_train} .* 1 to {dataset.num_train}"):
            dataset.training_subset(num_train)


def test_the_samples_are_one_training_image_of_every_class_in_order(dataset):
    images, labels = sample_per_class(dataset)
    assert labels.tolist() == list(range(dataset.num_classes))
    for image, label in zip(images, labels, strict=True):
        candidates = dataset.train_images[dataset.train_labels == label]
        assert (candidates == image).all(axis=(1, 2, 3)).any()


def test_a_dataset_is_read_once_per_process(dataset):
    assert load(dataset.name) is dataset


def test_an_unknown_dataset_is_refused_with_the_known_names():
    with pytest.raises(DataError, match=r"'fashion_mnits'.*fashion_mnist"):
        load("fashion_mnits")
