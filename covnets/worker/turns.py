"""Whose turn it is, where several runs share a process.

Each run moves for a moment at a time. Runs that have nothing to do with each other share the time
evenly. The contestants of a race advance together: none may be further ahead of the last one than
it comes in a single move.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from covnets.limits import training_macs
from covnets.runs import Pace
from covnets.worker.execution import Execution, Moves

if TYPE_CHECKING:
    from covnets.training import Training

# Short enough that the curves of a few runs all seem to move.
SECONDS_PER_CHUNK_ALONE = 0.2
SECONDS_PER_CHUNK = 0.1

_POSITIONS: dict[Pace, Callable[[Training], float]] = {
    "step": lambda training: training.step,
    "epoch": lambda training: training.step / training.config.steps_per_epoch,
    "seconds": lambda training: training.seconds,
    "macs": lambda training: (
        training.step * training.config.batch_size * training_macs(training.sketch)
    ),
}


@dataclass(eq=False)
class Turn:
    """One run among those that share the process.

    Attributes:
        execution: the run.
        moves: its moves.
        served: seconds that its moves took; the first, which traces its network, does not count.
        is_moving: whether one of them is being made just now.
        stride: how far its last move took it, in the unit of its race.
    """

    execution: Execution
    moves: Moves = field(init=False)
    served: float = 0.0
    is_moving: bool = False
    stride: float = 0.0

    def __post_init__(self) -> None:
        self.moves = self.execution.moves()

    def move(self, seconds_per_chunk: float) -> bool:
        """Make one move; False when there is none left."""
        before, began = self.position, time.perf_counter()
        is_begun = self.execution.training is not None
        if self.execution.training is not None:
            self.execution.training.seconds_per_chunk = seconds_per_chunk
        try:
            next(self.moves)
        except StopIteration:
            return False
        finally:
            # The first move takes a run that goes on to where it was; that is no stride.
            if is_begun:
                self.served += time.perf_counter() - began
                self.stride = self.position - before
        return True

    @property
    def race(self) -> str | None:
        """The race that it takes part in."""
        return self.execution.run.race

    @property
    def position(self) -> float:
        """How far it is, in the unit of its race."""
        training = self.execution.training
        return _POSITIONS[self.execution.run.pace or "step"](training) if training else 0.0


class Turns:
    """The runs that share the process."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self._turns)

    @property
    def num_moving(self) -> int:
        """How many of them are making a move just now."""
        return sum(turn.is_moving for turn in self._turns)

    def add(self, execution: Execution) -> None:
        """Let a run join; it is owed nothing for the time before."""
        served = min((turn.served for turn in self._turns), default=0.0)
        self._turns.append(Turn(execution, served=served))

    def remove(self, turn: Turn) -> None:
        """Let a run go that has come to its end."""
        self._turns.remove(turn)

    @property
    def seconds_per_chunk(self) -> float:
        """How long a move shall take."""
        return SECONDS_PER_CHUNK_ALONE if len(self) < 2 else SECONDS_PER_CHUNK

    def next(self) -> Turn | None:
        """Return the run whose turn it is; None where all are moving, or wait for each other."""
        free = [turn for turn in self._turns if not turn.is_moving and self._may_move(turn)]
        return min(free, key=lambda turn: turn.served, default=None)

    def _may_move(self, turn: Turn) -> bool:
        if turn.race is None or turn.execution.shall_end:
            return True
        last = min(mate.position for mate in self._turns if mate.race == turn.race)
        return turn.position - last <= turn.stride
