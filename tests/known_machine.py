"""A machine of known speed, measured in no time: what `covnets.duration.model.TYPICAL` says."""

from __future__ import annotations

from covnets.config import RunConfig
from covnets.duration.model import TYPICAL, Sample, epoch_end_images
from covnets.models import sketch
from covnets.runs import RunStore, speeds

THREADS = 2


def sample(config: RunConfig, slower: float = 1.0) -> Sample:
    """What a short run takes on the known machine, or on one that is so many times slower."""
    cost = TYPICAL.cost(sketch(config.network), config.train)
    return Sample(
        config,
        slower * cost.trace,
        slower * (cost.step + config.train.batch_size * cost.image),
        slower * cost.evaluation(*epoch_end_images(config.train)),
    )


def know_speeds(store: RunStore, slower: float = 1.0, threads: int = THREADS) -> None:
    """Let the store know this machine as if it had been measured."""
    while (wanted := speeds.next_measurement(store, threads)) is not None:
        if wanted.config is None:
            speeds.keep_precisions(store, wanted.family, {"float32": 2000.0}, threads)
        else:
            keep(store, wanted.family, sample(wanted.config, slower))


def keep(store: RunStore, family: str, measured: Sample) -> None:
    """Keep a sample as the measuring process does."""
    parts = ("trace_seconds", "step_seconds", "evaluation_seconds")
    seconds = {part: getattr(measured, part) for part in parts}
    speeds.keep_measured(store, family, measured.config, seconds)
