"""The kinds of groups: which trials each adds and ends, and how it sums up its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.groups import race
from covnets.groups.sweep import results, search
from covnets.runs import Group, GroupKind, Pace, Run, RunStore, Trial


@dataclass(frozen=True)
class Kind:
    """A kind of group, as functions of the store and the group.

    Attributes:
        next_trials: given its trials and their runs by id, what is added to them now that all
            have begun: the runs of each new trial.
        poor_trials: given the same, the trials that are not worth going on, by number, each with
            a note that says why.
        verdict: what has come out, in plain sentences; empty before there is anything to say.
        pace: given its plan, what the runs of one trial advance by.
    """

    next_trials: Callable[
        [RunStore, Group, Sequence[Trial], Mapping[str, Run]], Sequence[Sequence[RunConfig]]
    ]
    poor_trials: Callable[[RunStore, Group, Sequence[Trial], Mapping[str, Run]], Mapping[int, str]]
    verdict: Callable[[RunStore, Group], str]
    pace: Callable[[Mapping[str, Any]], Pace]


KINDS: Mapping[str, Kind] = {
    # All trials of a race are there from its beginning, and each is carried through.
    "race": Kind(lambda *_: [], lambda *_: {}, race.verdict, race.pace_of),
    # A trial of a sweep is a single run.
    "sweep": Kind(search.next_trials, search.poor_trials, results.verdict, lambda _: "step"),
}


def kind_of(kind: GroupKind) -> Kind:
    """Return a kind of group by its name.

    Raises:
        StoreError: only another version of this program knows it.
    """
    if kind not in KINDS:
        raise StoreError(
            f"This version does not know groups of the kind {kind!r}, only {' and '.join(KINDS)}: "
            "another version of Miniature CovNets made it. Update this program and restart the "
            "dashboard."
        )
    return KINDS[kind]
