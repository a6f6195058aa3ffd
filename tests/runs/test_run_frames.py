from collections.abc import Callable

import numpy as np
import pytest

from covnets.runs import Run, RunStore
from covnets.runs.frames import history, runs_table, steps_between, thinned, version

Make = Callable[[str], Run]


@pytest.fixture
def run(store: RunStore, new_run: Make) -> Run:
    run = new_run("queued")
    store.states.claim(run.id, "lab:1")
    store.states.record_started(run.id, {"steps_per_epoch": 100})
    return run


def test_a_history_has_every_point_by_split_and_step(store: RunStore, run: Run, points) -> None:
    store.history.add(run.id, points(2, first=100, split="validation"))
    store.history.add(run.id, points(3, first=100))
    store.history.add(run.id, points(1, first=100, split="train_eval"))
    curve = history(store, run.id)
    assert list(curve.columns) == ["split", "step", "epoch", "loss", "accuracy", "seconds"]
    assert curve["split"].tolist() == ["train"] * 3 + ["train_eval"] + ["validation"] * 2
    assert curve["step"].tolist() == [100, 101, 102, 100, 100, 101]
    assert curve["epoch"].tolist() == [1, 2, 2, 1, 1, 2]


@pytest.mark.parametrize("read", [history, thinned])
def test_an_empty_history_has_the_same_columns(store, new_run: Make, read, points) -> None:
    run = new_run("queued")
    empty = read(store, run.id)
    store.states.claim(run.id, "lab:1")
    store.history.add(run.id, points(1))
    full = read(store, run.id)
    assert empty.empty
    assert empty.dtypes.equals(full.dtypes)


def test_a_short_curve_is_exact(store: RunStore, run: Run, points) -> None:
    store.history.add(run.id, [p for n in range(400) for p in points(1, first=1 + 7 * n, loss=n)])
    curve = thinned(store, run.id, max_points=400)
    assert curve["step"].tolist() == list(range(1, 2801, 7))
    assert curve["loss_mean"].tolist() == list(range(400))
    assert (curve["loss_min"] == curve["loss_max"]).all()
    assert curve["epoch"].iloc[-1] == 27.94


@pytest.mark.parametrize("count", [401, 799, 5000])
def test_a_long_curve_is_thinned_to_its_end(store: RunStore, run: Run, points, count: int) -> None:
    losses = np.random.default_rng(0).random(count)
    store.history.add(
        run.id, [point | {"loss": losses[i]} for i, point in enumerate(points(count))]
    )
    curve = thinned(store, run.id, max_points=400)
    assert 200 <= len(curve) <= 400
    assert curve["step"].iloc[-1] == count
    assert curve["epoch"].iloc[-1] == count / 100
    assert curve["step"].is_monotonic_increasing
    assert curve["loss_min"].min() == losses.min()
    assert curve["loss_max"].max() == losses.max()
    sizes = np.diff([0, *curve["step"]])
    assert np.average(curve["loss_mean"], weights=sizes) == pytest.approx(losses.mean())


@pytest.mark.parametrize("at", [1, 2500, 5000])
def test_a_spike_of_one_step_stays_visible(store: RunStore, run: Run, points, at: int) -> None:
    curve = points(5000)
    curve[at - 1] |= {"loss": 99.0, "accuracy": 0.01}
    store.history.add(run.id, curve)
    drawn = thinned(store, run.id, max_points=100)
    (spike,) = drawn.index[drawn["loss_max"] == 99.0]
    assert drawn["accuracy_min"][spike] == 0.01
    assert drawn["loss_min"][spike] == 1.0
    assert 0 <= drawn["step"][spike] - at < 64


def test_older_points_of_a_growing_curve_stay_where_they_are(
    store: RunStore, run: Run, points
) -> None:
    store.history.add(run.id, points(1000))
    before = thinned(store, run.id)
    store.history.add(run.id, points(500, first=1001))
    after = thinned(store, run.id)
    assert after.iloc[: len(before)].equals(before)


def test_each_split_is_thinned_by_itself(store: RunStore, run: Run, points) -> None:
    store.history.add(run.id, points(3000))
    for step in range(100, 3001, 100):
        store.history.add(run.id, points(1, first=step, split="validation"))
    sizes = thinned(store, run.id)["split"].value_counts()
    assert sizes["validation"] == 30
    assert sizes["train"] <= 400


def test_a_loss_that_is_no_number_leaves_the_rest_of_its_bucket(
    store: RunStore, run: Run, points
) -> None:
    curve = points(1000)
    for point in curve[-600:]:
        point["loss"] = float("nan")
    store.history.add(run.id, curve)
    drawn = thinned(store, run.id)
    assert drawn["loss_mean"].iloc[0] == 1.0
    assert drawn["loss_mean"].isna().iloc[-1]
    assert drawn["accuracy_mean"].notna().all()


@pytest.fixture
def long_run(store: RunStore, run: Run, points) -> Run:
    """2,000 steps, each as its own loss, with a validation in every hundredth."""
    store.history.add(run.id, [p | {"loss": p["step"]} for p in points(2000)])
    for step in range(100, 2001, 100):
        store.history.add(run.id, points(1, first=step, split="validation"))
    return run


def of_training(curve):
    return curve[curve["split"] == "train"]


def test_a_window_holds_every_single_step(store: RunStore, long_run: Run) -> None:
    coarse = of_training(thinned(store, long_run.id, 100))
    drawn = of_training(thinned(store, long_run.id, 100, window=(1001, 1100)))
    inside = drawn[drawn["step"].between(1001, 1100)]
    assert inside["loss_mean"].tolist() == list(range(1001, 1101))
    assert (inside["loss_min"] == inside["loss_max"]).all()
    # 1000 ends a bucket that the window cut in two; what follows the next whole one is as before.
    assert drawn["step"].is_monotonic_increasing
    for outside in (drawn[drawn["step"] < 992], drawn[drawn["step"] > 1120]):
        assert outside["step"].isin(coarse["step"]).all()
    assert len(drawn) <= 200 + 2


def test_each_step_counts_once_beside_a_window(store: RunStore, long_run: Run) -> None:
    drawn = of_training(thinned(store, long_run.id, 100, window=(1001, 1100)))
    assert drawn["points"].tolist() == np.diff([0, *drawn["step"]]).tolist()
    assert (drawn["points"] * drawn["loss_mean"]).sum() == sum(range(1, 2001))


def test_a_window_of_too_many_steps_has_narrower_buckets(store: RunStore, long_run: Run) -> None:
    drawn = of_training(thinned(store, long_run.id, 100, window=(601, 1000)))
    inside = drawn[drawn["step"].between(601, 1000)]
    assert np.diff(inside["step"]).tolist() == [4] * (len(inside) - 1)
    assert 50 <= len(inside) <= 101


@pytest.mark.parametrize("window", [(-50, 0), (2001, 9000), (1, 2000), (-9, 10**15)])
def test_a_window_of_no_steps_or_all_steps_changes_nothing(store, long_run: Run, window) -> None:
    assert thinned(store, long_run.id, 100, window).equals(thinned(store, long_run.id, 100))


def test_a_short_curve_has_no_use_for_a_window(store: RunStore, long_run: Run) -> None:
    whole = thinned(store, long_run.id, 100)
    close = thinned(store, long_run.id, 100, window=(1001, 1100))
    of_validation = [curve[curve["split"] == "validation"] for curve in (whole, close)]
    assert of_validation[0].reset_index(drop=True).equals(of_validation[1].reset_index(drop=True))
    assert len(of_validation[0]) == 20


INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("axis", "low", "high", "steps"),
    [
        ("step", 10, 20, (10, 20)),
        ("step", 10.4, 20.4, (10, 21)),
        ("step", 20, 10, (10, 20)),
        ("step", 333.2, 333.4, (333, 334)),
        ("epoch", 1.5, 2, (150, 200)),
        ("epoch", 1.501, 1.999, (150, 200)),
        ("seconds", 10.04, 19.99, (100, 200)),
        ("seconds", 10, 20, (100, 200)),
        ("macs", 1e9, 2e9, (100, 200)),
        ("step", -INFINITE, 500, (1, 500)),
        ("step", -1e300, 1e300, (1, 2000)),
        ("epoch", 19.5, INFINITE, (1950, 2000)),
        ("seconds", -INFINITE, INFINITE, (1, 2000)),
        ("seconds", 199.85, INFINITE, (1998, 2000)),
        ("step", 2000.5, 3000, None),
        ("step", -5, 0.5, None),
        ("seconds", 201, 300, None),
        ("seconds", -2, -1, None),
        ("step", NOT_A_NUMBER, 5, None),
        ("macs", 5, NOT_A_NUMBER, None),
    ],
)
def test_a_part_of_an_axis_is_told_in_steps(
    store: RunStore, long_run: Run, axis, low, high, steps
) -> None:
    assert steps_between(store, long_run.id, axis, low, high, macs_per_step=1e7) == steps


@pytest.mark.parametrize("axis", ["step", "epoch", "seconds", "macs"])
def test_there_are_no_steps_where_nothing_tells_them(store, new_run: Make, axis, points) -> None:
    run = new_run("queued")
    assert steps_between(store, run.id, axis, 0, 1, macs_per_step=1.0) is None
    store.states.claim(run.id, "lab:1")
    store.history.add(run.id, points(5))
    is_told = axis in ("step", "seconds")
    assert (steps_between(store, run.id, axis, 0, 1) is not None) is is_told


def test_the_version_changes_with_everything_that_can_be_seen(
    store: RunStore, new_run: Make, points
) -> None:
    run, other = new_run("queued"), new_run("running")
    changes = [
        lambda: store.states.claim(run.id, "lab:1"),
        lambda: store.states.record_started(run.id, {"num_params": 1}),
        lambda: store.history.add(run.id, points(1)),
        lambda: store.states.request_stop(run.id),
        lambda: store.states.finish(run.id, "cancelled"),
        lambda: store.labels.set(run.id, name="x"),
        lambda: store.files.write(run.id, "model.keras", lambda path: path.touch()),
    ]
    others = version(store, [other.id])
    keys, all_keys = {version(store, [run.id])}, {version(store)}
    for change in changes:
        change()
        keys.add(version(store, [run.id]))
        all_keys.add(version(store))
    assert len(keys) == len(all_keys) == len(changes) + 1
    assert version(store, [other.id]) == others
    assert version(store, [other.id, run.id, "nowhere"]) == (
        *others,
        *version(store, [run.id]),
        -1,
    )


def test_the_version_stays_when_nothing_can_be_seen(store: RunStore, new_run: Make) -> None:
    run, queued = new_run("running"), new_run("queued")
    before = version(store), version(store, [run.id, queued.id])
    store.states.heartbeat(run.id, "lab:1")
    store.states.touch_queued("first dashboard")
    store.states.claim(run.id, "lab:9")
    store.states.recover("second dashboard")
    assert (version(store), version(store, [run.id, queued.id])) == before


def test_the_stores_version_changes_when_recovery_changes_a_run(
    store: RunStore, new_run: Make, clock
) -> None:
    run, queued = new_run("running"), new_run("queued")
    before = version(store, [run.id, queued.id])
    clock.move(60)
    store.states.recover("second dashboard")
    after = version(store, [run.id, queued.id])
    assert all(new > old for new, old in zip(after, before, strict=True))


def test_the_table_of_runs_has_one_row_a_run(store: RunStore, new_run: Make) -> None:
    queued, run = new_run("queued"), new_run("running")
    store.states.record_started(run.id, {"num_params": 1234, "epochs": 7})
    store.states.finish(run.id, "finished", {"test_accuracy": 0.88, "images_per_second": 900.5})
    table = runs_table(store.runs.list())
    assert table["id"].tolist() == [run.id, queued.id]
    assert table["params"].iloc[0] == 1234
    assert table["epochs"].tolist() == [7, queued.config.train.epochs]
    assert table["test_accuracy"].iloc[0] == 0.88
    assert table["test_accuracy"].isna().iloc[1]
    assert table["created"].iloc[0].timestamp() == int(run.created_at)
    assert runs_table([]).dtypes.equals(table.dtypes)
