"""Sentences: of pydantic's errors, of names that are not known, and of shares in percent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import ROUND_HALF_UP, Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

LEAST_PART = 3
"""Fewer letters than these are part of too many names."""
LEAST_ALIKE = 0.6
"""From this share of equal letters on, names are taken for the same one misspelt."""

_NOT_WHOLE = "{name}={value} is not a whole number: give one."
_NOT_FINITE = "{name}={value} is not a finite number: give one."
_NOT_BOOLEAN = "{name}={value} is neither true nor false: give one of them."
SENTENCES = {
    "too_short": "{name} is empty: give at least {min_length} number.",
    "too_long": "{name}={value} has too many values: give {max_length}.",
    "missing": "{name} is missing: give it a value.",
    "greater_than_equal": "{name}={value} is too small: choose at least {ge}.",
    "greater_than": "{name}={value} is too small: choose more than {gt}.",
    "less_than_equal": "{name}={value} is too large: choose at most {le}.",
    "less_than": "{name}={value} is too large: choose less than {lt}.",
    "multiple_of": "{name}={value} is not offered: choose a multiple of {multiple_of}.",
    "literal_error": "{name}={value} is not offered: choose {expected}.",
    "union_tag_not_found": "{name} does not say its family: add the field {discriminator}.",
    "json_invalid": "{name} is not valid JSON: {error}.",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _NOT_WHOLE),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), _NOT_FINITE),
    **dict.fromkeys(("bool_parsing", "bool_type"), _NOT_BOOLEAN),
}
"""What is said of each kind of pydantic's errors."""


def sentence(error: ValidationError, table: type[BaseModel]) -> str:
    """Say in plain words what a validation refused and what would be accepted.

    Args:
        error: what pydantic raised.
        table: the model that refused the values; its fields are the accepted names.
    """
    # A default that depends on another field has none while that one is refused: no news.
    errors = [each for each in error.errors() if each["type"] != "default_factory_not_called"]
    # One sentence a field: the entries of a list tend to be wrong all in the same way. Of those
    # that are missing, the last one tells how many there should be.
    details = [detail for detail in errors if detail["type"] != "missing"]
    details += [detail for detail in reversed(errors) if detail["type"] == "missing"]
    first_of_field = {detail["loc"][:1]: detail for detail in reversed(details)}
    return " ".join(_explain(detail, table) for detail in reversed(first_of_field.values()))


def _explain(detail: ErrorDetails, table: type[BaseModel]) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else table.__name__
    value = short(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            return unknown_name("field", name, table.model_fields)
        case "union_tag_invalid":
            families = re.findall(r"\w+", detail["ctx"]["expected_tags"])
            return unknown_name("family", detail["ctx"]["tag"], families)
        case "missing" if len(detail["loc"]) > 1:
            return f"{name}={value or 'nothing'} has too few values: give {_needed(detail)}."
        case kind if kind in SENTENCES:
            return SENTENCES[kind].format(name=name, value=value, **detail.get("ctx", {}))
    return f"{name}={value} was refused: {detail['msg']}."


def _needed(detail: ErrorDetails) -> int:
    """How many values there must be, if the missing one is the last."""
    place = detail["loc"][-1]
    return place + 1 if isinstance(place, int) else 1


def unknown_name(kind: str, name: str, known: Collection[str], otherwise: str | None = None) -> str:
    """Say that there is nothing of that name and kind, and which may have been meant.

    Args:
        kind: what it would be, such as "field".
        name: what was written.
        known: the names that there are.
        otherwise: what to do if none of them is like it; to choose among them, unless it is given.
    """
    said = short(name)
    return f"There is no {kind} {said!r}: {_advice(said, known, otherwise)}"


def not_offered(name: str, value: str, offered: Collection[str]) -> str:
    """Say that something cannot have a value, and which one may have been meant."""
    said = short(value)
    return f"{name}={said} is not offered: {_advice(said, offered)}"


def _advice(name: str, known: Collection[str], otherwise: str | None = None) -> str:
    near = meant(name, known)
    if near:
        return f"did you mean {_either(near)}?"
    return otherwise or f"choose among {', '.join(known)}."


def meant(name: str, known: Collection[str]) -> list[str]:
    """Return the names that somebody may have meant who wrote another one.

    Args:
        name: what was written.
        known: the names that there are.

    Returns:
        The one that is the same but for case, blanks and signs; else those of which it is a part
        that begins with a word; else the longest such part of it; else the most similar ones, if
        they are similar at all.
    """
    wanted, bare = _bare(name), {each: _bare(each) for each in known}
    same = [each for each in known if bare[each] == wanted]
    longer = [each for each in known if _is_part(wanted, each)]
    shorter = [each for each in known if _is_part(bare[each], name)]
    longest = max((len(bare[each]) for each in shorter), default=0)
    alike = {each: SequenceMatcher(None, bare[each], wanted).ratio() for each in known}
    most = max([LEAST_ALIKE, *alike.values()])
    return (
        same
        or longer
        or [each for each in shorter if len(bare[each]) == longest]
        or [each for each in known if alike[each] == most]
    )


def _either(names: Iterable[object]) -> str:
    """Names as a choice: "a, b or c"."""
    *others, last = map(str, names)
    return f"{', '.join(others)} or {last}" if others else last


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _is_part(bare: str, name: str) -> bool:
    """Whether a name has another, bare one in it, from the beginning of a word on."""
    words = re.split(r"[\W_]+", name)
    tails = (_bare("".join(words[first:])) for first in range(len(words)))
    return len(bare) >= LEAST_PART and any(tail.startswith(bare) for tail in tails)


def short(value: object) -> str:
    """A value as a sentence repeats it: forty characters at most."""
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage: 0.873 is "87.3 %"."""
    return f"{percentage(share)} %"


def percentage(share: float) -> str:
    """The same without its sign: "87.3"."""
    # As a browser rounds in tables and charts: Python would round 17.25 to the even digit, 17.2.
    return str(Decimal(100 * share).quantize(Decimal("0.1"), ROUND_HALF_UP))
