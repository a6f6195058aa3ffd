"""A store and a warm engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from covnets.engine import LocalEngine
from covnets.runs import RunStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def engine(store: RunStore) -> Iterator[LocalEngine]:
    """A warm engine; loading TensorFlow takes seconds, so the tests of a file share it."""
    running = LocalEngine(store, threads=1, lanes=2, most_at_once=3)
    yield running
    running.close()
