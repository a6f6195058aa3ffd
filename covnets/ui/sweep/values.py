"""Values of a sweep's axes as text: in fields and addresses, and as people say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from covnets.groups.sweep.axes import Axis, Offer, Value, offered
from covnets.ui.parts.choices import spoken

# What a switch is in an address; people read "on" and "off".
SWITCH: Mapping[str, bool] = {"true": True, "false": False}
FIRST_VALUES = 3
"""So many values has a hyperparameter that was just chosen."""


def written(value: Value) -> str:
    """A value as a text that can be read back: 0.003 is "0.003", True is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


def said(value: Value) -> str:
    """A value for people: True is "on", "one_cycle" is "one cycle"."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return spoken(written(value)).replace(",", ", ")


def said_text(text: str) -> str:
    """What was written, for people."""
    return said(SWITCH.get(text, text))


def combination(family: str, values: Mapping[str, Value]) -> str:
    """Return values in words: "Blocks per stage 3, Filters 16".

    Args:
        family: a key of `covnets.models.FAMILIES`.
        values: by the name of the hyperparameter.
    """
    named = titles(family, values)
    return ", ".join(f"{named[name]} {said(value)}" for name, value in values.items())


def titles(family: str, fields: Iterable[str]) -> dict[str, str]:
    """Return short titles of hyperparameters: "Filters" for "Filters of the first stage".

    Args:
        family: a key of `covnets.models.FAMILIES`.
        fields: their names; no two get the same title.
    """
    full = {field: offered(family)[field].title for field in fields}
    short = {field: title.partition(" of ")[0] for field, title in full.items()}
    times = Counter(short.values())
    return {field: short[field] if times[short[field]] == 1 else full[field] for field in full}


def axis(field: str, offer: Offer | None, texts: list[str]) -> Axis:
    """Read an axis from texts; whether its values are valid, the sweep's plan says.

    Args:
        field: the hyperparameter.
        offer: what is known of it; None if it is unknown.
        texts: its values as written.
    """
    is_switch = offer is not None and offer.kind == "switch"
    values: list[Value] = [SWITCH.get(text, text) if is_switch else text for text in texts]
    return Axis(field=field, values=tuple(values))


def first_values(offer: Offer, usual: Value) -> tuple[Value, ...]:
    """Return what a hyperparameter that was just chosen is swept over.

    Args:
        offer: the hyperparameter.
        usual: its value in all other runs.

    Returns:
        Of a number the usual value and those beside it; of names the usual ones and the others, as
        many as there is room for.
    """
    if offer.kind != "number":
        others = [value for value in offer.values if value != usual]
        chosen = {usual, *others[: FIRST_VALUES - (usual in offer.values)]}
        return tuple(value for value in offer.values if value in chosen)
    nearest = min(offer.values, key=lambda value: abs(float(value) - float(usual)))
    first = max(0, min(offer.values.index(nearest) - 1, len(offer.values) - FIRST_VALUES))
    return offer.values[first : first + FIRST_VALUES]
