"""Which datasets there are, and how to get one by its name."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from covnets.data import fashion_mnist
from covnets.data.bundled import read_bundle
from covnets.data.dataset import Dataset, DatasetInfo
from covnets.errors import DataError
from covnets.messages import unknown_name

_BUNDLES = {bundle.info.name: bundle for bundle in (fashion_mnist.BUNDLE,)}

DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {name: bundle.info for name, bundle in _BUNDLES.items()}
)
"""All datasets by name, with what can be told before any image is read."""

DEFAULT_DATASET = fashion_mnist.BUNDLE.info.name


@cache
def load(name: str) -> Dataset:
    """Return the dataset of that name; it is read once per process.

    Args:
        name: A key of `DATASETS`.

    Raises:
        DataError: If there is no such dataset, or if its file is missing or damaged.
    """
    if name not in _BUNDLES:
        raise DataError(unknown_name("dataset", name, DATASETS))
    return read_bundle(_BUNDLES[name])
