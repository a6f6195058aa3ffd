"""What a run says while it goes on, is asked, and leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from covnets.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    import keras

Event = dict[str, Any]
Report = Callable[[Event], None]
EndState = Literal["finished", "cancelled", "paused"]
ShouldStop = Callable[[], "EndState | bool | None"]


@dataclass(frozen=True)
class TrainResult:
    """What a run leaves behind.

    Attributes:
        state: how it ended.
        summary: the `finished` event.
        model: the trained network, without its auxiliary heads.
        split: which images `probabilities` belong to: "test", or "validation" for a stopped run.
        probabilities: float32 (images, num_classes), of the split's first images where it is a
            large network that was stopped; None for a paused run.
        checkpoint: the exact state after the last step, from which the run can go on.
    """

    state: EndState
    summary: Event
    model: keras.Model
    split: str
    probabilities: NDArray[np.float32] | None
    checkpoint: Checkpoint
