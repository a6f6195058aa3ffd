"""What the tests of networks have in common."""

import json
import os
from pathlib import Path
from typing import Any

import keras
import pytest


@pytest.fixture
def no_random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with zeros: drawing a hundred million random weights takes seconds."""

    def zeros(_self: Any, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)


@pytest.fixture
def other_keras_settings(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose keras.json is not the usual one."""
    settings = {"image_data_format": "channels_first", "floatx": "float16"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    return os.environ | {"KERAS_HOME": str(tmp_path)}
