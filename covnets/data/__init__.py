"""The images that networks learn from."""

from covnets.data.dataset import Dataset, DatasetInfo, sample_per_class
from covnets.data.registry import DATASETS, DEFAULT_DATASET, load

__all__ = [
    "DATASETS",
    "DEFAULT_DATASET",
    "Dataset",
    "DatasetInfo",
    "load",
    "sample_per_class",
]
