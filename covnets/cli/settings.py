"""Turns `--set field=value` into hyperparameters, by the config's own tables."""

from __future__ import annotations

import argparse
from collections.abc import Container, Mapping
from typing import Any

from covnets.config import NetworkConfig, TrainConfig
from covnets.errors import ConfigError
from covnets.messages import unknown_name
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
            f"{text!r} is not a setting: write field=value, and the preset before --set."
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
    if preset not in PRESETS:
        raise ConfigError(unknown_name("preset", preset, PRESETS))
    network = PRESETS[preset]
    train = FAMILIES[network.family].train_defaults
    of_network, of_train = type(network).model_fields, TrainConfig.model_fields
    for name in settings:
        if name not in of_network and name not in of_train:
            raise ConfigError(unknown_name("field", name, [*of_network, *of_train]))
    changes = dict(unless_set or {}) | _those_of(of_network, settings)
    return network.replace(**changes), train.replace(**_those_of(of_train, settings))


def _those_of(names: Container[str], settings: Settings) -> dict[str, str]:
    return {name: text for name, text in settings.items() if name in names}
