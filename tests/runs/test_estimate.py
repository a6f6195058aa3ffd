"""How long a run will take: known where it was timed, about right everywhere else."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from covnets.config import ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.data import DATASETS
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import RunStore
from covnets.runs.estimate import Known, Speed, keep, keep_run, known, work_of
from covnets.runs.estimate.known import MOST_KEPT
from covnets.runs.estimate.prices import TYPICAL, Prices

TRAIN = TrainConfig(num_train=3000, epochs=4, batch_size=50)
RUN = RunConfig(network=VGGConfig(), train=TRAIN)
SUMMARY = {
    "state": "finished",
    "had_company": False,
    "threads": 2,
    "images_per_second": 1000.0,
    "training_seconds": 20.0,
    "validation_seconds": 4 * 3.0,  # four times a sample of 1,000 images and 2,000 for validation
}


def changed(**changes: Any) -> RunConfig:
    return RUN.replace(train=TRAIN.replace(**changes))


def timed(store: RunStore, run: RunConfig, prices: Prices, **changes: Any) -> None:
    """Keep what a machine of these prices takes."""
    work = work_of(run.network)
    seconds = {
        "step_seconds": prices.of_step(work, run.train.batch_size),
        "image_seconds": prices.of_evaluated_image(work),
        "trace_seconds": prices.trace * work.layers,
    }
    keep(store, run, **({"threads": 2} | seconds | changes))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_time_before_anything_was_timed(store, family):
    run = RunConfig(network=FAMILIES[family].config_class(), train=TRAIN)
    speed = Known.of(store, 2).speed(run)
    assert not speed.is_exact
    assert 1 < speed.seconds(run.train) < 1000


def test_the_parts_of_a_runs_time():
    # 240 steps; the sample and the validation images four times, and 2,000 test images.
    speed = Speed(3.0, step_seconds=0.1, image_seconds=0.001, macs=1, is_exact=True)
    assert speed.seconds(TRAIN) == pytest.approx(3 + 240 * 0.1 + (4 * 3000 + 2000) * 0.001)


def test_a_timed_network_is_known_whatever_its_time_does_not_depend_on(store):
    keep(store, RUN, threads=2, step_seconds=0.1, image_seconds=0.001, trace_seconds=9.0)
    expected = Speed(0.0, 0.1, 0.001, macs=work_of(RUN.network).macs, is_exact=True)
    alike = changed(epochs=9, num_train=500, learning_rate=0.5, seed=3, schedule="constant")
    assert Known.of(store, 2).speed(alike) == expected


def test_a_deep_network_which_is_not_traced_ahead_takes_its_time_to_be_traced(store):
    deep = RUN.replace(network=ResNetConfig(num_blocks=20))
    keep(store, deep, threads=2, step_seconds=0.1, image_seconds=0.001)
    assert Known.of(store, 2).speed(deep).trace_seconds > 1


@pytest.mark.parametrize(
    "other",
    [
        {"batch_size": 64},
        {"optimizer": "sgd"},
        {"precision": "mixed_bfloat16"},
        {"weight_decay": 0.01},
        {"network": VGGConfig(dropout=0.5, filters=4)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_any_other_is_only_about_right(store, other):
    keep(store, RUN, threads=2, step_seconds=0.1, image_seconds=0.001)
    run = RUN.replace(**other) if "network" in other else changed(**other)
    assert not Known.of(store, 2).speed(run).is_exact


@pytest.mark.parametrize(
    ("trace_seconds", "counts"), [(None, 0.3), (9.0, 0.1)], ids=["a whole run", "a few steps"]
)
def test_a_few_slow_steps_replace_no_quicker_timing(store, trace_seconds, counts):
    timing = {"threads": 2, "image_seconds": 0.001}
    keep(store, RUN, step_seconds=0.2, trace_seconds=9.0, **timing)
    keep(store, RUN, step_seconds=0.1, trace_seconds=9.0, **timing)
    keep(store, RUN, step_seconds=0.3, trace_seconds=trace_seconds, **timing)
    assert Known.of(store, 2).speed(RUN).step_seconds == counts


def test_each_number_of_threads_has_its_own_timings(store):
    for threads in (1, 2):
        keep(store, RUN, threads=threads, step_seconds=0.1 / threads, image_seconds=0.001)
    assert [Known.of(store, n).speed(RUN).step_seconds for n in (1, 2)] == [0.1, 0.05]
    assert Known.of(store, 4) == Known()


def test_timings_kept_at_the_same_time_are_all_kept(store):
    runs = [changed(batch_size=size) for size in range(8, 24)]

    def keep_one(run: RunConfig) -> None:
        keep(store, run, threads=2, step_seconds=1.0, image_seconds=1.0)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(keep_one, runs))
    assert len(Known.of(store, 2).measurements) == len(runs)


def test_rows_of_another_version_are_passed_over(store):
    def add_others(setting: Any) -> Any:
        (row,) = setting["measurements"]
        others = [{"key": "a"}, row | {"work": [1, 2]}, row | {"unknown": 1}, None]
        return setting | {"measurements": [row, *others]}

    keep(store, RUN, threads=2, step_seconds=0.1, image_seconds=0.001)
    store.settings.update(known._setting(2), add_others)
    assert len(Known.of(store, 2).measurements) == 1
    keep(store, changed(batch_size=8), threads=2, step_seconds=0.1, image_seconds=0.001)
    assert len(Known.of(store, 2).measurements) == 2


def test_only_the_newest_timings_are_kept(store):
    for size in range(8, 8 + MOST_KEPT + 1):
        keep(store, changed(batch_size=size), threads=2, step_seconds=1.0, image_seconds=1.0)
    known = Known.of(store, 2)
    assert not known.speed(changed(batch_size=8)).is_exact
    assert known.speed(changed(batch_size=9)).is_exact


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_prices_are_found_from_what_was_timed(store, family):
    truth = TYPICAL[family]._replace(
        layer=2 * TYPICAL[family].layer, macs=0.3 * TYPICAL[family].macs, evaluation=0.7, trace=0.1
    )
    generator, table = random.Random(1), FAMILIES[family].config_class

    def some_run() -> RunConfig:
        network = table(num_stages=generator.randint(1, 4), filters=generator.randint(4, 32))
        train = TRAIN.replace(batch_size=generator.choice([8, 32, 256]))
        return RunConfig(network=network, train=train)

    for _ in range(40):
        timed(store, some_run(), truth)
    run = some_run()
    while (speed := Known.of(store, 2).speed(run)).is_exact:
        run = some_run()
    work = work_of(run.network)
    expected = truth.of_step(work, run.train.batch_size)
    assert speed.step_seconds == pytest.approx(expected, rel=0.15)
    assert speed.image_seconds == pytest.approx(truth.of_evaluated_image(work), rel=0.15)
    assert speed.trace_seconds == pytest.approx(0.1 * work.layers)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_an_activation_of_several_operations_makes_a_run_longer(store, name):
    speed_of = Known.of(store, 2).speed
    costly = speed_of(RUN.replace(network=VGGConfig(activation=name)))
    assert costly.step_seconds > 1.2 * speed_of(RUN).step_seconds


@pytest.mark.parametrize("network", [VGGConfig(filters=9), ResNetConfig()])
def test_one_timing_tells_how_slow_the_machine_is(store, network):
    timed(store, RUN, TYPICAL["vgg"].slower(3.0))
    run = RunConfig(network=network, train=TRAIN)
    speed, usual = Known.of(store, 2).speed(run), Known().speed(run)
    assert speed.step_seconds == pytest.approx(3 * usual.step_seconds, rel=1e-3)
    assert speed.image_seconds == pytest.approx(3 * usual.image_seconds, rel=1e-3)
    assert speed.trace_seconds == pytest.approx(usual.trace_seconds)


def test_a_finished_run_tells_its_networks_time_and_leaves_that_of_tracing_known(store):
    keep(store, RUN, threads=2, step_seconds=0.1, image_seconds=0.1, trace_seconds=9.0)
    keep_run(store, RUN, SUMMARY)
    (measured,) = Known.of(store, 2).measurements.values()
    assert (measured.step_seconds, measured.image_seconds) == pytest.approx((0.05, 0.001))
    assert measured.trace_seconds == 9.0


@pytest.mark.parametrize(
    "told", [{"state": "cancelled"}, {"had_company": True}, {"training_seconds": 2.0}]
)
def test_a_run_that_was_short_or_had_company_tells_nothing(store, told):
    keep_run(store, RUN, SUMMARY | told)
    assert Known.of(store, 2) == Known()


# An epoch of 1,000 images in steps of 100 takes 2 s, its evaluation of 3,000 images 3 s, the test
# images 2 s, tracing 1 s.
SPEED = Speed(trace_seconds=1.0, step_seconds=0.2, image_seconds=0.001, macs=1, is_exact=False)
SHORT = TrainConfig(num_train=1000, batch_size=100, epochs=4)


@pytest.mark.parametrize(
    ("shortened", "of_budgets"),
    [
        ("epochs", {7.9: None, 8.1: 1, 12.9: 1, 13.1: 2, 60: 11, 1e6: 30}),
        ("num_train", {16.9: None, 17.1: 500, 23.1: 1000, 27.1: 1500, 1e6: 12_000}),
    ],
)
def test_the_most_epochs_or_images_that_fit_a_budget(shortened, of_budgets):
    found = {budget: SPEED.fitting(shortened, SHORT, budget) for budget in of_budgets}
    assert found == of_budgets


def test_images_are_never_more_than_the_dataset_has(monkeypatch):
    small = replace(DATASETS[SHORT.dataset], num_train=1200)
    monkeypatch.setattr(known, "DATASETS", {SHORT.dataset: small})
    assert SPEED.fitting("num_train", SHORT, 1e6) == 1000


def test_images_are_never_fewer_than_a_batch():
    train = SHORT.replace(batch_size=512, epochs=1)
    cheapest = SPEED.seconds(train.replace(num_train=1000))
    assert SPEED.fitting("num_train", train, cheapest + 0.01) == 1000
    assert SPEED.fitting("num_train", train, cheapest - 0.01) is None
