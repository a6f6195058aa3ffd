"""A paused run that goes on draws the same curve as one that was never paused."""

import io

import numpy as np
import pytest

from covnets.config import ResNetConfig
from covnets.errors import TrainingError


def pause_at(step, call):
    """Ask to pause at the n-th question that comes once so many steps have been reported."""
    calls = 0

    def stop(events):
        nonlocal calls
        calls += sum(event.get("split") == "train" for event in events) >= step
        return "paused" if calls == call else None

    return stop


def through_a_file(checkpoint):
    file = io.BytesIO()
    np.savez(file, **checkpoint)
    file.seek(0)
    with np.load(file) as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        pytest.param(2, 1, id="within an epoch"),
        pytest.param(5, 1, id="before an epoch's evaluation"),
        pytest.param(5, 2, id="in the midst of an epoch's evaluation"),
        pytest.param(10, 3, id="at the end of the last evaluation"),
    ],
)
def test_a_paused_run_goes_on_to_the_same_curve(step, call, run_config, record, whole_run):
    paused = record(run_config, pause_at(step, call))
    assert paused.result.state == paused.events[-1]["state"] == "paused"
    assert paused.events[-1]["test_accuracy"] is None
    assert paused.result.probabilities is None
    checkpoint = through_a_file(paused.result.checkpoint)
    assert int(checkpoint["step"]) == len(paused.curve) - 2 * (len(paused.curve) > 5)

    rest = record(run_config, checkpoint=checkpoint)
    assert paused.curve + rest.curve == whole_run.curve
    assert rest.events[-1]["test_accuracy"] == whole_run.events[-1]["test_accuracy"]
    expected = whole_run.result.model.get_weights()
    for weights, value in zip(rest.result.model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(weights, value)


def test_clock_of_a_run_that_went_on_goes_on_too(run_config, record):
    paused = record(run_config, pause_at(5, 1))
    rest = record(run_config, checkpoint=through_a_file(paused.result.checkpoint))
    moments = [event["seconds"] for event in paused.events + rest.events if "seconds" in event]
    assert moments == sorted(moments)
    finished = rest.events[-1]
    assert finished["training_seconds"] > paused.events[-1]["training_seconds"]
    busy = finished["training_seconds"] - finished["validation_seconds"]
    assert finished["images_per_second"] == pytest.approx(2 * 70 / busy)


def test_run_that_is_continued_is_the_longer_run(run_config, record):
    """With a constant learning rate there is no difference at all."""
    short = run_config.replace(train=run_config.train.replace(schedule="constant"))
    long = short.replace(train=short.train.replace(epochs=4))
    first = record(short)
    rest = record(long, checkpoint=through_a_file(first.result.checkpoint))
    assert first.curve + rest.curve == record(long).curve


def test_a_checkpoint_of_another_network_is_refused(run_config, record):
    paused = record(run_config, pause_at(1, 1))
    for change in ({"batchnorm": False}, {"units": 9}):
        other = run_config.replace(network=run_config.network.replace(**change))
        with pytest.raises(TrainingError, match="another network or optimizer"):
            record(other, checkpoint=paused.result.checkpoint)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"preactivation": True}, False),
        ({"preactivation": True, "shortcut": "projection"}, False),
        ({"preactivation": True, "shortcut": "none"}, True),
        ({}, True),
    ],
    ids=["identity", "projection", "plain", "post-activation"],
)
def test_a_checkpoint_from_before_shortcuts_were_rewired_goes_on_only_where_nothing_changed(
    changes, fits, run_config, record
):
    network = ResNetConfig(num_stages=1, filters=2, **changes)
    config = run_config.replace(network=network)
    checkpoint = record(config, pause_at(1, 1)).result.checkpoint
    earlier = {name: array for name, array in checkpoint.items() if name != "wiring"}
    if fits:
        rest = record(config, pause_at(2, 1), checkpoint=earlier)
        assert rest.result.checkpoint["step"] > earlier["step"]
        return
    with pytest.raises(TrainingError, match=r"earlier version.*Start a new run with its settings"):
        record(config, checkpoint=earlier)
    assert record(config, pause_at(2, 1), checkpoint=checkpoint).result.state == "paused"
