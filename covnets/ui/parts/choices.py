"""What a hyperparameter's declaration says about its widget."""

from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from covnets.config.order import names_of


def extra(field: FieldInfo) -> Mapping[str, Any]:
    """What the page offers of a field."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def choices(field: FieldInfo) -> tuple[str, ...] | None:
    """The names that a Literal, or a tuple of a Literal, offers; None for the family's own name."""
    names = names_of(field)
    return names if len(names) > 1 else None


def matters(field: FieldInfo, values: Mapping[str, Any]) -> bool:
    """Whether the field does anything, given the fields above it."""
    only_if: Any = extra(field).get("only_if")
    return only_if is None or values.get(only_if[0]) == only_if[1]


def spoken(name: str) -> str:
    """A choice's name for people."""
    return name.replace("_", " ")
