"""The one store, engine and conductor of this dashboard, shared by all its visitors."""

import os
import secrets
import threading

import streamlit as st

from covnets.engine import Engine, engine_from_environment
from covnets.groups.conductor import Conductor
from covnets.runs import RunStore, default_home
from covnets.runs.estimate import Known

# Module globals, not a Streamlit cache: "clear cache" must not throw the workers away.
_lock = threading.Lock()
_stores: dict[str, RunStore] = {}
_engines: dict[tuple[str, str], Engine] = {}
_conductors: dict[tuple[str, str], Conductor] = {}


def store() -> RunStore:
    """Return the run store in COVNETS_HOME, opened at the first call.

    Raises:
        StoreError: it cannot be opened.
    """
    home = os.path.realpath(default_home())
    with _lock:
        if home not in _stores:
            _stores[home] = RunStore(home)
        return _stores[home]


def engine() -> Engine:
    """Return the engine, started at the first call.

    Raises:
        CovnetsError: the store cannot be opened, or the engine not be started.
    """
    runs = store()
    key = str(runs.home), os.environ.get("COVNETS_ENGINE", "")
    with _lock:
        if key not in _engines:
            _engines[key] = engine_from_environment(runs)
        return _engines[key]


def conductor() -> Conductor:
    """Return who carries races and sweeps through, started at the first call.

    Raises:
        CovnetsError: the store cannot be opened, or the engine not be started.
    """
    trains, runs = engine(), store()
    key = str(runs.home), os.environ.get("COVNETS_ENGINE", "")
    with _lock:
        if key not in _conductors:
            _conductors[key] = Conductor(runs, trains)
        return _conductors[key]


def known() -> Known:
    """Return what is known of the speed at which this dashboard's engine trains.

    Raises:
        CovnetsError: the store cannot be opened, or the engine not be started.
    """
    return Known.of(store(), engine().threads)


def visitor() -> str:
    """Return what tells this visitor from the others for as long as the page stays open."""
    identity: str = st.session_state.setdefault("visitor", secrets.token_hex(8))
    return identity


def close_engines() -> None:
    """Let all workers go; their runs are checkpointed and paused."""
    with _lock:
        for conducting in _conductors.values():
            conducting.close()
        _conductors.clear()
        for running in _engines.values():
            running.close()
        _engines.clear()
