"""One contract for the networks of every family: they learn, and start alike."""

import re

import keras
import numpy as np
import pytest

from covnets import data
from covnets.config import InceptionConfig, ResNetConfig, RunConfig, TrainConfig
from covnets.models import FAMILIES, build
from covnets.models.response import LocalResponseNormalization
from covnets.training.initial import set_initial_weights
from covnets.training.loop import CompiledLoop, as_list
from tests.models.sane_networks import SANE, SMALL, raw_pixels

BATCH = 32


@pytest.mark.parametrize("name", SANE)
def test_networks_have_channels_last_whatever_keras_is_told(name):
    keras.config.set_image_data_format("channels_first")
    try:
        shape = build(SANE[name]).input_shape
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_image_data_format("channels_last")
    assert shape == (None, *SANE[name].input_shape)


@pytest.fixture(scope="module")
def batch() -> tuple[np.ndarray, np.ndarray]:
    return data.load("fashion_mnist").training_subset(BATCH)


@pytest.mark.parametrize("name", SANE)
def test_every_weight_learns_and_ten_steps_on_one_batch_lower_the_loss(name, batch):
    model = build(SANE[name])
    train = TrainConfig(num_train=BATCH, batch_size=BATCH, optimizer="sgd")
    loop = CompiledLoop(model, train, raw_pixels(name, batch[0]), batch[1])
    set_initial_weights(model, seed=0)
    before = {weight.path: weight.value.numpy() for weight in model.trainable_variables}
    # The first step moves each weight by its gradient: a weight that stays has none.
    first, _ = loop.train(np.arange(BATCH), np.full(1, 0.02, np.float32))
    after = {weight.path: weight.value.numpy() for weight in model.trainable_variables}
    assert [path for path in before if np.array_equal(before[path], after[path])] == []
    losses, _ = loop.train(np.tile(np.arange(BATCH), 10), np.full(10, 0.02, np.float32))
    assert np.isfinite(losses).all()
    assert losses[-1] < first[0]


@pytest.mark.parametrize("name", SANE)
def test_every_output_is_a_softmax_in_float32_whatever_the_precision(name, batch):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build(SANE[name])
    finally:
        keras.config.set_dtype_policy("float32")
    images = raw_pixels(name, batch[0]) / np.float32(255)
    for probabilities in as_list(model(images, training=False)):
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities.numpy().sum(axis=1), 1, rtol=1e-6)
    assert model.layers[1].compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    "changes", [{}, {"preactivation": True}, {"batchnorm": False}, {"block": "bottleneck"}], ids=str
)
def test_plain_and_residual_twins_start_with_the_same_weights(changes):
    twins = []
    for shortcut in ("identity", "none", "projection"):
        model = build(ResNetConfig(**SMALL, shortcut=shortcut, **changes))
        set_initial_weights(model, seed=3)
        twins.append({weight.path: weight.value.numpy() for weight in model.weights})
    identity, plain, projection = twins
    assert identity.keys() == plain.keys()
    assert identity.keys() < projection.keys()
    for path, values in identity.items():
        np.testing.assert_array_equal(values, plain[path], err_msg=path)
        np.testing.assert_array_equal(values, projection[path], err_msg=path)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_tells_what_it_is_and_shows_its_source(family):
    entry = FAMILIES[family]
    config = entry.config_class()
    assert config.family == family
    assert re.search(r"20\d\d", entry.paper)
    assert entry.source.startswith('"""')
    assert f"def {entry.builder.__name__}(" in entry.source
    RunConfig(network=config, train=entry.train_defaults)


def test_local_response_normalization_is_the_paper_s_formula():
    images = np.random.default_rng(0).normal(scale=30, size=(2, 3, 3, 7)).astype(np.float32)
    inputs = keras.Input((3, 3, 7))
    model = keras.Model(inputs, LocalResponseNormalization(name="response")(inputs))
    expected = np.empty_like(images)
    for channel in range(7):
        around = images[..., max(0, channel - 2) : channel + 3]
        divisor = (2 + 1e-4 * (around.astype(float) ** 2).sum(axis=-1)) ** 0.75
        expected[..., channel] = images[..., channel] / divisor
    np.testing.assert_allclose(model(images).numpy(), expected, rtol=1e-5)


def test_beside_auxiliary_heads_the_last_head_alone_is_reported(batch):
    model = build(InceptionConfig(**SMALL, stem_filters=8, auxiliary_heads=True, dropout=0.0))
    set_initial_weights(model, seed=0)
    labels = batch[1].astype(np.int32)
    train = TrainConfig(num_train=BATCH, batch_size=BATCH)
    loop = CompiledLoop(model, train, *batch)
    own = as_list(model(batch[0].astype(np.float32) / 255, training=True))[0].numpy()
    (loss,), _ = loop.train(np.arange(BATCH), np.full(1, 0.02, np.float32))
    assert loss == pytest.approx(-np.log(own[np.arange(BATCH), labels]).mean(), rel=1e-4)
    _, probabilities = loop.evaluate_batch(*batch)
    assert probabilities.shape == (BATCH, 10)
