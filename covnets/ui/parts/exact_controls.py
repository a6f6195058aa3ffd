"""A widget for every hyperparameter, with its whole valid range: what the sliders leave out.

Several numbers (an image's shape, the counts of each stage, GoogLeNet's table of filters) are
written as text: `224 x 224 x 3`, `3, 8, 36, 3`, or one row a module.
"""

import re
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from covnets.config import NetworkConfig, StagedConfig
from covnets.config.order import is_several
from covnets.ui.parts.choices import choices, matters, spoken

# Written in one text with the counts of all stages.
HIDDEN = frozenset({"family", "num_stages"})
ROWS = "module_filters"
LIMITS = {("ge", "gt"): "min_value", ("le", "lt"): "max_value", ("multiple_of",): "step"}
TEXTS = frozenset({"input_shape", "num_convs", "num_modules", "num_blocks", ROWS})


def exact_controls(config: NetworkConfig, prefix: str) -> dict[str, Any]:
    """Show one widget for each hyperparameter of a network, and return their values.

    Args:
        config: what the widgets show at first.
        prefix: begins the widgets' keys.

    Returns:
        Values by field name, ready for `config.replace`; what cannot be read is passed on as it
        was written, so that the config refuses it in its own words.
    """
    values: dict[str, Any] = {}
    for name, field in _fields(config):
        key = f"{prefix}.{name}"
        st.session_state.setdefault(key, _shown(name, getattr(config, name)))
        values[name] = _read(name, _widget(name, field, key, disabled=not matters(field, values)))
    if isinstance(config, StagedConfig):
        values["num_stages"] = max(1, len(values[config.per_stage]))
    return values


def reset_exactly(config: NetworkConfig, prefix: str) -> None:
    """Put all widgets of `exact_controls` to the values of a config."""
    for name, _ in _fields(config):
        st.session_state[f"{prefix}.{name}"] = _shown(name, getattr(config, name))


def _fields(config: NetworkConfig) -> list[tuple[str, FieldInfo]]:
    """A config's fields, those of its own family first; the image, which all have, leads."""
    own = type(config).__annotations__
    fields = [item for item in type(config).model_fields.items() if item[0] not in HIDDEN]
    leading = ("input_shape", "num_classes")
    return sorted(fields, key=lambda item: (item[0] not in leading, item[0] not in own))


def _is_numbers(name: str, value: Any) -> bool:
    return isinstance(value, tuple) and (name == ROWS or all(isinstance(v, int) for v in value))


def _shown(name: str, value: Any) -> Any:
    if name == ROWS:
        return "\n".join("/".join(map(str, row)) for row in value)
    if name == "input_shape":
        return " x ".join(map(str, value))
    if _is_numbers(name, value):
        return ", ".join(map(str, value))
    return list(value) if isinstance(value, tuple) else value


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name not in TEXTS:
        return value
    return [part for part in re.split(r"[\s,;x×]+", value.strip()) if part]


def _widget(name: str, field: FieldInfo, key: str, *, disabled: bool) -> Any:
    common: dict[str, Any] = {
        "label": field.title or key,
        "key": key,
        "help": field.description,
        "disabled": disabled,
        "persist_state": "session",
    }
    names = choices(field)
    if name == ROWS:
        return st.text_area(**common, placeholder="64/96/128/16/32/32")
    if name in TEXTS:
        return st.text_input(**common)
    if field.annotation is bool:
        return st.toggle(**common)
    if names is None:
        return st.number_input(**_range(field), **common)
    if is_several(field):
        return st.pills(options=names, selection_mode="multi", **common)
    return st.selectbox(options=names, format_func=spoken, **common)


def _range(field: FieldInfo) -> dict[str, Any]:
    """The whole range that is valid; open ends are left to the config to refuse."""
    is_whole = field.annotation is int
    found: dict[str, Any] = {"step": 1 if is_whole else 0.05, "format": "%d" if is_whole else "%g"}
    for limit in field.metadata:
        for names, argument in LIMITS.items():
            for name in names:
                if hasattr(limit, name):
                    found[argument] = getattr(limit, name)
    return found
