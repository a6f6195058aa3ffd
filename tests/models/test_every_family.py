"""One contract for the networks of every family: they learn, and can be saved for others."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from covnets import data
from covnets.config import (
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    RunConfig,
    TrainConfig,
    VGGConfig,
)
from covnets.models import FAMILIES, PRESETS, build
from covnets.training.initial import set_initial_weights
from covnets.training.loop import CompiledLoop

SMALL = {"filters": 8, "num_stages": 2}
SANE: dict[str, NetworkConfig] = {
    "vgg": VGGConfig(**SMALL, units=32, dropout=0.0),
    "vgg as printed": VGGConfig(**SMALL, units=32, batchnorm=False),
    "inception": InceptionConfig(**SMALL, stem_filters=8, dropout=0.0),
    "inception naive": InceptionConfig(**SMALL, stem_filters=8, reducers=False, head="dense"),
    "resnet": ResNetConfig(**SMALL),
    "resnet projection bottleneck": ResNetConfig(
        **SMALL, block="bottleneck", shortcut="projection"
    ),
    "resnet preactivation": ResNetConfig(**SMALL, num_blocks=2, preactivation=True),
    "resnet plain without BatchNorm": ResNetConfig(**SMALL, shortcut="none", batchnorm=False),
}
SEEDS = (0, 1)
BATCH = 32


def sane_model(name: str, seed: int) -> keras.Model:
    model = build(SANE[name])
    set_initial_weights(model, seed)
    return model


@pytest.fixture(scope="module")
def batch() -> tuple[np.ndarray, np.ndarray]:
    return data.load("fashion_mnist").training_subset(BATCH)


@pytest.mark.parametrize("name", SANE)
def test_every_weight_learns_and_ten_steps_on_one_batch_lower_the_loss(name, batch):
    model = build(SANE[name])
    train = TrainConfig(num_train=BATCH, batch_size=BATCH, optimizer="sgd")
    loop = CompiledLoop(model, train, *batch)
    state = [*model.variables, *loop.optimizer.variables]
    untouched = [variable.value.numpy() for variable in state]
    same_batch = np.tile(np.arange(BATCH), 10)
    for seed in SEEDS:
        for variable, value in zip(state, untouched, strict=True):
            variable.assign(value)
        set_initial_weights(model, seed)
        before = {weight.path: weight.value.numpy() for weight in model.trainable_variables}
        # The first step moves each weight by its gradient: a weight that stays has none.
        first, _ = loop.train(same_batch[:BATCH], np.full(1, 0.02, np.float32))
        after = {weight.path: weight.value.numpy() for weight in model.trainable_variables}
        assert [path for path in before if np.array_equal(before[path], after[path])] == []
        losses, _ = loop.train(same_batch, np.full(10, 0.02, np.float32))
        assert np.isfinite(losses).all()
        assert losses[-1] < first[0]


LOAD_ELSEWHERE = """
import sys
sys.modules["covnets"] = None  # importing it fails, wherever it may be
from pathlib import Path
import keras
import numpy as np

for path in sorted(Path(sys.argv[1]).glob("*.keras")):
    with np.load(path.with_suffix(".npz")) as saved:
        model = keras.saving.load_model(path)
        predictions = model(saved["images"], training=False).numpy()
        np.testing.assert_array_equal(predictions, saved["predictions"], err_msg=path.name)
    print(path.stem)
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # inside Keras
def test_saved_networks_predict_the_same_where_covnets_is_not_installed(tmp_path: Path, batch):
    images = batch[0].astype(np.float32) / 255
    for name in SANE:
        model = sane_model(name, seed=0)
        model.save(tmp_path / f"{name}.keras")
        predictions = model(images, training=False).numpy()
        np.savez(tmp_path / f"{name}.npz", images=images, predictions=predictions)
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", LOAD_ELSEWHERE, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert loaded.returncode == 0, loaded.stderr
    assert set(loaded.stdout.splitlines()) == set(SANE)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_output_is_a_softmax_in_float32_whatever_the_precision(preset, batch):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build(PRESETS[preset])
    finally:
        keras.config.set_dtype_policy("float32")
    probabilities = model(batch[0].astype(np.float32) / 255, training=False).numpy()
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert model.layers[1].compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    ("batchnorm", "preactivation"), [(True, False), (True, True), (False, False)]
)
def test_plain_and_residual_twins_start_with_the_same_weights(batchnorm, preactivation):
    twins = []
    for shortcut in ("identity", "none", "projection"):
        config = ResNetConfig(
            **SMALL, shortcut=shortcut, batchnorm=batchnorm, preactivation=preactivation
        )
        model = build(config)
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
    assert config.per_stage in entry.config_class.model_fields
    assert "arXiv" in entry.paper
    assert entry.source.startswith('"""')
    assert f"def {entry.builder.__name__}(" in entry.source
    RunConfig(network=config, train=entry.train_defaults)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_configs_of_their_family(preset):
    config = PRESETS[preset]
    assert isinstance(config, FAMILIES[config.family].config_class)
