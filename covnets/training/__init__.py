"""Training: the compiled loop, evaluation, checkpoints. The only place that calls TensorFlow."""

from covnets.training.result import Event, TrainResult
from covnets.training.run import Training, train

__all__ = ["Event", "TrainResult", "Training", "train"]
