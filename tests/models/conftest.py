"""What the tests of networks have in common."""

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest


@pytest.fixture
def large_networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin with zeros, as drawing a hundred million weights takes seconds; forget all networks."""

    def zeros(_self: Any, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)
    yield
    keras.backend.clear_session()
    gc.collect()


@pytest.fixture
def other_keras_settings(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose keras.json is not the usual one."""
    settings = {"image_data_format": "channels_first", "floatx": "float16"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    return os.environ | {"KERAS_HOME": str(tmp_path)}
