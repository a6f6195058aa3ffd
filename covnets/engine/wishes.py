"""What visitors may start next, and when it is worth tracing it ahead."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from covnets.config import RunConfig
from covnets.limits import NETWORKS_KEPT
from covnets.models import sketch

# A network is traced ahead once its visitor's sliders have rested for so long.
SECONDS_OF_REST = 0.3
# A run that is started meanwhile waits for the part that is being traced: some tenths of a second
# here, many seconds for a deep network, which is therefore traced only when it is started.
MOST_LAYERS_AHEAD = 100
# Visitors come and go without a word; more than a large class is forgotten.
MOST_VISITORS = 100


@dataclass(frozen=True)
class Wish:
    """What one visitor may start, and since when, on the monotonic clock."""

    configs: tuple[RunConfig, ...]
    since: float


class Wishes:
    """The last wish of each visitor; many threads may note theirs."""

    def __init__(self) -> None:
        self._wishes: dict[str, Wish] = {}  # the newest stands last
        self._lock = threading.Lock()

    def note(self, visitor: str, configs: tuple[RunConfig, ...]) -> bool:
        """Forget a visitor's old wish for a new one; False if it is still the same."""
        with self._lock:
            old = self._wishes.get(visitor)
            if old is not None and old.configs == configs:
                return False
            self._wishes.pop(visitor, None)
            self._wishes[visitor] = Wish(configs, time.monotonic())
            if len(self._wishes) > MOST_VISITORS:
                del self._wishes[next(iter(self._wishes))]
        return True

    def rested(self) -> tuple[RunConfig, ...]:
        """Return what has been wished for long enough, the newest first; as much as is kept."""
        with self._lock:
            wishes = list(reversed(self._wishes.values()))
        wanted: list[RunConfig] = []
        for wish in wishes:
            if time.monotonic() - wish.since >= SECONDS_OF_REST:
                # Equal runs of one visitor start together; those of several need not.
                others = list(wanted)
                wanted += [config for config in wish.configs if config not in others]
        possible = (
            config for config in wanted if len(sketch(config.network).nodes) <= MOST_LAYERS_AHEAD
        )
        return tuple(possible)[:NETWORKS_KEPT]
