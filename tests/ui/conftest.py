"""Every test has a store of its own, and no worker process is ever started."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager

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


@pytest.fixture(scope="session", autouse=True)
def pages_are_run_by_the_dashboard() -> Iterator[None]:
    """As `shell.lifespan` has it: from the first run on, no page's file is run alone."""
    prepare = PagesManager.__init__

    def without_pages_directory(self: PagesManager, *args: Any, **options: Any) -> None:
        prepare(self, *args, **options)
        PagesManager.uses_pages_directory = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PagesManager, "__init__", without_pages_directory)
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
