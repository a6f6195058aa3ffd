"""Write docs/hyperparameters.md from the config's tables.

From the top of the repository:

    python -m scripts.write_hyperparameters
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from covnets.config import ConfigField, NetworkConfig, TrainConfig, fields_of
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
    shared = fields_of(NetworkConfig)
    parts = [OPENING, "## All families\n", _table(shared.values())]
    for family in FAMILIES.values():
        fields = fields_of(family.config_class).values()
        own = [field for field in fields if field.name not in shared]
        parts += [f"## {family.title}\n", _table(own)]
    parts += ["## Training\n", _table(fields_of(TrainConfig).values())]
    parts += ["## Recipes of the families\n", _recipes()]
    return "\n".join(parts)


def _table(fields: Iterable[ConfigField]) -> str:
    return markdown.table(HEADINGS, map(_row, fields))


def _row(field: ConfigField) -> tuple[str, ...]:
    return (
        f"`{field.name}`",
        field.title,
        "all" if field.info.default_factory else field.write(field.info.default),
        _valid(field),
        _offered(field),
        field.info.description or "",
    )


def _recipes() -> str:
    """The training defaults in which the families differ from the table above, or agree."""
    recipes = {family.title: family.train_defaults for family in FAMILIES.values()}
    plain = TrainConfig()
    rows = [
        (f"`{name}`", *(field.write(getattr(recipe, name)) for recipe in recipes.values()))
        for name, field in fields_of(TrainConfig).items()
        if any(getattr(recipe, name) != getattr(plain, name) for recipe in recipes.values())
    ]
    if not rows:
        return "All families begin with the defaults above.\n"
    return "Where a family begins with another value than the default above:\n\n" + markdown.table(
        ("field", *recipes), rows
    )


def _valid(field: ConfigField) -> str:
    match field.kind:
        case "switch":
            return "true, false"
        case "choice" | "names":
            return ", ".join(field.names)
        case "text":
            return "a name"
        case "number":
            return _bounds(field.limits.items())
    items = [item for item in get_args(field.info.annotation) if item is not Ellipsis]
    if field.kind != "rows":
        return "; ".join(map(_bounds_of, items))
    row = get_args(get_args(items[0])[0])
    return f"rows of {len(row)} numbers, each {_bounds_of(row[0])}"


def _bounds_of(item: Any) -> str:
    """The bounds of one number in a list."""
    return _bounds(
        (symbol, getattr(limit, symbol))
        for info in item.__metadata__
        for limit in info.metadata
        for symbol in SYMBOLS
        if hasattr(limit, symbol)
    )


def _bounds(limits: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{SYMBOLS[name]} {limit:.10g}" for name, limit in limits if name in SYMBOLS)


def _offered(field: ConfigField) -> str:
    if field.slider is None:
        return (
            "all"
            if field.kind != "number" and field.values
            else ", ".join(map(field.write, field.values))
        )
    low, high, step = map(field.write, field.slider)
    return f"{low} to {high}" + (f" by {step}" if step != "1" else "")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
