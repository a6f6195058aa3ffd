"""Predicted against actual seconds of thirty runs with random hyperparameters, ten a family.

First this machine is measured, as the dashboard does while nothing trains. Then networks and
recipes are drawn from what the sliders offer, by a fixed seed; what is predicted to take less than
3 s or more than 40 s is drawn anew. Each trains in this process from Start to its end, the test
images included. No prediction knows of the other runs. The goal is an error of at most 25 % in
nine runs of ten.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from benchmarks.report import Report, at_least
from covnets.config import NetworkConfig, RunConfig, StagedConfig, TrainConfig
from covnets.errors import CovnetsError
from covnets.limits import check_run
from covnets.machine import available_cores
from covnets.measure import measure
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import RunStore, speeds

GOAL_SHARE = 0.9
ERROR = 0.25
RUNS_PER_FAMILY = 10
SEED = 1
SHORTEST, LONGEST = 3.0, 40.0
# The dataset sets the first two; the others are drawn or chosen apart.
NOT_DRAWN = {"dataset", "input_shape", "num_classes", "epochs", "num_train", "precision"}
# So that no loss becomes infinite; it changes no duration.
LEARNING_RATE = 0.0001


def run() -> Report:
    """Measure this machine, then train one random run after the other."""
    from covnets.training import device, train

    device.set_up(available_cores())
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        began = time.perf_counter()
        measure(store)
        measured = time.perf_counter() - began
        rows = []
        for family, config, predicted in _draws(store):
            began = time.perf_counter()
            train(config, lambda event: None)
            rows.append(_row(family, config, predicted, time.perf_counter() - began))
    errors = [abs(row["predicted/actual"] - 1) for row in rows]
    share = 100 * statistics.mean(error <= ERROR for error in errors)
    summary = {"family": "all", "network": f"median error {100 * statistics.median(errors):.0f} %"}
    rows.append(summary | {"predicted s": "", "actual s": f"measured in {measured:.0f} s"})
    goal = at_least(f"runs predicted within {100 * ERROR:g} %", 100 * GOAL_SHARE, share, "%")
    return Report("duration", rows, [goal])


def _draws(store: RunStore) -> Iterator[tuple[str, RunConfig, float]]:
    """Runs of all families in turn, each with its predicted seconds."""
    for number in range(RUNS_PER_FAMILY):
        for place, family in enumerate(PAGE_FAMILIES):
            # A generator of its own for each, so that a run refused here changes none there.
            generator = random.Random(f"{SEED}/{number}/{place}")
            known = speeds.known_speeds(store, family)
            while (drawn := _draw(family, known, generator)) is None:
                pass
            yield family, *drawn


def _draw(
    family: str, known: speeds.Speeds, generator: random.Random
) -> tuple[RunConfig, float] | None:
    """A random run that may be trained and takes neither too short nor too long, if it does."""
    try:
        network = FAMILIES[family].config_class(**_fields(FAMILIES[family].config_class, generator))
        recipe = _fields(TrainConfig, generator)
        recipe |= {"learning_rate": LEARNING_RATE, "precision": known.precision}
        length = {name: generator.choice(_offered(TrainConfig, name)) for name in LENGTH}
        config = RunConfig.model_validate({"network": network, "train": recipe | length})
        predicted = speeds.predict_seconds(known, check_run(config), config.train)
    except CovnetsError:
        return None
    if not SHORTEST <= predicted <= LONGEST:
        return None
    return config, predicted


LENGTH = ("epochs", "num_train")


def _fields(table: type[NetworkConfig] | type[TrainConfig], generator: random.Random) -> Any:
    """A random value of each field that a page offers."""
    drawn = {}
    for name in table.model_fields:
        values = [] if name in NOT_DRAWN else _offered(table, name)
        if name == "branches":
            values = [generator.sample(values, generator.randint(1, len(values)))]
        if len(values) > 0:
            drawn[name] = generator.choice(values)
    return drawn


def _offered(table: type[NetworkConfig] | type[TrainConfig], name: str) -> list[Any]:
    """What a page offers for a field; nothing for one that has no widget."""
    field = table.model_fields[name]
    extra: Any = field.json_schema_extra or {}
    if "slider" in extra:
        low, high, step = extra["slider"]
        return [low + number * step for number in range(round((high - low) / step) + 1)]
    if "options" in extra:
        return list(extra["options"])
    return _values_of(field)


def _values_of(field: FieldInfo) -> list[Any]:
    if field.annotation is bool:
        return [False, True]
    annotation: Any = field.annotation
    if typing.get_origin(annotation) is tuple:
        annotation = typing.get_args(annotation)[0]
    return (
        list(typing.get_args(annotation)) if typing.get_origin(annotation) is typing.Literal else []
    )


def _row(family: str, config: RunConfig, predicted: float, actual: float) -> dict[str, Any]:
    network = config.network
    assert isinstance(network, StagedConfig)
    counts = network.per_stage
    return {
        "family": family,
        "network": f"{getattr(config.network, counts)} {counts}, {config.network.filters} filters",
        "batch": config.train.batch_size,
        "images": config.train.num_train,
        "epochs": config.train.epochs,
        "predicted s": predicted,
        "actual s": actual,
        "predicted/actual": predicted / actual,
    }
