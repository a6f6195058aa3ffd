"""A worker that has grown is replaced, and nobody notices."""

import pytest

from covnets.limits import NETWORKS_KEPT
from covnets.worker import __main__ as worker


@pytest.mark.parametrize(
    ("asked", "worn"),
    [
        # It fills its places for networks.
        ([(500 + 200 * made, made) for made in range(1, NETWORKS_KEPT + 1)], False),
        # It grows afterwards: found before a tenth.
        ([(1000, NETWORKS_KEPT), (1030, NETWORKS_KEPT + 1)], False),
        ([(1000, NETWORKS_KEPT), (1030, NETWORKS_KEPT + 1), (1050, NETWORKS_KEPT + 2)], True),
        # It grows with the same network.
        ([(1000, 1), (1030, 1)], False),
        ([(1000, 1), (1030, 1), (1041, 1)], True),
        # The system does not tell.
        ([(0, made) for made in range(1, 200)], False),
    ],
)
def test_process_is_worn_when_it_grows_after_its_places_were_taken(monkeypatch, asked, worn):
    wear = worker.Wear()
    for memory, made in asked:
        monkeypatch.setattr(worker, "memory_in_use", lambda held=memory: held)
        answer = wear.is_worn(made)
    assert answer is worn
