"""Predicted against actual seconds of thirty runs with random hyperparameters, ten a family.

Networks and recipes are drawn from what the sliders offer, by a fixed seed; what is predicted to
take less than 3 s or more than 40 s is drawn anew. Each is predicted twice: before it was traced,
from the prices that the networks before it leave, and once it was traced and timed, as it is while
the sliders rest. Then it trains in this process from Start to its end, the test images included.
The time before counts the tracing, too, and so does any time of a network that is too deep to be
traced ahead. The goals are an error of at most 25 % in nine runs of ten
once traced, and a factor of at most 1.5 in eight of ten before.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.shared.report import Report, at_least
from covnets.config import NetworkConfig, RunConfig, StagedConfig, TrainConfig, fields_of
from covnets.errors import CovnetsError
from covnets.limits import LAYERS_TRACED_AHEAD, check_run
from covnets.models import FAMILIES, PAGE_FAMILIES, sketch
from covnets.runs import RunStore
from covnets.runs.estimate import Known, keep
from covnets.system import available_cores

GOAL_TRACED, ERROR = 90, 0.25
GOAL_BEFORE, FACTOR = 80, 1.5
RUNS_PER_FAMILY = 10
SEED = 1
SHORTEST, LONGEST = 3.0, 40.0
# The dataset sets the shapes; what is faster here, the machine.
NOT_DRAWN = {"dataset", "input_shape", "num_classes", "precision"}
# So that no loss becomes infinite; it changes no duration.
LEARNING_RATE = 0.0001


def run() -> Report:
    """Predict, trace and train one random run after the other."""
    from covnets.training import device

    threads = device.set_up(available_cores())["threads"]
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        rows = [_row(store, threads, config) for config in _draws(store, threads)]
    errors = [abs(row["traced/actual"] - 1) for row in rows]
    factors = [max(row["before/actual"], 1 / row["before/actual"]) for row in rows]
    medians = f"medians {100 * statistics.median(errors):.0f} %, {statistics.median(factors):.2f} x"
    traced = 100 * statistics.mean(error <= ERROR for error in errors)
    before = 100 * statistics.mean(factor <= FACTOR for factor in factors)
    goals = [
        at_least(f"runs within {100 * ERROR:g} % once traced", GOAL_TRACED, traced, "%"),
        at_least(f"runs within a factor of {FACTOR:g} before", GOAL_BEFORE, before, "%"),
    ]
    return Report("duration", [*rows, {"family": "all", "network": medians}], goals)


def _draws(store: RunStore, threads: int) -> Iterator[RunConfig]:
    """Runs of all families in turn."""
    for number in range(RUNS_PER_FAMILY):
        for place, family in enumerate(PAGE_FAMILIES):
            # A generator of its own for each, so that a run refused here changes none there.
            generator = random.Random(f"{SEED}/{number}/{place}")
            while (drawn := _draw(family, Known.of(store, threads), generator)) is None:
                pass
            yield drawn


def _draw(family: str, known: Known, generator: random.Random) -> RunConfig | None:
    """A random run that may be trained and takes neither too short nor too long, if it does."""
    try:
        network = FAMILIES[family].config_class(**_fields(FAMILIES[family].config_class, generator))
        recipe = _fields(TrainConfig, generator) | {"learning_rate": LEARNING_RATE}
        config = RunConfig.model_validate({"network": network, "train": recipe})
        check_run(config)
    except CovnetsError:
        return None
    return config if SHORTEST <= known.seconds(config) <= LONGEST else None


def _row(store: RunStore, threads: int, config: RunConfig) -> dict[str, Any]:
    """Predict one run, trace and time its network, predict it again, and train it."""
    from covnets.training import Training
    from covnets.training.device import with_real_precision
    from covnets.training.networks import Networks

    before = Known.of(store, threads).seconds(config)
    networks, real = Networks(), with_real_precision(config)
    [timing] = networks.prepare([real])
    assert timing is not None
    keep(store, config, threads=threads, **timing._asdict())
    traced = Known.of(store, threads).seconds(config)
    began = time.perf_counter()
    for _ in Training(real, lambda event: None, networks=networks).moves():
        pass
    actual = time.perf_counter() - began
    whole = actual + timing.trace_seconds
    is_ahead = len(sketch(config.network).nodes) <= LAYERS_TRACED_AHEAD
    network = config.network
    assert isinstance(network, StagedConfig)
    return {
        "family": network.family,
        "network": f"{getattr(network, network.per_stage)} {network.per_stage}, "
        f"{network.filters} filters",
        "batch": config.train.batch_size,
        "images": config.train.num_train,
        "epochs": config.train.epochs,
        "before s": before,
        "traced s": traced,
        "actual s": actual,
        "trace s": timing.trace_seconds,
        "before/actual": before / whole,
        "traced/actual": traced / (actual if is_ahead else whole),
    }


def _fields(table: type[NetworkConfig] | type[TrainConfig], generator: random.Random) -> Any:
    """A random value of each field that a page offers."""
    drawn: dict[str, Any] = {}
    for name, field in fields_of(table).items():
        if name in NOT_DRAWN or not field.values:
            continue
        drawn[name] = generator.choice(field.values)
        if name == "branches":
            drawn[name] = generator.sample(field.names, generator.randint(1, len(field.names)))
    return drawn
