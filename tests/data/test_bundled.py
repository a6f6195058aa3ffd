"""A bundled file that is not the packed one is refused; packing again gives the same one."""

import dataclasses

import numpy as np
import pytest

from covnets.data.bundled import ARRAYS, read_bundle
from covnets.data.fashion_mnist import BUNDLE
from covnets.errors import DataError
from scripts import pack_fashion_mnist

originals = pytest.mark.skipif(
    not pack_fashion_mnist.SOURCE.is_dir(),
    reason="the original files (Debian's package dataset-fashion-mnist) are not installed",
)


def test_the_licence_lies_beside_the_file():
    licence = BUNDLE.path.with_suffix(".LICENSE").read_text()
    assert "Copyright (c) 2017 Zalando SE, https://tech.zalando.com" in licence
    assert "Permission is hereby granted, free of charge" in licence


@pytest.mark.parametrize("fault", ["missing", "cut off", "one byte changed", "empty", "another"])
def test_a_missing_or_damaged_file_is_refused_with_its_path(tmp_path, fault):
    content = BUNDLE.path.read_bytes()
    path = tmp_path / "fashion_mnist.npz"
    contents = {
        "cut off": content[:-1000],
        "one byte changed": content.replace(b"P", b"p", 1),
        "empty": b"",
        "another": b"<!DOCTYPE html>",
    }
    if fault in contents:
        path.write_bytes(contents[fault])
    said = r"cannot be read.*No such file" if fault == "missing" else "damaged"
    with pytest.raises(DataError, match=f"Fashion-MNIST.*{said}") as raised:
        read_bundle(dataclasses.replace(BUNDLE, path=path))
    assert str(path) in str(raised.value)


@originals
def test_packing_again_gives_the_same_arrays():
    arrays = pack_fashion_mnist.pack(pack_fashion_mnist.SOURCE)
    assert tuple(arrays) == ARRAYS
    bundled = read_bundle(BUNDLE)
    for name, array in arrays.items():
        assert np.array_equal(array, getattr(bundled, name)), name


@originals
@pytest.mark.parametrize(
    ("prefix", "names"), [("train", ("train", "validation")), ("t10k", ("test",))]
)
def test_every_split_comes_from_the_right_original_with_its_labels(prefix, names):
    images, labels = pack_fashion_mnist.read_split(pack_fashion_mnist.SOURCE, prefix)
    original = {
        image.tobytes(): label for image, label in zip(images, labels.tolist(), strict=True)
    }
    bundled = read_bundle(BUNDLE)
    for name in names:
        chosen = getattr(bundled, f"{name}_images")
        assert [original[image.tobytes()] for image in chosen] == getattr(
            bundled, f"{name}_labels"
        ).tolist()


def test_a_packed_file_depends_on_its_arrays_alone():
    arrays = {"train_labels": np.arange(10, dtype=np.uint8)}
    first, second = (pack_fashion_mnist.compress(arrays) for _ in range(2))
    assert first == second
