"""A store for the runs of a file."""

from __future__ import annotations

import pytest

from covnets.runs import RunStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("home"))
