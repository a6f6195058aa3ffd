"""Turns `--set field=value` into hyperparameters, by the config's own tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from covnets.config import NetworkConfig, TrainConfig
from covnets.errors import ConfigError
from covnets.messages import unknown_field, unknown_name
from covnets.models import FAMILIES, PRESETS

Settings = Mapping[str, str]


def setting(text: str) -> tuple[str, str]:
    """Split one `field=value`.

    Raises:
        argparse.ArgumentTypeError: there is no field, or no equals sign.
    """
    name, equals, value = text.partition("=")
    if not name.strip() or not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no setting: write field=value, and the preset before --set."
        )
    return name.strip(), value.strip()


def configure(
    preset: str, settings: Settings, unless_set: Mapping[str, Any] | None = None
) -> tuple[NetworkConfig, TrainConfig]:
    """Return a preset's network and its family's recipe, changed by the settings.

    Args:
        preset: a key of `PRESETS`.
        settings: fields of the network and of its training alike, all as text.
        unless_set: values that change the preset where no setting does.

    Raises:
        ConfigError: the preset or a field is unknown, or a value is not valid.
    """
    network = _preset(preset)
    train = FAMILIES[network.family].train_defaults
    of_network, of_train = type(network).model_fields, TrainConfig.model_fields
    for name in settings:
        if name not in of_network and name not in of_train:
            raise ConfigError(unknown_field(name, preset, [*of_network, *of_train]))
    network_changes = dict(unless_set or {}) | _values(settings, of_network)
    return network.replace(**network_changes), train.replace(**_values(settings, of_train))


def _preset(name: str) -> Any:
    if name not in PRESETS:
        raise ConfigError(unknown_name("preset", name, PRESETS))
    return PRESETS[name]


def _values(settings: Settings, fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    return {
        name: _value(name, text, fields[name]) for name, text in settings.items() if name in fields
    }


def _value(name: str, text: str, field: FieldInfo) -> str | list[str]:
    """Split lists; pydantic reads the numbers and switches in them."""
    if not isinstance(field.default, tuple):
        return text
    if name == "input_shape":
        # Messages and tables write shapes as 28x28x1.
        text = text.replace("x", ",")
    return [part.strip() for part in text.split(",") if part.strip()]
