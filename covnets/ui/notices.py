"""Sentences of the project's errors on a page, shown letter by letter."""

import re
from collections.abc import Iterable

import streamlit as st

from covnets.runs import Run
from covnets.ui import services

# A worker that cannot be started is tried three times, some seconds each.
SECONDS_PER_LOOK = 2.0

# What Streamlit's Markdown reads as more than a letter: emphasis, code, links, images, HTML,
# formulas, headings, tables, and colours as in ":red[...]".
_SPECIAL = re.compile(r"[\\`*_\[\]<>~$|&#!]|:(?=\w)")


def plain(text: str) -> str:
    """Escape a text that Markdown must not read, such as one with a value from outside.

    What is no letter in any encoding, as in a file name that an older system wrote, becomes "?".
    """
    return _SPECIAL.sub(r"\\\g<0>", text.encode(errors="replace").decode())


def show_error(error: Exception | str) -> None:
    """Show what went wrong."""
    st.error(plain(str(error)), icon="⚠️")


def show_warning(error: Exception | str) -> None:
    """Show what is to be changed or to be known."""
    st.warning(plain(str(error)), icon="⚠️")


def show_trouble_of_engine() -> None:
    """Show why no worker can be had, as soon as that is known."""
    waits = services.engine().state in ("starting", "broken")
    st.fragment(_trouble_of_engine, run_every=SECONDS_PER_LOOK if waits else None)()


def _trouble_of_engine() -> None:
    engine = services.engine()
    if engine.state == "broken":
        show_error(engine.message or "No worker can be started.")


def show_revived(runs: Iterable[Run]) -> None:
    """Say that runs go on whose worker has died, once for all that it trained."""
    revived = [run for run in runs if run.is_active and run.reason]
    if revived:
        others = f" So do {len(revived) - 1} more." if len(revived) > 1 else ""
        show_warning(f"Run {revived[0].id}: {revived[0].reason}{others}")
