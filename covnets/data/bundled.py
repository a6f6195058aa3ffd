"""Datasets that come with the package, one compressed file each."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from covnets.data.dataset import Dataset, DatasetInfo
from covnets.errors import DataError

ARRAYS = (
    "train_images",
    "train_labels",
    "validation_images",
    "validation_labels",
    "test_images",
    "test_labels",
)
"""Names of the uint8 arrays in a bundled file."""


@dataclass(frozen=True)
class Bundle:
    """A bundled file and what it must hold.

    Attributes:
        info: The facts of the dataset.
        path: Where the file lies: an `.npz` with the arrays of `ARRAYS`.
        sha256: Digest of the whole file, in hexadecimal.
    """

    info: DatasetInfo
    path: Path
    sha256: str


def read_bundle(bundle: Bundle) -> Dataset:
    """Read a bundled file whole.

    The digest is compared first: a file that passes is byte for byte the one that was packed, so
    nothing that comes out of it needs to be checked again.

    Raises:
        DataError: If the file is missing, cannot be read or is not the one that was packed.
    """
    import numpy as np

    title, path = bundle.info.title, bundle.path
    restore = f"restore it with `git checkout -- {path.name}` in {path.parent}, or install again."
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{title} cannot be read from {path} ({error.strerror}): {restore}"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != bundle.sha256:
        raise DataError(
            f"{title} in {path} is damaged: its SHA-256 is {digest[:12]}..., expected "
            f"{bundle.sha256[:12]}...: {restore}"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in ARRAYS}
    for array in arrays.values():
        array.setflags(write=False)
    return Dataset(
        name=bundle.info.name, title=title, class_names=bundle.info.class_names, **arrays
    )
