"""The way from a single run to the same run over several seeds."""

from __future__ import annotations

import streamlit as st

from covnets.config import RunConfig
from covnets.errors import CovnetsError
from covnets.groups import race as races
from covnets.runs import Run
from covnets.ui import notices, services, shell
from covnets.ui.parts.group_choice import show_group

SEED_COUNTS = (3, 5, races.MOST_SEEDS)


def over_seeds(run: Run) -> None:
    """Offer to repeat a finished run; it counts as the first of the seeds.

    Args:
        run: the run.
    """
    if run.parent is not None:
        return  # it had the weights of another one at its start
    with st.popover(
        "Over seeds", icon=":material/casino:", help="Train it again from other seeds: was it luck?"
    ):
        st.caption("The same run from the next seeds; the race page shows what they have reached.")
        for count in SEED_COUNTS:
            if st.button(f"{count} seeds", key=f"{run.id}.seeds.{count}", type="tertiary"):
                _repeat(run, count)


def repeated(config: RunConfig, num_seeds: int) -> list[list[RunConfig]]:
    """Return a run as the trials of a race with itself, from its own seed on."""
    conditions = races.Conditions(config.train, num_seeds)
    return races.trials([config], conditions)


def _repeat(run: Run, num_seeds: int) -> None:
    try:
        # "auto" may mean something else by now.
        precision = run.facts.get("precision", run.config.train.precision)
        train = run.config.train.replace(precision=precision)
        trials = repeated(run.config.replace(train=train), num_seeds)
        group = services.conductor().begin("race", {"pace": "epoch"}, trials, begun=[run.id])
    except CovnetsError as error:
        notices.show_error(error)
        return
    show_group("race", group.id)
    st.switch_page(shell.page_file("race"))
