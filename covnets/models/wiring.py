"""Which weights mean the same today as when they were trained.

A layer may come to read something else while all names and shapes stay: weights from before fit in,
and mean something else. So every run and every checkpoint tells how its network was wired.
"""

from __future__ import annotations

from covnets.config import NetworkConfig, ResNetConfig

WIRING = 2
"""Counts such changes. In wiring 1, whose runs do not tell it, every pre-activated block's shortcut
left before the activation."""


def outdated(network: NetworkConfig, wiring: int | None) -> str | None:
    """Why weights, and what they achieved, are not those of today's network; None if they are.

    Args:
        network: the network's hyperparameters.
        wiring: what its run or its checkpoint tells, None if nothing.
    """
    if wiring == WIRING or not isinstance(network, ResNetConfig):
        return None
    if not network.preactivation or network.shortcut == "none":
        return None
    return (
        "it was trained by an earlier version, in which some shortcuts of pre-activated networks "
        "began elsewhere, so its weights do not mean the same in today's network"
    )
