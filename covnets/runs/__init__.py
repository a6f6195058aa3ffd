"""The run store: every run, its curves and its files, in one folder on this machine.

`RunStore` is the only writer of run state. `covnets.runs.curves` reads what is drawn of it.
"""

from covnets.runs.files import CHECKPOINT, MODEL, weights_budget
from covnets.runs.groups import Group, GroupKind, Trial
from covnets.runs.run import ACTIVE_STATES, PACES, STATES, Pace, Run, State
from covnets.runs.store import RunStore, default_home

__all__ = [
    "ACTIVE_STATES",
    "CHECKPOINT",
    "MODEL",
    "PACES",
    "STATES",
    "Group",
    "GroupKind",
    "Pace",
    "Run",
    "RunStore",
    "State",
    "Trial",
    "default_home",
    "weights_budget",
]
