"""How fast this machine trains, and so how long a run will take.

A run is predicted from the most similar one whose speed is known: a finished run of the same
family, or the measurement that a worker makes when it first has nothing to do.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from covnets.config import TRAIN_EVAL_IMAGES, TrainConfig
from covnets.data import DATASETS
from covnets.machine import host_name
from covnets.models import FAMILIES
from covnets.runs.store import RunStore

# An evaluated image is only read forward; a trained one costs three times as much.
COST_OF_EVALUATION = 1 / 3
RECENT_RUNS = 40
# A run of a few steps says little about the machine.
SECONDS_TO_BE_KNOWN = 3.0
# Of the runs that are about as similar as the nearest, the median counts: one of them may have
# shared the machine with other work.
ABOUT_AS_SIMILAR = 0.2
NEIGHBOURS = 5


@dataclass(frozen=True)
class Speed:
    """One known speed: a network of so many MACs an image trained so many images a second."""

    macs: int
    batch_size: int
    precision: str
    images_per_second: float
    trace_seconds: float


def known_speeds(store: RunStore, family: str) -> list[Speed]:
    """Return what is known of a family's speed on this machine, newest first."""
    runs = store.list(family=family, states=["finished", "cancelled"], limit=RECENT_RUNS)
    records: list[Mapping[str, Any]] = [
        run.facts | run.summary
        for run in runs
        if (run.worker or "").startswith(f"{host_name()}:")
        and run.summary.get("training_seconds", 0.0) >= SECONDS_TO_BE_KNOWN
    ]
    measured = store.get_setting(_key(family))
    if measured:
        records.append(measured)
    return [speed for speed in map(_speed, records) if speed is not None]


def predict_seconds(speeds: Sequence[Speed], macs: int, config: TrainConfig) -> float | None:
    """Predict the seconds from Start to the end of training, tracing included.

    Args:
        speeds: what is known of the network's family.
        macs: multiply-adds of one image's way forward.
        config: images, epochs, batch size and precision.

    Returns:
        Seconds, or None where nothing is known yet.
    """
    if not speeds:
        return None

    def distance(speed: Speed) -> float:
        far = abs(math.log(speed.macs / macs)) + abs(math.log(speed.batch_size / config.batch_size))
        return far + 10 * (speed.precision != config.precision)

    nearest = min(map(distance, speeds))
    similar = [speed for speed in speeds if distance(speed) <= nearest + ABOUT_AS_SIMILAR]
    of_one_image = macs * statistics.median(
        1 / (speed.macs * speed.images_per_second) for speed in similar[:NEIGHBOURS]
    )
    trace_seconds = statistics.median(speed.trace_seconds for speed in similar[:NEIGHBOURS])
    return trace_seconds + _images(config) * config.epochs * of_one_image


def unmeasured_families(store: RunStore) -> list[str]:
    """Return the families whose speed on this machine was not measured yet."""
    return [family for family in FAMILIES if store.get_setting(_key(family)) is None]


def keep_measured(store: RunStore, family: str, record: Mapping[str, Any]) -> None:
    """Keep a measured speed.

    Args:
        store: where the figure is kept.
        family: which family it belongs to.
        record: the fields of a measurement's `started` and `finished` events.
    """
    kept = {name: record[name] for name in Speed.__dataclass_fields__}
    store.set_setting(_key(family), kept)


def _images(config: TrainConfig) -> float:
    """Images of one epoch, the evaluated ones counted by what they cost."""
    info = DATASETS.get(config.dataset)
    evaluated = min(TRAIN_EVAL_IMAGES, config.num_train) + (info.num_validation if info else 0)
    return config.num_train + COST_OF_EVALUATION * evaluated


def _speed(record: Mapping[str, Any]) -> Speed | None:
    """Read a record; one without a speed, such as a run stopped before its first step, has none."""
    if not record.get("images_per_second") or not record.get("macs"):
        return None
    return Speed(**{name: record[name] for name in Speed.__dataclass_fields__})


def _key(family: str) -> str:
    return f"speed/{host_name()}/{family}"


def chosen_precision(store: RunStore, family: str) -> str | None:
    """To be replaced by the measured choice."""
    return None
