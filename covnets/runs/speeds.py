"""How fast this machine trains, and so how long a run will take.

A short measurement while nothing trains gives the prices of a cost model (`covnets.duration`), and
tells which precision is faster; until then the prices are those of a typical processor. The runs
that end here correct the predictions of those that follow.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from covnets import duration
from covnets.config import RealPrecision, RunConfig, TrainConfig
from covnets.duration import TYPICAL, CostModel, Duration, RunCost
from covnets.errors import CovnetsError
from covnets.machine import host_name
from covnets.models import PAGE_FAMILIES, Sketch, sketch
from covnets.runs.measurements import (
    Measurement,
    chosen_precision,
    keep_measured,
    keep_precisions,
    measured_as,
    next_measurement,
    read_record,
    record_text,
    unmeasured_families,
)
from covnets.runs.run import Run, State
from covnets.runs.store import RunStore

__all__ = [
    "Measurement",
    "Speeds",
    "chosen_precision",
    "fitting_epochs",
    "fitting_images",
    "keep_measured",
    "keep_precisions",
    "known_speeds",
    "measured_as",
    "next_measurement",
    "predict",
    "predict_seconds",
    "run_cost",
    "unmeasured_families",
]

Place = tuple[float, ...]

RECENT_RUNS = 20
RECENT_RUNS_OF_ALL_FAMILIES = 5
# A run of a few steps says little about the machine.
SECONDS_TO_BE_KNOWN = 3.0
# Of the newest runs the median counts: one may have shared the machine with other work, and two
# overrule what was measured at a busy moment.
NEWEST = 3
# Distances between natural logarithms: 0.7 is twice the batch, or half the multiply-adds.
NEARLY_THE_SAME = 0.1
SIMILAR = 1.0
SAME_FAMILY = 1e6
ANY_FAMILY = math.inf


@dataclass(frozen=True)
class KnownRun:
    """A run of this machine, and how right its prediction would have been.

    Attributes:
        family: its network's family.
        place: logarithms of its multiply-adds, batch size and number of layers.
        precision: in which it trained.
        ratio: seconds of its steps / seconds that the cost model predicts.
    """

    family: str
    place: Place
    precision: str
    ratio: float


@dataclass(frozen=True)
class Speeds:
    """All that is known of a family's speed on this machine.

    Attributes:
        model: prices in the chosen precision; typical ones before anything was measured.
        precision: what "auto" means; float32 where it was not measured.
        images_per_second: the miniature's, by precision.
        runs: recent runs, the newest first.
    """

    model: CostModel = TYPICAL
    precision: RealPrecision = "float32"
    images_per_second: Mapping[str, float] = field(default_factory=dict)
    runs: tuple[KnownRun, ...] = ()


def known_speeds(store: RunStore, family: str) -> Speeds:
    """Return what is known of a family's speed on this machine."""
    text = record_text(store, measured_as(family))
    record = read_record(text)
    known = Speeds()
    if record is not None and record.samples:
        texts = tuple(record_text(store, name) for name in PAGE_FAMILIES)
        model = _fitted(record.threads, record.precision, texts)
        known = Speeds(model, record.precision, record.images_per_second)
    ended: tuple[State, ...] = ("finished", "cancelled")
    recent = store.runs.list(family=family, states=ended, limit=RECENT_RUNS)
    of_all = store.runs.list(states=ended, limit=RECENT_RUNS_OF_ALL_FAMILIES)
    recent += [run for run in of_all if run.family != family]
    threads = record.threads if record is not None else None
    runs = [_known_run(known, run) for run in recent if _tells_speed(run, threads)]
    return replace(known, runs=tuple(run for run in runs if run is not None))


def predict(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> Duration:
    """Predict the parts of a run's time, in seconds.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: images, epochs, batch size, optimizer and precision.
    """
    return run_cost(speeds, drawn, train).duration(train)


def predict_seconds(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> float:
    """Predict the seconds from Start to a run's end, tracing and all evaluations included."""
    return predict(speeds, drawn, train).seconds


def fitting_epochs(speeds: Speeds, drawn: Sketch, train: TrainConfig, budget: float) -> int | None:
    """Return the most epochs of those that the slider offers with which a run fits its budget.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: the recipe; all but its epochs stay as they are.
        budget: seconds from Start to the run's end.

    Returns:
        Epochs; None if not even the fewest fit.
    """
    return duration.fitting_epochs(run_cost(speeds, drawn, train), train, budget)


def fitting_images(speeds: Speeds, drawn: Sketch, train: TrainConfig, budget: float) -> int | None:
    """Return the most training images of those that the slider offers that fit a run's budget.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: the recipe; all but its training images stay as they are.
        budget: seconds from Start to the run's end.

    Returns:
        Images, at least a batch of them; None if not even the fewest fit.
    """
    return duration.fitting_images(run_cost(speeds, drawn, train), train, budget)


def run_cost(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> RunCost:
    """Return what a network costs on this machine, corrected by the runs that ended here."""
    precision: str = train.precision
    if precision == "auto":
        precision = speeds.precision
    cost = _uncorrected(speeds, speeds.model.cost(drawn, train), precision)
    return cost.slower(_correction(speeds.runs, drawn, train, precision))


def _uncorrected(speeds: Speeds, cost: RunCost, precision: str) -> RunCost:
    """The cost in a precision: the samples' times the ratio of the miniature's speeds."""
    usual = speeds.images_per_second.get(speeds.precision)
    asked = speeds.images_per_second.get(precision)
    return cost.slower(usual / asked) if usual and asked else cost


def _correction(
    runs: tuple[KnownRun, ...], drawn: Sketch, train: TrainConfig, precision: str
) -> float:
    """The median ratio of the newest runs among the most similar ones that there are.

    Of nearly the same run the last ones tell all. Among others the cost model has a vote, too: one
    run moves it half-way, the second overrules it.
    """
    place = _place(drawn, train)
    others = [
        (math.dist(run.place, place) if run.family == drawn.name else ANY_FAMILY, run.ratio)
        for run in runs
        if run.precision == precision
    ]
    for reach in (NEARLY_THE_SAME, SIMILAR, SAME_FAMILY, ANY_FAMILY):
        ratios = [ratio for far, ratio in others if far <= reach][:NEWEST]
        if ratios:
            return statistics.median(ratios if reach == NEARLY_THE_SAME else [1.0, *ratios])
    return 1.0


def _tells_speed(run: Run, threads: int | None) -> bool:
    """Whether a run trained here, alone, long enough, and as the measured ones did, if any."""
    summary = run.summary
    return (
        not summary.get("had_company")
        and (run.worker or "").startswith(f"{host_name()}:")
        and threads in (None, summary.get("threads"))
        and summary.get("training_seconds", 0.0) >= SECONDS_TO_BE_KNOWN
        and bool(summary.get("images_per_second"))
    )


def _known_run(known: Speeds, run: Run) -> KnownRun | None:
    try:
        place, cost, train = _cost_of_run(known.model, run.config_json)
    except CovnetsError:  # written by another version
        return None
    precision = str(run.summary.get("precision", train.precision))
    predicted = _uncorrected(known, cost, precision).epoch(train)
    seconds = train.num_train / run.summary["images_per_second"]
    return KnownRun(run.family, place, precision, seconds / predicted)


@lru_cache(maxsize=256)
def _cost_of_run(model: CostModel, config_json: str) -> tuple[Place, RunCost, TrainConfig]:
    config = RunConfig.model_validate_json(config_json)
    drawn = sketch(config.network)
    return _place(drawn, config.train), model.cost(drawn, config.train), config.train


@lru_cache(maxsize=32)
def _fitted(threads: int, precision: str, texts: tuple[str, ...]) -> CostModel:
    """Fit all samples that were measured alike: the families have their layers in common."""
    records = [record for record in map(read_record, texts) if record is not None]
    return CostModel.fit(
        [
            sample
            for record in records
            if (record.threads, record.precision) == (threads, precision)
            for sample in record.samples
        ]
    )


def _place(drawn: Sketch, train: TrainConfig) -> Place:
    return tuple(map(math.log, (max(1, drawn.macs), train.batch_size, len(drawn.nodes))))
