"""How fast networks train here: known where they were timed, told by prices where not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, get_args

from covnets.config import FIELDS, TRAIN_EVAL_IMAGES, RunConfig, TrainConfig
from covnets.data import DATASETS
from covnets.errors import ConfigError
from covnets.limits import LAYERS_TRACED_AHEAD, num_evaluations
from covnets.runs.estimate.prices import (
    Measurement,
    Prices,
    Work,
    fitted_prices,
    slowness,
    typical_prices,
    work_of,
)
from covnets.runs.store import RunStore
from covnets.system import host_name

MOST_KEPT = 100
"""Measurements; older ones are forgotten."""
# Raised when steps become faster or slower whatever the network is, or work is counted anew.
LOOP = 4
# A run of a few steps says little about the machine.
SECONDS_TO_BE_KNOWN = 3.0
_NOTHING: Mapping[str, Any] = {"measurements": [], "prices": {}}

Shortened = Literal["epochs", "num_train"]
SHORTENED: tuple[Shortened, ...] = get_args(Shortened)
"""What may be made less for a run to fit a budget."""


@dataclass(frozen=True)
class Speed:
    """How fast one network trains here with one recipe, whatever the number of epochs and images.

    Attributes:
        trace_seconds: building and tracing it; 0 where that was done ahead.
        step_seconds: one step with a whole batch.
        image_seconds: one evaluated image.
        macs: multiply-adds of one image's way forward, which tell how often it is evaluated.
        is_exact: whether it was measured; else it is about right.
    """

    trace_seconds: float
    step_seconds: float
    image_seconds: float
    macs: int
    is_exact: bool

    def seconds(self, train: TrainConfig) -> float:
        """Seconds from Start to a run's end, evaluations and test images included."""
        info = DATASETS.get(train.dataset)
        num_validation, num_test = (info.num_validation, info.num_test) if info else (0, 0)
        steps = train.epochs * train.num_train / train.batch_size
        evaluations = num_evaluations(train, self.macs, num_validation)
        images = num_test + evaluations * _images_of_evaluation(train)
        return self.trace_seconds + steps * self.step_seconds + images * self.image_seconds

    def fitting(self, shortened: Shortened, train: TrainConfig, budget: float) -> int | None:
        """Return the most epochs or images of those that a slider offers that fit a budget.

        Args:
            shortened: which of the two; the rest of the recipe stays as it is.
            train: the recipe.
            budget: seconds from Start to the run's end.

        Returns:
            Epochs or images, of these at least a whole batch; None if not even the fewest fit.
        """
        # Each by itself: where a longer run is evaluated less often, more may take less time.
        fitting = (
            value
            for value in map(int, FIELDS[shortened].values)
            if (changed := _changed(train, shortened, value)) and self.seconds(changed) <= budget
        )
        return max(fitting, default=None)


@dataclass(frozen=True)
class Known:
    """All that is known of this machine's speed with one number of threads.

    Attributes:
        measurements: the last one of each network and recipe, by key; the newest stand last.
        prices: by "family precision".
    """

    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    prices: Mapping[str, Prices] = field(default_factory=dict)

    @classmethod
    def of(cls, store: RunStore, threads: int) -> Known:
        """Read it from the store.

        Args:
            store: where it is kept.
            threads: threads of one operation.
        """
        return _known(store.settings.text(_setting(threads)))

    def speed(self, run_config: RunConfig) -> Speed:
        """Tell how fast a network trains with a recipe."""
        network, train = run_config.network, run_config.train
        work = work_of(network)
        prices = self._prices(network.family, train.precision)
        trace = prices.trace * work.layers
        measured = self.measurements.get(recipe_key(run_config))
        if measured is not None:
            trace = 0.0 if work.layers <= LAYERS_TRACED_AHEAD else trace
            seconds = trace, measured.step_seconds, measured.image_seconds
        else:
            step = prices.of_step(work, train.batch_size)
            seconds = trace, step, prices.of_evaluated_image(work)
        return Speed(*seconds, macs=work.macs, is_exact=measured is not None)

    def seconds(self, run_config: RunConfig) -> float:
        """Seconds from Start to a run's end."""
        return self.speed(run_config).seconds(run_config.train)

    def _prices(self, family: str, precision: str) -> Prices:
        """The family's own; else what is typical, as much slower as the others are here."""
        fitted = self.prices.get(f"{family} {precision}")
        return fitted or typical_prices(family).slower(slowness(self.measurements.values()))


def keep(
    store: RunStore,
    run_config: RunConfig,
    *,
    threads: int,
    step_seconds: float,
    image_seconds: float,
    trace_seconds: float | None = None,
) -> None:
    """Keep what was measured of a network.

    Args:
        store: where it is kept.
        run_config: the network, and how it was trained, as it was asked for.
        threads: threads of one operation.
        step_seconds: one step with a whole batch.
        image_seconds: one evaluated image.
        trace_seconds: building and tracing; None where that was not measured, so that an earlier
            measurement holds.
    """
    import scipy.optimize  # noqa: F401  # slow, and the store is locked while prices are fitted

    measured = Measurement(
        recipe_key(run_config),
        run_config.network.family,
        run_config.train.precision,
        work_of(run_config.network),
        run_config.train.batch_size,
        step_seconds,
        image_seconds,
        trace_seconds,
    )
    store.settings.update(_setting(threads), lambda setting: _with_measurement(setting, measured))


def _with_measurement(setting: Mapping[str, Any] | None, measured: Measurement) -> dict[str, Any]:
    """Add a measurement to what is stored, in the place of an earlier one of the same network."""
    setting = setting or _NOTHING
    kept = {row.key: row for row in _fitting_rows(setting["measurements"])}
    earlier = kept.pop(measured.key, None)
    if earlier is not None and measured.trace_seconds is None:
        measured = replace(measured, trace_seconds=earlier.trace_seconds)
    elif earlier is not None and earlier.step_seconds < measured.step_seconds:
        # A few steps at a busy moment say less than a whole run, or than steps at a quiet one.
        measured = replace(earlier, trace_seconds=measured.trace_seconds)
    measurements = [*kept.values(), measured][-MOST_KEPT:]
    alike = [
        other
        for other in measurements
        if (other.family, other.precision) == (measured.family, measured.precision)
    ]
    # Fitted here, where it is measured: a page shall not have to load scipy.
    fitted = {f"{measured.family} {measured.precision}": fitted_prices(alike)}
    return {
        "measurements": [asdict(row) for row in measurements],
        "prices": setting["prices"] | fitted,
    }


def keep_run(store: RunStore, run_config: RunConfig, summary: Mapping[str, Any]) -> None:
    """Keep what a finished run tells, if it trained alone and for long enough.

    Args:
        store: where it is kept.
        run_config: the run, as it was asked for.
        summary: what is recorded of its end.
    """
    train, seconds = run_config.train, summary["training_seconds"]
    if summary["state"] != "finished" or summary["had_company"] or seconds < SECONDS_TO_BE_KNOWN:
        return
    info = DATASETS[train.dataset]
    count = num_evaluations(train, work_of(run_config.network).macs, info.num_validation)
    keep(
        store,
        run_config,
        threads=summary["threads"],
        step_seconds=train.batch_size / summary["images_per_second"],
        image_seconds=summary["validation_seconds"] / (count * _images_of_evaluation(train)),
    )


def recipe_key(run_config: RunConfig) -> str:
    """Tell the network and all of the recipe that the time of a step depends on."""
    train = run_config.train
    recipe = train.batch_size, train.optimizer, train.weight_decay > 0, train.precision
    text = f"{run_config.network.model_dump_json()} {recipe}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _known(text: str | None) -> Known:
    setting = _NOTHING if text is None else json.loads(text)
    return Known(
        {measured.key: measured for measured in _fitting_rows(setting["measurements"])},
        {name: Prices(*prices) for name, prices in setting["prices"].items()},
    )


def _fitting_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Measurement]:
    """Read what was stored; what another version has written otherwise is left out."""
    for row in rows:
        with suppress(TypeError, KeyError):
            yield Measurement(**{**row, "work": Work(*row["work"])})


def _images_of_evaluation(train: TrainConfig) -> int:
    """Images that are evaluated at an epoch's end: the training sample, and for validation."""
    info = DATASETS.get(train.dataset)
    return min(TRAIN_EVAL_IMAGES, train.num_train) + (info.num_validation if info else 0)


def _changed(train: TrainConfig, name: Shortened, value: int) -> TrainConfig | None:
    info = DATASETS.get(train.dataset)
    if name == "num_train" and info is not None and value > info.num_train:
        return None
    try:
        return train.replace(**{name: value})
    except ConfigError:
        return None


def _setting(threads: int) -> str:
    return f"timings/{LOOP}/{host_name()}/{threads}"
