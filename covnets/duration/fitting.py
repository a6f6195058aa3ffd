"""Least squares that know what is typical: a few measurements tell the price of many terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from covnets.duration.costs import Terms

Array = NDArray[np.float64]

# How much being twice as dear as is typical counts, beside one measurement being missed by 100 %.
TRUST_IN_GROUPS = 0.1
TRUST_IN_TERMS = 1.0
ROUNDS_TO_BALANCE = 5
MOST_ROUNDS = 500
ENOUGH = 1e-9


def fit_prices(
    measured: Sequence[Terms],
    seconds: Sequence[float],
    typical: Mapping[str, float],
    groups: Sequence[Collection[str]],
) -> dict[str, float]:
    """Find the price of every term, so that the priced terms add up to the measured seconds.

    There are more terms than measurements: what these leave open is decided by what is typical.
    First each group of terms is made dearer or cheaper as a whole (a second core speeds up the
    arithmetic, and does nothing for the layers' fixed costs), then each term by itself. Errors
    count in relation to the measured seconds, since short runs shall be predicted as well as
    long ones.

    Args:
        measured: how much of each term every measurement had.
        seconds: what every measurement took.
        typical: seconds per unit of every term on some machine.
        groups: the names of the terms that become dearer or cheaper together.

    Returns:
        Seconds per unit of every term, none negative.
    """
    names = list(typical)
    prices = np.array([typical[name] for name in names])
    shares = np.array([[terms[name] for name in names] for terms in measured])
    shares = shares / np.array(seconds)[:, None]
    members = np.array([[name in group for name in names] for group in groups], float)
    of_groups = shares @ (members * prices).T
    of_all = float(np.median(1 / of_groups.sum(axis=1)))
    factors = _balanced(of_groups, np.full(len(groups), of_all), TRUST_IN_GROUPS)
    prices = _balanced(shares, prices * (factors @ members), TRUST_IN_TERMS)
    return dict(zip(names, prices.tolist(), strict=True))


def _balanced(shares: Array, expected: Array, trust: float) -> Array:
    """Solve so that half of the truth is as wrong as twice the truth.

    In relation to what was measured, no prediction can be too small by more than 100 %, but too
    large by any factor: left to itself, least squares would rather predict too little.
    """
    found = expected
    for _ in range(ROUNDS_TO_BALANCE):
        found = _solve(shares, expected, trust, weights=1 / np.sqrt(shares @ found))
    return found


def _solve(shares: Array, expected: Array, trust: float, weights: Array) -> Array:
    """Minimise |weights (shares x - 1)|^2 + trust |x / expected - 1|^2 over x >= 0.

    Coordinate by coordinate: the problem is convex, so that this ends at the one minimum.
    """
    # In units of what is expected, every unknown is about 1; what is expected to be 0 stays so.
    scaled = weights[:, None] * shares * expected
    normal = scaled.T @ scaled + trust * np.eye(len(expected))
    right = scaled.T @ weights + trust
    found = np.ones(len(expected))
    for _ in range(MOST_ROUNDS):
        before = found.copy()
        for term in range(len(found)):
            rest = right[term] - normal[term] @ found
            found[term] = max(0.0, found[term] + rest / normal[term, term])
        if np.abs(found - before).max() < ENOUGH:
            break
    return found * expected
