"""Benchmarks: what they print, and that each that is offered is there. No time is asserted."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__, limit, minute, sketch, throughput
from benchmarks.shared import contestants, report
from benchmarks.shared.contestants import EAGER, MINIATURES, MODEL_FIT, OURS, TORCH_PYTHON
from benchmarks.shared.report import (
    BenchmarkError,
    Report,
    alternating,
    at_least,
    at_most,
)
from covnets.config import InceptionConfig, ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.models import FAMILIES, PRESETS
from covnets.models import sketch as sketched
from covnets.runs import RunStore

ROOT = Path(__file__).parents[2]
REPORT = Report(
    "example",
    [{"network": "small", "ms": 1.23456}, {"network": "large", "ms": 20.0}],
    [at_most("time", 3, 1.23456, "ms"), at_least("accuracy", 88, 87.5, "%")],
    machine="a machine",
)


def test_json_is_one_line_with_machine_rows_and_goals():
    text = REPORT.to_json()
    assert "\n" not in text
    assert json.loads(text) == {
        "benchmark": "example",
        "machine": "a machine",
        "rows": [{"network": "small", "ms": 1.23456}, {"network": "large", "ms": 20.0}],
        "goals": [
            {"name": "time", "goal": "at most 3 ms", "measured": 1.2346, "met": True},
            {"name": "accuracy", "goal": "at least 88 %", "measured": 87.5, "met": False},
        ],
    }


def test_text_says_which_goals_were_missed():
    lines = REPORT.to_text().splitlines()
    assert lines[0] == "example on a machine"
    assert len({len(line) for line in lines[1:4]}) == 1
    assert lines[4].startswith("met ")
    assert lines[5].startswith("MISSED  accuracy: 87.5 (goal: at least 88 %)")


@pytest.mark.parametrize(
    ("measured", "most", "least"), [(2.9, True, False), (3.0, True, True), (3.1, False, True)]
)
def test_goals_are_met_at_their_limit(measured, most, least):
    assert at_most("name", 3, measured, "s").met is most
    assert at_least("name", 3, measured, "s").met is least


def test_measures_take_turns_and_the_first_round_is_not_counted():
    calls: list[str] = []

    def measure(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    figures = alternating({name: lambda name=name: measure(name) for name in "ab"}, rounds=2)
    assert "".join(calls) == "ababab"
    assert figures == {"a": [3.0, 5.0], "b": [4.0, 6.0]}


@pytest.mark.parametrize("name", __main__.NAMES)
def test_every_benchmark_that_is_offered_can_be_run(name):
    module = importlib.import_module(f"benchmarks.{name}")
    assert inspect.signature(module.run).bind() is not None
    assert module.__doc__


def test_a_benchmark_that_cannot_run_says_why(monkeypatch, capsys):
    def run() -> Report:
        raise BenchmarkError("There is no browser: install one.")

    monkeypatch.setattr(sketch, "run", run)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "sketch"])
    monkeypatch.setattr(__main__.signal, "signal", lambda *_: None)
    monkeypatch.setattr(__main__, "busy_machine", lambda: None)
    assert __main__.main() == 1
    assert capsys.readouterr().err == "There is no browser: install one.\n"


def test_sketch_benchmark_measures_both_readings():
    command = [sys.executable, "-m", "benchmarks", "sketch", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert set(report) == {"benchmark", "machine", "rows", "goals"}
    for row in report["rows"]:
        assert row["sketch ms"] > 0
        assert row["drawing ms"] > 0
        assert (row["keras/sketch"] or 2) > 1
    assert len(report["goals"]) == 3
    for goal in report["goals"]:
        assert set(goal) == {"name", "goal", "measured", "met"}


TINY = RunConfig(
    network=VGGConfig(num_stages=1, num_convs=1, filters=2, units=4),
    train=TrainConfig(num_train=96, epochs=2, optimizer="sgd", weight_decay=0.001),
)


def test_ours_answers_with_the_finished_event_and_records_the_run(tmp_path):
    ours = importlib.import_module("benchmarks.sides.ours")
    answer = ours.answer({"run": TINY.model_dump_json(), "home": str(tmp_path)})
    assert answer["event"] == "finished"
    assert answer["images_per_second"] > 0
    [recorded] = RunStore(tmp_path).runs.list()
    assert recorded.state == "finished"
    assert recorded.step == TINY.train.total_steps


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_model_fit_tells_its_speed(optimizer):
    model_fit = importlib.import_module("benchmarks.sides.model_fit")
    config = TINY.replace(train=TINY.train.replace(optimizer=optimizer, num_train=100))
    answer = model_fit.answer({"run": config.model_dump_json()})
    assert answer["images_per_second"] > 0
    assert answer["num_params"] == sketched(TINY.network).num_params


def test_matrix_multiplication_tells_its_best_size():
    matmul = importlib.import_module("benchmarks.sides.matmul")
    answer = matmul.answer({"sizes": [8, 16]})
    assert answer["macs_per_second"] > 0
    assert answer["size"] in (8, 16)


@pytest.fixture(scope="module")
def eager():
    if not contestants.torch_is_installed():
        pytest.skip("PyTorch is not there: make torch")
    with contestants.contestant("eager", TORCH_PYTHON) as process:
        yield process


@pytest.mark.parametrize(
    "network",
    [
        *(PRESETS[name] for name in MINIATURES),
        VGGConfig(num_stages=2, kernel_size=2, batchnorm=False),
        InceptionConfig(num_stages=1, reducers=False, head="dense"),
        ResNetConfig(shortcut="projection", block="bottleneck", preactivation=True),
    ],
)
def test_a_network_has_as_many_parameters_in_pytorch(eager, network):
    recipe = FAMILIES[network.family].train_defaults
    train = recipe.replace(num_train=20, batch_size=10, epochs=1, precision="float32")
    answer = contestants.run_eager(eager, RunConfig(network=network, train=train))
    assert answer["num_params"] == sketched(network).num_params
    assert answer["images_per_second"] > 0


def test_pytorch_refuses_a_network_that_is_not_the_same(eager):
    images = {"name": "images", "kind": "InputLayer", "inputs": [], "output_shape": [28, 28, 1]}
    order = {"nodes": [images], "num_params": 1, "train": TINY.train.model_dump()}
    with pytest.raises(BenchmarkError, match="has 0 parameters, not 1: it is not the same"):
        eager.ask(**order, precision="float32")


def test_a_contestant_that_ends_tells_its_last_words():
    expected = pytest.raises(BenchmarkError, match=r"nobody ended .*No module named")
    with contestants.contestant("nobody") as nobody, expected:
        nobody.ask()


def test_serving_answers_line_by_line_and_turns_errors_into_answers():
    script = (
        "from benchmarks.sides.serving import serve\n"
        "def answer(order):\n"
        "    print('not an answer')\n"
        "    return {'twice': 2 * order['number']}\n"
        "serve(answer, lambda threads: None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--threads", "1"],
        cwd=ROOT,
        input='{"number": 4}\n{}\n',
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [{"twice": 8}, {"error": "KeyError: 'number'"}]


@pytest.mark.parametrize(("load", "busy"), [(0.1, False), (5.0, True)])
def test_a_busy_machine_is_told(monkeypatch, load, busy):
    monkeypatch.setattr(report, "available_cores", lambda: 2)
    monkeypatch.setattr(report.os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    assert bool(report.busy_machine()) is busy


def rate(images_per_second: float, precision: str = "float32"):
    """A contestant that always trains at the same speed."""
    return lambda config: {"images_per_second": images_per_second, "precision": precision}


def test_throughput_compares_with_the_faster_of_the_others(monkeypatch):
    monkeypatch.setattr(throughput, "processor_has_bfloat16", lambda: True)
    trains = {OURS: rate(30.0), MODEL_FIT: rate(20.0), EAGER: rate(40.0)}
    report = throughput.compare(trains, rounds=1, num_train=640)
    assert report.rows[0]["ours/model.fit"] == 1.5
    assert report.rows[0]["ours/PyTorch"] == 0.75
    assert [goal.met for goal in report.goals] == [True, False] * len(MINIATURES)
    assert report.goals[1].measured == 0.75


def test_throughput_has_a_row_more_where_auto_chose_bfloat16(monkeypatch):
    monkeypatch.setattr(throughput, "processor_has_bfloat16", lambda: True)
    trains = {OURS: rate(30.0, "mixed_bfloat16"), MODEL_FIT: rate(20.0)}
    rows = throughput.compare(trains, rounds=1, num_train=640).rows
    pairs = [(row["ours in"], row["others in"]) for row in rows[:3]]
    assert pairs == [
        ("float32", "float32"),
        ("auto: mixed_bfloat16", "float32"),
        ("mixed_bfloat16", "mixed_bfloat16"),
    ]
    assert "PyTorch, images/s" not in rows[0]


def test_limit_is_a_share_of_the_rate_of_matrix_multiplication():
    report = limit.shares({"matmul": [8e9, 8e9]} | {network: [4e9, 6e9] for network in MINIATURES})
    assert [row["share %"] for row in report.rows] == [62.5] * len(MINIATURES)
    assert report.rows[0]["matmul GFLOP/s"] == 16.0
    assert [goal.met for goal in report.goals] == [True]


def test_minute_tells_the_mean_accuracy_and_the_median_seconds():
    facts = {"validation_seconds": 2.0, "trace_seconds": 1.0, "images_per_second": 1500.0}
    facts |= {"precision": "float32", "threads": 2}
    events = [
        facts | {"training_seconds": seconds, "test_accuracy": accuracy}
        for seconds, accuracy in ((50.0, 0.86), (55.0, 0.90), (90.0, 0.91))
    ]
    report = minute.summary({"mini_vgg": events})
    assert (report.rows[0]["training s"], report.rows[0]["most s"]) == (55.0, 90.0)
    assert report.rows[0]["test %"] == pytest.approx(89.0)
    assert [goal.met for goal in report.goals] == [True, True]


def test_a_store_is_filled_with_runs_that_can_be_read(tmp_path):
    many_runs = importlib.import_module("benchmarks.shared.many_runs")
    with RunStore(tmp_path) as store:
        ids = many_runs.fill(store, num_runs=8, num_steps=30)
        runs = store.runs.list()
    assert [run.id for run in reversed(runs)] == ids
    for run in runs:
        assert run.config.train.total_steps == run.step == 30
        assert run.best_accuracy >= run.last_accuracy > 0
    assert len({run.config_json for run in runs}) > 1
