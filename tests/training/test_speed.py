"""What short runs tell about a machine; no time is asserted, but that there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from covnets import measure
from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.runs import RunStore, speeds
from covnets.runs.measurements import read_record, record_text
from covnets.training import speed


def fake_train(of_step: dict[str, float], calls: list[RunConfig]) -> Any:
    """Stands in for `train`: its clock counts what a step is said to take."""

    def train(config: RunConfig, report: Any, should_stop: Any) -> None:
        calls.append(config)
        moment = evaluations = 0.0
        for step in range(1, config.train.total_steps + 1):
            # The first steps are slow, and every seventh has company.
            usual = of_step[config.train.precision]
            moment += usual * (9 if step < 3 or step % 7 == 0 else 1)
            report({"event": "metrics", "split": "train", "seconds": moment})
            if step % config.train.steps_per_epoch == 0:
                moment, evaluations = moment + 0.5, evaluations + 1
                report({"event": "metrics", "split": "train_eval", "seconds": moment})
                report({"event": "metrics", "split": "validation", "seconds": moment})
            if should_stop():
                break
        report({"event": "finished", "trace_seconds": 2.0, "validation_seconds": 0.5 * evaluations})

    return train


def test_a_real_network_is_measured(run_config):
    config = run_config.replace(train=run_config.train.replace(epochs=100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "SECONDS_PER_RUN", 0.0)
        measured = speed.measure_speed(config)
    assert measured.keys() == {"trace_seconds", "step_seconds", "evaluation_seconds"}
    assert all(seconds > 0 for seconds in measured.values())


def test_median_of_the_steps_counts_and_an_evaluation_is_waited_for(monkeypatch):
    calls: list[RunConfig] = []
    monkeypatch.setattr(speed, "train", fake_train({"float32": 0.1}, calls))
    recipe = TrainConfig(num_train=4000, batch_size=64, epochs=1000, precision="float32")
    measured = speed.measure_speed(RunConfig(network=VGGConfig(), train=recipe))
    assert measured == pytest.approx(
        {"trace_seconds": 2.0, "step_seconds": 0.1, "evaluation_seconds": 0.5}
    )


@pytest.mark.parametrize(("bfloat16", "turns"), [(0.09, 4), (0.5, 2), (0.02, 2)])
def test_precisions_take_turns_until_one_has_won(monkeypatch, bfloat16, turns):
    calls: list[RunConfig] = []
    of_step = {"float32": 0.1, "mixed_bfloat16": bfloat16}
    monkeypatch.setattr(speed, "train", fake_train(of_step, calls))
    measured = speed.measure_precisions("resnet")
    assert measured == pytest.approx({"float32": 640.0, "mixed_bfloat16": 64 / bfloat16})
    assert len(calls) == turns
    assert [call.train.precision for call in calls[:2]] == ["float32", "mixed_bfloat16"]


def test_measuring_keeps_each_figure_and_ends_when_all_is_known(monkeypatch, tmp_path: Path):
    kept: list[Any] = []
    store = RunStore(tmp_path)
    seconds = {"trace_seconds": 2.0, "step_seconds": 0.1, "evaluation_seconds": 0.5}

    def one_run(config: RunConfig) -> dict[str, float]:
        kept.append(sum(store_samples(store)))
        return seconds

    monkeypatch.setattr(speed, "warm_up", lambda: None)
    monkeypatch.setattr(speed, "measure_precisions", lambda family: {"float32": 100.0})
    monkeypatch.setattr(speed, "measure_speed", one_run)
    measure.measure(store)
    assert kept == list(range(len(kept)))
    assert speeds.unmeasured_families(store, speed.threads()) == []
    measure.measure(store)
    assert kept == list(range(len(kept)))


def store_samples(store: RunStore) -> list[int]:
    found = []
    for family in ("vgg", "inception", "resnet"):
        known = read_record(record_text(store, family))
        found.append(0 if known is None else len(known.samples))
    return found
