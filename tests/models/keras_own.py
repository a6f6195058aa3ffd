"""Networks that Keras brings along, to compare ours with."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def theirs(name: str) -> Iterator[keras.Model]:
    """One of Keras' networks; forgotten afterwards, for it is large."""
    model = getattr(keras.applications, name)(weights=None)
    try:
        yield model
    finally:
        del model
        keras.backend.clear_session()
        gc.collect()
