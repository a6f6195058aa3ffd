"""Sliders and switches made from the hyperparameter tables; none is declared here."""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from covnets.config import Table
from covnets.runs import Run

# More choices than these do not fit side by side into the sidebar.
_MANY_SEGMENTS = 3


def controls(defaults: Table, prefix: str) -> dict[str, Any]:
    """Show one widget for each field that the table offers, and return their values.

    Args:
        defaults: what the widgets show at first, and what `reset` goes back to.
        prefix: begins the widgets' keys.

    Returns:
        Values by field name; fields that are not offered are missing.
    """
    values: dict[str, Any] = {}

    def show(advanced: bool) -> None:
        for name, field in _offered(defaults):
            if bool(_extra(field).get("advanced")) == advanced:
                key = f"{prefix}.{name}"
                st.session_state.setdefault(key, _shown_value(getattr(defaults, name), field))
                values[name] = _widget(field, key, disabled=not _matters(field, values))

    show(advanced=False)
    with st.expander("More settings"):
        show(advanced=True)
    return values


def reset(defaults: Table, prefix: str) -> None:
    """Put all widgets of `controls` back to their defaults."""
    for name, field in _offered(defaults):
        st.session_state[f"{prefix}.{name}"] = _shown_value(getattr(defaults, name), field)


def show_settings(run: Run) -> None:
    """Put the sliders of a run's family to what the run was made with."""
    reset(run.config.network, run.family)
    reset(run.config.train, training(run.family))


def training(family: str) -> str:
    """What the keys of a family's training widgets begin with."""
    return f"{family}.train"


def with_titles(text: str, *tables: Table) -> str:
    """Name the fields of a sentence as their widgets do: "num_stages=5" is "Stages = 5"."""
    titles = {
        name: field.title
        for table in tables
        for name, field in type(table).model_fields.items()
        if field.title
    }

    def spoken(match: re.Match[str]) -> str:
        title = titles.get(match[1])
        return f"{title} = " if title else match[0]

    return re.sub(r"\b(\w+)=", spoken, text)


def _offered(table: Table) -> list[tuple[str, FieldInfo]]:
    """The table's fields that have a widget; those of its own first, then the inherited ones."""
    own = type(table).__annotations__
    fields = sorted(type(table).model_fields.items(), key=lambda item: item[0] not in own)
    return [
        (name, field)
        for name, field in fields
        if _extra(field) or _choices(field) is not None or field.annotation is bool
    ]


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _choices(field: FieldInfo) -> tuple[str, ...] | None:
    """The names that a Literal, or a tuple of a Literal, offers; None for the family's own name."""
    kind: Any = field.annotation
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    names = get_args(kind) if get_origin(kind) is Literal else ()
    return names if len(names) > 1 else None


def _is_tuple(field: FieldInfo) -> bool:
    """A tuple of names is a choice of several, such as Inception's branches."""
    return get_origin(field.annotation) is tuple


def _matters(field: FieldInfo, values: Mapping[str, Any]) -> bool:
    """Whether the field does anything, given the fields above it."""
    only_if: Any = _extra(field).get("only_if")
    return only_if is None or values.get(only_if[0]) == only_if[1]


def _shown_value(value: Any, field: FieldInfo) -> Any:
    if "slider" in _extra(field) and isinstance(value, tuple):
        return value[0]  # one slider for the counts of all stages
    return list(value) if isinstance(value, tuple) else value


def _widget(field: FieldInfo, key: str, *, disabled: bool) -> Any:
    common: dict[str, Any] = {
        "label": field.title or key,
        "key": key,
        "help": field.description,
        "disabled": disabled,
        "persist_state": "session",
    }
    extra, choices = _extra(field), _choices(field)
    if "slider" in extra:
        low, high, step = extra["slider"]
        return st.slider(min_value=low, max_value=high, step=step, **common)
    if "options" in extra:
        options = sorted({*extra["options"], st.session_state[key]})
        return st.select_slider(options=options, format_func=lambda value: f"{value:g}", **common)
    if choices is None:
        return st.toggle(**common)
    if _is_tuple(field):
        return st.pills(options=choices, selection_mode="multi", **common)
    if len(choices) <= _MANY_SEGMENTS:
        return st.segmented_control(options=choices, required=True, format_func=_spoken, **common)
    return st.selectbox(options=choices, format_func=_spoken, **common)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
