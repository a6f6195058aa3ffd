"""Which number format a run computes in."""

from __future__ import annotations

import tensorflow as tf

from covnets.config import RealPrecision, RunConfig
from covnets.system import processor_has_bfloat16

# The first compute capability whose tensor cores multiply bfloat16: Ampere's.
GPU_WITH_BFLOAT16 = (8, 0)


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
