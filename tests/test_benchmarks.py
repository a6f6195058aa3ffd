"""Benchmarks: what they print, and that each that is offered is there. No time is asserted."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__, sketch
from benchmarks.report import (
    BenchmarkError,
    Report,
    alternating,
    at_least,
    at_most,
    median_ratio,
)

ROOT = Path(__file__).parents[1]
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


def test_report_names_this_machine():
    assert "cores" in Report("example", [], []).machine


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


def test_ratios_are_taken_pair_by_pair():
    assert median_ratio([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == 3.0


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
    assert __main__.main() == 1
    assert capsys.readouterr().err == "There is no browser: install one.\n"


def test_sketch_benchmark_measures_both_readings():
    command = [sys.executable, "-m", "benchmarks", "sketch", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert set(report) == {"benchmark", "machine", "rows", "goals"}
    for row in report["rows"]:
        assert row["sketch ms"] > 0
        assert row["keras/sketch"] > 1
    assert [set(goal) for goal in report["goals"]] == [{"name", "goal", "measured", "met"}]
