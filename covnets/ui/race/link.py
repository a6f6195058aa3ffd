"""The race page's address: the race that is shown, who stands on the line, what is equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from covnets.config import (
    NetworkConfig,
    RunConfig,
    TrainConfig,
    compact,
    from_compact,
    from_link,
    to_link,
    with_titles,
)
from covnets.errors import ConfigError, CovnetsError
from covnets.groups.race import EQUAL, MOST_CONTESTANTS, Conditions
from covnets.messages import advice, either
from covnets.models import FAMILIES
from covnets.runs import PACES, Group, GroupKind
from covnets.ui import address
from covnets.ui.parts import controls
from covnets.ui.parts.group_choice import follow as follow_group
from covnets.ui.race import contestants

NAME: GroupKind = "race"
CONTESTANT, SEEDS, PACE = "contestant", "seeds", "pace"
SEED_COUNTS = (1, 3, 5, 10)
# All look at the images of the first one.
SETTINGS = tuple(name for name in EQUAL if name != "dataset")
USUAL_PACE = "epoch"
# Shorter than a family's own recipe: several contestants share the machine.
USUAL = TrainConfig(epochs=4, num_train=4000)
"""What is equal for all, unless somebody changes it."""


def follow() -> None:
    """Show what the address asks for, where it asks for something."""
    wish = address.first_visit(NAME)
    if wish is None:
        return
    follow_group(NAME, wish.pop(NAME, None))
    try:
        _put_on_line(wish.pop(CONTESTANT, []))
        _set_conditions(wish)
    except CovnetsError as error:
        address.refuse(NAME, with_titles(str(error), USUAL))


def remember(group: Group | None, conditions: Conditions) -> None:
    """Write what the page shows into the address.

    Args:
        group: the race.
        conditions: what is the same for all contestants.
    """
    network = FAMILIES["vgg"].config_class()
    train = conditions.train.replace(dataset=USUAL.dataset)
    params: dict[str, str | list[str]] = dict(_recipe_link(train, network))
    if conditions.num_seeds != SEED_COUNTS[0]:
        params[SEEDS] = str(conditions.num_seeds)
    if conditions.pace != USUAL_PACE:
        params[PACE] = conditions.pace
    if contestants.line():
        params[CONTESTANT] = [compact(config, _defaults()) for config in contestants.line()]
    if group is not None:
        params[NAME] = group.id
    address.remember(NAME, params)


def _put_on_line(texts: str | list[str]) -> None:
    named = [texts] if isinstance(texts, str) else texts
    if len(named) > MOST_CONTESTANTS:
        raise ConfigError(
            f"The address names {len(named)} contestants: at most {MOST_CONTESTANTS} race."
        )
    if named:
        contestants.set_line([from_compact(text, _defaults()) for text in named])


def _set_conditions(wish: Mapping[str, Any]) -> None:
    given = dict(wish)
    seeds, pace = given.pop(SEEDS, str(SEED_COUNTS[0])), given.pop(PACE, USUAL_PACE)
    if seeds not in map(str, SEED_COUNTS):
        raise ConfigError(f"seeds={seeds!r} is not offered: use {either(SEED_COUNTS)}.")
    if pace not in PACES:
        raise ConfigError(f"pace={pace!r} is unknown: use {either(PACES)}.")
    unknown = [name for name in given if name not in SETTINGS]
    if unknown:
        address.refuse(
            NAME,
            f"The address names {unknown[0][:40]!r}, which a race does not have: "
            + advice(unknown[0][:40], (CONTESTANT, SEEDS, PACE, *SETTINGS)),
        )
        return
    train = from_link(given, FAMILIES["vgg"].config_class(), USUAL).train
    controls.reset(train, controls.training(NAME))
    st.session_state[f"{NAME}.seeds"] = int(seeds)
    st.session_state[f"{NAME}.pace"] = pace


def _recipe_link(train: TrainConfig, network: NetworkConfig) -> dict[str, str]:
    return to_link(RunConfig(network=network, train=train), network, USUAL)


def _defaults() -> dict[str, tuple[NetworkConfig, TrainConfig]]:
    return {
        name: (family.config_class(), family.train_defaults) for name, family in FAMILIES.items()
    }
