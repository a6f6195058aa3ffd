"""Training: the compiled loop, evaluation, checkpoints. The only place that calls TensorFlow."""

from covnets.training.run import Event, TrainResult, train

__all__ = ["Event", "TrainResult", "train"]
