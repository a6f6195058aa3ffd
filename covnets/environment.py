"""Settings that come from environment variables."""

from __future__ import annotations

import os
from pathlib import Path

from covnets.errors import ConfigError


def whole_number(variable: str) -> int | None:
    """Return a variable's value, a whole number from 1 up, or None where it is not set.

    Raises:
        ConfigError: it is set to anything else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{variable}={text} is no whole number from 1 up: give one.")
    return int(text)


def for_tensorflow() -> dict[str, str]:
    """Return the variables that TensorFlow and Keras must find when they are loaded.

    Keras reads `keras.json` beside this file instead of the one in the user's home, which may ask
    for another order of dimensions, another float type or another backend.

    Where the user has set them, these hold: `TF_CPP_MIN_LOG_LEVEL` (otherwise 2, errors alone) and
    `TF_ENABLE_ONEDNN_OPTS` (otherwise 1: TensorFlow itself leaves oneDNN's operations off on
    processors without neural network instructions, where they are faster as well).
    """
    return {
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "TF_ENABLE_ONEDNN_OPTS": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        "KERAS_HOME": str(Path(__file__).parent),
        "KERAS_BACKEND": "tensorflow",
        "KERAS_NNX_ENABLED": "0",
    }
