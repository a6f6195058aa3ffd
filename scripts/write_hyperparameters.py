"""Write docs/hyperparameters.md from the config's tables.

From the top of the repository:

    python -m scripts.write_hyperparameters
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from covnets.config import NetworkConfig, Table, TrainConfig
from covnets.models import FAMILIES
from scripts import markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "hyperparameters.md"

OPENING = """\
# Hyperparameters

This page is written by `python -m scripts.write_hyperparameters` from `covnets/config/`, where
every hyperparameter is declared once. Change it there.

Each of them is a slider or a choice on the pages, a field in a recorded run, and a
`--set field=value` on the command line. *Valid* says what is accepted, *offered* what a page's
slider reaches: the full-size networks of the papers need more than a slider offers.
"""

HEADINGS = ("field", "name on the page", "default", "valid", "offered", "what it does")
SYMBOLS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """Return the whole page as Markdown."""
    parts = [OPENING, "## All families\n", _table(NetworkConfig, NetworkConfig.model_fields)]
    for family in FAMILIES.values():
        own = [
            name
            for name in family.config_class.model_fields
            if name not in NetworkConfig.model_fields and name != "family"
        ]
        parts += [f"## {family.title}\n", _table(family.config_class, own)]
    parts += ["## Training\n", _table(TrainConfig, TrainConfig.model_fields)]
    parts += ["## Recipes of the families\n", _recipes()]
    return "\n".join(parts)


def _table(table: type[Table], names: Iterable[str]) -> str:
    return markdown.table(HEADINGS, (_row(name, table.model_fields[name]) for name in names))


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    return (
        f"`{name}`",
        field.title or "",
        _text(field.default),
        _valid(field),
        _offered(field),
        field.description or "",
    )


def _recipes() -> str:
    """The training defaults in which the families differ from the table above, or agree."""
    recipes = {family.title: family.train_defaults for family in FAMILIES.values()}
    plain = TrainConfig()
    differing = [
        name
        for name in TrainConfig.model_fields
        if any(getattr(recipe, name) != getattr(plain, name) for recipe in recipes.values())
    ]
    if not differing:
        return "All families begin with the defaults above.\n"
    rows = (
        (f"`{name}`", *(_text(getattr(recipe, name)) for recipe in recipes.values()))
        for name in differing
    )
    return "Where a family begins with another value than the default above:\n\n" + markdown.table(
        ("field", *recipes), rows
    )


def _valid(field: FieldInfo) -> str:
    bounds = _bounds(field.metadata) or "; ".join(_bounds_of_elements(field.annotation))
    if not bounds and get_origin(field.annotation) is tuple:
        row = list(_bounds_of_elements(get_args(field.annotation)[0]))
        bounds = f"rows of {len(row)} numbers, each {row[0]}" if row else ""
    return bounds or ", ".join(_choices(field.annotation)) or "a name"


def _bounds(metadata: Iterable[Any]) -> str:
    return ", ".join(
        f"{symbol} {_text(getattr(item, bound))}"
        for item in metadata
        for bound, symbol in SYMBOLS.items()
        if hasattr(item, bound)
    )


def _bounds_of_elements(annotation: Any) -> Iterator[str]:
    for element in get_args(annotation):
        for info in getattr(element, "__metadata__", ()):
            yield _bounds(info.metadata)


def _choices(annotation: Any) -> list[str]:
    if annotation is bool:
        return ["true", "false"]
    arguments = get_args(annotation)
    inner = [choice for argument in arguments for choice in _choices(argument)]
    return inner or [argument for argument in arguments if isinstance(argument, str)]


def _offered(field: FieldInfo) -> str:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    match extra:
        case {"slider": [low, high, step]}:
            by = "" if step == 1 else f" by {_text(step)}"
            return f"{_text(low)} to {_text(high)}{by}"
        case {"options": [*values]}:
            return ", ".join(map(_text, values))
    return "all" if _choices(field.annotation) else ""


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(map(str, value))
    return str(value)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
