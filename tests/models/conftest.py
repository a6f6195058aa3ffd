"""What the tests of networks have in common."""

from typing import Any

import keras
import pytest


@pytest.fixture
def no_random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with zeros: drawing a hundred million random weights takes seconds."""

    def zeros(_self: Any, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)
