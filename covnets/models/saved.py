"""A trained network's file: how it is written, and what a written one takes.

The file is for those who have Keras and not this project, perhaps an older Keras than the one that
writes, and who have images as files hold them: pixels from 0 to 255.
"""

from __future__ import annotations

import importlib
import inspect
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

OLDEST_KERAS = "3.12"
"""The oldest Keras that opens what is written here, and the oldest that requirements.txt allows."""

MAX_PIXEL = 255

RESCALING = "images_rescaling"
CONFIG = "config.json"
METADATA = "metadata.json"


@dataclass(frozen=True)
class SavedNetwork:
    """What one has to know before one uses a file.

    Attributes:
        oldest_keras: the oldest version of Keras that surely opens it.
        max_pixel: the pixels that it takes go from 0 to this. It is 1 in files that were saved
            when the network itself was.
    """

    oldest_keras: str
    max_pixel: int


def save(model: keras.Model, path: Path) -> None:
    """Write a network so that older versions of Keras open it, and that it takes raw pixels.

    In the file, not in the network, a `Rescaling` layer divides by 255 what the first layers read.

    Args:
        model: takes images (batch, height, width, channels), floats from 0 to 1.
        path: must end in ".keras".
    """
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        contents = {entry: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in contents.items():
            if entry.filename == CONFIG:
                described = _without_defaults(json.loads(content))
                content = json.dumps(_with_rescaling(described)).encode()
            archive.writestr(entry, content)


def describe(path: Path) -> SavedNetwork | None:
    """Tell what a file takes, and which Keras opens it, from what it holds; without Keras.

    Returns:
        None if the file is gone or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if RESCALING.encode() in archive.read(CONFIG):
                return SavedNetwork(OLDEST_KERAS, MAX_PIXEL)
            return SavedNetwork(json.loads(archive.read(METADATA))["keras_version"], 1)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return None


def _without_defaults(value: Any) -> Any:
    """Leave out the arguments that a class has by itself.

    A newer Keras writes down arguments that an older one refuses because it does not know them.
    Where nothing uses them they have their default values, and need not be written.
    """
    if isinstance(value, list):
        return [_without_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    described = {name: _without_defaults(item) for name, item in value.items()}
    if value.keys() >= {"module", "class_name", "config"}:
        kind = getattr(importlib.import_module(value["module"]), value["class_name"])
        parameters = inspect.signature(kind).parameters
        described["config"] = {
            name: item
            for name, item in described["config"].items()
            if name not in parameters or item != parameters[name].default
        }
    return described


def _with_rescaling(described: dict[str, Any]) -> dict[str, Any]:
    """Let whatever reads the images read them divided by 255."""
    import keras

    images, *others = described["config"]["layers"]
    inputs = keras.Input(images["config"]["batch_shape"][1:], name=images["name"])
    # In float32 whatever the precision, as in training.
    rescaling = keras.layers.Rescaling(1 / MAX_PIXEL, dtype="float32", name=RESCALING)
    first = keras.Model(inputs, rescaling(inputs)).get_config()["layers"]
    read, instead = (f'"keras_history": ["{name}", ' for name in (images["name"], RESCALING))
    others = json.loads(json.dumps(others).replace(read, instead))
    return described | {"config": described["config"] | {"layers": [*first, *others]}}
