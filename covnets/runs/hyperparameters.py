"""A run's hyperparameters as they stand in the store, read without being checked again.

Ten thousand stored configurations are read in a fraction of a second this way; checked by pydantic
they would take many seconds, and one of another version would be refused.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from covnets.config import FIELDS, fields_of
from covnets.models import FAMILIES

Column = Literal["number", "switch", "text"]

COLUMNS: dict[str, Column] = {
    name: field.kind if field.kind in ("number", "switch") else "text"
    for name, field in FIELDS.items()
}
"""How the values of each are kept and compared: as numbers, as yes or no, or as text."""

# What another version wrote may be of another kind, and would not fit the column.
_READABLE: dict[Column, tuple[type, ...]] = {
    "number": (int, float),
    "switch": (bool,),
    "text": (str, int, float, list),
}

# By family: where a field does nothing, unless another one has this value.
_ONLY_IF = {
    family: {
        name: field.only_if
        for name, field in fields_of(facts.config_class).items()
        if field.only_if is not None
    }
    for family, facts in FAMILIES.items()
}


def read(config_json: str) -> dict[str, Any]:
    """Return a run's hyperparameters by name; lists as text, such as "3,4,6,3".

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
        name: FIELDS[name].write(value) if isinstance(value, list) else value
        for values in (network, train)
        for name, value in values.items()
        if name in FIELDS and isinstance(value, _READABLE[COLUMNS[name]])
    }
