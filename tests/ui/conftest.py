"""Every test has a store of its own, and no worker process is ever started."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from covnets.groups.conductor import Conductor
from covnets.runs import RunStore
from covnets.ui import services
from tests.engine.fake_engine import FakeEngine


@pytest.fixture(scope="session", autouse=True)
def components_are_looked_for_once() -> Iterator[None]:
    """Each test is a new dashboard, which reads what every installed package says of itself.

    That is two thirds of the time of a short test.
    """
    scan = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("COVNETS_HOME", str(tmp_path))
    monkeypatch.setenv("COVNETS_ENGINE", "inline")
    yield tmp_path
    services.close_engines()


@pytest.fixture
def store(home: Path) -> RunStore:
    return RunStore(home)


@pytest.fixture
def engine(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """An engine and a conductor that do only what a test tells them to."""
    fake = FakeEngine(store)
    monkeypatch.setattr(services, "engine", lambda: fake)
    monkeypatch.setattr(Conductor, "_work", lambda self: None)
    return fake
