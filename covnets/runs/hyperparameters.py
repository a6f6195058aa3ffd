"""A run's hyperparameters as columns of a table, read without being checked again.

Ten thousand stored configurations are read in a fraction of a second this way; checked by pydantic
they would take many seconds, and one of another version would be refused.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from covnets.config import TrainConfig
from covnets.models import FAMILIES

Kind = Literal["number", "switch", "text"]

_SHORT = {
    "num_train": "images",
    "batchnorm": "BatchNorm",
    "batchnorm_momentum": "BatchNorm momentum",
    "reducers": "1x1 reducers",
    "num_convs": "convolutions",
}


def _declared() -> Iterator[tuple[str, FieldInfo]]:
    for family in FAMILIES.values():
        own, every = family.config_class.__annotations__, family.config_class.model_fields
        yield from sorted(every.items(), key=lambda item: item[0] not in own)
    yield from TrainConfig.model_fields.items()


FIELDS: dict[str, FieldInfo] = {}
"""Every hyperparameter by name: those of the networks, then those of training."""
for _name, _field in _declared():
    if _name != "family":
        FIELDS.setdefault(_name, _field)


def _kind(annotation: Any) -> Kind:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = get_args(annotation)[0]
    if annotation is bool:
        return "switch"
    return "number" if annotation in (int, float) else "text"


KINDS: dict[str, Kind] = {name: _kind(field.annotation) for name, field in FIELDS.items()}
"""How the values of each are compared: as numbers, as yes or no, or by name."""

# What another version wrote may be of another kind, and would not fit the column.
_READABLE: dict[Kind, tuple[type, ...]] = {
    "number": (int, float),
    "switch": (bool,),
    "text": (str, int, float, list),
}

# By family: where a field does nothing, unless another one has this value.
_ONLY_IF: dict[str, dict[str, Any]] = {
    family: {
        name: extra["only_if"]
        for name, field in facts.config_class.model_fields.items()
        if isinstance(extra := field.json_schema_extra, dict) and "only_if" in extra
    }
    for family, facts in FAMILIES.items()
}


def read(config_json: str) -> dict[str, Any]:
    """Return a run's hyperparameters by name; lists as text, such as "3, 4, 6, 3".

    Fields that do nothing, because another one switches them off, are left out, and so is what this
    version does not know.

    Args:
        config_json: as the store keeps it.
    """
    try:
        config = json.loads(config_json)
        network, train = dict(config["network"]), dict(config["train"])
        only_if = _ONLY_IF.get(network["family"], {})
    except (KeyError, TypeError, ValueError):
        return {}
    for name, (other, value) in only_if.items():
        if network.get(other) != value:
            network.pop(name, None)
    return {
        name: _value(value)
        for values in (network, train)
        for name, value in values.items()
        if name in FIELDS and isinstance(value, _READABLE[KINDS[name]])
    }


def title(name: str) -> str:
    """A hyperparameter's name for a heading."""
    return FIELDS[name].title or name


def short_name(name: str) -> str:
    """A hyperparameter's name for a list of several: "num_blocks" is "blocks"."""
    return _SHORT.get(name) or name.removeprefix("num_").replace("_", " ")


def spelled(name: str, value: Any) -> str:
    """A hyperparameter's value for people: "0.003", "on", "3, 4, 6, 3"."""
    kind = KINDS[name]
    if kind == "switch":
        return "on" if value else "off"
    if kind == "number":
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
    return str(value).replace("_", " ")


def _value(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    rows = ("/".join(map(str, row)) if isinstance(row, list) else str(row) for row in value)
    return ", ".join(rows) or "none"
