"""Networks that are built and traced, ready to be trained, and to be trained again.

Building and tracing takes longer than a hundred steps. What it makes does not depend on the seed,
the learning rate, the epochs, the batch size or the number of images: one network serves all runs
that agree in the rest, one after another.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from covnets import data
from covnets.config import RunConfig
from covnets.data import Dataset
from covnets.limits import NETWORKS_KEPT
from covnets.models import build
from covnets.training.device import with_real_precision
from covnets.training.initial import set_initial_weights
from covnets.training.loop import CompiledLoop, Interrupted
from covnets.training.speedups.grouped_convolutions import part
from covnets.training.speedups.normalization import fuse
from covnets.training.timing import Timing, seconds_per_image, seconds_per_step

if TYPE_CHECKING:
    import keras

# Tracing is Python's work: two at once would only be in each other's way.
_tracing = threading.RLock()

Key = tuple[str, ...]


class Network:
    """One network with its compiled loop.

    Args:
        run_config: a run that it will be able to train; its precision must be a real one.
        is_interrupted: whether somebody waits who is more important.

    Attributes:
        is_new: whether it is for the one who had it made, and nobody before.

    Raises:
        Interrupted: there was no time.
    """

    def __init__(
        self, run_config: RunConfig, is_interrupted: Callable[[], bool] = lambda: False
    ) -> None:
        self.key = key_of(run_config)
        self.is_new = True
        self.can_evaluate = False
        dataset = data.load(run_config.train.dataset)
        began = time.perf_counter()
        with _tracing:
            self.model = _build(run_config)
            self.loop = CompiledLoop(self.model, run_config.train, *_resident(dataset))
            self.loop.trace_training(is_interrupted)
        self._trace_seconds = time.perf_counter() - began

    def trace_evaluation(self) -> None:
        """Compile the evaluation, unless that was done before."""
        with _tracing:
            if not self.can_evaluate:
                began = time.perf_counter()
                self.loop.trace_evaluation()
                self.can_evaluate = True
                self._trace_seconds += time.perf_counter() - began

    def time(self, run_config: RunConfig, is_interrupted: Callable[[], bool]) -> Timing:
        """Find how long its steps take with a recipe; the weights are spoilt by it.

        Raises:
            Interrupted: there was no time for all of it.
        """
        step_seconds = seconds_per_step(self.loop, run_config, is_interrupted)
        image_seconds = seconds_per_image(self.loop, run_config, is_interrupted)
        return Timing(self._trace_seconds, step_seconds, image_seconds)

    def without_auxiliary_heads(self) -> keras.Model:
        """Return what predicts: auxiliary heads are there for training alone."""
        import keras

        model = self.model
        if len(model.outputs) == 1:
            return model
        return keras.Model(model.inputs, model.outputs[0], name=model.name)

    def begin(self, run_config: RunConfig) -> None:
        """Bring everything to the state in which a run begins, whatever was trained before."""
        set_initial_weights(self.model, run_config.train.seed)
        for variable in self.loop.optimizer.variables:
            variable.assign(tf.zeros(variable.shape, variable.dtype))
        self.loop.batch_size = run_config.train.batch_size


class Networks:
    """Keeps the networks that were used last; several threads may take them.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = NETWORKS_KEPT) -> None:
        self._most = most
        self._kept: list[Network] = []  # the one that was used last stands last
        self._lock = threading.Lock()
        self.num_made = 0

    def take(
        self, run_config: RunConfig, is_interrupted: Callable[[], bool] = lambda: False
    ) -> Network:
        """Return a network for a run to have to itself: a kept one, or one made now.

        Args:
            run_config: the run.
            is_interrupted: whether somebody waits who is more important than a new network.

        Raises:
            Interrupted: there was no time to make one.
        """
        with self._lock:
            for network in reversed(self._kept):
                if network.key == key_of(run_config):
                    self._kept.remove(network)
                    return network
            self.num_made += 1
        return Network(run_config, is_interrupted)

    def give_back(self, network: Network) -> None:
        """Keep a network that its run does not need any more."""
        network.is_new = False
        with self._lock:
            self._kept.append(network)
            superfluous = len(self._kept) - self._most
            if superfluous > 0:
                del self._kept[:superfluous]
                gc.collect()  # a network and its graphs refer to each other

    def prepare(
        self,
        run_configs: Iterable[RunConfig],
        is_interrupted: Callable[[RunConfig | None], bool] = lambda tracing: False,
        is_timed: Callable[[RunConfig], bool] = lambda run_config: False,
    ) -> list[Timing | None]:
        """See to it that runs of these kinds, all at once, find their networks traced.

        It ends early when there is no time any more. What was traced completely is kept.

        Args:
            run_configs: the runs, the most urgent first; "auto" becomes the device's precision.
            is_interrupted: whether somebody waits; asked between two parts of the work. It is told
                which run's network is being traced, if one is: who waits for this very one is
                served best when it is finished.
            is_timed: whether it is known how long a run takes, so that it need not be timed.

        Returns:
            What was measured of the first runs, as far as there was time; None for those that
            are timed.
        """
        # Each is given back when all are there: equal runs need a network each.
        ready: list[Network] = []
        timings: list[Timing | None] = []
        try:
            for run_config in islice(run_configs, self._most):
                real = with_real_precision(run_config)
                network = self.take(real, partial(is_interrupted, real))
                ready.append(network)
                if is_interrupted(None):
                    raise Interrupted
                network.trace_evaluation()
                timings.append(
                    None
                    if is_timed(run_config)
                    else network.time(real, partial(is_interrupted, None))
                )
        except Interrupted:
            pass
        finally:
            for network in ready:
                self.give_back(network)
        return timings


def key_of(run_config: RunConfig) -> Key:
    """What a network is made for: runs with the same key can use the same one."""
    train = run_config.train
    return (
        run_config.network.model_dump_json(),
        train.dataset,
        train.optimizer,
        str(train.weight_decay),
        train.precision,
    )


@lru_cache(maxsize=2)
def _resident(dataset: Dataset) -> tuple[tf.Tensor, tf.Tensor]:
    """The training images and labels in TensorFlow's memory, once for all networks."""
    return tf.constant(dataset.train_images), tf.constant(dataset.train_labels.astype(np.int32))


def _build(run_config: RunConfig) -> keras.Model:
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(run_config.train.precision)
    try:
        model = build(run_config.network)
    finally:
        keras.config.set_dtype_policy(policy)
    fuse(model)
    part(model)
    return model
