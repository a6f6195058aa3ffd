"""Sweeps for the tests of their page, and how to find its parts."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.groups.sweep.axes import Axis
from covnets.groups.sweep.grid import SweepPlan, grid
from covnets.runs import Group, RunStore
from covnets.ui import services
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import charts
from tests.ui.recorded_runs import evaluate

BASE = RunConfig(
    network=VGGConfig(num_stages=1, filters=4, units=16),
    train=TrainConfig(num_train=1000, batch_size=50, epochs=3),
)
TWO_BY_TWO = (Axis(field="num_convs", values=(1, 2)), Axis(field="filters", values=(4, 8)))


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def values(page: AppTest, family: str, field: str) -> Any:
    return page.multiselect(key=f"sweep.{family}.{field}.values")


def started(store: RunStore, plan: SweepPlan) -> Group:
    trials = [[cell.config] for cell in grid(plan) if cell.config is not None]
    trials = trials if plan.method == "grid" else []
    return services.conductor().begin("sweep", plan.model_dump(mode="json"), trials)


def begin(store: RunStore, engine: FakeEngine, group: Group, number: int) -> str:
    (run,) = engine.begin_trial(group.id, number)
    return run.id


def finished(store: RunStore, engine: FakeEngine, scores: list[float]) -> Group:
    """Record a grid whose runs reached these accuracies."""
    group = started(store, SweepPlan(base=BASE, axes=TWO_BY_TWO))
    for number, score in enumerate(scores):
        run_id = begin(store, engine, group, number)
        evaluate(store, run_id, score / 2, score)
        store.states.finish(run_id, "finished", {})
    return store.groups.finish(group.id) if len(scores) == 4 else group


def map_of(page: AppTest) -> dict[str, Any]:
    """The traces of the map by name."""
    figure = json.loads(charts(page)[0])
    return {trace["uid"]: trace for trace in figure["data"]}
