"""A run from the first step to the last: its events, its curve, its end."""

import json
import math

import numpy as np
import pytest

from covnets import data
from covnets.config import TRAIN_EVAL_IMAGES, InceptionConfig, RunConfig, TrainConfig
from covnets.errors import ConfigError, DataError, TrainingError
from covnets.training import train
from covnets.training.loop import CompiledLoop

STARTED = {
    *("event", "family", "num_params", "macs", "wiring", "precision", "threads", "device"),
    *("total_steps", "steps_per_epoch", "epochs", "batch_size", "num_train"),
    *("trace_seconds", "traced_ahead"),
}
METRICS = {"event", "step", "epoch", "split", "loss", "accuracy", "seconds"}
FINISHED = {
    *("event", "state", "test_accuracy", "validation_accuracy", "trace_seconds"),
    *("training_seconds", "validation_seconds", "images_per_second", "precision", "threads"),
}


def train_points(events):
    return [event for event in events if event.get("split") == "train"]


def stop_after(steps, how):
    return lambda events: how if len(train_points(events)) >= steps else None


def test_events_have_exactly_the_agreed_fields_and_are_plain_json(whole_run):
    fields = {"started": STARTED, "metrics": METRICS, "finished": FINISHED}
    for event in whole_run.events:
        assert event.keys() == fields[event["event"]]
        assert json.loads(json.dumps(event, allow_nan=False)) == event


def test_every_step_has_its_point(whole_run):
    points = train_points(whole_run.events)
    assert [point["step"] for point in points] == list(range(1, 11))
    assert [point["epoch"] for point in points] == [1] * 5 + [2] * 5
    ends = [e for e in whole_run.events if e.get("split") in ("train_eval", "validation")]
    assert [(end["step"], end["epoch"]) for end in ends] == [(5, 1)] * 2 + [(10, 2)] * 2


def test_the_started_event_tells_what_will_be_trained(whole_run, run_config):
    started = whole_run.events[0]
    assert started["num_params"] == whole_run.result.model.count_params() - 2 * (4 + 8)
    assert (started["family"], started["precision"]) == ("vgg", "float32")
    assert (started["steps_per_epoch"], started["total_steps"]) == (5, 10)
    assert (started["epochs"], started["batch_size"], started["num_train"]) == (2, 16, 70)
    assert started["threads"] >= 1
    assert started["trace_seconds"] > 0


def test_the_finished_event_agrees_with_what_is_returned(whole_run):
    finished, result = whole_run.events[-1], whole_run.result
    dataset = data.load("fashion_mnist")
    assert result.summary is finished
    assert finished["state"] == result.state == "finished"
    assert result.split == "test"
    assert int(result.checkpoint["step"]) == 10
    assert result.probabilities.shape == (60, 10)
    assert result.probabilities.dtype == np.float32
    correct = result.probabilities.argmax(axis=1) == dataset.test_labels
    assert finished["test_accuracy"] == pytest.approx(correct.mean())
    last = whole_run.events[-2]
    assert (last["split"], last["accuracy"]) == ("validation", finished["validation_accuracy"])


def test_evaluations_use_inference_mode_and_agree_with_the_network(whole_run):
    dataset = data.load("fashion_mnist")
    samples = {
        "train_eval": dataset.training_subset(min(TRAIN_EVAL_IMAGES, 70)),
        "validation": (dataset.validation_images, dataset.validation_labels),
    }
    for point in whole_run.events[-3:-1]:
        images, labels = samples[point["split"]]
        probabilities = whole_run.result.model(images / np.float32(255), training=False).numpy()
        of_labels = probabilities[np.arange(len(labels)), labels]
        assert point["loss"] == pytest.approx(-np.log(of_labels.astype(float)).mean(), rel=1e-5)
        assert point["accuracy"] == pytest.approx((probabilities.argmax(1) == labels).mean())


def test_every_epoch_takes_every_image_once_in_another_order(run_config, record, monkeypatch):
    taken, original = [], CompiledLoop.train

    def spy(self, indices, rates):
        taken.extend(indices)
        return original(self, indices, rates)

    monkeypatch.setattr(CompiledLoop, "train", spy)
    record(run_config)
    first, second = taken[:70], taken[70:]
    assert sorted(first) == sorted(second) == list(range(70))
    assert first != second


def test_the_same_seed_gives_the_same_curve_to_the_last_digit(whole_run, run_config, record):
    again = record(run_config)
    assert again.curve == whole_run.curve
    np.testing.assert_array_equal(again.result.probabilities, whole_run.result.probabilities)


def test_another_seed_gives_another_curve(whole_run, run_config, record):
    other = record(run_config.replace(train=run_config.train.replace(seed=6)))
    assert all(a != b for a, b in zip(other.curve, whole_run.curve, strict=True))


def test_a_stopped_run_is_cancelled_and_never_sees_the_test_images(run_config, record):
    stopped = record(run_config, stop_after(3, "cancelled"))
    finished = stopped.events[-1]
    assert finished["state"] == stopped.result.state == "cancelled"
    assert 3 <= len(train_points(stopped.events)) <= 5
    assert finished["test_accuracy"] is None
    assert finished["validation_accuracy"] is not None
    assert stopped.result.split == "validation"
    assert stopped.result.probabilities.shape == (60, 10)
    assert int(stopped.result.checkpoint["step"]) == len(train_points(stopped.events))


def test_true_is_a_wish_to_cancel(run_config, record):
    stopped = record(run_config, stop_after(1, True))
    assert stopped.result.state == "cancelled"
    assert len(train_points(stopped.events)) == 1


def test_a_wish_that_comes_after_the_last_evaluation_changes_nothing(run_config, record):
    def too_late(events):
        return any(event.get("step") == 10 and event["split"] == "validation" for event in events)

    assert record(run_config, too_late).result.state == "finished"


def test_mixed_bfloat16_is_recorded_and_ends_in_float32_probabilities(run_config, record):
    mixed = record(run_config.replace(train=run_config.train.replace(precision="mixed_bfloat16")))
    assert mixed.events[0]["precision"] == mixed.events[-1]["precision"] == "mixed_bfloat16"
    assert mixed.result.probabilities.dtype == np.float32
    assert mixed.result.model.get_layer("stage1_conv1").compute_dtype == "bfloat16"
    assert all(math.isfinite(point[3]) for point in mixed.curve)


def test_a_loss_that_is_no_number_ends_the_run_with_the_step_and_advice(run_config, record):
    events = []
    wild = run_config.replace(
        network=run_config.network.replace(batchnorm=False, activation="leaky_relu"),
        train=run_config.train.replace(optimizer="sgd", learning_rate=100.0, schedule="constant"),
    )
    with pytest.raises(TrainingError, match=r"became (nan|inf) at step \d+\.") as failure:
        train(wild, events.append)
    assert "learning rate 100 is 2,000 times the default, 0.05" in str(failure.value)
    assert str(failure.value).endswith("or turn BatchNorm on.")
    points = train_points(events)
    assert f"step {len(points) + 1}." in str(failure.value)
    assert all(math.isfinite(point["loss"]) for point in points)


@pytest.mark.parametrize(("steps", "last_step"), [(99, 5), (1, 1)], ids=["whole", "stopped"])
def test_an_evaluation_that_is_no_number_ends_the_run_too(
    steps, last_step, run_config, record, monkeypatch
):
    original = CompiledLoop.evaluate_batch

    def broken(self, images, labels):
        losses, probabilities = original(self, images, labels)
        return losses * np.nan, probabilities

    monkeypatch.setattr(CompiledLoop, "evaluate_batch", broken)
    with pytest.raises(TrainingError, match=f"became nan at step {last_step}"):
        record(run_config, stop_after(steps, "cancelled"))


def test_weights_that_are_no_numbers_end_the_run_too(run_config, record, monkeypatch):
    original = CompiledLoop.train

    def overflowing(self, indices, rates):
        points = original(self, indices, rates)
        variance = self.model.get_layer("stage1_conv1_norm").moving_variance
        variance.assign(np.full(variance.shape, np.inf))
        return points

    monkeypatch.setattr(CompiledLoop, "train", overflowing)
    with pytest.raises(TrainingError, match=r"The weights became inf at step 10\. Likely"):
        record(run_config)


def test_a_network_that_contradicts_its_dataset_is_refused(run_config, record):
    with pytest.raises(ConfigError, match="num_classes=7"):
        record(run_config.replace(network=run_config.network.replace(num_classes=7)))
    with pytest.raises(DataError, match="unknown_images"):
        record(run_config.replace(train=TrainConfig(dataset="unknown_images")))


def test_auxiliary_heads_train_and_are_left_behind(record):
    network = InceptionConfig(
        num_stages=2, filters=4, stem_filters=4, auxiliary_heads=True, auxiliary_units=8
    )
    settings = TrainConfig(num_train=96, batch_size=32, epochs=2, precision="float32")
    result = record(RunConfig(network=network, train=settings)).result
    assert result.state == "finished"
    assert len(result.model.outputs) == 1
    names = {layer.name for layer in result.model.layers}
    assert not any("auxiliary" in name for name in names)
    assert "head_output" in names
    # What is kept to go on from has them all the same.
    longer = RunConfig(network=network, train=settings.replace(epochs=3))
    steps = [
        event["step"] for event in train_points(record(longer, checkpoint=result.checkpoint).events)
    ]
    assert steps == [7, 8, 9]
