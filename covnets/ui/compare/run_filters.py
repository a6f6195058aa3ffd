"""Above the table of all runs: which of them it shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from covnets.config import FIELDS
from covnets.models import FAMILIES
from covnets.runs import STATES
from covnets.runs.overview import Overview
from covnets.runs.question import NEWEST_FIRST, ORDERS, Question, ordered
from covnets.ui.parts.wording import family_title

NAME = "compare"
CHOICES = ("family", "state", "group", "tag")
_OF_TIME = {True: "newest first", False: "oldest first"}
_OF_VALUES = {True: "descending", False: "ascending"}


def filters(table: Overview) -> Question:
    """Show the filters, and return what they ask.

    Args:
        table: all runs, from which the choices come.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            key=key_of("search"),
            persist_state="session",
            placeholder="name, id, notes, tag, race",
            icon=":material/search:",
            width=230,
        )
        order = st.selectbox(
            "Order by",
            [*ORDERS, *table.fields],
            format_func=lambda name: ORDERS.get(name) or FIELDS[name].title,
            key=key_of("order"),
            persist_state="session",
            width=230,
        )
        words = _OF_TIME if order == NEWEST_FIRST else _OF_VALUES
        descending = st.segmented_control(
            "Direction",
            [True, False],
            format_func=words.__getitem__,
            default=None if key_of("descending") in st.session_state else True,
            required=True,
            key=key_of("descending"),
            persist_state="session",
            label_visibility="collapsed",
        )
        with st.popover("Filter", icon=":material/filter_list:"):
            chosen = {what: _choice(table, what) for what in CHOICES}
            values = _hyperparameters(table)
            deleted = st.toggle(
                "Deleted runs instead",
                key=key_of("deleted"),
                persist_state="session",
                help="Runs that were deleted; they can be brought back.",
            )
    families, states, groups, tags = (chosen[what] for what in CHOICES)
    return Question(
        *(search.strip(), families, states, groups, tags),
        *(values, order, bool(descending), deleted),
    )


def _choice(table: Overview, what: str) -> tuple[str, ...]:
    """Let some families, states, races and sweeps, or tags be chosen."""
    names = _offered(table, what)
    # What the address or the session asks for may not be there (any more).
    missing = [name for name in st.session_state.get(key_of(what), []) if name not in names]
    names |= {name: name for name in missing}
    if not names:
        return ()
    headings = {"family": "Family", "state": "State", "group": "Race or sweep", "tag": "Tag"}
    chosen: Sequence[str] = st.multiselect(
        headings[what],
        list(names),
        format_func=lambda name: names.get(name, name),
        key=key_of(what),
        persist_state="session",
        placeholder="all",
    )
    return tuple(chosen)


def _offered(table: Overview, what: str) -> dict[str, str]:
    """What can be chosen, each with what it is called."""
    runs = table.runs
    if what == "tag":
        return {tag: tag for tag in ordered("tags", (tag for tags in runs["tags"] for tag in tags))}
    if what == "group":
        groups = runs[["group_id", "group"]].dropna().drop_duplicates()
        return dict(zip(groups["group_id"], groups["group"], strict=True))
    found = [str(name) for name in runs[what].unique()]
    if what == "family":
        known = [name for name in FAMILIES if name in found]
        return {name: family_title(name) for name in [*known, *sorted({*found} - {*known})]}
    return {state: state for state in STATES if state in found}


def _hyperparameters(table: Overview) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Let hyperparameters be chosen, and for each of them its values."""
    key = key_of("fields")
    wished = [name for name in st.session_state.get(key, []) if name not in table.fields]
    chosen: Sequence[str] = st.multiselect(
        "Hyperparameters",
        [*table.fields, *wished],
        format_func=lambda name: FIELDS[name].title,
        key=key,
        persist_state="session",
        placeholder="any",
    )
    picked = ((name, _values(table, name)) for name in chosen)
    return tuple((name, values) for name, values in picked if values)


def _values(table: Overview, name: str) -> tuple[Any, ...]:
    key = key_of(f"value.{name}")
    found = table.runs[name].dropna().unique().tolist()
    return tuple(
        st.multiselect(
            FIELDS[name].title,
            ordered(name, (*found, *st.session_state.get(key, []))),
            format_func=FIELDS[name].say,
            key=key,
            persist_state="session",
            placeholder="choose values",
        )
    )


def key_of(name: str) -> str:
    """Names a widget of this page."""
    return f"{NAME}.{name}"
