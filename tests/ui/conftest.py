"""Every test has a store of its own, and no worker process is ever started."""

from __future__ import annotations

from pathlib import Path

import pytest

from covnets.runs import RunStore


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COVNETS_HOME", str(tmp_path))
    monkeypatch.setenv("COVNETS_ENGINE", "inline")
    return tmp_path


@pytest.fixture
def store(home: Path) -> RunStore:
    return RunStore(home)
