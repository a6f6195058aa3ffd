"""A bundled file that is not the packed one is refused; packing again gives the same one."""

import dataclasses
import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from covnets.data.bundled import ARRAYS, Bundle, read_bundle
from covnets.data.fashion_mnist import BUNDLE
from covnets.errors import DataError
from scripts import pack_fashion_mnist

originals = pytest.mark.skipif(
    not pack_fashion_mnist.SOURCE.is_dir(),
    reason="the original files (Debian's package dataset-fashion-mnist) are not installed",
)


def moved_to(path: Path) -> Bundle:
    return dataclasses.replace(BUNDLE, path=path)


def test_the_file_has_the_recorded_digest_and_at_most_ten_megabytes():
    content = BUNDLE.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == BUNDLE.sha256
    assert len(content) <= 10_000_000


def test_the_licence_lies_beside_the_file():
    licence = BUNDLE.path.with_suffix(".LICENSE").read_text()
    assert "Copyright (c) 2017 Zalando SE, https://tech.zalando.com" in licence
    assert "Permission is hereby granted, free of charge" in licence


def test_a_missing_file_is_refused_with_its_path(tmp_path):
    path = tmp_path / "gone.npz"
    with pytest.raises(DataError, match=r"Fashion-MNIST cannot be read.*No such file") as raised:
        read_bundle(moved_to(path))
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("damage", ["cut off", "one bit flipped", "empty", "another file"])
def test_a_damaged_file_is_refused_with_its_path(tmp_path, damage):
    content = bytearray(BUNDLE.path.read_bytes())
    if damage == "one bit flipped":
        content[len(content) // 2] ^= 1
    keep = {"cut off": content[:-1000], "empty": b"", "another file": b"<!DOCTYPE html>"}
    path = tmp_path / "fashion_mnist.npz"
    path.write_bytes(keep.get(damage, content))
    with pytest.raises(DataError, match="damaged") as raised:
        read_bundle(moved_to(path))
    assert str(path) in str(raised.value)


def test_reading_loads_numpy_alone():
    code = (
        "import sys, covnets.data; covnets.data.load('fashion_mnist');"
        "print(sorted({'keras', 'tensorflow', 'streamlit', 'pandas', 'plotly', 'PIL'}"
        " & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    output = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True)
    assert output.strip() == "[]"


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


def test_a_file_that_is_not_idx_is_refused_by_the_packing_script(tmp_path):
    for part in ("images-idx3", "labels-idx1"):
        (tmp_path / f"train-{part}-ubyte.gz").write_bytes(gzip.compress(bytes(64)))
    with pytest.raises(SystemExit, match="is not an IDX file"):
        pack_fashion_mnist.read_split(tmp_path, "train")
