"""Which hyperparameters a sweep may vary, and over which values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic.fields import FieldInfo

from covnets.config import NetworkConfig, RunConfig, StagedConfig, Table, TrainConfig
from covnets.config.order import in_order, is_several, names_of
from covnets.errors import ConfigError
from covnets.messages import unknown_field
from covnets.models import FAMILIES

Value = StrictBool | StrictInt | StrictFloat | StrictStr
Kind = Literal["number", "choice", "switch", "names"]

MOST_AXES = 3
MOST_VALUES = 100
"""Values of one axis: more than a whole sweep may have runs."""

DEFAULT_VALUES: Mapping[str, Mapping[str, tuple[Value, ...]]] = {
    "vgg": {"num_convs": (1, 2, 3), "filters": (8, 16, 32)},
    "inception": {"num_modules": (1, 2, 3), "filters": (4, 8, 16)},
    "resnet": {"num_blocks": (1, 2, 3), "filters": (8, 16, 32)},
    "alexnet": {"filters": (12, 24, 48), "units": (32, 128, 512)},
}
"""What a family is swept over before anybody chose: depth, as far as it can be set, and width."""


class Axis(Table):
    """One hyperparameter, and the values that a sweep tries.

    A count per stage is one number for all stages; several names, such as Inception's branches,
    are one text with commas.
    """

    field: str = Field(max_length=100)
    values: tuple[Value, ...]

    @field_validator("values", mode="before")
    @classmethod
    def _are_single_values(cls, values: Any, info: ValidationInfo) -> Any:
        for value in values if isinstance(values, list | tuple) else ():
            if not isinstance(value, bool | int | float | str) or _is_endless(value):
                raise ConfigError(
                    f"{info.data.get('field')} has the value {str(value)[:40]}, which cannot be "
                    "tried: give finite numbers, names, or true and false."
                )
        return values


@dataclass(frozen=True)
class Offer:
    """What the page offers of one hyperparameter.

    Attributes:
        title: name for people.
        values: all that its widget offers, in order.
        kind: a number, a choice of one name, a switch, or names of which several go together.
        of: whether it belongs to the network or to the training.
        advanced: whether a first lesson can do without it.
        only_if: another hyperparameter and the value without which this one does nothing.
    """

    title: str
    values: tuple[Value, ...]
    kind: Kind
    of: Literal["network", "train"]
    advanced: bool = False
    only_if: tuple[str, Value] | None = None


@lru_cache
def offered(family: str) -> Mapping[str, Offer]:
    """Return what may be swept of a family, by the name of the hyperparameter.

    Args:
        family: a key of `FAMILIES`.
    """
    offers = {
        name: _offer(name, field) for name, field in _fields(FAMILIES[family].config_class).items()
    }
    return MappingProxyType({name: offer for name, offer in offers.items() if offer is not None})


def default_axes(family: str) -> tuple[Axis, ...]:
    """Return the axes of a family's first sweep: depth and width.

    Args:
        family: a key of `FAMILIES`.
    """
    return tuple(Axis(field=name, values=values) for name, values in DEFAULT_VALUES[family].items())


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


def value_of(config: RunConfig, name: str) -> Value:
    """Return a run's value of a hyperparameter, written as on an axis.

    Args:
        config: the run.
        name: a hyperparameter of its network or its training.
    """
    value: Any = getattr(config.train if name in TrainConfig.model_fields else config.network, name)
    if not isinstance(value, tuple):
        single: Value = value
        return single
    if len(set(value)) == 1 and isinstance(value[0], int):
        return value[0]
    return ",".join(map(str, value))


def _is_endless(value: bool | int | float | str) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _fields(config_class: type[NetworkConfig]) -> dict[str, FieldInfo]:
    return {**config_class.model_fields, **TrainConfig.model_fields}


def _offer(name: str, field: FieldInfo) -> Offer | None:
    extra: Any = field.json_schema_extra or {}
    kind, values = _kind_and_values(field, extra)
    if kind is None:
        return None
    return Offer(
        title=field.title or name,
        values=values,
        kind=kind,
        of="train" if name in TrainConfig.model_fields else "network",
        advanced=bool(extra.get("advanced")),
        only_if=tuple(extra["only_if"]) if "only_if" in extra else None,
    )


def _kind_and_values(
    field: FieldInfo, extra: Mapping[str, Any]
) -> tuple[Kind | None, tuple[Value, ...]]:
    names = names_of(field)
    if "slider" in extra:
        return "number", _on_slider(*extra["slider"])
    if "options" in extra:
        return "number", tuple(extra["options"])
    if field.annotation is bool:
        return "switch", (False, True)
    if is_several(field) and names:
        # All but one, and all of them: what each is good for.
        without = [tuple(name for name in names if name != left_out) for left_out in names]
        return "names", in_order(field, (",".join(left) for left in (*without, names)))
    return ("choice", names) if len(names) > 1 else (None, ())


def _on_slider(low: float, high: float, step: float) -> tuple[Value, ...]:
    # 0.1 + 0.2 is not 0.3: such a value could not be found again.
    count = round((high - low) / step) + 1
    places = [low + place * step for place in range(count)]
    return tuple(round(value, 9) if isinstance(value, float) else value for value in places)


def _read(family: str, axis: Axis) -> Axis:
    """Read an axis' values as the hyperparameter's declaration says, each of them once."""
    offers = offered(family)
    if axis.field not in offers:
        if axis.field in _fields(FAMILIES[family].config_class):
            raise ConfigError(
                f"{axis.field} cannot be swept over: choose among {', '.join(offers)}."
            )
        owner = f"a sweep over {FAMILIES[family].title}"
        raise ConfigError(unknown_field(axis.field, owner, list(offers)))
    if not axis.values:
        raise ConfigError(f"{axis.field} has no values: give at least one.")
    if len(axis.values) > MOST_VALUES:
        raise ConfigError(
            f"{axis.field} has {len(axis.values):,} values: give at most {MOST_VALUES}."
        )
    kind = offers[axis.field].kind
    field = _fields(FAMILIES[family].config_class)[axis.field]
    values = (_read_value(family, axis.field, kind, value) for value in axis.values)
    # In a heat map, and for a search that knows which values are neighbours.
    return Axis(field=axis.field, values=in_order(field, values))


def _read_value(family: str, name: str, kind: Kind, value: Value) -> Value:
    if kind == "number" and isinstance(value, bool):
        raise ConfigError(f"{name}={value} is not a number: give one.")
    given = value.split(",") if kind == "names" and isinstance(value, str) else value
    read: Any = getattr(_reader(family, name).model_validate({name: given}), name)
    return ",".join(read) if isinstance(read, tuple) else read


@lru_cache
def _reader(family: str, name: str) -> type[Table]:
    """A table of this one field, so that a value is refused in the field's own words."""
    config_class = FAMILIES[family].config_class
    field = _fields(config_class)[name]
    declared: dict[str, Any] = {name: (field.annotation, field)}
    if issubclass(config_class, StagedConfig) and name == config_class.per_stage:
        declared = {name: (get_args(field.annotation)[0], ...)}
    return create_model("Value", __base__=Table, **declared)


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
