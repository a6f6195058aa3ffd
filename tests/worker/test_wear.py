"""A worker that has grown is replaced, and nobody notices."""

import pytest

from covnets.limits import NETWORKS_KEPT
from covnets.worker import __main__ as worker


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the process holds, the last one now."""
    figures: list[int] = []
    monkeypatch.setattr(worker, "memory_in_use", lambda: figures[-1])
    return figures


def test_process_that_fills_its_places_for_networks_is_not_worn(held):
    worn = worker.Wear()
    for made in range(1, NETWORKS_KEPT + 1):
        held.append(500 + 200 * made)
        assert not worn.is_worn(made)


def test_process_that_grows_afterwards_is_worn_before_a_tenth(held):
    worn = worker.Wear()
    held.append(1000)
    assert not worn.is_worn(NETWORKS_KEPT)
    held.append(1030)
    assert not worn.is_worn(NETWORKS_KEPT + 1)
    held.append(1050)
    assert worn.is_worn(NETWORKS_KEPT + 2)


def test_process_that_grows_with_the_same_network_is_worn(held):
    worn = worker.Wear()
    for memory, is_worn in ((1000, False), (1030, False), (1041, True)):
        held.append(memory)
        assert worn.is_worn(1) is is_worn


def test_process_whose_memory_nobody_tells_is_never_worn(held):
    worn = worker.Wear()
    held.append(0)
    assert not any(worn.is_worn(made) for made in range(1, 200))
