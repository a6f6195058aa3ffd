"""A store and a warm engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from covnets.engine import LocalEngine
from covnets.runs import RunStore
from tests.known_machine import know_speeds


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    home = RunStore(tmp_path_factory.mktemp("home"))
    know_speeds(home)  # or the engine would measure this machine while the tests use it
    return home


@pytest.fixture(scope="module")
def engine(store: RunStore) -> Iterator[LocalEngine]:
    """A warm engine; loading TensorFlow takes seconds, so the tests of a file share it."""
    running = LocalEngine(store, threads=1, most_at_once=1)
    yield running
    running.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
