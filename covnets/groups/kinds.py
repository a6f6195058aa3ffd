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
    """A kind of group: how it goes on.

    Each function is given the store, the group, its trials so far, and their runs by id.

    Attributes:
        next_trials: the runs of each trial that is added now that all others have begun.
        poor_trials: the trials that are not worth going on, by number, each with a note.
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
