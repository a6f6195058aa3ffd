"""Which runs visitors may start next; their networks are traced while nothing trains."""

from __future__ import annotations

import threading
import time

from covnets.config import RunConfig
from covnets.limits import LAYERS_TRACED_AHEAD, NETWORKS_KEPT
from covnets.models import sketch

# A network is traced ahead once its visitor's sliders have rested for so long.
SECONDS_OF_REST = 0.3
# Visitors come and go without a word; more than a large class is forgotten.
MOST_VISITORS = 100


class Wishes:
    """The runs that each visitor may start next. Safe to use from several threads."""

    def __init__(self) -> None:
        # With the moment since when, on the monotonic clock; the newest stands last.
        self._wishes: dict[str, tuple[float, tuple[RunConfig, ...]]] = {}
        self._lock = threading.Lock()

    def note(self, visitor: str, configs: tuple[RunConfig, ...]) -> bool:
        """Note what a visitor may start next; False if nothing changed."""
        with self._lock:
            _, before = self._wishes.get(visitor, (0.0, None))
            if before == configs:
                return False
            self._wishes.pop(visitor, None)
            self._wishes[visitor] = time.monotonic(), configs
            if len(self._wishes) > MOST_VISITORS:
                del self._wishes[next(iter(self._wishes))]
        return True

    def rested(self) -> tuple[RunConfig, ...]:
        """Return the runs that have not changed for `SECONDS_OF_REST`, the newest first.

        As many as networks are kept, and none that is too large to be traced ahead.
        """
        with self._lock:
            wishes = list(reversed(self._wishes.values()))
        wanted: list[RunConfig] = []
        for since, configs in wishes:
            if time.monotonic() - since >= SECONDS_OF_REST:
                # Equal runs of one visitor start together; those of several need not.
                others = list(wanted)
                wanted += [config for config in configs if config not in others]
        possible = (
            config for config in wanted if len(sketch(config.network).nodes) <= LAYERS_TRACED_AHEAD
        )
        return tuple(possible)[:NETWORKS_KEPT]
