"""Which hyperparameters a sweep may vary, and over which values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
)

from covnets.config import ConfigField, RunConfig, Table, TrainConfig, Value, fields_of, value_of
from covnets.errors import ConfigError
from covnets.messages import unknown_name
from covnets.models import FAMILIES

MOST_AXES = 3
MOST_VALUES = 100
"""Values of one axis: more than a whole sweep may have runs."""
FIRST_VALUES = 3
"""So many values has a hyperparameter that was just chosen."""


class Axis(Table):
    """One hyperparameter, and the values that a sweep tries.

    A count per stage is one number for all stages; several names, such as Inception's branches,
    are one text with commas.
    """

    field: str = Field(max_length=100)
    values: tuple[StrictBool | StrictInt | StrictFloat | StrictStr, ...]

    @field_validator("values", mode="before")
    @classmethod
    def _are_single_values(cls, values: Any, info: ValidationInfo) -> Any:
        for value in values if isinstance(values, list | tuple) else ():
            is_endless = isinstance(value, float) and not math.isfinite(value)
            if is_endless or not isinstance(value, bool | int | float | str):
                raise ConfigError(
                    f"{info.data.get('field')} has the value {str(value)[:40]}, which cannot be "
                    "tried: give finite numbers, names, or true and false."
                )
        return values


@lru_cache
def offered(family: str) -> Mapping[str, ConfigField]:
    """Return what may be swept of a family, by the name of the hyperparameter.

    Args:
        family: a key of `FAMILIES`.
    """
    fields = fields_of(FAMILIES[family].config_class, TrainConfig)
    return MappingProxyType({name: field for name, field in fields.items() if field.values})


def default_axes(family: str) -> tuple[Axis, ...]:
    """Return the axes of a family's first sweep: depth and width.

    Args:
        family: a key of `FAMILIES`.
    """
    swept = FAMILIES[family].first_sweep
    return tuple(Axis(field=name, values=values) for name, values in swept.items())


def checked(base: RunConfig, axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Return axes as a sweep goes along them: each value once, in the order of its field.

    Args:
        base: what the axes change.
        axes: one to three of them.

    Raises:
        ConfigError: there are too few or too many axes or values, a hyperparameter is unknown,
            named twice or does nothing here, or a value is not valid by itself.
    """
    if not 1 <= len(axes) <= MOST_AXES:
        raise ConfigError(
            f"The sweep has {len(axes)} hyperparameters: choose 1 to {MOST_AXES} of them."
        )
    names = [axis.field for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{name} is swept over twice: name each hyperparameter once.")
    read = tuple(_read(base.network.family, axis) for axis in axes)
    for axis in read:
        _refuse_idle(base, axis, read)
    return read


def first_values(field: ConfigField, usual: Value) -> tuple[Value, ...]:
    """Return what a hyperparameter that was just chosen is swept over.

    Args:
        field: the hyperparameter.
        usual: its value in all other runs.

    Returns:
        Of a number the usual value and those beside it; of names the usual ones and the others, as
        many as there is room for.
    """
    values = field.values
    if not field.is_number:
        others = [value for value in values if value != usual]
        chosen = {usual, *others[: FIRST_VALUES - (usual in values)]}
        return tuple(value for value in values if value in chosen)
    nearest = min(values, key=lambda value: abs(float(value) - float(usual)))
    first = max(0, min(values.index(nearest) - 1, len(values) - FIRST_VALUES))
    return values[first : first + FIRST_VALUES]


def combination(family: str, values: Mapping[str, Value]) -> str:
    """Return values in words: "blocks 3, filters 16".

    Args:
        family: a key of `FAMILIES`.
        values: by the name of the hyperparameter.
    """
    return ", ".join(offered(family)[name].phrase(value) for name, value in values.items())


def _read(family: str, axis: Axis) -> Axis:
    """Read an axis' values as the hyperparameter's declaration says, each of them once."""
    offers = offered(family)
    if axis.field not in offers:
        if axis.field in fields_of(FAMILIES[family].config_class, TrainConfig):
            raise ConfigError(
                f"{axis.field} cannot be swept over: choose among {', '.join(offers)}."
            )
        raise ConfigError(unknown_name("field", axis.field, offers))
    if not axis.values:
        raise ConfigError(f"{axis.field} has no values: give at least one.")
    if len(axis.values) > MOST_VALUES:
        raise ConfigError(
            f"{axis.field} has {len(axis.values):,} values: give at most {MOST_VALUES}."
        )
    field = offers[axis.field]
    # In a heat map, and for a search that knows which values are neighbours.
    return Axis(field=field.name, values=field.in_order(_read_value(field, v) for v in axis.values))


def _read_value(field: ConfigField, value: Value) -> Value:
    if field.is_number and isinstance(value, bool):
        raise ConfigError(f"{field.name}={value} is not a number: give one.")
    read: Any = field.read((value,) if field.kind == "counts" else value)
    if field.kind == "counts":
        return int(read[0])
    return field.write(read) if field.kind == "names" else read


def _refuse_idle(base: RunConfig, axis: Axis, axes: Sequence[Axis]) -> None:
    """Refuse a hyperparameter that does nothing: all its runs would be the same."""
    only_if = offered(base.network.family)[axis.field].only_if
    if only_if is None:
        return
    other, needed = only_if
    swept = {other_axis.field: other_axis.values for other_axis in axes}
    if needed not in swept.get(other, (value_of(base, other),)):
        raise ConfigError(
            f"{axis.field} does nothing unless {other}={needed}: set that, or sweep over {other} "
            "too."
        )
