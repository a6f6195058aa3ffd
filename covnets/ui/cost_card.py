"""The cost card: what a network costs, in parameters, multiply-adds and seconds."""

import streamlit as st

from covnets.config import RunConfig
from covnets.models import Sketch
from covnets.runs import speeds
from covnets.ui import services
from covnets.ui.numbers import duration, short_number


def cost_card(drawn: Sketch, family: str, run_config: RunConfig | None) -> None:
    """Show a network's costs.

    Args:
        drawn: the network.
        family: its family's name.
        run_config: the planned run, whose time is predicted; None if it is not valid.
    """
    with st.container(horizontal=True, gap="small"):
        _figure("Parameters", short_number(drawn.num_params), f"{drawn.num_params:,} trainable.")
        _figure(
            "MACs per image",
            short_number(drawn.macs),
            f"{drawn.macs:,} multiply-adds of convolutions and dense layers, one image's way "
            "forward. Training costs about three times as much.",
        )
        _figure("Depth", str(drawn.depth), "Weight layers on the longest path.")
        _figure(
            "Receptive field",
            f"{drawn.receptive_field} px",
            "Side of the image region that one cell of the last spatial layer sees. It may be "
            "larger than the image: the rest is padding.",
        )
        _figure("Time for this run", *_predicted_time(drawn, family, run_config))


def _predicted_time(drawn: Sketch, family: str, run_config: RunConfig | None) -> tuple[str, str]:
    if run_config is None:
        return "–", "Put the settings right first."
    known = speeds.known_speeds(services.store(), family)
    seconds = speeds.predict_seconds(known, drawn, run_config.train)
    if seconds is None:
        return "…", "This machine's speed is measured when a worker first has nothing to do."
    return f"≈ {duration(seconds)}", (
        "From Start to the end, evaluations included. Predicted from the network's layers and a "
        "short measurement of this machine, and corrected by similar runs."
    )


def _figure(label: str, value: str, explanation: str) -> None:
    st.metric(label, value, help=explanation, border=True)
