"""The compare page's address: which runs are chosen, and which the table shows, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from covnets.config import FIELDS
from covnets.errors import ConfigError, CovnetsError
from covnets.messages import either, meant
from covnets.models import FAMILIES
from covnets.runs import STATES
from covnets.runs.hyperparameters import COLUMNS
from covnets.runs.question import NEWEST_FIRST, ORDERS, Question
from covnets.ui import address
from covnets.ui.compare import chosen_runs
from covnets.ui.compare.run_filters import CHOICES, NAME, key_of, range_key

RUNS = "runs"
PARAMETERS = (RUNS, "search", "order", "direction", "deleted")
"""Of the address, beside the choices and the hyperparameters."""
# So many ids fit into an address beside the filters.
MOST_RUNS = 200


Params = dict[str, str | list[str]]


def follow() -> None:
    """Show what the address asks for, where it asks for something."""
    wish = address.first_visit(NAME)
    if wish is None:
        return
    named = wish.pop(RUNS, "")
    texts = [named] if isinstance(named, str) else named
    try:
        _put_filters(wish)
    except CovnetsError as error:
        address.refuse(NAME, error)
    _choose([run_id for text in texts for run_id in text.split(",") if run_id])


def remember(question: Question) -> None:
    """Write what the page shows into the address.

    Args:
        question: what the filters ask.
    """
    found = _params(question)
    if 0 < len(chosen_runs.ids()) <= MOST_RUNS:
        found[RUNS] = ",".join(chosen_runs.ids())
    address.remember(NAME, found)


def _choose(run_ids: list[str]) -> None:
    """Choose the runs that an address names, and say which of them are not here."""
    chosen_runs.choose(run_ids[:MOST_RUNS])
    here = {run.id for run in chosen_runs.runs()}
    missing = [run_id for run_id in run_ids[:MOST_RUNS] if run_id not in here]
    if missing:
        names = ", ".join(run_id[:40] for run_id in missing[:3]) + ", ..." * (len(missing) > 3)
        address.refuse(
            NAME,
            f"The address names runs that this store does not have: {names}. Check that "
            "COVNETS_HOME names the folder in which they were recorded.",
        )


def _put_filters(wish: Mapping[str, str | list[str]]) -> None:
    """Put the filters to what an address asks for.

    Raises:
        ConfigError: it asks for something that is not known here; the filters stay as they are.
    """
    state: dict[str, Any] = {key_of("search"): "", key_of("order"): NEWEST_FIRST}
    state |= {key_of("descending"): True, key_of("deleted"): False, key_of("fields"): []}
    state |= {key_of(what): [] for what in CHOICES}
    for name, value in wish.items():
        texts = [value] if isinstance(value, str) else list(value)
        if name in FIELDS:
            state[key_of("fields")].append(name)
            state |= _wished(name, texts)
        elif name in CHOICES:
            _refuse_unknown(name, texts)
            state[key_of(name)] = texts
        elif name == "search":
            state[key_of(name)] = texts[0][:200]
        elif name == "order" and (texts[0] in ORDERS or texts[0] in FIELDS):
            state[key_of(name)] = texts[0]
        elif name == "direction" and texts[0] in ("up", "down"):
            state[key_of("descending")] = texts[0] == "down"
        elif name == "deleted" and texts[0] == "yes":
            state[key_of(name)] = True
        else:
            near = [] if name in PARAMETERS else meant(name[:40], (*PARAMETERS, *CHOICES, *FIELDS))
            advice = f"did you mean {either(near)}?" if near else "choose under Filter instead."
            raise ConfigError(
                f"The address asks for {name[:40]}={texts[0][:40]}, which is not known here: "
                f"{advice}"
            )
    st.session_state.update(state)


def _params(question: Question) -> Params:
    """Return what of a question stands in the address: all that is not as usual."""
    found: Params = {}
    if question.search:
        found["search"] = question.search
    chosen = (question.families, question.states, question.groups, question.tags)
    found |= {what: list(texts) for what, texts in zip(CHOICES, chosen, strict=True) if texts}
    found |= {
        name: [FIELDS[name].write(each) for each in values] for name, values in question.values
    }
    found |= {name: "..".join(map(FIELDS[name].write, limits)) for name, limits in question.ranges}
    if question.order != NEWEST_FIRST:
        found["order"] = question.order
    if not question.descending:
        found["direction"] = "up"
    if question.deleted:
        found["deleted"] = "yes"
    return found


def _wished(name: str, texts: list[str]) -> dict[str, Any]:
    """What the address asks of one hyperparameter, as the state of its widget."""
    field = FIELDS[name]
    try:
        if COLUMNS[name] == "number" and ".." in texts[0]:
            return {range_key(name): tuple(sorted(map(field.read, texts[0].split("..", 1))))}
        if COLUMNS[name] == "text":  # another version may have had other names
            values = [text.replace(", ", ",") for text in texts]
        else:
            values = [field.read(text) for text in texts]
        return {key_of(f"value.{name}"): values, range_key(name): None}
    except ConfigError as error:
        raise ConfigError(
            f"The address asks for {field.title} = {texts[0][:40]!r}, which is no value of it: "
            "choose under Filter instead."
        ) from error


def _refuse_unknown(name: str, texts: list[str]) -> None:
    offered: dict[str, list[str]] = {"family": [*FAMILIES], "state": [*STATES]}
    known = offered.get(name, texts)
    for text in texts:
        if text not in known:
            raise ConfigError(
                f"The address asks for the {name} {text[:40]!r}: use {', '.join(known)}."
            )
