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
