"""What is known of a machine's speed, what is still to be measured, and what follows from both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from covnets.config import ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.duration import measured_runs
from covnets.duration.model import TYPICAL
from covnets.machine import host_name
from covnets.models import FAMILIES, PAGE_FAMILIES, sketch
from covnets.runs import RunStore, speeds
from covnets.runs.measurements import LOOP
from covnets.runs.speeds import (
    chosen_precision,
    fitting_epochs,
    fitting_images,
    keep_precisions,
    known_speeds,
    next_measurement,
    predict,
    predict_seconds,
    run_cost,
    unmeasured_families,
)
from tests.known_machine import THREADS, keep, know_speeds, sample

NETWORK = VGGConfig()
DRAWN = sketch(NETWORK)
TRAIN = TrainConfig(num_train=3000, epochs=4, batch_size=64)
HERE = f"{host_name()}:1"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def known(store: RunStore) -> RunStore:
    know_speeds(store)
    return store


def ended_run(store: RunStore, slower: float, worker: str = HERE, **changes: Any) -> None:
    """Record a run whose steps took so many times longer than on the known machine."""
    train, network = changes.pop("train", TRAIN), changes.pop("network", NETWORK)
    run = store.runs.create(RunConfig(network=network, train=train), owner="test")
    store.states.claim(run.id, worker)
    usual = TYPICAL.cost(sketch(network), train).epoch(train)
    summary = {
        "training_seconds": 60.0,
        "images_per_second": train.num_train / (slower * usual),
        "threads": THREADS,
        "precision": "float32",
    }
    store.states.finish(run.id, changes.pop("state", "finished"), summary | changes)


def correction(store: RunStore, train: TrainConfig = TRAIN) -> float:
    cost = run_cost(known_speeds(store, "vgg"), DRAWN, train)
    return cost.epoch(train) / TYPICAL.cost(DRAWN, train).epoch(train)


@pytest.mark.parametrize("family", FAMILIES)
def test_prices_are_typical_before_anything_was_measured(store: RunStore, family: str):
    drawn = sketch(FAMILIES[family].config_class())
    expected = TYPICAL.cost(drawn, TRAIN).duration(TRAIN)
    assert predict(known_speeds(store, family), drawn, TRAIN) == expected


def test_runs_correct_typical_prices_too(store: RunStore):
    ended_run(store, 1.5)
    assert correction(store) == pytest.approx(1.5)


def test_known_machine_is_predicted(known: RunStore):
    parts = predict(known_speeds(known, "vgg"), DRAWN, TRAIN)
    expected = TYPICAL.cost(DRAWN, TRAIN).duration(TRAIN)
    assert parts.seconds == pytest.approx(expected.seconds, rel=1e-4)
    assert parts.test == pytest.approx(expected.test, rel=1e-4)


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_more_epochs_or_images_take_longer(known: RunStore, family: str):
    drawn, speed = sketch(PAGE_FAMILIES[family].config_class()), known_speeds(known, family)

    def seconds(**changes: int) -> float:
        # Evaluations aside: a longer run may be evaluated less often.
        parts = predict(speed, drawn, TRAIN.replace(**changes))
        return parts.trace + parts.training

    epochs = [seconds(epochs=number) for number in range(1, 31)]
    images = [seconds(num_train=number) for number in range(500, 12_001, 500)]
    assert epochs == sorted(set(epochs))
    assert images == sorted(set(images))


def test_what_fits_a_budget_is_predicted_to_fit(known: RunStore):
    speed, budget = known_speeds(known, "vgg"), 60.0
    epochs = fitting_epochs(speed, DRAWN, TRAIN, budget)
    images = fitting_images(speed, DRAWN, TRAIN, budget)
    for change, step in (({"epochs": epochs}, 1), ({"num_train": images}, 500)):
        (field, value), *_ = change.items()
        assert value is not None
        assert predict_seconds(speed, DRAWN, TRAIN.replace(**{field: value})) <= budget
        more = predict_seconds(speed, DRAWN, TRAIN.replace(**{field: value + step}))
        assert more > budget or value in (30, 12_000)


def test_everything_is_to_be_measured_and_the_families_take_turns(store: RunStore):
    assert unmeasured_families(store, THREADS) == list(PAGE_FAMILIES)
    order = []
    while (wanted := next_measurement(store, THREADS)) is not None:
        order.append(wanted.family)
        if wanted.config is None:
            keep_precisions(store, wanted.family, {"float32": 1.0}, THREADS)
        else:
            keep(store, wanted.family, sample(wanted.config))
    families = list(PAGE_FAMILIES)
    assert order == families * (len(order) // len(families))
    assert unmeasured_families(store, THREADS) == []


def test_measurement_that_was_ended_goes_on_where_it_stopped(store: RunStore, tmp_path: Path):
    first = next_measurement(store, THREADS)
    assert first == ("vgg", None)
    keep_precisions(store, "vgg", {"float32": 1.0}, THREADS)
    runs = measured_runs("vgg", "float32")
    keep(store, "vgg", sample(runs[0]))

    store = RunStore(tmp_path)
    assert "vgg" in unmeasured_families(store, THREADS)
    for family in ("inception", "resnet"):
        keep_precisions(store, family, {"float32": 1.0}, THREADS)
        keep(store, family, sample(measured_runs(family, "float32")[0]))
    assert next_measurement(store, THREADS) == ("vgg", runs[1])


def test_one_measured_run_is_enough_to_know_a_familys_prices(store: RunStore):
    keep_precisions(store, "vgg", {"float32": 1.0}, THREADS)
    keep(store, "vgg", sample(measured_runs("vgg", "float32")[0], slower=3.0))
    assert correction(store) == pytest.approx(3.0, rel=0.2)
    assert known_speeds(store, "resnet") == speeds.Speeds()


@pytest.mark.parametrize(
    ("bfloat16", "precision"),
    [(500.0, "float32"), (1049.0, "float32"), (1051.0, "mixed_bfloat16")],
)
def test_another_precision_is_chosen_only_where_it_is_worth_it(
    store: RunStore, bfloat16: float, precision: str
):
    assert chosen_precision(store, "vgg") is None
    keep_precisions(store, "vgg", {"float32": 1000.0, "mixed_bfloat16": bfloat16}, THREADS)
    assert chosen_precision(store, "vgg") == precision
    assert chosen_precision(store, "resnet") is None
    assert {run.train.precision for run in measure_all(store, "vgg")} == {precision}


def measure_all(store: RunStore, family: str) -> list[RunConfig]:
    """Measure everything; return the runs of one family."""
    found = []
    while (wanted := next_measurement(store, THREADS)) is not None:
        if wanted.config is None:
            keep_precisions(store, wanted.family, {"float32": 1.0}, THREADS)
        else:
            keep(store, wanted.family, sample(wanted.config))
            found += [wanted.config] * (wanted.family == family)
    return found


def test_other_precision_is_predicted_by_the_ratio_of_the_miniature(store: RunStore):
    keep_precisions(store, "vgg", {"float32": 1000.0, "mixed_bfloat16": 250.0}, THREADS)
    know_speeds(store)
    speed = known_speeds(store, "vgg")
    usual = predict(speed, DRAWN, TRAIN)
    slow = predict(speed, DRAWN, TRAIN.replace(precision="mixed_bfloat16"))
    assert slow.training == pytest.approx(4 * usual.training)
    assert slow.trace == pytest.approx(usual.trace)


def test_other_number_of_threads_is_measured_anew(store: RunStore):
    know_speeds(store)
    assert unmeasured_families(store, THREADS) == []
    assert unmeasured_families(store, THREADS + 1) == list(PAGE_FAMILIES)
    know_speeds(store, threads=THREADS + 1)
    assert unmeasured_families(store, THREADS + 1) == []


def test_automatic_precision_is_the_chosen_one(store: RunStore):
    keep_precisions(store, "vgg", {"float32": 1000.0, "mixed_bfloat16": 2000.0}, THREADS)
    know_speeds(store)
    speed = known_speeds(store, "vgg")
    automatic = TRAIN.model_copy(update={"precision": "auto"})
    expected = predict(speed, DRAWN, TRAIN.replace(precision="mixed_bfloat16"))
    assert predict(speed, DRAWN, automatic) == expected
    assert expected != predict(speed, DRAWN, TRAIN.replace(precision="float32"))


def test_same_run_once_more_takes_as_long_as_before(known: RunStore):
    ended_run(known, 1.5)
    assert correction(known) == pytest.approx(1.5, rel=1e-3)


def test_similar_run_corrects_by_half(known: RunStore):
    ended_run(known, 1.5, train=TRAIN.replace(batch_size=128))
    assert correction(known) == pytest.approx(1.25, rel=1e-3)


@pytest.mark.parametrize(
    "ran",
    [
        {"train": TRAIN.replace(batch_size=128)},
        {"train": TRAIN.replace(batch_size=512)},
        {"network": ResNetConfig()},
    ],
    ids=["similar", "different", "another family"],
)
def test_two_runs_overrule_what_was_measured_at_a_busy_moment(store: RunStore, ran: Any):
    know_speeds(store, slower=2.0)
    ended_run(store, 1.0, **ran)
    assert correction(store) == pytest.approx(1.5, rel=0.01)
    ended_run(store, 1.0, **ran)
    assert correction(store) == pytest.approx(1.0, rel=0.01)


def test_two_new_runs_overrule_many_old_ones(known: RunStore):
    for slower in [1.0] * 7 + [2.0] * 2:
        ended_run(known, slower)
    assert correction(known) == pytest.approx(2.0, rel=1e-3)


def test_one_run_on_a_busy_machine_does_not_spoil_the_prediction(known: RunStore):
    for slower in (1.1, 5.0, 1.1):
        ended_run(known, slower)
    assert correction(known) == pytest.approx(1.1, rel=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"worker": "another-machine:1"},
        {"threads": THREADS + 1},
        {"had_company": True},
        {"precision": "mixed_bfloat16"},
        {"training_seconds": 0.4},
        {"images_per_second": 0.0},
        {"state": "paused"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_run_that_says_nothing_about_this_one_corrects_nothing(
    known: RunStore, changes: dict[str, Any]
):
    ended_run(known, 3.0, **changes)
    assert correction(known) == pytest.approx(1.0, rel=1e-3)


def test_run_of_another_version_is_passed_over(known: RunStore):
    ended_run(known, 1.5)
    with known.database.transaction() as connection:
        connection.execute("UPDATE runs SET config = '{\"network\": {}}'")
    assert correction(known) == pytest.approx(1.0, rel=1e-3)


GOOD = {"threads": 2, "images_per_second": {"float32": 1.0}, "samples": []}


@pytest.mark.parametrize(
    "setting",
    [
        None,
        [],
        "fast",
        {"macs": 1, "images_per_second": 1000.0},
        GOOD | {"threads": "many"},
        GOOD | {"images_per_second": {}},
        GOOD | {"images_per_second": {"float32": -1.0}},
        GOOD | {"images_per_second": {"float32": float("nan")}},
        GOOD | {"samples": 3},
    ],
)
def test_setting_that_cannot_be_read_is_measured_anew(store: RunStore, setting: Any):
    store.settings.set(f"speeds/{LOOP}/{host_name()}/vgg", setting)
    assert known_speeds(store, "vgg") == speeds.Speeds()
    assert chosen_precision(store, "vgg") is None
    assert next_measurement(store, THREADS) == ("vgg", None)


@pytest.mark.parametrize(
    "broken", [None, {}, {"config": {"network": {"family": "lenet"}}}, {"step_seconds": 0.0}]
)
def test_sample_that_cannot_be_read_is_measured_anew(known: RunStore, broken: Any):
    key = f"speeds/{LOOP}/{host_name()}/vgg"
    setting = known.settings.get(key)
    first = setting["samples"][0]
    setting["samples"][0] = first | broken if broken else broken
    if broken == {}:
        setting["samples"][0] = {}
    known.settings.set(key, setting)
    assert unmeasured_families(known, THREADS) == ["vgg"]
    wanted = next_measurement(known, THREADS)
    assert wanted == ("vgg", measured_runs("vgg", "float32")[0])
    assert predict_seconds(known_speeds(known, "vgg"), DRAWN, TRAIN) is not None
