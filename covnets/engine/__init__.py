"""Who trains: warm worker processes, or the calling process itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from covnets.engine.base import Engine, EngineState
from covnets.engine.inline import InlineEngine
from covnets.engine.local import LocalEngine
from covnets.errors import EngineError
from covnets.messages import not_offered
from covnets.runs import RunStore, weights_budget
from covnets.system import whole_number

__all__ = [
    "ENGINES",
    "Engine",
    "EngineState",
    "InlineEngine",
    "LocalEngine",
    "engine_from_environment",
]

# A browser draws the first page meanwhile; both at once take longer on two cores.
SECONDS_FOR_THE_FIRST_PAGE = 3.0
# How many runs of one worker compute at the same time; docs/performance.md has the measurement.
DEFAULT_LANES = 2


def _local(store: RunStore) -> LocalEngine:
    weights_budget()  # so that a wrong value is refused here, and not when a run has ended
    return LocalEngine(
        store,
        whole_number("COVNETS_WORKERS") or 1,
        whole_number("COVNETS_THREADS"),
        whole_number("COVNETS_LANES") or DEFAULT_LANES,
        head_start=SECONDS_FOR_THE_FIRST_PAGE,
    )


ENGINES: Mapping[str, Callable[[RunStore], Engine]] = {"local": _local, "inline": InlineEngine}
"""How each engine is made, by its name in `COVNETS_ENGINE`; the first is the default."""


def engine_from_environment(store: RunStore) -> Engine:
    """Make the engine that the environment asks for.

    `COVNETS_ENGINE` is a key of `ENGINES`; `COVNETS_WORKERS`, `COVNETS_THREADS` and `COVNETS_LANES`
    say how many workers a local engine keeps, how many threads each uses, and how many runs of one
    worker compute at the same time.

    Raises:
        CovnetsError: a variable has a value that makes no sense.
    """
    name = os.environ.get("COVNETS_ENGINE", "").strip() or next(iter(ENGINES))
    if name not in ENGINES:
        raise EngineError(not_offered("COVNETS_ENGINE", name, ENGINES))
    return ENGINES[name](store)
