"""Sentences of the project's errors on a page, shown letter by letter."""

import re
from collections.abc import Callable, Iterable

import streamlit as st

from covnets.errors import CovnetsError
from covnets.runs import Run
from covnets.ui import services

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


def attempt(place: str, action: Callable[..., object], *args: object) -> None:
    """Do what a button asks for; if it fails, `show_problem` says why in the next run of the page.

    Args:
        place: where on the pages the problem is shown.
        action: what to do.
        args: its arguments.
    """
    try:
        action(*args)
    except CovnetsError as error:
        note_problem(place, error)


def note_problem(place: str, problem: Exception | str) -> None:
    """Keep a sentence for `show_problem`."""
    st.session_state[f"{place}.problem"] = str(problem)


def show_problem(place: str) -> None:
    """Show once why the last button could not do its work."""
    problem = st.session_state.pop(f"{place}.problem", None)
    if problem:
        show_error(problem)


def show_trouble(group_id: str, runs: Iterable[Run]) -> None:
    """Say what keeps a race or sweep from going on, or did: each once for all of its runs.

    Args:
        group_id: the race or sweep.
        runs: its runs.
    """
    active = [run for run in runs if run.is_active]
    revived = [run for run in active if run.reason]
    if revived:
        others = f" So do {len(revived) - 1} more." if len(revived) > 1 else ""
        show_warning(f"Run {revived[0].id}: {revived[0].reason}{others}")
    if trouble := services.conductor().trouble(group_id):
        show_warning(f"It cannot go on just now. {trouble}")
    engine = services.engine()
    if kept_back := next(filter(None, (engine.trouble(run.id) for run in active)), None):
        show_warning(f"Training goes on, but its points wait in memory. {kept_back}")
