"""When a worker's process has grown so much that a fresh one should take its place.

TensorFlow keeps some of the memory of each network that it has traced, for good.
"""

from __future__ import annotations

from covnets.limits import NETWORKS_KEPT
from covnets.machine import memory_in_use

# So that it is replaced before it has grown by a tenth: a network adds two hundredths, and a few
# runs may come before a fresh process is ready.
LARGEST_GROWTH = 1.04


class Wear:
    """Compares what a process holds with what it held once all places for networks were taken."""

    def __init__(self) -> None:
        self._at_first = 0
        self._networks_made = 0

    def is_worn(self, networks_made: int) -> bool:
        """Whether the process should be replaced; to be asked after every run.

        Args:
            networks_made: how many networks it has made. What it keeps of them grows until all
                places are taken; only what comes after that is wear.
        """
        memory = memory_in_use()
        has_more = self._networks_made < networks_made <= NETWORKS_KEPT
        if not self._at_first or has_more:
            self._at_first = memory
        self._networks_made = networks_made
        return memory > LARGEST_GROWTH * self._at_first
