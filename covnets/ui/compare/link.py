"""The compare page's address: which runs are chosen, and which the table shows, in which order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from covnets.config import FIELDS, ConfigField
from covnets.models import FAMILIES
from covnets.runs import STATES
from covnets.runs.overview import COLUMNS, overview
from covnets.runs.question import NEWEST_FIRST, ORDERS
from covnets.ui import address, services
from covnets.ui.compare import chosen_runs
from covnets.ui.compare.run_filters import NAME, key_of

# So many ids fit into an address beside the filters.
MOST_RUNS = 200
LONGEST_SEARCH = 200


def show_filters(values: address.Values, _: address.Texts) -> None:
    """Put the filters of hyperparameters to what the address asks for."""
    fields = [name for name in FIELDS if name in values]
    st.session_state[key_of("fields")] = fields
    for name in fields:
        found = itertools.chain.from_iterable(values[name])
        st.session_state[key_of(f"value.{name}")] = list(dict.fromkeys(found))


def _read_runs(text: str) -> list[str]:
    """Return the runs that an address names, and say which of them are not here."""
    named = [run_id for run_id in text.split(",") if run_id][:MOST_RUNS]
    chosen_runs.choose(named)
    here = [run.id for run in chosen_runs.runs()]
    missing = [run_id[: address.LONGEST_SAID] for run_id in named if run_id not in here]
    if missing:
        names = ", ".join(missing[:3]) + ", ..." * (len(missing) > 3)
        address.refuse(
            NAME,
            f"The address names runs that this store does not have: {names}. Check that "
            "COVNETS_HOME names the folder in which they were recorded.",
        )
    return here


def _write_runs(run_ids: Sequence[str]) -> str:
    return ",".join(run_ids) if len(run_ids) <= MOST_RUNS else ""


def _read_filter(field: ConfigField, text: str) -> list[Any]:
    """Read a value of a hyperparameter, or, as earlier links have it, a range: all runs' in it."""
    match COLUMNS[field.name]:
        case "number" if ".." in text:
            low, high = sorted(map(field.read, text.split("..", 1)))
            known = overview(services.store()).runs[field.name].unique().tolist()
            return [low, *(value for value in known if low < value < high), high]
        case "text":  # another version may have had other names
            return [text.replace(", ", ",")]
    return [field.read(text)]


def _filter(field: ConfigField) -> address.Parameter:
    read = partial(_read_filter, field)
    return address.Parameter(field.name, read=read, write=field.write, most=address.MANY)


TABLE = (
    address.Parameter("runs", chosen_runs.RUNS, _read_runs, _write_runs, []),
    address.Parameter("search", key_of("search"), lambda text: text[:LONGEST_SEARCH], default=""),
    address.one_of("family", key_of("family"), FAMILIES.keys(), [], address.MANY),
    address.one_of("state", key_of("state"), STATES, [], address.MANY),
    address.Parameter("group", key_of("group"), default=[], most=address.MANY),
    address.Parameter("tag", key_of("tag"), default=[], most=address.MANY),
    address.one_of("order", key_of("order"), [*ORDERS, *FIELDS], NEWEST_FIRST),
    address.one_of("direction", key_of("descending"), {"up": False, "down": True}, True),
    address.one_of("deleted", key_of("deleted"), {"yes": True}, False),
    *map(_filter, FIELDS.values()),
)
