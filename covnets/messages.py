"""Turns pydantic's errors into sentences that say what to change."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails


def sentence(error: ValidationError, table: type[BaseModel]) -> str:
    """Say in plain words what a validation refused and what would be accepted.

    Args:
        error: what pydantic raised.
        table: the model that refused the values; its fields are the accepted names.
    """
    # One sentence a field: the entries of a list tend to be wrong all in the same way. Of those
    # that are missing, the last one tells how many there should be.
    details = [detail for detail in error.errors() if detail["type"] != "missing"]
    details += [detail for detail in reversed(error.errors()) if detail["type"] == "missing"]
    first_of_field = {detail["loc"][:1]: detail for detail in reversed(details)}
    return " ".join(_explain(detail, table) for detail in reversed(first_of_field.values()))


def _explain(detail: ErrorDetails, table: type[BaseModel]) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else table.__name__
    value = _short(detail["input"])
    limits: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return unknown_field(name, table.__name__, list(table.model_fields))
        case "too_short":
            return f"{name} is empty: give at least {limits['min_length']} number."
        case "missing" if len(detail["loc"]) > 1:
            return f"{name}={value or 'nothing'} has too few values: give {_needed(detail)}."
        case "too_long":
            return f"{name}={value} has too many values: give {limits['max_length']}."
        case "missing":
            return f"{name} is missing: give it a value."
        case "greater_than_equal":
            return f"{name}={value} is too small: choose at least {limits['ge']}."
        case "greater_than":
            return f"{name}={value} is too small: choose more than {limits['gt']}."
        case "less_than_equal":
            return f"{name}={value} is too large: choose at most {limits['le']}."
        case "less_than":
            return f"{name}={value} is too large: choose less than {limits['lt']}."
        case "multiple_of":
            return f"{name}={value} is not offered: choose a multiple of {limits['multiple_of']}."
        case "literal_error":
            return f"{name}={value} is not offered: choose {limits['expected']}."
        case "union_tag_invalid":
            return f"Family {limits['tag']!r} is unknown: choose {limits['expected_tags']}."
        case "union_tag_not_found":
            return f"{name} names no family: give it the field {limits['discriminator']}."
        case "json_invalid":
            return f"{name} cannot be read from text that is no JSON: {limits['error']}."
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{name}={value} is not a whole number: give one."
        case "float_parsing" | "float_type" | "finite_number":
            return f"{name}={value} is not a finite number: give one."
        case "bool_parsing" | "bool_type":
            return f"{name}={value} is neither true nor false: give one of them."
        case _:
            return f"{name}={value} was refused: {detail['msg']}."


def _needed(detail: ErrorDetails) -> int:
    """How many values there must be, if the missing one is the last."""
    place = detail["loc"][-1]
    return place + 1 if isinstance(place, int) else 1


def unknown_field(name: str, owner: str, known: Sequence[str]) -> str:
    """Say that `owner` has no field of that name, and which it may be that was meant."""
    close = get_close_matches(name, known, n=1)
    advice = f"did you mean {close[0]}?" if close else f"choose among {', '.join(known)}."
    return f"{name} is not a field of {owner}: {advice}"


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
