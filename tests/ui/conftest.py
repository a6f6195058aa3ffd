"""Every test has a store of its own, and no worker process is ever started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from covnets.runs import RunStore
from covnets.ui import services


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("COVNETS_HOME", str(tmp_path))
    monkeypatch.setenv("COVNETS_ENGINE", "inline")
    yield tmp_path
    services.close_engines()


@pytest.fixture
def store(home: Path) -> RunStore:
    return RunStore(home)
