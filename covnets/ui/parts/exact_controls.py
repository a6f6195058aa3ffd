"""A widget for every hyperparameter, with its whole valid range: what the sliders leave out.

Several numbers (an image's shape, the counts of each stage, GoogLeNet's table of filters) are
written as text: `224x224x3`, `3, 8, 36, 3`, or one row a module.
"""

from typing import Any

import streamlit as st

from covnets.config import ConfigField, NetworkConfig, StagedConfig, fields_of
from covnets.config.table import parted
from covnets.ui.parts.controls import labelled

ARGUMENTS = {
    "ge": "min_value",
    "gt": "min_value",
    "le": "max_value",
    "lt": "max_value",
    "multiple_of": "step",
}
"""What of `st.number_input` is set by a field's limit."""


def exact_controls(config: NetworkConfig, prefix: str) -> dict[str, Any]:
    """Show one widget for each hyperparameter of a network, and return their values.

    Args:
        config: what the widgets show at first.
        prefix: begins the widgets' keys.

    Returns:
        Values by field name, ready for `config.replace`; lists of numbers as they were written, so
        that the config refuses in its own words what it cannot read.
    """
    values: dict[str, Any] = {}
    for field in exact_fields(config):
        key = f"{prefix}.{field.name}"
        st.session_state.setdefault(key, _shown(config, field))
        values[field.name] = _widget(field, key, disabled=not field.applies(values))
    if isinstance(config, StagedConfig):
        values["num_stages"] = max(1, len(parted(values[config.per_stage])))
    return values


def reset_exactly(config: NetworkConfig, prefix: str) -> None:
    """Put all widgets of `exact_controls` to the values of a config."""
    for field in exact_fields(config):
        st.session_state[f"{prefix}.{field.name}"] = _shown(config, field)


def exact_fields(config: NetworkConfig) -> list[ConfigField]:
    """The fields that have a widget here, those of the image first.

    The number of stages has none: it is written in one text with the counts of all stages.
    """
    fields = [field for name, field in fields_of(type(config)).items() if name != "num_stages"]
    return sorted(fields, key=lambda field: field.name not in ("input_shape", "num_classes"))


def _shown(config: NetworkConfig, field: ConfigField) -> Any:
    value = getattr(config, field.name)
    if field.kind == "rows":
        return field.write(value).replace(",", "\n") if value else ""
    if field.kind in ("shape", "counts"):
        return field.say(value)
    return list(value) if isinstance(value, tuple) else value


def _widget(field: ConfigField, key: str, *, disabled: bool) -> Any:
    common = labelled(field, key, disabled)
    match field.kind:
        case "rows":
            return st.text_area(**common, placeholder="64/96/128/16/32/32")
        case "shape" | "counts":
            return st.text_input(**common)
        case "switch":
            return st.toggle(**common)
        case "number":
            return st.number_input(**_range(field), **common)
        case "names":
            return st.pills(options=field.names, selection_mode="multi", **common)
    return st.selectbox(options=field.names, format_func=field.say, **common)


def _range(field: ConfigField) -> dict[str, Any]:
    """The whole range that is valid; open ends are left to the config to refuse."""
    is_whole = field.info.annotation is int
    usual = {"step": 1, "format": "%d"} if is_whole else {"step": 0.05, "format": "%g"}
    return usual | {ARGUMENTS[name]: limit for name, limit in field.limits.items()}
