from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covnets.config import RunConfig, VGGConfig
from covnets.errors import StoreError
from covnets.runs import Run, RunStore, frames, growing
from covnets.runs.buckets import SplitReader
from tests.runs.conftest import points as make_points

Make = Callable[[str], Run]

STEPS_PER_EPOCH = 10
NOT_A_NUMBER = float("nan")


def learned(first: int, last: int, seed: int = 0) -> list[dict[str, Any]]:
    """Points of some steps as training reports them, some of whose losses are not numbers."""
    random = np.random.default_rng([seed, first])
    found = []
    for step in range(first, last + 1):
        splits = ["train"]
        if step % STEPS_PER_EPOCH == 0:
            splits += ["train_eval", "validation"]
        for split in splits:
            loss = NOT_A_NUMBER if random.random() < 0.1 else float(random.normal())
            fields = {"split": split, "loss": loss, "accuracy": float(random.random())}
            found += make_points(1, first=step, epoch=1 + (step - 1) // STEPS_PER_EPOCH, **fields)
    return found


def assert_as_thinned(store: RunStore, run_id: str, max_points: int, window=None) -> None:
    pd.testing.assert_frame_equal(
        growing.curves(store, run_id, max_points, window),
        frames.thinned(store, run_id, max_points, window),
        check_exact=True,
    )


@pytest.fixture
def run(store: RunStore, new_run: Make) -> Run:
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    store.states.record_started(run.id, {"steps_per_epoch": STEPS_PER_EPOCH})
    return run


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of buckets that each reading of buckets brought."""
    counts: list[int] = []
    read = SplitReader.buckets

    def counting(*arguments: Any, **options: Any) -> list[Any]:
        found = read(*arguments, **options)
        counts.append(len(found))
        return found

    monkeypatch.setattr(SplitReader, "buckets", counting)
    return counts


@settings(max_examples=15, deadline=None)
@given(
    growths=st.lists(st.integers(1, 90), min_size=1, max_size=5),
    max_points=st.sampled_from([1, 7, 16, 400]),
    begins_at=st.sampled_from([1, 3, 1001]),
    window=st.tuples(st.integers(-5, 500), st.integers(0, 500)),
)
def test_a_growing_curve_is_always_as_if_read_at_once(growths, max_points, begins_at, window):
    with TemporaryDirectory() as folder, RunStore(Path(folder)) as store:
        run = store.runs.create(RunConfig(network=VGGConfig()), owner=None)
        assert_as_thinned(store, run.id, max_points)
        store.states.claim(run.id, "lab:1")
        store.states.record_started(run.id, {"steps_per_epoch": STEPS_PER_EPOCH})
        step = begins_at
        for growth in growths:
            store.history.add(run.id, learned(step, step + growth - 1))
            step += growth
            assert_as_thinned(store, run.id, max_points)
            low = begins_at + window[0]
            assert_as_thinned(store, run.id, max_points, (low, low + window[1]))
        store.states.finish(run.id, "finished")
        assert_as_thinned(store, run.id, max_points)


def test_older_points_are_not_read_again(store: RunStore, run: Run, rows_read: list[int]) -> None:
    store.history.add(run.id, learned(1, 1000))
    before = growing.curves(store, run.id, 100)
    rows_read.clear()
    store.history.add(run.id, learned(1001, 1004))
    after = growing.curves(store, run.id, 100)
    assert rows_read == [1]
    assert after["step"].max() == 1004
    assert len(after) == len(before)


def test_without_news_no_points_are_read(store: RunStore, run: Run, rows_read: list[int]) -> None:
    store.history.add(run.id, learned(1, 50))
    first = growing.curves(store, run.id)
    rows_read.clear()
    assert growing.curves(store, run.id).equals(first)
    assert not rows_read


def test_a_visitor_who_changes_its_frame_changes_nobody_elses(store: RunStore, run: Run) -> None:
    store.history.add(run.id, learned(1, 50))
    frame = growing.curves(store, run.id)
    frame["loss_mean"] = 0.0
    frame.loc[0, "accuracy_mean"] = 5.0
    assert_as_thinned(store, run.id, 400)


def test_epochs_become_fractions_when_the_run_tells_its_steps_per_epoch(
    store: RunStore, new_run: Make, points
) -> None:
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    store.history.add(run.id, points(5))
    assert growing.curves(store, run.id)["epoch"].tolist() == [1.0] * 5
    store.states.record_started(run.id, {"steps_per_epoch": 4})
    assert growing.curves(store, run.id)["epoch"].tolist() == [0.25, 0.5, 0.75, 1.0, 1.25]


def test_a_run_that_continues_another_begins_with_its_curve(
    store: RunStore, run: Run, config: RunConfig
) -> None:
    store.history.add(run.id, learned(1, 100))
    growing.curves(store, run.id, 16)
    store.states.finish(run.id, "finished")
    later = store.runs.create(config, owner="test", parent=run.id)
    assert_as_thinned(store, later.id, 16)
    store.states.claim(later.id, "lab:1")
    store.history.add(later.id, learned(101, 150))
    assert_as_thinned(store, later.id, 16)
    assert growing.curves(store, later.id)["step"].max() == 150


def test_a_paused_run_goes_on_where_it_was_also_when_points_come_twice(
    store: RunStore, run: Run
) -> None:
    store.history.add(run.id, learned(1, 100))
    store.states.finish(run.id, "paused")
    assert_as_thinned(store, run.id, 16)
    store.states.resume(run.id, "test")
    store.states.claim(run.id, "lab:2")
    store.states.record_started(run.id, {"steps_per_epoch": STEPS_PER_EPOCH})
    store.history.add(run.id, learned(91, 130, seed=1))
    assert_as_thinned(store, run.id, 16)
    assert growing.curves(store, run.id)["step"].max() == 130


def test_a_point_that_comes_late_is_there_when_the_run_has_ended(
    store: RunStore, run: Run, points
) -> None:
    store.history.add(run.id, points(1, first=10))
    growing.curves(store, run.id)
    store.history.add(run.id, points(1, first=5))
    growing.curves(store, run.id)
    store.states.finish(run.id, "cancelled")
    assert growing.curves(store, run.id).query("split == 'train'")["step"].tolist() == [5, 10]


def test_after_an_error_everything_is_read_again(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.history.add(run.id, learned(1, 40))
    growing.curves(store, run.id)
    store.history.add(run.id, learned(41, 80))
    with monkeypatch.context() as broken:
        broken.setattr(SplitReader, "buckets", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            growing.curves(store, run.id)
    assert_as_thinned(store, run.id, 400)


def test_only_the_runs_that_were_looked_at_last_are_kept(
    store: RunStore, new_run: Make, monkeypatch: pytest.MonkeyPatch, rows_read: list[int]
) -> None:
    monkeypatch.setattr(growing, "MAX_RUNS", 2)
    runs = [new_run("running") for _ in range(3)]
    for run in (runs[0], runs[1], runs[0], runs[2]):
        growing.curves(store, run.id)
    rows_read.clear()
    growing.curves(store, runs[0].id)
    assert not rows_read
    growing.curves(store, runs[1].id)
    assert rows_read == [3]


def test_stores_do_not_share_what_they_keep(store: RunStore, run: Run, tmp_path: Path) -> None:
    growing.curves(store, run.id)
    with RunStore(tmp_path / "other") as other, pytest.raises(StoreError, match="There is no run"):
        growing.curves(other, run.id)


def test_many_visitors_look_while_the_run_grows(store: RunStore, run: Run) -> None:
    def visit(_number: int) -> None:
        for _ in range(20):
            curve = growing.curves(store, run.id, 16).query("split == 'train'")
            assert curve["step"].is_monotonic_increasing

    with ThreadPoolExecutor(3) as visitors:
        visits = visitors.map(visit, range(3))
        for step in range(1, 100, 5):
            store.history.add(run.id, learned(step, step + 4))
        list(visits)
    assert_as_thinned(store, run.id, 16)
