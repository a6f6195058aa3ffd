"""A trained network's file: for those who have Keras, images, and nothing of this project."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from covnets import data
from covnets.config import RunConfig, TrainConfig
from covnets.models import saved
from covnets.training import train
from covnets.training.loop import as_list
from tests.models.elsewhere import run_elsewhere
from tests.models.sane_networks import SANE, raw_pixels, sane_model

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
# One of each family, for images of the bundled size; together they have every kind of layer.
TRAINED = ("vgg with the trials of the paper", "inception", "resnet", "alexnet as printed")


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return data.load("fashion_mnist").training_subset(32)[0]


@pytest.fixture
def small(tmp_path: Path) -> tuple[keras.Model, Path]:
    """A network and its file."""
    model = sane_model("resnet", seed=0)
    saved.save(model, tmp_path / "model.keras")
    return model, tmp_path / "model.keras"


LOAD_ELSEWHERE = """
from pathlib import Path
import keras
import numpy as np

assert keras.config.image_data_format() == "channels_first"
for path in sorted(Path(sys.argv[1]).glob("*.keras")):
    with np.load(path.with_suffix(".npz")) as saved:
        model = keras.saving.load_model(path)
        outputs = model(saved["images"], training=False)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for number, predictions in enumerate(outputs):
            expected = saved[f"predictions{number}"]
            np.testing.assert_allclose(predictions, expected, atol=1e-5, err_msg=path.name)
    print(path.stem)
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # inside Keras
def test_saved_networks_predict_the_same_where_only_keras_is_and_has_other_settings(
    tmp_path, batch, other_keras_settings
):
    for name in SANE:
        model = sane_model(name, seed=0)
        saved.save(model, tmp_path / f"{name}.keras")
        images = raw_pixels(name, batch)
        outputs = as_list(model(images / np.float32(255), training=False))
        predictions = {f"predictions{number}": array for number, array in enumerate(outputs)}
        np.savez(tmp_path / f"{name}.npz", images=images, **predictions)
    loaded = run_elsewhere(LOAD_ELSEWHERE, tmp_path, environment=other_keras_settings)
    assert set(loaded.splitlines()) == set(SANE)


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_pixels_may_be_whole_numbers_or_floats(kind, small, batch):
    model, path = small
    found = keras.saving.load_model(path).predict(batch.astype(kind), verbose=0)
    np.testing.assert_allclose(found, model(batch / np.float32(255)), atol=1e-5)


def test_a_saved_network_has_the_layers_of_the_network_and_one_more(small):
    model, path = small
    opened = keras.saving.load_model(path)
    first, *others = model.layers
    names = [first.name, saved.RESCALING, *(layer.name for layer in others)]
    assert [layer.name for layer in opened.layers] == names
    assert opened.name == model.name
    for layer in others:
        assert opened.get_layer(layer.name).get_config() == layer.get_config()


def test_a_file_tells_its_pixels_and_its_keras_and_so_do_those_of_former_days(small, tmp_path):
    model, path = small
    assert saved.describe(path) == saved.SavedNetwork(saved.OLDEST_KERAS, 255)
    model.save(tmp_path / "former.keras")
    former = saved.describe(tmp_path / "former.keras")
    assert former == saved.SavedNetwork(keras.__version__, 1)


def test_of_a_file_that_is_gone_or_damaged_nothing_is_told(small, tmp_path):
    _, path = small
    assert saved.describe(tmp_path / "gone.keras") is None
    path.write_bytes(path.read_bytes()[:1000])
    assert saved.describe(path) is None


def oldest_keras() -> str:
    """The lower bound in requirements.txt."""
    (version,) = re.findall(r"^keras>=([\d.]+)", REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
    return version


def test_the_oldest_keras_is_the_oldest_that_may_be_installed():
    assert oldest_keras() == saved.OLDEST_KERAS


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the oldest Keras.

    It is downloaded: where that is not possible the test is skipped; with
    COVNETS_REQUIRE_DOWNLOADS set it fails.
    """
    folder = tmp_path_factory.mktemp("oldest_keras")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    done = subprocess.run([*pip, f"keras=={oldest_keras()}"], capture_output=True, text=True)
    if done.returncode:
        reason = f"Keras {oldest_keras()} could not be downloaded: {done.stderr}"
        if os.environ.get("COVNETS_REQUIRE_DOWNLOADS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


COUNT_ELSEWHERE = """
import json
from pathlib import Path
import keras
import numpy as np

with np.load(Path(sys.argv[1], "test.npz")) as test:
    images, labels = test["images"], test["labels"]
print(keras.__version__)
for path in sorted(Path(sys.argv[1]).glob("*.keras")):
    predicted = keras.saving.load_model(path).predict(images, verbose=0).argmax(axis=1)
    print(json.dumps([path.stem, int((predicted == labels).sum())]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "images_off"), [("float32", 0), ("mixed_bfloat16", 3)])
def test_the_oldest_keras_finds_the_recorded_accuracy(precision, images_off, beside, tmp_path):
    dataset = data.load("fashion_mnist")
    np.savez(tmp_path / "test.npz", images=dataset.test_images, labels=dataset.test_labels)
    recorded = {}
    settings = TrainConfig(
        num_train=2000, batch_size=32, epochs=2, learning_rate=0.005, precision=precision
    )
    for name in TRAINED:
        result = train(RunConfig(network=SANE[name], train=settings), lambda event: None)
        saved.save(result.model, tmp_path / f"{name}.keras")
        recorded[name] = result.summary["test_accuracy"] * len(dataset.test_labels)
    environment = os.environ | {"PYTHONPATH": str(beside)}
    counted = run_elsewhere(COUNT_ELSEWHERE, tmp_path, environment=environment)
    version, *lines = counted.splitlines()
    assert version.startswith(f"{oldest_keras()}.")
    found = dict(map(json.loads, lines))
    assert found == pytest.approx(recorded, abs=images_off + 0.01)
    assert min(found.values()) > 0.4 * len(dataset.test_labels)  # far from chance
