"""Training: the compiled loop, evaluation, checkpoints. The only place that calls TensorFlow."""

import os
import sys

from covnets.system import for_tensorflow

# Before anything below loads them; where they are loaded already, somebody else has decided.
if "tensorflow" not in sys.modules:
    os.environ.update(for_tensorflow())

from covnets.training.events import Event, TrainResult
from covnets.training.run import Training, train

__all__ = ["Event", "TrainResult", "Training", "train"]
