"""Which hyperparameters mattered in a sweep.

Optuna's own measure, PED-ANOVA, asks what sets the very best runs apart. Of the nine runs of a
small grid these are three, and it then gives everything to one hyperparameter, even where two
matter or where the scores are noise. Hence a plain analysis of variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from covnets.groups.sweep.axes import Axis, offered
from covnets.groups.sweep.grid import SweepPlan, places_of
from covnets.groups.sweep.search import Tried

Numbers = NDArray[np.float64]

RUNS_THAT_TELL = 6
"""With fewer scores nothing is said."""
STATES_THAT_TELL = ("finished", "pruned")
SHUFFLES = 199
BY_CHANCE = 0.05
"""Shuffled scores may be explained as well so often, at most."""


def importance(plan: SweepPlan, tried: Sequence[Tried]) -> dict[str, float]:
    """Return how much of the differences between the scores each hyperparameter explains.

    It is what a model of all hyperparameters explains better than one without this one: a parabola
    over a number's values, a level for each name, each charged for its terms (adjusted R²). So a
    search that tried some value mostly beside good ones is not misled. As shares sum to 1 even of
    noise, they are given only where shuffled scores are hardly ever explained as well. A run that
    was stopped early counts with the accuracy that it had reached: without it, values that are
    always poor would be missing.

    Args:
        plan: the sweep.
        tried: all its runs until now.

    Returns:
        Shares that sum to 1, by the name of the hyperparameter, the largest first; empty while too
        few runs have a score, and where chance explains the scores as well.
    """
    scored = [
        trial
        for trial in tried
        if trial.score is not None
        and trial.state in STATES_THAT_TELL
        and places_of(plan.axes, trial.values) is not None
    ]
    if len(scored) < RUNS_THAT_TELL:
        return {}
    terms = {axis.field: _terms(plan, axis, scored) for axis in plan.axes}
    scores = np.array([[trial.score] for trial in scored], dtype=np.float64)
    if not _is_more_than_chance(terms, scores):
        return {}
    lost = {
        name: _explained(_together(terms), scores)
        - _explained(_together(terms, without=name), scores)
        for name in terms
        if terms[name].size
    }
    positive = {name: max(0.0, float(share[0])) for name, share in lost.items()}
    total = sum(positive.values())
    shares = {name: share / total for name, share in positive.items()} if total else {}
    return dict(sorted(shares.items(), key=lambda share: -share[1]))


def _terms(plan: SweepPlan, axis: Axis, scored: Sequence[Tried]) -> Numbers:
    """What the scores may depend on, (runs, terms), each with a mean of zero."""
    places = np.array([axis.values.index(trial.values[axis.field]) for trial in scored])
    levels = np.unique(places)
    if offered(plan.base.network.family)[axis.field].is_number:
        powers = np.arange(1, min(2, len(levels) - 1) + 1)
        terms = (places[:, None] - places.mean()) ** powers
    else:
        terms = (places[:, None] == levels[1:]).astype(np.float64)
    centred: Numbers = terms - terms.mean(axis=0)
    return centred


def _together(terms: Mapping[str, Numbers], without: str | None = None) -> Numbers:
    return np.hstack([columns for name, columns in terms.items() if name != without])


def _is_more_than_chance(terms: Mapping[str, Numbers], scores: Numbers) -> bool:
    """A permutation test of the most that one hyperparameter explains, or all together."""
    if np.ptp(scores) == 0:
        return False
    shuffled = np.random.default_rng(0).permuted(np.tile(scores, SHUFFLES), axis=0)
    columns = np.hstack([scores, shuffled])
    models = [*terms.values(), _together(terms)]
    explained = np.max([_explained(model, columns) for model in models], axis=0)
    # A shuffle that changed nothing must not look smaller by rounding.
    as_much = np.count_nonzero(explained >= explained[0] - 1e-9)
    return bool(as_much <= BY_CHANCE * len(explained))


def _explained(terms: Numbers, columns: Numbers) -> Numbers:
    """The share of each column's variance that the terms explain, charged for their number."""
    basis, centred = _basis(terms), columns - columns.mean(axis=0)
    free = len(columns) - 1 - basis.shape[1]
    if free < 1:  # whatever the scores were, they would be explained
        return np.zeros(columns.shape[1])
    left = 1 - ((basis.T @ centred) ** 2).sum(axis=0) / (centred**2).sum(axis=0)
    share: Numbers = 1 - left * (len(columns) - 1) / free
    return share


def _basis(terms: Numbers) -> Numbers:
    """Orthonormal columns, (runs, rank): some terms may say the same, as few runs as there are."""
    from scipy.linalg import orth  # a page's first visit is spared it

    basis: Numbers = orth(terms, rcond=1e-9) if terms.size else terms
    return basis
