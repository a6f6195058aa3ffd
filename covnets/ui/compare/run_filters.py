"""Above the table of all runs: which of them it shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from covnets.config import FIELDS
from covnets.models import FAMILIES
from covnets.runs import STATES
from covnets.runs.overview import COLUMNS, Overview
from covnets.runs.question import NEWEST_FIRST, ORDERS, Question, ordered
from covnets.ui.parts.wording import family_title

NAME = "compare"
# A number with more values than these is chosen by its range.
MOST_VALUES = 12

CHOICES = ("family", "state", "group", "tag")
_OF_TIME, _OF_NUMBERS = ("newest first", "oldest first"), ("highest first", "lowest first")
_OF_SETS, _OF_TEXTS = ("most first", "fewest first"), ("Z to A", "A to Z")


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
        words = _directions(table, order)
        descending = st.segmented_control(
            "Direction",
            [True, False],
            format_func=lambda highest: words[0 if highest else 1],
            default=None if key_of("descending") in st.session_state else True,
            required=True,
            key=key_of("descending"),
            persist_state="session",
            label_visibility="collapsed",
        )
        with st.popover("Filter", icon=":material/filter_list:"):
            chosen = {what: _choice(table, what) for what in CHOICES}
            values, ranges = _hyperparameters(table)
            deleted = st.toggle(
                "Deleted runs instead",
                key=key_of("deleted"),
                persist_state="session",
                help="Runs that were put aside; they can be brought back.",
            )
    families, states, groups, tags = (chosen[what] for what in CHOICES)
    return Question(
        *(search.strip(), families, states, groups, tags),
        *(values, ranges, order, bool(descending), deleted),
    )


def _directions(table: Overview, order: str) -> tuple[str, str]:
    if order == NEWEST_FIRST:
        return _OF_TIME
    field = FIELDS.get(order)
    if field is not None and field.kind in ("choice", "switch"):
        return f"{field.say(field.values[-1])} first", f"{field.say(field.values[0])} first"
    if field is not None and field.kind != "text":
        return _OF_SETS if field.kind == "names" else _OF_NUMBERS
    is_text = isinstance(table.runs[order].dtype, pd.StringDtype)
    return _OF_TEXTS if is_text else _OF_NUMBERS


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


def _hyperparameters(
    table: Overview,
) -> tuple[tuple[tuple[str, tuple[Any, ...]], ...], tuple[tuple[str, tuple[float, float]], ...]]:
    """Let hyperparameters be chosen, and for each of them its values or a range."""
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
    values, ranges = [], []
    for name in chosen:
        found = _values(table, name)
        if COLUMNS[name] == "number" and _has_range(name, found):
            if (limits := _range(name, found)) is not None:
                ranges.append((name, limits))
        elif picked := _pick(name, found):
            values.append((name, picked))
    return tuple(values), tuple(ranges)


def _values(table: Overview, name: str) -> list[Any]:
    return ordered(name, table.runs[name].dropna().unique().tolist())


def _pick(name: str, found: list[Any]) -> tuple[Any, ...]:
    key = key_of(f"value.{name}")
    options = ordered(name, (*found, *st.session_state.get(key, [])))
    return tuple(
        st.multiselect(
            FIELDS[name].title,
            options,
            format_func=FIELDS[name].say,
            key=key,
            persist_state="session",
            placeholder="choose values",
        )
    )


def _has_range(name: str, found: list[float]) -> bool:
    """Whether a number is chosen by its range; what an address asks for is shown as it asks."""
    if st.session_state.get(range_key(name)):
        return True
    return len(found) > MOST_VALUES and not st.session_state.get(key_of(f"value.{name}"))


def _range(name: str, found: list[float]) -> tuple[float, float] | None:
    wished: tuple[float, float] | None = st.session_state.get(range_key(name))
    # Only a slider that is made with a pair gives one back. Another wish is another slider.
    key = f"{range_key(name)}.{wished}"
    options = ordered(name, (*found, *(wished or ()), *st.session_state.get(key, ())))
    if len(options) < 2:
        return None
    low, high = st.select_slider(
        FIELDS[name].title,
        options,
        value=wished or (options[0], options[-1]),
        format_func=FIELDS[name].say,
        key=key,
        persist_state="session",
    )
    return low, high


def range_key(name: str) -> str:
    """Names the range of a hyperparameter that an address asks for."""
    return key_of(f"range.{name}")


def key_of(name: str) -> str:
    """Names a widget of this page."""
    return f"{NAME}.{name}"
