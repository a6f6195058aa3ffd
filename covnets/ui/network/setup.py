"""What the widgets of a page describe: a network, a run, or why neither can be."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from covnets.config import AnyNetworkConfig, RunConfig, TrainConfig, with_titles
from covnets.errors import CovnetsError
from covnets.limits import check_run


@dataclass(frozen=True)
class SetUp:
    """What the widgets describe.

    Attributes:
        network: the network; the last possible one if there is no such network.
        batch_size: images of one step.
        described: network and training, even if too large for this machine; None if there is no
            such network or training.
        problem: what to change before it can be trained, in a sentence.
    """

    network: AnyNetworkConfig
    batch_size: int
    described: RunConfig | None
    problem: str | None

    @property
    def run_config(self) -> RunConfig | None:
        """The run, None if it cannot be trained."""
        return self.described if self.problem is None else None


def set_up(
    name: str,
    network: AnyNetworkConfig,
    of_network: Mapping[str, object],
    recipe: TrainConfig,
    of_training: Mapping[str, object],
) -> SetUp:
    """Put the values of the widgets together.

    Args:
        name: begins the key under which the last possible network is remembered.
        network: what the values change.
        of_network: values of the network's hyperparameters.
        recipe: what the other values change.
        of_training: values of the training's hyperparameters.
    """
    possible, batch_size = f"{name}.possible", int(str(of_training["batch_size"]))
    changed: AnyNetworkConfig | None = None
    described: RunConfig | None = None
    problem: str | None = None
    try:
        changed = network.replace(**of_network)
        st.session_state[possible] = changed
        train = recipe.replace(**of_training)
        described = RunConfig.model_validate({"network": changed, "train": train})
        check_run(described)
    except CovnetsError as error:
        problem = with_titles(str(error), network, recipe)
    if changed is None:
        changed = st.session_state.get(possible) or network
        problem = f"{problem} The drawing and the figures are those of the last possible network."
    return SetUp(changed, batch_size, described, problem)
