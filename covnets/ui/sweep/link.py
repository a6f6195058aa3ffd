"""The sweep page's address: the sweep that is shown, and how the next one is set up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from covnets.config import fields_of, from_link, to_link, with_titles
from covnets.errors import ConfigError, CovnetsError
from covnets.groups.sweep.axes import MOST_AXES, MOST_VALUES, Axis, default_axes, offered
from covnets.groups.sweep.grid import Method, SweepPlan
from covnets.models import PAGE_FAMILIES
from covnets.runs import Group
from covnets.ui import address
from covnets.ui.parts.group_choice import follow as follow_group
from covnets.ui.sweep.setup import SetUp
from covnets.ui.sweep.state import (
    FIRST_FAMILY,
    METHOD,
    NAME,
    UNFOLDED,
    fields_key,
    show_plan,
    usual,
    values_key,
)

VARY = "vary"
SEARCH = {"runs": "budget_runs", "minutes": "budget_minutes", "prune": "prune"}
"""Parameters of a search, by the fields of its plan."""
SEARCH_SEED = "search_seed"
FIELDS = {**SEARCH, SEARCH_SEED: "seed"}
LONGEST_SAID = 40

Texts = str | list[str]


def follow() -> None:
    """Show what the address asks for, where it asks for something."""
    wish = address.first_visit(NAME)
    if wish is None:
        return
    named = wish.pop(NAME, None)
    follow_group(NAME, named)
    if not wish:
        return
    family = str(wish.get("family", FIRST_FAMILY))
    tables = usual(family if family in PAGE_FAMILIES else FIRST_FAMILY)
    try:
        show_plan(plan_of(wish))
        st.session_state[UNFOLDED] = named is None
    except CovnetsError as error:
        sentence = with_titles(str(error), tables.network, tables.train)
        address.refuse(NAME, f"The address asks for what cannot be. {sentence}")


def remember(group: Group | None, now: SetUp) -> None:
    """Write what the page shows into the address.

    Args:
        group: the sweep.
        now: how the next one is set up.
    """
    params: dict[str, Texts] = {}
    if now.base is not None:
        params |= _set_up_link(now)
    if group is not None:
        params[NAME] = group.id
    address.remember(NAME, params)


def plan_of(params: dict[str, Texts]) -> SweepPlan:
    """Read the set-up of a sweep from the parameters of an address.

    Args:
        params: family, method, vary, what a search may try, and whatever is not the default.

    Raises:
        CovnetsError: one of them is unknown, or there can be no such sweep.
    """
    rest = dict(params)
    family = _one(rest, "family", FIRST_FAMILY)
    if family not in PAGE_FAMILIES:
        raise ConfigError(
            f"family={family[:LONGEST_SAID]!r} is unknown: use {', '.join(PAGE_FAMILIES)}."
        )
    method = _one(rest, "method", "grid")
    if method not in get_args(Method):
        raise ConfigError(
            f"method={method[:LONGEST_SAID]!r} is unknown: use {', '.join(get_args(Method))}."
        )
    axes = _axes(family, rest.pop(VARY, []))
    search = {field: _one(rest, name, "") for name, field in FIELDS.items() if name in rest}
    base = from_link(rest, usual(family).network, usual(family).train)
    return SweepPlan.model_validate({"base": base, "axes": axes, "method": method, **search})


def _set_up_link(now: SetUp) -> dict[str, Texts]:
    """All of the set-up that is not as it is at first, one that cannot be started included."""
    params: dict[str, Texts] = {}
    if now.family != FIRST_FAMILY:
        params["family"] = now.family
    fields = st.session_state[fields_key(now.family)]
    vary = [
        f"{field}:{','.join(_in_link(text) for text in st.session_state[key])}"
        for field in fields
        if (key := values_key(now.family, field)) in st.session_state
    ]
    if vary != _first_vary(now.family):
        params[VARY] = vary
    if now.base is not None:
        params |= to_link(now.base, usual(now.family).network, usual(now.family).train)
    if st.session_state[METHOD] != "grid":
        params["method"] = st.session_state[METHOD]
        params |= {} if now.plan is None else _search_link(now.plan)
    return params


def _search_link(plan: SweepPlan) -> dict[str, str]:
    params = {}
    for name, field in FIELDS.items():
        value, known = getattr(plan, field), fields_of(SweepPlan)[field]
        if value != known.info.default:
            params[name] = known.write(value)
    return params


def _first_vary(family: str) -> list[str]:
    return [
        f"{axis.field}:{','.join(map(offered(family)[axis.field].write, axis.values))}"
        for axis in default_axes(family)
    ]


def _axes(family: str, given: Texts) -> Sequence[Axis]:
    texts = [given] if isinstance(given, str) else given
    if not texts:
        return default_axes(family)
    if len(texts) > MOST_AXES:
        raise ConfigError(
            f"The address varies {len(texts)} hyperparameters: at most {MOST_AXES} can be."
        )
    return [_axis(family, text) for text in texts]


def _axis(family: str, text: str) -> Axis:
    """Read what stands as "num_blocks:1,2,3"."""
    field, _, values = text.partition(":")
    parts = [part for part in values.split(",") if part]
    if len(parts) > MOST_VALUES:
        raise ConfigError(
            f"The address has {len(parts):,} values of one hyperparameter: give at most "
            f"{MOST_VALUES}."
        )
    if len(field) > LONGEST_SAID:
        field = field[: LONGEST_SAID - 3] + "..."
    known = offered(family).get(field)
    is_names = known is not None and known.kind == "names"
    return Axis(
        field=field, values=tuple(part.replace("/", ",") if is_names else part for part in parts)
    )


def _in_link(text: str) -> str:
    """Several names that are one value must not look like several values."""
    return text.replace(",", "/")


def _one(params: dict[str, Texts], name: str, usual_text: str) -> str:
    given = params.pop(name, usual_text)
    if isinstance(given, list):
        raise ConfigError(f"{name} is given {len(given)} times: give it once.")
    return given
