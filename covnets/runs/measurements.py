"""What was measured of this machine's speed, kept in the store's settings family by family.

Each measurement is kept as soon as it is made: the process that measures may be ended at any
moment, and the next one goes on where it stopped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from covnets.config import RealPrecision, RunConfig
from covnets.duration import Sample, measured_runs
from covnets.duration.precision import faster_precision
from covnets.errors import CovnetsError
from covnets.machine import host_name
from covnets.models import PAGE_FAMILIES
from covnets.runs.store import RunStore

# Raised when steps become faster or slower whatever the network is: what was measured before then
# tells nothing any more.
LOOP = 2


class Measurement(NamedTuple):
    """What is to be measured next: a short run, or with None the family's precisions."""

    family: str
    config: RunConfig | None


@dataclass(frozen=True)
class Record:
    """What was measured of one family.

    Attributes:
        threads: threads of one operation in all these measurements.
        images_per_second: of the miniature, by precision.
        samples: the runs that were measured, in the faster precision.
    """

    threads: int
    images_per_second: Mapping[str, float]
    samples: tuple[Sample, ...] = ()

    @property
    def precision(self) -> RealPrecision:
        """The faster precision; float32 unless the other one is worth the change."""
        return faster_precision(self.images_per_second)


def measured_as(family: str) -> str:
    """Return the family whose measurements count; AlexNet, which has none, is most like VGG."""
    return family if family in PAGE_FAMILIES else "vgg"


def chosen_precision(store: RunStore, family: str) -> RealPrecision | None:
    """Return what precision "auto" means for a family on this machine; None: not measured yet."""
    record = read_record(record_text(store, measured_as(family)))
    return None if record is None else record.precision


def unmeasured_families(store: RunStore, threads: int) -> list[str]:
    """Return the families of which something is still to be measured on this machine.

    Args:
        store: where it is kept.
        threads: threads of one operation; what was measured with another number does not count.
    """
    return [family for family in PAGE_FAMILIES if _missing(store, family, threads)]


def next_measurement(store: RunStore, threads: int) -> Measurement | None:
    """Return what is to be measured next, None when all is known.

    The families take turns, so that something is soon known of each.

    Args:
        store: where it is kept.
        threads: threads of one operation; what was measured with another number does not count.
    """
    waiting = [missing for family in PAGE_FAMILIES if (missing := _missing(store, family, threads))]
    return max(waiting, key=len)[0] if waiting else None


def keep_precisions(
    store: RunStore, family: str, images_per_second: Mapping[str, float], threads: int
) -> None:
    """Keep how fast a family's miniature trains in each precision; its runs are measured anew."""
    setting = {"threads": threads, "images_per_second": dict(images_per_second), "samples": []}
    store.settings.set(_key(family), setting)


def keep_measured(
    store: RunStore, family: str, config: RunConfig, seconds: Mapping[str, float]
) -> None:
    """Keep what one short run took, beside what is known already of its family.

    Args:
        store: where it is kept.
        family: the run's family, whose precisions are known.
        config: the run.
        seconds: "trace_seconds", "step_seconds" and "evaluation_seconds", as in `Sample`.
    """
    sample = {"config": config.model_dump(mode="json"), **seconds}
    setting = store.settings.get(_key(family))
    store.settings.set(_key(family), setting | {"samples": [*setting["samples"], sample]})


def record_text(store: RunStore, family: str) -> str:
    """Return a family's record as text, by which what follows from it can be remembered."""
    return json.dumps(store.settings.get(_key(family)))


@lru_cache(maxsize=64)
def read_record(text: str) -> Record | None:
    """Read a record; one of another version, or a damaged one, is as good as none."""
    try:
        setting = json.loads(text)
        speeds = {name: _positive(value) for name, value in setting["images_per_second"].items()}
        record = Record(int(setting["threads"]), {"float32": speeds["float32"], **speeds})
        samples = [_sample(sample) for sample in setting["samples"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    # Another version may have measured other runs: what it found is still true.
    read = tuple(sample for sample in samples if sample is not None)
    return Record(record.threads, record.images_per_second, read)


def _missing(store: RunStore, family: str, threads: int) -> list[Measurement]:
    record = read_record(record_text(store, family))
    if record is None or record.threads != threads:
        runs = measured_runs(family, "float32")
        return [Measurement(family, None), *(Measurement(family, run) for run in runs)]
    known = [sample.config for sample in record.samples]
    runs = measured_runs(family, record.precision)
    return [Measurement(family, run) for run in runs if run not in known]


def _sample(sample: Any) -> Sample | None:
    try:
        config = RunConfig.model_validate(sample["config"])
        parts = ("trace_seconds", "step_seconds", "evaluation_seconds")
        return Sample(config, *(_positive(sample[part]) for part in parts))
    except (CovnetsError, KeyError, TypeError, ValueError):
        return None


def _positive(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{value} is no speed")
    return number


def _key(family: str) -> str:
    return f"speeds/{LOOP}/{host_name()}/{family}"
