"""Where a sweep's set-up is kept while its page is open, and how it is filled from outside."""

from __future__ import annotations

from typing import Final

import streamlit as st

from covnets.config import RunConfig
from covnets.groups.sweep.axes import offered
from covnets.groups.sweep.grid import SweepPlan
from covnets.models import FAMILIES
from covnets.ui import services
from covnets.ui.parts import controls

NAME: Final = "sweep"
FAMILY, METHOD, MINUTES = f"{NAME}.family", f"{NAME}.method", f"{NAME}.minutes"
SEARCH = f"{NAME}.search"
UNFOLDED = f"{NAME}.unfolded"
"""Whether the set-up is to be seen although there is a sweep: somebody has just filled it."""
FIRST_FAMILY = "resnet"
SAME = ("epochs", "num_train", "batch_size", "learning_rate", "seed")
"""What of the training can be set for all runs; the rest is as the base says."""
# Where the rest of the hyperparameters comes from; other choices are ids of runs.
DEFAULTS, GIVEN = "defaults", "given"


def usual(family: str) -> RunConfig:
    """The runs of a sweep unless somebody changes them; short ones, as there are many.

    Args:
        family: a key of `FAMILIES`.
    """
    known = FAMILIES[family]
    train = known.train_defaults.replace(epochs=4, num_train=4000)
    return RunConfig(network=known.config_class(), train=train)


def base_of(family: str) -> RunConfig:
    """Return the run of which the others are made, before the training of all is set.

    Raises:
        CovnetsError: it is a run that is not here, or that another version wrote.
    """
    chosen = st.session_state.get(base_key(family), DEFAULTS)
    if chosen == GIVEN and given_key(family) in st.session_state:
        given: RunConfig = st.session_state[given_key(family)]
        return given
    return (
        usual(family) if chosen in (DEFAULTS, GIVEN) else services.store().runs.get(chosen).config
    )


def show_plan(plan: SweepPlan) -> None:
    """Put the widgets to a sweep, such as an earlier one or a link's.

    Args:
        plan: the sweep, of a family that has a page.
    """
    family = plan.base.network.family
    st.session_state[FAMILY], st.session_state[METHOD] = family, plan.method
    st.session_state[fields_key(family)] = [axis.field for axis in plan.axes]
    for axis in plan.axes:
        texts = [*map(offered(family)[axis.field].write, axis.values)]
        st.session_state[values_key(family, axis.field)] = texts
    rest = {name: getattr(usual(family).train, name) for name in SAME}
    is_usual = plan.base.replace(train=plan.base.train.replace(**rest)) == usual(family)
    st.session_state[base_key(family)] = DEFAULTS if is_usual else GIVEN
    if not is_usual:
        st.session_state[given_key(family)] = plan.base
    controls.reset(plan.base.train, train_key(family))
    controls.reset(plan, SEARCH)
    st.session_state[MINUTES] = plan.budget_minutes
    st.session_state[UNFOLDED] = True


def fields_key(family: str) -> str:
    """Names the widget of a family's varied hyperparameters."""
    return f"{NAME}.{family}.fields"


def values_key(family: str, field: str) -> str:
    """Names the widget of a hyperparameter's values."""
    return f"{NAME}.{family}.{field}.values"


def base_key(family: str) -> str:
    """Names the widget of where the rest comes from."""
    return f"{NAME}.{family}.base"


def given_key(family: str) -> str:
    """Where a base is kept that is neither the default nor a run."""
    return f"{NAME}.{family}.given"


def train_key(family: str) -> str:
    """What the keys of the training's widgets begin with."""
    return f"{NAME}.{family}.train"
