"""Sliders and switches made from the hyperparameter tables; none is declared here."""

from collections.abc import Collection
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from covnets.config import RunConfig, Table
from covnets.config.order import is_several
from covnets.runs import Run
from covnets.ui.parts.choices import choices, extra, matters, spoken

# More choices than these do not fit side by side into the sidebar.
_MANY_SEGMENTS = 3


def controls(defaults: Table, prefix: str, only: Collection[str] | None = None) -> dict[str, Any]:
    """Show one widget for each field that the table offers, and return their values.

    Args:
        defaults: what the widgets show at first, and what `reset` goes back to.
        prefix: begins the widgets' keys.
        only: the names of those fields that are to be shown; all if not given.

    Returns:
        Values by field name; fields that are not offered are missing.
    """
    values: dict[str, Any] = {}

    def show(advanced: bool) -> None:
        for name, field in _offered(defaults):
            if only is not None and name not in only:
                continue
            if bool(extra(field).get("advanced")) == advanced:
                key = f"{prefix}.{name}"
                st.session_state.setdefault(key, _shown_value(getattr(defaults, name), field))
                values[name] = _widget(field, key, disabled=not matters(field, values))

    show(advanced=False)
    if only is None:
        with st.expander("More settings"):
            show(advanced=True)
    return values


def reset(defaults: Table, prefix: str) -> None:
    """Put all widgets of `controls` back to their defaults."""
    for name, field in _offered(defaults):
        st.session_state[f"{prefix}.{name}"] = _shown_value(getattr(defaults, name), field)


def can_show(config: RunConfig, defaults: Table, recipe: Table) -> bool:
    """Whether the sliders can show network and training: they set fewer fields than there are.

    Args:
        config: network and training.
        defaults: its family's default network.
        recipe: its family's default training.
    """
    return not hidden_fields(config.network, defaults) and not hidden_fields(config.train, recipe)


def hidden_fields(wanted: Table, defaults: Table) -> list[str]:
    """Titles of the fields that have another value than the widgets could show.

    Args:
        wanted: the values.
        defaults: those of the fields that have no widget.
    """
    offered = dict(_offered(wanted))

    def is_hidden(name: str, value: Any) -> bool:
        if name not in offered:
            return bool(value != getattr(defaults, name))
        is_counts = isinstance(value, tuple) and "slider" in extra(offered[name])
        return is_counts and len(set(value)) > 1  # one slider for the counts of all stages

    fields = type(wanted).model_fields
    return [fields[name].title or name for name, value in wanted if is_hidden(name, value)]


def show_settings(run: Run) -> None:
    """Put the sliders of a run's family to what the run was made with."""
    reset(run.config.network, run.family)
    reset(run.config.train, training(run.family))


def training(family: str) -> str:
    """What the keys of a family's training widgets begin with."""
    return f"{family}.train"


def _offered(table: Table) -> list[tuple[str, FieldInfo]]:
    """The table's fields that have a widget; those of its own first, then the inherited ones."""
    own = type(table).__annotations__
    fields = sorted(type(table).model_fields.items(), key=lambda item: item[0] not in own)
    return [
        (name, field)
        for name, field in fields
        if extra(field) or choices(field) is not None or field.annotation is bool
    ]


def _shown_value(value: Any, field: FieldInfo) -> Any:
    if "slider" in extra(field) and isinstance(value, tuple):
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
    offered, names = extra(field), choices(field)
    if "slider" in offered:
        low, high, step = offered["slider"]
        # A run from the explorer or the command line may lie beyond what the slider offers.
        low, high = min(low, st.session_state[key]), max(high, st.session_state[key])
        return st.slider(min_value=low, max_value=high, step=step, **common)
    if "options" in offered:
        options = sorted({*offered["options"], st.session_state[key]})
        return st.select_slider(options=options, format_func=lambda value: f"{value:g}", **common)
    if names is None:
        return st.toggle(**common)
    if is_several(field):
        return st.pills(options=names, selection_mode="multi", **common)
    if len(names) <= _MANY_SEGMENTS:
        return st.segmented_control(options=names, required=True, format_func=spoken, **common)
    return st.selectbox(options=names, format_func=spoken, **common)
