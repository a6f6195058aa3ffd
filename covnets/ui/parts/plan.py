"""What the widgets of a page describe: a network, a run, or why neither can be."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from covnets.config import AnyNetworkConfig, RunConfig, TrainConfig, with_titles
from covnets.errors import CovnetsError
from covnets.limits import check_run
from covnets.models import Sketch, sketch


@dataclass(frozen=True)
class Plan:
    """What the widgets describe.

    Attributes:
        network: the network; the last possible one if there is no such network.
        sketch: its sketch.
        batch_size: images of one step.
        run_config: the run, None if it cannot be trained.
        problem: what to change then, in a sentence.
        is_network_valid: whether there is such a network, be it too large to be trained.
        described: network and training, be they too large for this machine; None if there is no
            such network or training.
    """

    network: AnyNetworkConfig
    sketch: Sketch
    batch_size: int
    run_config: RunConfig | None
    problem: str | None
    is_network_valid: bool = True
    described: RunConfig | None = None


def plan(
    name: str,
    network: AnyNetworkConfig,
    of_network: Mapping[str, object],
    recipe: TrainConfig,
    of_training: Mapping[str, object],
) -> Plan:
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
    run_config: RunConfig | None = None
    try:
        changed = network.replace(**of_network)
        st.session_state[possible] = changed
        train = recipe.replace(**of_training)
        run_config = RunConfig.model_validate({"network": changed, "train": train})
        drawn = check_run(run_config)
    except CovnetsError as error:
        problem = with_titles(str(error), network, recipe)
        if changed is None:
            changed = st.session_state.get(possible) or network
            problem += " The drawing and the figures are those of the last possible network."
            return Plan(changed, sketch(changed), batch_size, None, problem, False)
        return Plan(changed, sketch(changed), batch_size, None, problem, described=run_config)
    return Plan(changed, drawn, batch_size, run_config, None, described=run_config)
