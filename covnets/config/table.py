"""What every table of hyperparameters has: refusals in sentences, and what the page offers."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict

from covnets.errors import ConfigError
from covnets.messages import sentence


def slider(low: float, high: float, step: float) -> JsonDict:
    """What the page offers: a slider from `low` to `high`."""
    return {"slider": [low, high, step]}


def options(*values: float) -> JsonDict:
    """What the page offers: one of these values."""
    return {"options": list(values)}


def only_if(field: str, value: bool | str) -> JsonDict:
    """Where the field does nothing: unless another field has this value."""
    return {"only_if": [field, value]}


def short(name: str) -> JsonDict:
    """What a field is called beside its value, where its title would be too long."""
    return {"short": name}


ADVANCED: JsonDict = {"advanced": True}
"""For fields that a first lesson can do without: the page folds them away."""


NOTHING = "none"
"""Stands for an empty list: a parameter without a value gets lost too easily."""


def parted(value: Any) -> Any:
    """Part a list that is written as text: "3,8,36,3"; the numbers in it are for its field to read.

    Every list of a table is read by this, wherever it comes from.
    """
    if not isinstance(value, str):
        return value
    return [] if value == NOTHING else [part for part in re.split(r"[\s,;]+", value) if part]


def parted_row(value: Any) -> Any:
    """Part a row of numbers that is written as text: "64/96/128/16/32/32"."""
    return value.split("/") if isinstance(value, str) else value


def parted_shape(value: Any) -> Any:
    """Part a shape that is written as text: "28x28x1" or "28, 28, 1"."""
    return parted(re.sub("[x×]", ",", value)) if isinstance(value, str) else value


class Table(BaseModel):
    """A table of hyperparameters: frozen, complete, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_in_a_sentence(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise ConfigError(sentence(error, cls)) from error

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """Read what `model_dump_json` wrote.

        Raises:
            ConfigError: the text is no JSON, or its values are not valid.
        """
        try:
            return super().model_validate_json(json_data, **how)
        except ValidationError as error:
            raise ConfigError(sentence(error, cls)) from error

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated like a new one.

        Raises:
            ConfigError: a changed value, or the combination, is not valid.
        """
        return type(self).model_validate(self.model_dump() | changes)
