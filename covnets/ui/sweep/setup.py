"""Setting up a sweep: what is varied, over which values, by which method; what stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, get_args

import streamlit as st

from covnets.config import RunConfig, fields_of, value_of
from covnets.errors import CovnetsError, StoreError
from covnets.groups.sweep.axes import MOST_AXES, Axis, default_axes, first_values, offered
from covnets.groups.sweep.grid import (
    MOST_RUNS,
    Cell,
    Method,
    SweepPlan,
    grid,
)
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.ui import services
from covnets.ui.parts import controls
from covnets.ui.parts.wording import run_with_score
from covnets.ui.sweep.state import (
    FAMILY,
    FIRST_FAMILY,
    METHOD,
    SAME,
    SEARCH,
    base_key,
    key_of,
    titled,
    usual,
)

MINUTES = f"{SEARCH}.budget_minutes"
OF_SEARCH = ("budget_runs", "prune", "seed")
RECENT = 30

METHODS: dict[Method, tuple[str, str]] = {
    "grid": ("Grid", "Every combination of the values, one run each."),
    "random": (
        "Random search",
        "Some of the combinations, drawn by chance: a wide look with few runs.",
    ),
    "tpe": (
        "TPE search",
        "By chance first, then more and more often where the results were best (a tree-structured "
        "Parzen estimator).",
    ),
}


@dataclass(frozen=True)
class SetUp:
    """What the widgets describe.

    Attributes:
        plan: the sweep; None if there can be none.
        cells: its combinations, impossible ones among them; empty where there are too many to look
            at each.
        problem: what to change where it cannot be started, in a sentence.
    """

    plan: SweepPlan | None = None
    cells: tuple[Cell, ...] = ()
    problem: str | None = None

    @property
    def ready(self) -> SweepPlan | None:
        """The sweep, if it can be started."""
        return self.plan if self.problem is None else None

    @property
    def possible(self) -> list[RunConfig]:
        """The runs of the combinations that can be trained."""
        return [cell.config for cell in self.cells if cell.config is not None]


def set_up() -> SetUp:
    """Show the widgets and return what they describe."""
    family = _choose_family_and_method()
    base, problem = usual(family), ""
    try:
        base = _choose_the_same_for_all(family)
    except CovnetsError as error:
        problem = str(error)
    axes = _choose_axes(family, base)
    search = _choose_budget()
    if not problem:
        try:
            return _checked(SweepPlan.model_validate({"base": base, "axes": axes, **search}))
        except CovnetsError as error:
            problem = str(error)
    return SetUp(problem=titled(problem, base))


def _choose_family_and_method() -> str:
    st.session_state.setdefault(FAMILY, FIRST_FAMILY)
    st.session_state.setdefault(METHOD, "grid")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        family = st.segmented_control(
            "Family",
            list(PAGE_FAMILIES),
            required=True,
            format_func=lambda name: PAGE_FAMILIES[name].title,
            key=FAMILY,
            persist_state="session",
        )
        method = st.segmented_control(
            "Method",
            list(get_args(Method)),
            required=True,
            format_func=lambda name: METHODS[name][0],
            key=METHOD,
            persist_state="session",
        )
    st.caption(METHODS[method or "grid"][1])
    return family or FIRST_FAMILY


def _choose_axes(family: str, base: RunConfig) -> list[Axis]:
    offers, first = offered(family), default_axes(family)
    st.session_state.setdefault(key_of(family, "fields"), [axis.field for axis in first])
    fields: list[str] = st.multiselect(
        "Varied",
        list(offers),
        format_func=lambda name: offers[name].title,
        max_selections=MOST_AXES,
        key=key_of(family, "fields"),
        persist_state="session",
        select_all=False,
        placeholder="Choose one to three hyperparameters",
        help="One to three hyperparameters. In the map of the results the first goes to the right, "
        "the second up, and each value of the third has a map of its own.",
    )
    if not fields:
        return []
    usual_values = {axis.field: axis.values for axis in first}
    places = st.columns(len(fields))
    return [
        _choose_values(family, field, place, base, usual_values.get(field))
        for field, place in zip(fields, places, strict=True)
    ]


def _choose_values(
    family: str, name: str, place: Any, base: RunConfig, first: Sequence[Any] | None
) -> Axis:
    field, key = offered(family)[name], key_of(family, name, "values")
    if first is None:
        first = first_values(field, value_of(base, name))
    st.session_state.setdefault(key, [*map(field.write, first)])
    # What was typed, or came with a link, is no less a choice than what is offered.
    options = field.in_order((*map(field.write, field.values), *st.session_state[key]))
    texts: list[str] = place.multiselect(
        field.title,
        options,
        format_func=field.say,
        accept_new_options=field.is_number,
        key=key,
        persist_state="session",
        select_all=False,
        placeholder="Choose or type numbers" if field.is_number else "Choose values",
        help="Values that are not offered can be typed." if field.is_number else None,
    )
    return Axis(field=name, values=tuple(texts))


def _choose_budget() -> dict[str, Any]:
    """How much a search may try; a grid tries all."""
    method: Method = st.session_state[METHOD]
    if method == "grid":
        return {"method": method}
    values: dict[str, Any] = {"method": method}
    defaults = _search_defaults()
    runs, minutes, prune, seed = st.columns(4, vertical_alignment="bottom")
    for place, name in zip((runs, prune, seed), OF_SEARCH, strict=True):
        with place:
            values |= controls.controls(defaults, SEARCH, only=(name,))
    st.session_state.setdefault(MINUTES, None)
    field = fields_of(SweepPlan)["budget_minutes"]
    values["budget_minutes"] = minutes.select_slider(
        "Minutes of training at most",
        # A limit that a link brought lies between those that are offered.
        [*sorted({*field.values, st.session_state[MINUTES]} - {None}), None],
        format_func=lambda value: "no limit" if value is None else f"{value:g}",
        key=MINUTES,
        persist_state="session",
        help=field.info.description,
    )
    return values


@lru_cache
def _search_defaults() -> SweepPlan:
    return SweepPlan(base=usual(FIRST_FAMILY), axes=default_axes(FIRST_FAMILY), method="tpe")


def _choose_the_same_for_all(family: str) -> RunConfig:
    """Ask for what is not varied.

    Raises:
        CovnetsError: the training is not valid.
    """
    with st.sidebar:
        st.subheader("The same for all runs", anchor=False)
        base = _choose_base(family)
        first = [axis.field for axis in default_axes(family)]
        varied = st.session_state.get(key_of(family, "fields"), first)
        shown = [name for name in SAME if name not in varied]
        values = controls.controls(base.train, key_of(family, "train"), only=shown)
    return base.replace(train=base.train.replace(**values))


def _choose_base(family: str) -> RunConfig:
    """Ask where the hyperparameters come from that are not varied."""
    key = base_key(family)
    names = {usual(family): f"{FAMILIES[family].title}'s defaults"}
    for run in services.store().runs.list(family=family, limit=RECENT):
        with suppress(StoreError):  # another version's
            names.setdefault(run.config, run_with_score(run))
    names.setdefault(st.session_state.setdefault(key, usual(family)), "as set up now")
    base: RunConfig = st.selectbox(
        "Everything else as in",
        list(names),
        format_func=names.__getitem__,
        key=key,
        persist_state="session",
        on_change=_follow_base,
        args=(family,),
        help="All hyperparameters of the network and of the training that are not varied. The most "
        "important ones of the training can be changed below.",
    )
    return base


def _follow_base(family: str) -> None:
    """Let the training's widgets show what was just chosen."""
    controls.reset(st.session_state[base_key(family)].train, key_of(family, "train"))


def _checked(plan: SweepPlan) -> SetUp:
    """Look at the combinations, where there are not too many, and refuse if none is possible."""
    cells = cells_of(plan)
    problem = None
    if cells and all(cell.config is None for cell in cells):
        first = titled(cells[0].refusal or "", plan.base)
        problem = f"None of the {len(cells)} combinations can be trained. The first one: {first}"
    return SetUp(plan, cells, problem)


@lru_cache(maxsize=32)
def cells_of(plan: SweepPlan) -> tuple[Cell, ...]:
    """Return a sweep's combinations; none of a search that chooses among very many."""
    if prod(len(axis.values) for axis in plan.axes) > MOST_RUNS:
        return ()
    return tuple(grid(plan))
