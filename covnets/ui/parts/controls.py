"""Sliders and switches made from the hyperparameter tables; none is declared here."""

from collections.abc import Collection
from typing import Any

import streamlit as st

from covnets.config import ConfigField, RunConfig, Table, fields_of
from covnets.runs import Run

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
        for field in _offered(defaults):
            if field.advanced == advanced and (only is None or field.name in only):
                key = f"{prefix}.{field.name}"
                st.session_state.setdefault(key, _shown_value(defaults, field))
                values[field.name] = _widget(field, key, disabled=not field.applies(values))

    show(advanced=False)
    if only is None:
        with st.expander("More settings"):
            show(advanced=True)
    return values


def reset(defaults: Table, prefix: str) -> None:
    """Put all widgets of `controls` back to their defaults."""
    for field in _offered(defaults):
        st.session_state[f"{prefix}.{field.name}"] = _shown_value(defaults, field)


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

    def is_hidden(field: ConfigField) -> bool:
        value = getattr(wanted, field.name)
        if not field.values:
            return bool(value != getattr(defaults, field.name))
        return field.kind == "counts" and len(set(value)) > 1  # one slider for all stages

    return [field.title for field in fields_of(type(wanted)).values() if is_hidden(field)]


def reset_both(prefix: str, network: Table, train: Table) -> None:
    """Put the sliders of a network and of its training to these values.

    Args:
        prefix: begins the keys of the network's widgets, and those of the training's.
        network: the network.
        train: its training.
    """
    reset(network, prefix)
    reset(train, training(prefix))


def show_settings(run: Run) -> None:
    """Put the sliders of a run's family to what the run was made with."""
    reset_both(run.family, run.config.network, run.config.train)


def training(prefix: str) -> str:
    """What the keys of a training's widgets begin with, beside those of its network."""
    return f"{prefix}.train"


def _offered(table: Table) -> list[ConfigField]:
    """The table's fields that have a widget."""
    return [field for field in fields_of(type(table)).values() if field.values]


def _shown_value(table: Table, field: ConfigField) -> Any:
    value = getattr(table, field.name)
    if field.kind == "counts":
        return value[0]  # one slider for the counts of all stages
    return list(value) if isinstance(value, tuple) else value


def labelled(field: ConfigField, key: str, disabled: bool) -> dict[str, Any]:
    """What every widget of a hyperparameter is made with."""
    return {
        "label": field.title,
        "key": key,
        "help": field.info.description,
        "disabled": disabled,
        "persist_state": "session",
    }


def _widget(field: ConfigField, key: str, *, disabled: bool) -> Any:
    common = labelled(field, key, disabled)
    if field.slider is not None:
        low, high, step = field.slider
        # A run from the explorer or the command line may lie beyond what the slider offers.
        low, high = min(low, st.session_state[key]), max(high, st.session_state[key])
        return st.slider(min_value=low, max_value=high, step=step, **common)
    match field.kind:
        case "number":
            options = field.in_order((*field.values, st.session_state[key]))
            return st.select_slider(options=options, format_func=field.say, **common)
        case "switch":
            return st.toggle(**common)
        case "names":
            return st.pills(options=field.names, selection_mode="multi", **common)
        case _ if len(field.names) <= _MANY_SEGMENTS:
            return st.segmented_control(
                options=field.names, required=True, format_func=field.say, **common
            )
    return st.selectbox(options=field.names, format_func=field.say, **common)
