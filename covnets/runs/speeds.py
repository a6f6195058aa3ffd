"""How fast this machine trains, and so how long a run will take.

A short measurement while nothing trains gives the prices of a cost model (`covnets.duration`), and
tells which precision is faster. Every run that ends here corrects the predictions of similar ones.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from covnets import duration
from covnets.config import RealPrecision, RunConfig, TrainConfig
from covnets.duration import CostModel, Duration, RunCost
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
from covnets.runs.run import Run
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
# A run of a few steps says little about the machine.
SECONDS_TO_BE_KNOWN = 3.0
# Of the most similar runs the median counts: one may have shared the machine with other work.
NEIGHBOURS = 5
# Distances between natural logarithms: 0.7 is twice the batch, or half the multiply-adds.
SIMILAR = 1.0
NEARLY_THE_SAME = 0.1


@dataclass(frozen=True)
class KnownRun:
    """A run of this machine, and how right its prediction would have been.

    Attributes:
        place: logarithms of its multiply-adds, batch size and number of layers.
        precision: in which it trained.
        ratio: seconds of its steps / seconds that the cost model predicts.
    """

    place: Place
    precision: str
    ratio: float


@dataclass(frozen=True)
class Speeds:
    """All that is known of a family's speed on this machine.

    Attributes:
        model: prices in the chosen precision; None before anything was measured.
        precision: what "auto" means; float32 where it was not measured.
        images_per_second: the miniature's, by precision.
        runs: recent runs, the newest first.
    """

    model: CostModel | None = None
    precision: RealPrecision = "float32"
    images_per_second: Mapping[str, float] = field(default_factory=dict)
    runs: tuple[KnownRun, ...] = ()


def known_speeds(store: RunStore, family: str) -> Speeds:
    """Return what is known of a family's speed on this machine."""
    text = record_text(store, measured_as(family))
    record = read_record(text)
    if record is None or not record.samples:
        return Speeds()
    texts = tuple(record_text(store, name) for name in PAGE_FAMILIES)
    measured = Speeds(
        _fitted(record.threads, record.precision, texts),
        record.precision,
        record.images_per_second,
    )
    recent = store.list(family=family, states=["finished", "cancelled"], limit=RECENT_RUNS)
    runs = [_known_run(measured, run) for run in recent if _tells_speed(run, record.threads)]
    return replace(measured, runs=tuple(run for run in runs if run is not None))


def predict(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> Duration | None:
    """Predict the parts of a run's time.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: images, epochs, batch size, optimizer and precision.

    Returns:
        The parts in seconds, or None where nothing was measured yet.
    """
    cost = run_cost(speeds, drawn, train)
    return None if cost is None else cost.duration(train)


def predict_seconds(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> float | None:
    """Predict the seconds from Start to a run's end, tracing and all evaluations included."""
    predicted = predict(speeds, drawn, train)
    return None if predicted is None else predicted.seconds


def fitting_epochs(speeds: Speeds, drawn: Sketch, train: TrainConfig, budget: float) -> int | None:
    """Return the most epochs of those that the slider offers with which a run fits its budget.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: the recipe; all but its epochs stay as they are.
        budget: seconds from Start to the run's end.

    Returns:
        Epochs; None if not even the fewest fit, or where nothing was measured yet.
    """
    cost = run_cost(speeds, drawn, train)
    return None if cost is None else duration.fitting_epochs(cost, train, budget)


def fitting_images(speeds: Speeds, drawn: Sketch, train: TrainConfig, budget: float) -> int | None:
    """Return the most training images of those that the slider offers that fit a run's budget.

    Args:
        speeds: what is known of the network's family.
        drawn: the network.
        train: the recipe; all but its training images stay as they are.
        budget: seconds from Start to the run's end.

    Returns:
        Images, at least a batch of them; None if not even the fewest fit, or where nothing was
        measured yet.
    """
    cost = run_cost(speeds, drawn, train)
    return None if cost is None else duration.fitting_images(cost, train, budget)


def run_cost(speeds: Speeds, drawn: Sketch, train: TrainConfig) -> RunCost | None:
    """Return what a network costs on this machine, corrected by similar runs; None if unknown."""
    if speeds.model is None:
        return None
    precision: str = train.precision
    if precision == "auto":
        precision = speeds.precision
    cost = _uncorrected(speeds, speeds.model.cost(drawn, train), precision)
    return cost.slower(_correction(speeds.runs, _place(drawn, train), precision))


def _uncorrected(speeds: Speeds, cost: RunCost, precision: str) -> RunCost:
    """The cost in a precision: the samples' times the ratio of the miniature's speeds."""
    usual = speeds.images_per_second.get(speeds.precision)
    asked = speeds.images_per_second.get(precision)
    return cost.slower(usual / asked) if usual and asked else cost


def _correction(runs: tuple[KnownRun, ...], place: Place, precision: str) -> float:
    """The median ratio of the most similar runs; the cost model has a vote, too."""
    near = sorted(
        (far, run.ratio)
        for run in runs
        if run.precision == precision and (far := math.dist(run.place, place)) <= SIMILAR
    )[:NEIGHBOURS]
    same = [ratio for far, ratio in near if far <= NEARLY_THE_SAME]
    return statistics.median(same or [1.0, *(ratio for _, ratio in near)])


def _tells_speed(run: Run, threads: int) -> bool:
    """Whether a run trained here, alone, as the measured ones did, and long enough."""
    summary = run.summary
    return (
        not summary.get("had_company")
        and (run.worker or "").startswith(f"{host_name()}:")
        and summary.get("threads") == threads
        and summary.get("training_seconds", 0.0) >= SECONDS_TO_BE_KNOWN
        and bool(summary.get("images_per_second"))
    )


def _known_run(measured: Speeds, run: Run) -> KnownRun | None:
    if measured.model is None:
        return None
    try:
        place, cost, train = _cost_of_run(measured.model, run.config_json)
    except CovnetsError:  # written by another version
        return None
    precision = str(run.summary.get("precision", train.precision))
    predicted = _uncorrected(measured, cost, precision).epoch(train)
    seconds = train.num_train / run.summary["images_per_second"]
    return KnownRun(place, precision, seconds / predicted)


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
