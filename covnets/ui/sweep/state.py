"""Where a sweep's set-up is kept while its page is open, and how addresses and sweeps fill it."""

from __future__ import annotations

from typing import Final, get_args

import streamlit as st

from covnets.config import (
    FIELDS,
    RunConfig,
    fields_of,
    from_link,
    short_recipe,
    to_link,
    with_titles,
)
from covnets.errors import ConfigError
from covnets.groups.sweep.axes import MOST_AXES, Axis, default_axes, offered
from covnets.groups.sweep.grid import Method, SweepPlan
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.ui import address
from covnets.ui.parts import controls
from covnets.ui.parts.shown import group_of_page

NAME: Final = "sweep"
FAMILY, METHOD, SEARCH = f"{NAME}.family", f"{NAME}.method", f"{NAME}.search"
UNFOLDED = f"{NAME}.unfolded"
"""Whether the set-up is to be seen although there is a sweep: somebody has just filled it."""
FIRST_FAMILY = "resnet"
SAME = ("epochs", "num_train", "batch_size", "learning_rate", "seed")
"""What of the training can be set for all runs; the rest is as the base says."""

_PLAN = fields_of(SweepPlan)
OF_SEARCH = {
    "runs": _PLAN["budget_runs"],
    "minutes": _PLAN["budget_minutes"],
    "prune": _PLAN["prune"],
    "search_seed": _PLAN["seed"],
}
"""What a search may try, by its name in the address."""

TABLE = (
    group_of_page(NAME),
    address.one_of("family", "", PAGE_FAMILIES.keys(), FIRST_FAMILY),
    address.one_of("method", "", get_args(Method), "grid"),
    address.Parameter("vary", most=MOST_AXES),
    *(
        address.Parameter(name, write=field.write, default=field.info.default)
        for name, field in OF_SEARCH.items()
    ),
)


def usual(family: str) -> RunConfig:
    """The runs of a sweep unless somebody changes them; short ones, as there are many.

    Args:
        family: a key of `FAMILIES`.
    """
    known = FAMILIES[family]
    return RunConfig(network=known.config_class(), train=short_recipe(known.train_defaults))


def show_plan(plan: SweepPlan) -> None:
    """Put the widgets to a sweep, such as an earlier one or a link's.

    Args:
        plan: the sweep, of a family that has a page.
    """
    family = plan.base.network.family
    st.session_state[FAMILY], st.session_state[METHOD] = family, plan.method
    st.session_state[key_of(family, "fields")] = [axis.field for axis in plan.axes]
    for axis in plan.axes:
        texts = [*map(offered(family)[axis.field].write, axis.values)]
        st.session_state[key_of(family, axis.field, "values")] = texts
    rest = {name: getattr(usual(family).train, name) for name in SAME}
    is_usual = plan.base.replace(train=plan.base.train.replace(**rest)) == usual(family)
    st.session_state[base_key(family)] = usual(family) if is_usual else plan.base
    controls.reset(plan.base.train, key_of(family, "train"))
    controls.reset(plan, SEARCH)
    st.session_state[UNFOLDED] = True


def titled(text: str, config: RunConfig) -> str:
    """Name the hyperparameters in a sentence as their widgets do."""
    return with_titles(text, config.network, config.train)


def key_of(family: str, *names: str) -> str:
    """Name a widget that belongs to one family."""
    return ".".join((NAME, family, *names))


def base_key(family: str) -> str:
    """Name the run of which the others are made, before the training of all is set."""
    return key_of(family, "base")


def follow() -> None:
    """Show what the address asks for, where it asks for something."""
    address.follow(NAME, TABLE, _show, FIELDS)


def remember(plan: SweepPlan | None) -> None:
    """Write what the page shows into the address.

    Args:
        plan: how the next sweep is set up; None if there can be no such sweep.
    """
    if plan is None:
        address.remember(NAME, TABLE)
        return
    family = plan.base.network.family
    first = usual(family)
    values = {name: getattr(plan, field.name) for name, field in OF_SEARCH.items()}
    values |= {"family": family, "method": plan.method}
    if plan.axes != default_axes(family):
        values["vary"] = [_written(axis) for axis in plan.axes]
    address.remember(NAME, TABLE, to_link(plan.base, first.network, first.train), values)


def _show(values: address.Values, settings: address.Texts) -> None:
    """Put the set-up to what the address asks for; a sweep alone leaves it alone."""
    if settings or values.keys() - {NAME}:
        show_plan(_plan(values, settings))
        st.session_state[UNFOLDED] = NAME not in values


def _plan(values: address.Values, settings: address.Texts) -> SweepPlan:
    family = values.get("family", FIRST_FAMILY)
    first = usual(family)
    given = {field.name: values[name] for name, field in OF_SEARCH.items() if name in values}
    given["base"] = from_link(settings, first.network, first.train)
    given["axes"] = [_axis(family, text) for text in values.get("vary", ())]
    given["axes"] = given["axes"] or default_axes(family)
    try:
        return SweepPlan.model_validate({"method": values.get("method", "grid"), **given})
    except ConfigError as error:
        raise ConfigError(titled(str(error), first)) from error


def _axis(family: str, text: str) -> Axis:
    """Read what stands as "num_blocks:1,2,3"."""
    name, _, values = text.partition(":")
    texts = [part for part in values.split(",") if part]
    field = offered(family).get(name)
    if field is not None and field.kind == "names":
        texts = [part.replace("/", ",") for part in texts]
    return Axis(field=name, values=tuple(texts))


def _written(axis: Axis) -> str:
    """Write an axis; several names that are one value must not look like several values."""
    texts = [FIELDS[axis.field].write(value).replace(",", "/") for value in axis.values]
    return f"{axis.field}:{','.join(texts)}"
