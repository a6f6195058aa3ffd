"""The race page's address: the race that is shown, the contestants, what is equal for all."""

from __future__ import annotations

from functools import partial

from covnets.config import (
    RunConfig,
    TrainConfig,
    compact,
    from_compact,
    from_link,
    short_recipe,
    to_link,
)
from covnets.groups.race import EQUAL, MOST_CONTESTANTS, Conditions
from covnets.models import FAMILIES
from covnets.runs import PACES, GroupKind
from covnets.ui import address
from covnets.ui.parts import controls
from covnets.ui.parts.shown import group_of_page
from covnets.ui.race import contestants

NAME: GroupKind = "race"
SEEDS, PACE = f"{NAME}.seeds", f"{NAME}.pace"
SEED_COUNTS = (1, 3, 5, 10)
USUAL_PACE = "epoch"
USUAL = short_recipe(TrainConfig())
"""What is equal for all, unless somebody changes it."""

_NETWORK = FAMILIES["vgg"].config_class()
_DEFAULTS = {name: family.defaults for name, family in FAMILIES.items()}
TABLE = (
    group_of_page(NAME),
    address.Parameter(
        "contestant",
        contestants.LINE_UP,
        read=partial(from_compact, defaults=_DEFAULTS),
        write=partial(compact, defaults=_DEFAULTS),
        most=MOST_CONTESTANTS,
    ),
    address.one_of("seeds", SEEDS, SEED_COUNTS, SEED_COUNTS[0]),
    address.one_of("pace", PACE, PACES, USUAL_PACE),
)
# All look at the images of the first one.
SETTINGS = tuple(name for name in EQUAL if name != "dataset")


def follow() -> None:
    """Show what the address asks for, where it asks for something."""
    address.follow(NAME, TABLE, _show, SETTINGS)


def remember(conditions: Conditions) -> None:
    """Write what the page shows into the address.

    Args:
        conditions: what is the same for all contestants.
    """
    train = conditions.train.replace(dataset=USUAL.dataset)
    settings = to_link(RunConfig(network=_NETWORK, train=train), _NETWORK, USUAL)
    address.remember(NAME, TABLE, settings)


def _show(_: address.Values, settings: address.Texts) -> None:
    train = from_link(settings, _NETWORK, USUAL).train
    controls.reset(train, controls.training(NAME))
