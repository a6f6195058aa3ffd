"""What TensorFlow computes on: threads, the device's name, the number format that suits it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import tensorflow as tf

from covnets.config import RealPrecision, RunConfig
from covnets.system import available_cores, processor_has_bfloat16, processor_name

# The first compute capability whose tensor cores multiply bfloat16: Ampere's.
GPU_WITH_BFLOAT16 = (8, 0)


def set_up(threads: int, gpu: int = 0) -> dict[str, Any]:
    """Prepare TensorFlow for short runs, before its first operation.

    The number of threads is part of a run's record: sums over another number round otherwise. In a
    process that has computed before, it stays what it was; `num_threads` tells the true one.
    TensorFlow's graph optimizer is off: it took up to a second before the first step, and steps
    were not measurably faster with it.

    Args:
        threads: how many threads one operation uses.
        gpu: which GPU this process uses, if there are any; the others are left to other processes.

    Returns:
        The device's name, the number of GPUs that there are, and the number of threads.
    """
    gpus = tf.config.list_physical_devices("GPU")
    with suppress(RuntimeError):  # it has computed before
        # A process that has none of its own leaves those of the others alone.
        own = gpus[gpu : gpu + 1]
        tf.config.set_visible_devices(own, "GPU")
        for device in own:
            # Otherwise the first process takes all its memory.
            tf.config.experimental.set_memory_growth(device, True)
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    return {"device": name(), "gpus": len(gpus), "threads": num_threads()}


def num_threads() -> int:
    """Threads that one operation uses."""
    return tf.config.threading.get_intra_op_parallelism_threads() or available_cores()


def name() -> str:
    """The device that trains: a GPU's name where TensorFlow sees one, else the processor's."""
    for gpu in tf.config.get_visible_devices("GPU"):
        return str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name))
    return processor_name()


def with_real_precision(run_config: RunConfig, begun_with: str | None = None) -> RunConfig:
    """Replace the precision "auto" by the one that a run began with, else by the device's."""
    if run_config.train.precision != "auto":
        return run_config
    train = run_config.train.replace(precision=begun_with or automatic_precision())
    return RunConfig(network=run_config.network, train=train)


def automatic_precision() -> RealPrecision:
    """Return mixed_bfloat16 where the GPU, else the processor, has instructions for it."""
    has_bfloat16 = processor_has_bfloat16()
    for gpu in tf.config.get_visible_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpu)
        has_bfloat16 = details.get("compute_capability", (0, 0)) >= GPU_WITH_BFLOAT16
    return "mixed_bfloat16" if has_bfloat16 else "float32"
