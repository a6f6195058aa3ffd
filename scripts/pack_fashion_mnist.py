"""Pack the bundled subset of Fashion-MNIST from the original files.

The originals are the four `*-ubyte.gz` files of https://github.com/zalandoresearch/fashion-mnist;
Debian's package dataset-fashion-mnist installs them. From the top of the repository:

    python -m scripts.pack_fashion_mnist [--source FOLDER] [--output FILE]

The same originals give the same arrays everywhere, and the same file with the same zlib. The
digest that is printed belongs into `covnets/data/fashion_mnist.py`.
"""

import argparse
import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covnets.data.dataset import Images, Labels
from covnets.data.fashion_mnist import BUNDLE

SOURCE = Path("/usr/share/datasets/fashion-mnist")
SEED = 20170825  # the day of the paper

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]


def read_split(source: Path, prefix: str) -> tuple[Images, Labels]:
    """Read one original split, `prefix` being "train" or "t10k"."""
    images = _read_idx(source / f"{prefix}-images-idx3-ubyte.gz", num_dimensions=3)
    return images[..., np.newaxis], _read_idx(source / f"{prefix}-labels-idx1-ubyte.gz", 1)


def pack(source: Path) -> dict[str, Bytes]:
    """Choose the subset and return its arrays by name.

    Training and validation images are different images of the original training split, test
    images come from the original test split. Each split is class-balanced and lies in rounds, as
    `covnets.data.Dataset` promises.
    """
    # RandomState, not default_rng: numpy guarantees that its stream never changes.
    random = np.random.RandomState(SEED)
    images, labels = read_split(source, "train")
    classes = _shuffled_by_class(labels, random)
    per_class = BUNDLE.info.num_train // BUNDLE.info.num_classes
    per_class_validation = BUNDLE.info.num_validation // BUNDLE.info.num_classes
    train = _in_rounds(classes[:, :per_class], random)
    validation = _in_rounds(classes[:, per_class : per_class + per_class_validation], random)

    test_images, test_labels = read_split(source, "t10k")
    per_class_test = BUNDLE.info.num_test // BUNDLE.info.num_classes
    test = _in_rounds(_shuffled_by_class(test_labels, random)[:, :per_class_test], random)
    return {
        "train_images": images[train],
        "train_labels": labels[train],
        "validation_images": images[validation],
        "validation_labels": labels[validation],
        "test_images": test_images[test],
        "test_labels": test_labels[test],
    }


def compress(arrays: dict[str, Bytes]) -> bytes:
    """Return an `.npz` file of the arrays that holds no date and no trace of the machine."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # the same on Windows as elsewhere
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return file.getvalue()


def main() -> None:
    """Pack, write and print size and digest."""
    parser = argparse.ArgumentParser(description="Pack the bundled subset of Fashion-MNIST.")
    parser.add_argument("--source", type=Path, default=SOURCE, help="folder of the originals")
    parser.add_argument("--output", type=Path, default=BUNDLE.path, help="file to write")
    arguments = parser.parse_args()
    content = compress(pack(arguments.source))
    arguments.output.write_bytes(content)
    print(f"{arguments.output}: {len(content):,} bytes")
    print(f"SHA-256 {hashlib.sha256(content).hexdigest()}")


def _read_idx(path: Path, num_dimensions: int) -> Bytes:
    """Read an IDX file of unsigned bytes: magic number, one big-endian size a dimension, data."""
    content = gzip.decompress(path.read_bytes())
    magic, *shape = np.frombuffer(content, ">u4", count=1 + num_dimensions)
    if magic != 0x800 + num_dimensions:
        raise SystemExit(f"{path} is not an IDX file of bytes with {num_dimensions} dimensions.")
    return np.frombuffer(content, np.uint8, offset=4 * (1 + num_dimensions)).reshape(shape)


def _shuffled_by_class(labels: Labels, random: np.random.RandomState) -> Indices:
    """Return the image numbers of each class, shuffled, shape (classes, images per class)."""
    classes = range(BUNDLE.info.num_classes)
    return np.stack([random.permutation(np.flatnonzero(labels == label)) for label in classes])


def _in_rounds(classes: Indices, random: np.random.RandomState) -> Indices:
    """Order image numbers (classes, images) so that each round has one image of every class."""
    return np.concatenate([random.permutation(one_round) for one_round in classes.T])


if __name__ == "__main__":
    main()
