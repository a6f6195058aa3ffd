"""Curves: thinned without losing anything that is to be seen, and read as they grow."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covnets.config import RunConfig, VGGConfig
from covnets.errors import StoreError
from covnets.runs import Run, RunStore
from covnets.runs import curves as module
from covnets.runs.curves import (
    NO_POINTS,
    Columns,
    Curves,
    GrowingCurves,
    curves,
    recorded,
    revisions,
    steps_in_view,
)
from tests.runs.conftest import points

Make = Callable[[str], Run]

STEPS_PER_EPOCH = 100
NOT_A_NUMBER = float("nan")


@pytest.fixture
def run(store: RunStore, new_run: Make) -> Run:
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    facts = {"steps_per_epoch": STEPS_PER_EPOCH, "macs": 1e5, "batch_size": 100}
    store.states.record_started(run.id, facts)
    return store.runs.get(run.id)


@pytest.fixture
def long_run(store: RunStore, run: Run) -> Run:
    """2,000 steps, each as its own loss, with a validation in every hundredth."""
    store.history.add(run.id, [p | {"loss": p["step"]} for p in points(2000)])
    for step in range(100, 2001, 100):
        store.history.add(run.id, points(1, first=step, split="validation"))
    return run


def fresh(store: RunStore, run: Run, max_points: int = 400, window=None) -> Curves:
    """The curves as somebody reads them who has never seen the run."""
    return GrowingCurves(max_points).read(store, run.id, window)


def where(columns: Columns, chosen) -> Columns:
    return {name: values[chosen] for name, values in columns.items()}


def assert_same(some: Curves, others: Curves) -> None:
    assert some.keys() == others.keys()
    for split, columns in some.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(values, others[split][name], err_msg=f"{split} {name}")


def test_every_point_is_there_as_it_was_recorded(store, run):
    store.history.add(run.id, points(1, first=100, split="validation", loss=NOT_A_NUMBER))
    store.history.add(run.id, points(2, first=100))
    assert recorded(store, run.id) == [
        ("train", 100, 1, 1.0, 0.5, 10.0),
        ("train", 101, 2, 1.0, 0.5, 10.1),
        ("validation", 100, 1, None, 0.5, 10.0),
    ]


def test_curves_have_the_same_columns_from_the_first_point_to_the_last(store, new_run):
    run = new_run("queued")
    empty = curves(store, run.id)
    store.states.claim(run.id, "lab:1")
    store.history.add(run.id, points(1))
    full = curves(store, run.id)
    assert_same(empty, NO_POINTS)
    for split, columns in full.items():
        assert {name: values.dtype for name, values in columns.items()} == {
            name: values.dtype for name, values in empty[split].items()
        }


def test_a_short_curve_is_exact(store, run):
    store.history.add(run.id, [p for n in range(400) for p in points(1, first=1 + 7 * n, loss=n)])
    curve = fresh(store, run)["train"]
    assert curve["step"].tolist() == list(range(1, 2801, 7))
    assert curve["loss_mean"].tolist() == list(range(400))
    assert (curve["loss_min"] == curve["loss_max"]).all()
    assert curve["epoch"][-1] == pytest.approx(27.94)


@pytest.mark.parametrize("count", [401, 799, 5000])
def test_a_long_curve_is_thinned_to_its_end(store, run, count):
    losses = np.random.default_rng(0).random(count)
    store.history.add(
        run.id, [point | {"loss": losses[i]} for i, point in enumerate(points(count))]
    )
    curve = fresh(store, run)["train"]
    assert 200 <= len(curve["step"]) <= 400
    assert curve["step"][-1] == count
    assert curve["epoch"][-1] == pytest.approx(count / 100)
    assert (np.diff(curve["step"]) > 0).all()
    assert curve["loss_min"].min() == pytest.approx(losses.min())
    assert curve["loss_max"].max() == pytest.approx(losses.max())
    assert np.average(curve["loss_mean"], weights=curve["points"]) == pytest.approx(losses.mean())


@pytest.mark.parametrize("at", [1, 2500, 5000])
def test_a_spike_of_one_step_stays_visible(store, run, at):
    curve = points(5000)
    curve[at - 1] |= {"loss": 99.0, "accuracy": 0.25}
    store.history.add(run.id, curve)
    drawn = fresh(store, run, 100)["train"]
    (spike,) = np.flatnonzero(drawn["loss_max"] == 99.0)
    assert drawn["accuracy_min"][spike] == 0.25
    assert drawn["loss_min"][spike] == 1.0
    assert 0 <= drawn["step"][spike] - at < 64


def test_each_split_is_thinned_by_itself(store, long_run):
    found = fresh(store, long_run, 100)
    assert {split: len(columns["step"]) for split, columns in found.items()} == {
        "train": 63,
        "train_eval": 0,
        "validation": 20,
    }


def test_a_loss_that_is_not_a_number_leaves_the_rest_of_its_bucket(store, run):
    curve = points(1000)
    for point in curve[-600:]:
        point["loss"] = NOT_A_NUMBER
    store.history.add(run.id, curve)
    drawn = fresh(store, run)["train"]
    assert drawn["loss_mean"][0] == 1.0
    assert np.isnan(drawn["loss_mean"][-1])
    assert np.isfinite(drawn["accuracy_mean"]).all()


def test_a_window_holds_every_single_step(store, long_run):
    whole, close = (fresh(store, long_run, 100, window) for window in (None, (1001, 1100)))
    coarse, drawn = whole["train"], close["train"]
    steps = drawn["step"]
    inside = where(drawn, (steps >= 1001) & (steps <= 1100))
    assert inside["loss_mean"].tolist() == list(range(1001, 1101))
    assert (inside["loss_min"] == inside["loss_max"]).all()
    # 1000 ends a bucket that the window cut in two; what follows the next whole one is as before.
    assert (np.diff(steps) > 0).all()
    assert np.isin(steps[(steps < 992) | (steps > 1120)], coarse["step"]).all()
    assert len(steps) <= 200 + 2
    # Each step counts once.
    assert drawn["points"].tolist() == np.diff([0, *steps]).tolist()
    assert (drawn["points"] * drawn["loss_mean"].astype(float)).sum() == sum(range(1, 2001))
    # A short curve has no use for a window.
    assert_same({"validation": whole["validation"]}, {"validation": close["validation"]})


def test_a_window_of_too_many_steps_has_narrower_buckets(store, long_run):
    steps = fresh(store, long_run, 100, (601, 1000))["train"]["step"]
    inside = steps[(steps >= 601) & (steps <= 1000)]
    assert np.diff(inside).tolist() == [4] * (len(inside) - 1)
    assert 50 <= len(inside) <= 101


@pytest.mark.parametrize("window", [(-50, 0), (2001, 9000), (1, 2000), (-9, 10**15)])
def test_a_window_of_no_steps_or_all_steps_changes_nothing(store, long_run, window):
    assert_same(fresh(store, long_run, 100, window), fresh(store, long_run, 100))


LAST = 2**62


@pytest.mark.parametrize(
    ("axis", "view", "steps"),
    [
        ("step", None, None),
        ("step", (10, 20), (10, 20)),
        ("step", (10.4, 20.4), (10, 21)),
        ("step", (20, 10), (10, 20)),
        ("step", (333.2, 333.4), (333, 334)),
        ("epoch", (1.5, 2), (150, 200)),
        ("epoch", (1.501, 1.999), (150, 200)),
        ("seconds", (10.04, 19.99), (100, 200)),
        ("seconds", (10, 20), (100, 200)),
        ("macs", (3e9, 6e9), (100, 200)),
        ("step", (-1e300, 1e300), (0, LAST)),
        ("seconds", (-1e300, 1e300), (0, LAST)),
        ("seconds", (199.85, 300), (1998, LAST)),
    ],
)
def test_a_part_of_an_axis_is_told_in_steps(store, long_run, axis, view, steps):
    assert steps_in_view(store, long_run, axis, view) == steps
    fresh(store, long_run, 100, steps)


@pytest.mark.parametrize("axis", ["epoch", "macs"])
def test_there_are_no_steps_where_nothing_tells_them(store, new_run, axis):
    assert steps_in_view(store, new_run("running"), axis, (0, 1)) is None


def test_revisions_change_with_everything_that_can_be_seen(store, new_run, clock):
    run, other = new_run("queued"), new_run("finished")

    def recover() -> None:
        clock.move(60)
        store.states.recover("second dashboard")

    changes = [
        lambda: store.states.claim(run.id, "lab:1"),
        lambda: store.states.record_started(run.id, {"num_params": 1}),
        lambda: store.history.add(run.id, points(1)),
        lambda: store.states.request_stop(run.id),
        recover,
        lambda: store.labels.set(run.id, name="x"),
        lambda: store.files.write(run.id, "model.keras", lambda path: path.touch()),
    ]
    others = revisions(store, [other.id])
    seen = {revisions(store, [run.id])}
    for change in changes:
        change()
        seen.add(revisions(store, [run.id]))
    assert len(seen) == len(changes) + 1
    assert revisions(store, [other.id, run.id, "nowhere"]) == (
        *others,
        *revisions(store, [run.id]),
        -1,
    )


def test_revisions_stay_when_nothing_can_be_seen(store, new_run):
    ids = [new_run("running").id, new_run("queued").id]
    before = revisions(store, ids)
    store.states.heartbeat(ids[0], "lab:1")
    store.states.touch_queued("first dashboard")
    store.states.claim(ids[0], "lab:9")
    store.states.recover("second dashboard")
    assert revisions(store, ids) == before


def learned(first: int, last: int, seed: int = 0, every: int = 10) -> list[dict[str, Any]]:
    """Points of some steps as training reports them, some of whose losses are not numbers."""
    random = np.random.default_rng([seed, first])
    found = []
    for step in range(first, last + 1):
        for split in ("train", "train_eval", "validation")[: None if step % every == 0 else 1]:
            loss = NOT_A_NUMBER if random.random() < 0.1 else float(random.normal())
            fields = {"split": split, "loss": loss, "accuracy": float(random.random())}
            found += points(1, first=step, epoch=1 + (step - 1) // every, **fields)
    return found


@settings(max_examples=15, deadline=None)
@given(
    growths=st.lists(st.integers(1, 90), min_size=1, max_size=5),
    max_points=st.sampled_from([1, 7, 16, 400]),
    begins_at=st.sampled_from([1, 3, 1001]),
    window=st.tuples(st.integers(-5, 500), st.integers(0, 500)),
)
def test_a_growing_curve_is_always_as_if_read_at_once(growths, max_points, begins_at, window):
    growing = GrowingCurves(max_points)
    with TemporaryDirectory() as folder, RunStore(Path(folder)) as store:
        run = store.runs.create(RunConfig(network=VGGConfig()), owner=None)

        def compare(window=None) -> None:
            assert_same(growing.read(store, run.id, window), fresh(store, run, max_points, window))

        compare()
        store.states.claim(run.id, "lab:1")
        store.states.record_started(run.id, {"steps_per_epoch": 10})
        step = begins_at
        for growth in growths:
            store.history.add(run.id, learned(step, step + growth - 1))
            step += growth
            compare()
            low = begins_at + window[0]
            compare((low, low + window[1]))
        store.states.finish(run.id, "finished")
        compare()


@pytest.fixture
def points_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points each reading of points brought."""
    counts: list[int] = []
    read = module._Reader.buckets

    def counting(*arguments: Any, **options: Any) -> Columns:
        found = read(*arguments, **options)
        counts.append(len(found["step"]))
        return found

    monkeypatch.setattr(module._Reader, "buckets", counting)
    return counts


def test_what_is_known_is_not_read_again(store, run, points_read):
    growing = GrowingCurves(100)
    store.history.add(run.id, learned(1, 1000))
    before = growing.read(store, run.id)["train"]
    points_read.clear()
    assert growing.read(store, run.id)["train"] is before
    assert not points_read
    store.history.add(run.id, learned(1001, 1004))
    after = growing.read(store, run.id)["train"]
    assert points_read == [1]
    assert after["step"].max() == 1004
    assert_same({"": where(after, slice(-1))}, {"": where(before, slice(-1))})


def test_all_who_look_at_a_run_share_what_was_read(store, run, points_read):
    store.history.add(run.id, learned(1, 50))
    curves(store, run.id)
    points_read.clear()
    curves(store, run.id)
    assert not points_read


def test_epochs_become_fractions_when_the_run_tells_its_steps_per_epoch(store, new_run):
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    store.history.add(run.id, points(5))
    assert curves(store, run.id)["train"]["epoch"].tolist() == [1.0] * 5
    store.states.record_started(run.id, {"steps_per_epoch": 4})
    assert curves(store, run.id)["train"]["epoch"].tolist() == [0.25, 0.5, 0.75, 1.0, 1.25]


def test_a_run_that_continues_another_begins_with_its_curve(store, run, config):
    store.history.add(run.id, learned(1, 100))
    store.states.finish(run.id, "finished")
    later = store.runs.create(config, owner="test", parent=run.id)
    growing = GrowingCurves(16)
    assert growing.read(store, later.id)["train"]["step"][-1] == 100
    store.states.claim(later.id, "lab:1")
    store.history.add(later.id, learned(101, 150))
    assert growing.read(store, later.id)["train"]["step"][-1] == 150
    assert_same(growing.read(store, later.id), fresh(store, later, 16))


def test_a_paused_run_goes_on_where_it_was_also_when_points_come_twice(store, run):
    growing = GrowingCurves(16)
    store.history.add(run.id, learned(1, 100))
    store.states.finish(run.id, "paused")
    growing.read(store, run.id)
    store.states.resume(run.id, "test")
    store.states.claim(run.id, "lab:2")
    store.states.record_started(run.id, {"steps_per_epoch": STEPS_PER_EPOCH})
    store.history.add(run.id, learned(91, 130, seed=1))
    assert growing.read(store, run.id)["train"]["step"].max() == 130
    assert_same(growing.read(store, run.id), fresh(store, run, 16))


def test_a_point_that_comes_late_is_there_when_the_run_has_ended(store, run):
    store.history.add(run.id, points(1, first=10))
    curves(store, run.id)
    store.history.add(run.id, points(1, first=5))
    curves(store, run.id)
    store.states.finish(run.id, "cancelled")
    assert curves(store, run.id)["train"]["step"].tolist() == [5, 10]


def test_after_an_error_everything_is_read_again(store, run, monkeypatch):
    store.history.add(run.id, learned(1, 40))
    curves(store, run.id)
    store.history.add(run.id, learned(41, 80))
    with monkeypatch.context() as broken:
        broken.setattr(module._Reader, "buckets", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            curves(store, run.id)
    assert_same(curves(store, run.id), fresh(store, run))


def test_stores_do_not_share_what_they_keep(store, run, tmp_path):
    curves(store, run.id)
    with RunStore(tmp_path / "other") as other, pytest.raises(StoreError, match="There is no run"):
        curves(other, run.id)


def test_many_visitors_look_while_the_run_grows(store, run):
    growing = GrowingCurves(16)

    def visit(_number: int) -> None:
        for _ in range(20):
            assert (np.diff(growing.read(store, run.id)["train"]["step"]) > 0).all()

    with ThreadPoolExecutor(3) as visitors:
        visits = visitors.map(visit, range(3))
        for step in range(1, 100, 5):
            store.history.add(run.id, learned(step, step + 4))
        list(visits)
    assert_same(growing.read(store, run.id), fresh(store, run, 16))
