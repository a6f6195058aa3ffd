"""In which order the values of a hyperparameter stand, wherever they are sorted or drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic.fields import FieldInfo

AnyValue = TypeVar("AnyValue")


def names_of(field: FieldInfo) -> tuple[str, ...]:
    """The names that a field chooses from, one or several of them; none where it is no choice."""
    kind: Any = field.annotation
    if is_several(field):
        kind = get_args(kind)[0]
    return get_args(kind) if get_origin(kind) is Literal else ()


def is_several(field: FieldInfo) -> bool:
    """Whether a field is a list, such as the counts of all stages or Inception's branches."""
    return get_origin(field.annotation) is tuple


def in_order(field: FieldInfo, values: Iterable[AnyValue]) -> tuple[AnyValue, ...]:
    """Return values of a field in their order, each once.

    Numbers stand by size, a switch that is off before one that is on, names as they are declared,
    lists of numbers item by item, and lists of names by how many they are first. What was not
    declared, such as another version's names, stands behind.

    Args:
        field: the hyperparameter's declaration.
        values: as the field has them, or as text, with commas between the items of a list.
    """
    names = names_of(field)

    def key(value: AnyValue) -> Any:
        if not is_several(field):
            return _key(value, names)
        keys = [_key(item, names) for item in _items(value)]
        return (len(keys), keys) if names else keys

    return tuple(sorted(dict.fromkeys(values), key=key))


def natural_key(text: str) -> list[str | int]:
    """The key to sort texts by as people do: "sweep 2" before "Sweep 10"."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def _items(value: Any) -> tuple[Any, ...]:
    if value in ("", "none"):
        return ()
    if isinstance(value, str):
        return tuple(re.split(r",\s*", value))
    return value if isinstance(value, tuple) else (value,)


def _key(value: Any, names: tuple[str, ...]) -> tuple[int, Any]:
    if isinstance(value, tuple):
        return 0, value
    if value in names:
        return 0, names.index(value)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    return (0, number) if math.isfinite(number) else (1, natural_key(str(value)))
