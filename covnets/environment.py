"""Settings that come from environment variables."""

from __future__ import annotations

import os

from covnets.errors import ConfigError


def whole_number(variable: str) -> int | None:
    """Return a variable's value, a whole number from 1 up, or None where it is not set.

    Raises:
        ConfigError: it is set to anything else.
    """
    text = os.environ.get(variable, "")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{variable}={text} is no whole number from 1 up: give one.")
    return int(text)


def for_tensorflow(log_level: int) -> dict[str, str]:
    """Return the variables that TensorFlow and Keras must find when they are loaded.

    oneDNN's operations are on: TensorFlow itself leaves them off on processors without neural
    network instructions, where they are faster as well. Whoever has set the variable decides.

    Args:
        log_level: what TensorFlow tells: 2 errors, 3 nothing but its end.
    """
    return {
        "TF_CPP_MIN_LOG_LEVEL": str(log_level),
        "TF_ENABLE_ONEDNN_OPTS": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        "KERAS_BACKEND": "tensorflow",
    }
