"""The kinds of groups: what each starts next, and what it says of what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from covnets.config import RunConfig
from covnets.groups import race
from covnets.groups.sweep import results, search
from covnets.runs import Group, Run, RunStore, Trial


@dataclass(frozen=True)
class Kind:
    """A kind of group, as functions of the store and the group.

    Attributes:
        next_trials: given its trials and their runs by id, what is added to them now that all
            have begun: the runs of each new trial.
        poor_trials: given the same, the trials that are not worth going on, by number, each with
            a note that says why.
        verdict: what has come out, in plain sentences; empty before there is anything to say.
    """

    next_trials: Callable[
        [RunStore, Group, Sequence[Trial], Mapping[str, Run]], Sequence[Sequence[RunConfig]]
    ]
    poor_trials: Callable[[RunStore, Group, Sequence[Trial], Mapping[str, Run]], Mapping[int, str]]
    verdict: Callable[[RunStore, Group], str]


KINDS: Mapping[str, Kind] = {
    # All trials of a race are there from its beginning, and each is carried through.
    "race": Kind(lambda *_: [], lambda *_: {}, race.verdict),
    "sweep": Kind(search.next_trials, search.poor_trials, results.verdict),
}
