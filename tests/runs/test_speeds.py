"""A run's time is predicted from the most similar speed that is known of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.machine import host_name
from covnets.runs import RunStore
from covnets.runs.speeds import (
    Speed,
    keep_measured,
    known_speeds,
    predict_seconds,
    unmeasured_families,
)

RECORD = {
    "macs": 1_000_000,
    "batch_size": 64,
    "precision": "float32",
    "images_per_second": 1000.0,
    "trace_seconds": 2.0,
}
SECONDS = {"training_seconds": 60.0}


def speed(**changes: object) -> Speed:
    return Speed(**(RECORD | changes))  # type: ignore[arg-type]


def finished_run(store: RunStore, worker: str, images_per_second: float, **changes: float) -> None:
    run = store.create(RunConfig(network=VGGConfig()), owner="test")
    store.claim(run.id, worker)
    facts = {name: RECORD[name] for name in ("macs", "batch_size")}
    store.record_started(run.id, facts)
    summary = RECORD | SECONDS | {"images_per_second": images_per_second, **changes}
    store.finish(run.id, "finished", summary)


def test_nothing_is_predicted_where_nothing_is_known(tmp_path: Path) -> None:
    assert predict_seconds(known_speeds(RunStore(tmp_path), "vgg"), 1000, TrainConfig()) is None


def test_prediction_counts_tracing_training_and_evaluation() -> None:
    config = TrainConfig(num_train=9_000, epochs=2, batch_size=64)
    # 2 s to trace, and twice 9,000 trained and 3,000 evaluated images, these at a third.
    assert predict_seconds([speed()], 1_000_000, config) == pytest.approx(2 + 2 * (9 + 1))


def test_prediction_grows_with_the_multiply_adds() -> None:
    config = TrainConfig(num_train=9_000, epochs=2, batch_size=64)
    assert predict_seconds([speed()], 3_000_000, config) == pytest.approx(2 + 3 * 2 * (9 + 1))


def test_most_similar_speed_is_used() -> None:
    near, far = speed(images_per_second=500.0), speed(macs=50_000_000, images_per_second=100.0)
    config = TrainConfig(num_train=9_000, epochs=1, batch_size=64)
    assert predict_seconds([far, near], 1_000_000, config) == pytest.approx(2 + 20)


def test_speed_in_the_same_precision_is_preferred() -> None:
    other = speed(precision="mixed_bfloat16", images_per_second=9000.0)
    same = speed(macs=4_000_000, images_per_second=250.0)
    config = TrainConfig(num_train=9_000, epochs=1, batch_size=64)
    assert predict_seconds([other, same], 1_000_000, config) == pytest.approx(2 + 10)


def test_finished_runs_of_this_machine_are_known_and_those_of_others_are_not(
    tmp_path: Path,
) -> None:
    store = RunStore(tmp_path)
    finished_run(store, f"{host_name()}:1", 700.0)
    finished_run(store, "another-machine:1", 9.0)

    assert [known.images_per_second for known in known_speeds(store, "vgg")] == [700.0]
    assert known_speeds(store, "resnet") == []


def test_measured_family_is_known_and_not_measured_again(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    assert "vgg" in unmeasured_families(store)

    keep_measured(store, "vgg", RECORD)

    assert "vgg" not in unmeasured_families(store)
    assert known_speeds(store, "vgg") == [speed()]


def test_run_of_a_few_steps_is_no_speed(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    finished_run(store, f"{host_name()}:1", 7.0, training_seconds=0.4)
    assert known_speeds(store, "vgg") == []


def test_one_run_on_a_busy_machine_does_not_spoil_the_prediction() -> None:
    known = [speed(images_per_second=100.0), speed(), speed()]
    config = TrainConfig(num_train=9_000, epochs=1, batch_size=64)
    assert predict_seconds(known, 1_000_000, config) == pytest.approx(2 + 10)
