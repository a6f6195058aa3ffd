"""The recipes of docs/architecture.md for a new family and a new dataset, followed in a copy."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from covnets.data.bundled import ARRAYS

ROOT = Path(__file__).parents[1]
COPIED = ("covnets", "pages", "dashboard.py", ".streamlit")

NEW_FAMILY = {
    "covnets/config/lenet.py": '''
"""The hyperparameters of LeNet."""

from typing import Literal

from pydantic import Field

from covnets.config.base import NetworkConfig
from covnets.config.table import slider


class LeNetConfig(NetworkConfig):
    """Hyperparameters of a LeNet: two convolutions, each with a pooling, and a dense layer."""

    family: Literal["lenet"] = "lenet"
    filters: int = Field(
        6,
        ge=1,
        le=64,
        title="Filters of the first convolution",
        description="Channels of the first convolution.",
        json_schema_extra=slider(2, 16, 2),
    )

    @property
    def total_stride(self) -> int:
        return 4
''',
    "covnets/models/lenet.py": '''
"""LeNet: the first of them all."""

from typing import Any

from covnets.config.lenet import LeNetConfig


def lenet(config: LeNetConfig, layers: Any) -> Any:
    inputs = x = layers.Input(config.input_shape, name="images")
    for stage in (1, 2):
        name = f"stage{stage}_conv1"
        filters = config.filters * stage
        x = layers.Conv2D(filters, 5, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"stage{stage}_pool")(x)
    x = layers.Flatten(name="head_flatten")(x)
    outputs = layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name="head_output"
    )(x)
    return layers.Model(inputs, outputs, name="lenet")
''',
    "pages/lenet.py": '''
"""The page of the LeNet family."""

from covnets.ui.network.family_page import family_page

family_page("lenet")
''',
}
CHANGED_FOR_A_FAMILY = {
    "covnets/config/training.py": [
        ("from covnets.config.resnet", "from covnets.config.lenet import LeNetConfig\n"),
        ("    VGGConfig | ", "    LeNetConfig | "),
    ],
    "covnets/models/__init__.py": [
        (
            "from covnets.models.resnet",
            "from covnets.config.lenet import LeNetConfig\n"
            "from covnets.models.lenet import lenet\n",
        ),
        (
            '    "alexnet": Family(',
            '    "lenet": Family("LeNet", "The first of them all.", "LeCun et al., 1998", '
            'LeNetConfig, lenet, TrainConfig(epochs=2), {"filters": (4, 6)}, "alexnet", '
            '"mini_lenet"),\n',
        ),
    ],
    "covnets/models/presets.py": [
        ("from covnets.config import", "from covnets.config.lenet import LeNetConfig\n"),
        ('    "mini_vgg": VGGConfig(', '    "mini_lenet": LeNetConfig(),\n'),
    ],
    "covnets/ui/shell.py": [('    ("race", "Race"', '    ("lenet", "LeNet", ""),\n')],
}
NEW_DATASET = {
    "covnets/data/noise.py": '''
"""Noise: nothing to be learned."""

from pathlib import Path

from covnets.data.bundled import Bundle
from covnets.data.dataset import DatasetInfo

BUNDLE = Bundle(
    info=DatasetInfo(
        name="noise",
        title="Noise",
        class_names=("left", "right"),
        input_shape=(8, 8, 3),
        num_train=64,
        num_validation=16,
        num_test=16,
        licence="none",
    ),
    path=Path(__file__).with_name("noise.npz"),
    sha256="{digest}",
)
''',
}
CHANGED_FOR_A_DATASET = {
    "covnets/data/registry.py": [
        ("from covnets.data.bundled", "from covnets.data import noise\n"),
        ("fashion_mnist.BUNDLE", "noise.BUNDLE, "),
    ],
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, to be changed at will."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, tmp_path / name, ignore=skipped)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def follow(copy: Path, new: dict[str, str], changed: dict[str, list[tuple[str, str]]]) -> None:
    """Write the new files, and put each change before the first place that begins like its mark."""
    for name, text in new.items():
        (copy / name).write_text(text.lstrip(), encoding="utf-8")
    for name, changes in changed.items():
        text = (copy / name).read_text(encoding="utf-8")
        for mark, addition in changes:
            assert mark in text, f"{name} has no {mark!r} any more."
            text = text.replace(mark, addition + mark, 1)
        (copy / name).write_text(text, encoding="utf-8")


def python(copy: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def recipe(title: str) -> set[str]:
    """The files that a recipe names."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition(f"**{title}**")[2].partition("\n\n")[0]
    return set(re.findall(r"`((?:covnets|pages)/[\w./]+)`", section))


def test_a_new_family_takes_the_steps_of_its_recipe(copy):
    assert recipe("A family") == {
        name.replace("lenet", "NAME") for name in {*NEW_FAMILY, *CHANGED_FOR_A_FAMILY}
    }
    follow(copy, NEW_FAMILY, CHANGED_FOR_A_FAMILY)
    sketch = json.loads(python(copy, "-m", "covnets", "sketch", "mini_lenet", "--json"))
    assert [node["name"] for node in sketch["nodes"]][1] == "stage1_conv1"
    small = ("--set", "num_train=64", "batch_size=32", "epochs=1", "precision=float32", "--json")
    events = python(copy, "-m", "covnets", "train", "mini_lenet", *small)
    assert json.loads(events.splitlines()[-1])["state"] == "finished"
    page = (
        "import os\n"
        "os.environ['COVNETS_ENGINE'] = 'inline'  # no worker is started for a page\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboard.py', default_timeout=60)\n"
        "app.run().switch_page('pages/lenet.py').run()\n"
        "assert not app.exception, app.exception\n"
        "assert any(slider.label.startswith('Filters') for slider in app.sidebar.slider)\n"
        "app.query_params['family'] = 'lenet'\n"
        "app.switch_page('pages/sweep.py').run()\n"
        "assert not app.exception, app.exception"
    )
    python(copy, "-c", page)


def test_a_new_dataset_takes_the_steps_of_its_recipe(copy):
    assert recipe("A dataset") == {
        name.replace("noise", "NAME") for name in {*NEW_DATASET, *CHANGED_FOR_A_DATASET}
    } | {"covnets/data/NAME.npz"}
    generator = np.random.default_rng(0)
    images = {
        name: generator.integers(0, 256, (64 if "train" in name else 16, 8, 8, 3), np.uint8)
        if name.endswith("images")
        else (np.arange(64 if "train" in name else 16) % 2).astype(np.uint8)
        for name in ARRAYS
    }
    path = copy / "covnets" / "data" / "noise.npz"
    np.savez(path, **images)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    new = {name: text.replace("{digest}", digest) for name, text in NEW_DATASET.items()}
    follow(copy, new, CHANGED_FOR_A_DATASET)
    settings = ("--set", "batch_size=32", "epochs=1", "num_stages=1", "precision=float32")
    events = python(
        copy, "-m", "covnets", "train", "mini_vgg", "--dataset", "noise", *settings, "--json"
    )
    started, *_, finished = map(json.loads, events.splitlines())
    assert (started["num_train"], finished["state"]) == (64, "finished")
