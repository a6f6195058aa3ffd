"""A run's hyperparameters as the parameters of a link, and back.

A link names only what is not the default, by the fields' own names, and writes values as the
command line's ``--set`` reads them: ``num_blocks=3,8,36,3``, ``shortcut=none``,
``input_shape=224x224x3``. One number may stand for all stages, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, unquote

from covnets.config.base import NetworkConfig, StagedConfig
from covnets.config.fields import fields_of, with_titles
from covnets.config.table import Table
from covnets.config.training import RunConfig, TrainConfig, all_images
from covnets.errors import ConfigError
from covnets.messages import short, unknown_name

Defaults = Mapping[str, tuple[NetworkConfig, TrainConfig]]
"""By family: what a network and its training are unless a link says otherwise."""

AnyTable = TypeVar("AnyTable", bound=Table)

LONGEST = 4000
"""Characters of one value, and of one compact text: a table of filters for a hundred modules."""
_SAFE = "/,:+@ "


def to_link(
    config: RunConfig, network_defaults: NetworkConfig, train_defaults: TrainConfig
) -> dict[str, str]:
    """Return the parameters of a link to a run's settings: all that is not the default.

    Args:
        config: network and training.
        network_defaults: the network, of the same family, that a link without parameters means.
        train_defaults: the training that it means.
    """
    recipe, dataset = train_defaults, config.train.dataset
    if recipe.num_train == all_images(recipe.dataset):
        # Whoever reads the link takes all images of its dataset, unless it says how many.
        recipe = recipe.model_copy(update={"num_train": all_images(dataset)})
    return _changed(config.network, network_defaults) | _changed(config.train, recipe)


def from_link(
    params: Mapping[str, str | Sequence[str]],
    network_defaults: NetworkConfig,
    train_defaults: TrainConfig,
) -> RunConfig:
    """Return the network and the training that a link describes.

    Args:
        params: its parameters, each once.
        network_defaults: what they change of the network.
        train_defaults: what they change of its training.

    Raises:
        ConfigError: a parameter is unknown, repeated or much too long, its value is not valid, or
            there is no such network or training. The message names the field by its title.
    """
    fields = fields_of(type(train_defaults), type(network_defaults))
    texts: dict[str, str] = {}
    for name, value in params.items():
        if name not in fields:
            raise ConfigError(unknown_name("field", name, fields))
        texts[name] = _single(fields[name].title, value)
    try:
        network, train = _replaced(network_defaults, texts), _replaced(train_defaults, texts)
        return RunConfig.model_validate({"network": network, "train": train})
    except ConfigError as error:
        raise ConfigError(with_titles(str(error), network_defaults, train_defaults)) from error


def compact(config: RunConfig, defaults: Defaults) -> str:
    """Return network and training as one text, such as "resnet;num_blocks=2;shortcut=none".

    Args:
        config: network and training.
        defaults: what is not said, by family.
    """
    family = config.network.family
    settings = to_link(config, *defaults[family])
    return ";".join(
        [family, *(f"{name}={quote(value, safe=_SAFE)}" for name, value in settings.items())]
    )


def from_compact(text: str, defaults: Defaults) -> RunConfig:
    """Read what `compact` wrote.

    Raises:
        ConfigError: the family or a field is unknown, or a value is not valid.
    """
    if len(text) > LONGEST:
        raise ConfigError(
            f"{short(text)} has {len(text):,} characters: at most {LONGEST:,} are read."
        )
    family, *settings = text.split(";")
    if family not in defaults:
        raise ConfigError(unknown_name("family", family, defaults))
    params: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"{short(setting) or 'Nothing'} is not a setting: write field=value.")
        params.setdefault(name, []).append(unquote(value))
    return from_link(dict(params), *defaults[family])


def _changed(table: Table, defaults: Table) -> dict[str, str]:
    """Fields that differ from the defaults, as text; the counts of stages as short as can be."""
    changed = {
        name: field.write(getattr(table, name))
        for name, field in fields_of(type(table)).items()
        if getattr(table, name) != getattr(defaults, name)
    }
    if isinstance(table, StagedConfig):
        changed |= _stages(table, getattr(defaults, table.per_stage), changed)
    return changed


def _stages(table: StagedConfig, usual: tuple[int, ...], changed: dict[str, str]) -> dict[str, str]:
    """How the counts are written, beside what was written of them already."""
    counts: tuple[int, ...] = getattr(table, table.per_stage)
    if counts == usual:
        return {}
    if len(set(counts)) > 1:
        changed.pop("num_stages", None)  # the list of counts tells it
        return {}
    if set(usual) == set(counts):
        del changed[table.per_stage]  # it is the number of stages that differs
        return {}
    return {table.per_stage: str(counts[0])}


def _replaced(defaults: AnyTable, texts: Mapping[str, str]) -> AnyTable:
    own = fields_of(type(defaults))
    return defaults.replace(**{name: text for name, text in texts.items() if name in own})


def _single(title: str, value: str | Sequence[str]) -> str:
    values = [value] if isinstance(value, str) else value
    if len(values) != 1:
        raise ConfigError(f"{title} is given {len(values)} times: give it once.")
    if len(values[0]) > LONGEST:
        raise ConfigError(
            f"{title} has {len(values[0]):,} characters: at most {LONGEST:,} are read."
        )
    return values[0]
