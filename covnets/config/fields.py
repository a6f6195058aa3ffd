"""What a hyperparameter is: its names, what it offers, and how its values are read and said.

Each is made once, from its declaration in a table. Whoever shows, reads or writes one asks here:
widgets, addresses, the command line, the sweep's axes, the filters and all labels. So a value is
written in one way and said in one wording wherever it stands.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import create_model
from pydantic.fields import FieldInfo

from covnets.config.table import NOTHING, Table
from covnets.config.training import AnyNetworkConfig, RunConfig, TrainConfig

AnyValue = TypeVar("AnyValue")
Value = bool | int | float | str
Kind = Literal["number", "switch", "choice", "names", "counts", "shape", "rows", "text"]
"""A number; on or off; one name of several, or some of them; a number for each stage; height, width
and channels; rows of numbers, one for each module; any text."""

NETWORKS: tuple[type[AnyNetworkConfig], ...] = get_args(get_args(AnyNetworkConfig)[0])
"""The tables of all families."""

LIMITS = ("ge", "gt", "le", "lt", "multiple_of")


@dataclass(frozen=True, eq=False)
class ConfigField:
    """One hyperparameter of a table.

    Attributes:
        name: as in the code, in an address and after `--set`.
        title: on its widget and over its column.
        short: beside its value; no two hyperparameters of a run have the same.
        kind: what its values are.
        of: the part of a `RunConfig` that it belongs to.
        names: what it chooses from, in their order; none where it is no choice.
        slider: the lowest and the highest value that a page offers, and the step between them.
        values: all that a page offers, in order, as on a sweep's axis: one number stands for all
            stages. None where it has no widget on a family's page.
        limits: what is valid, by the names of `LIMITS`.
        advanced: whether a first lesson can do without it.
        only_if: another hyperparameter and the value without which this one does nothing.
        info: its declaration.
    """

    name: str
    title: str
    short: str
    kind: Kind
    of: Literal["network", "train"]
    names: tuple[str, ...]
    slider: tuple[float, float, float] | None
    values: tuple[Value, ...]
    limits: Mapping[str, float]
    advanced: bool
    only_if: tuple[str, Value] | None
    info: FieldInfo = field(repr=False)

    @property
    def is_number(self) -> bool:
        """Whether one number says it; the same count can stand for all stages."""
        return self.kind in ("number", "counts")

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether it does anything in a network or a training with these values."""
        return self.only_if is None or values.get(self.only_if[0]) == self.only_if[1]

    def read(self, given: Any) -> Any:
        """Return the value that was written as a text, or that came with some JSON.

        Raises:
            ConfigError: it is not valid.
        """
        return getattr(self._reader.model_validate({self.name: given}), self.name)

    def write(self, value: Any) -> str:
        """Return a value as the text that `read` reads: "0.003", "true", "3,8,36,3", "28x28x1"."""
        match value:
            case bool():
                return str(value).lower()
            case float() if value.is_integer():
                return str(int(value))
            case tuple() | list():
                rows = ["/".join(map(str, row)) if _is_list(row) else str(row) for row in value]
                return ("x" if self.kind == "shape" else ",").join(rows) or NOTHING
        return str(value)

    def say(self, value: Any) -> str:
        """Return a value for people: "on", "one cycle", "4,000", "3, 8, 36, 3".

        Args:
            value: as the table has it, or as `write` wrote it.
        """
        text = self.write(value)
        match self.kind:
            case "switch":
                return {"true": "on", "false": "off"}.get(text, text)
            case "number" if text.isdecimal():
                return f"{int(text):,}"
            case "choice":
                return text.replace("_", " ")
            case "names" | "counts" | "rows":
                return text.replace(",", ", ")
        return text

    def phrase(self, value: Any) -> str:
        """Return name and value for people: "filters 16", "with BatchNorm", "blocks 3".

        Args:
            value: as for `say`.
        """
        if self.kind == "switch":
            return f"{'with' if self.say(value) == 'on' else 'without'} {self.short}"
        return f"{self.short} {self.say(value)}"

    def in_order(self, values: Iterable[AnyValue]) -> tuple[AnyValue, ...]:
        """Return values in their order, each once.

        Numbers stand by size, a switch that is off before one that is on, names as they are
        declared, lists of numbers item by item, and lists of names by how many they are first.
        What was not declared, such as another version's names, stands behind.

        Args:
            values: as the table has them, or as `write` wrote them.
        """

        def key(value: AnyValue) -> Any:
            if self.kind not in ("names", "counts", "shape", "rows"):
                return self._key(value)
            keys = [self._key(item) for item in _items(value)]
            return (len(keys), keys) if self.names else keys

        return tuple(sorted(dict.fromkeys(values), key=key))

    def _key(self, value: Any) -> tuple[int, Any]:
        if _is_list(value):
            return 0, value
        if value in self.names:
            return 0, self.names.index(value)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        return (0, number) if math.isfinite(number) else (1, natural_key(str(value)))

    @cached_property
    def _reader(self) -> type[Table]:
        """A table of this one field, so that a value is refused in the field's own words."""
        declared: dict[str, Any] = {self.name: (self.info.annotation, self.info)}
        return create_model("Value", __base__=Table, **declared)


@lru_cache
def fields_of(*tables: type[Table]) -> Mapping[str, ConfigField]:
    """Return the fields of some tables by name, without the family's own name.

    Args:
        tables: such as a network's and `TrainConfig`; of equal names the first one counts.

    Returns:
        Table by table, those of its own first, then those that all families have.
    """
    found: dict[str, ConfigField] = {}
    for table in tables:
        own = table.__annotations__
        declared = sorted(table.model_fields.items(), key=lambda item: item[0] not in own)
        for name, info in declared:
            if name != "family" and name not in found:
                found[name] = _made(table, name, info)
    return types.MappingProxyType(found)


def _made(table: type[Table], name: str, info: FieldInfo) -> ConfigField:
    extra: Any = info.json_schema_extra or {}
    kind, names = _kind_and_names(info.annotation)
    title = info.title or name
    return ConfigField(
        name=name,
        title=title,
        short=extra.get("short") or _uncapitalised(title),
        kind=kind,
        of="train" if issubclass(table, TrainConfig) else "network",
        names=names,
        slider=tuple(extra["slider"]) if "slider" in extra else None,
        values=_offered(kind, names, extra),
        limits={
            limit: getattr(item, limit)
            for item in info.metadata
            for limit in LIMITS
            if hasattr(item, limit)
        },
        advanced=bool(extra.get("advanced")),
        only_if=tuple(extra["only_if"]) if "only_if" in extra else None,
        info=info,
    )


def _kind_and_names(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = get_args(annotation)[0]
    if annotation is bool:
        return "switch", ()
    if annotation in (int, float):
        return "number", ()
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    if get_origin(annotation) is not tuple:
        return "text", ()
    item, *others = get_args(annotation)
    if get_origin(item) is Literal:
        return "names", get_args(item)
    if others != [Ellipsis]:
        return "shape", ()
    is_count = get_origin(item) is Annotated and get_args(item)[0] is int
    return ("counts" if is_count else "rows"), ()


def _offered(kind: Kind, names: tuple[str, ...], extra: Mapping[str, Any]) -> tuple[Value, ...]:
    if "slider" in extra:
        low, high, step = extra["slider"]
        # 0.1 + 0.2 is not 0.3: such a value could not be found again.
        places = [low + place * step for place in range(round((high - low) / step) + 1)]
        return tuple(round(value, 9) if isinstance(value, float) else value for value in places)
    if "options" in extra:
        return tuple(extra["options"])
    if kind == "switch":
        return False, True
    if kind == "names":
        # All but one, and all of them: what each is good for.
        return tuple(",".join(some) for some in (*combinations(names, len(names) - 1), names))
    return names


def _uncapitalised(title: str) -> str:
    """A title within a sentence: "Blocks per stage" begins small, "BatchNorm" does not."""
    is_name = any(map(str.isupper, title.split()[0][1:]))
    return title if is_name else title[:1].lower() + title[1:]


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple | list)


def _items(value: Any) -> tuple[Any, ...]:
    if value in ("", NOTHING):
        return ()
    if isinstance(value, str):
        return tuple(value.split(","))
    return value if isinstance(value, tuple) else (value,)


FIELDS = fields_of(*NETWORKS, TrainConfig)
"""Every hyperparameter by name: those of the networks, then those of training."""


def value_of(config: RunConfig, name: str) -> Value:
    """Return a run's value of a hyperparameter, as it stands on a sweep's axis.

    Args:
        config: the run.
        name: a hyperparameter of its network or its training.

    Returns:
        A number, a name or a switch. One number stands for stages that are all alike; other lists
        are one text with commas.
    """
    field = fields_of(type(config.network), TrainConfig)[name]
    value: Any = getattr(getattr(config, field.of), name)
    if not isinstance(value, tuple):
        single: Value = value
        return single
    if field.kind == "counts" and len(set(value)) == 1:
        return int(value[0])
    return field.write(value)


def without_name(phrase: str) -> str:
    """Return the value alone of what `ConfigField.phrase` says: "2" of "blocks 2"."""
    names = sorted((field.short for field in FIELDS.values()), key=len, reverse=True)
    named = (name for name in names if phrase.startswith(f"{name} "))
    return phrase.removeprefix(next(named, "")).lstrip()


def natural_key(text: str) -> list[str | int]:
    """The key to sort texts by as people do: "sweep 2" before "Sweep 10"."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def with_titles(text: str, *tables: Table) -> str:
    """Name the fields of a sentence as their widgets do: "num_stages=5" is "Stages = 5".

    Without an equals sign a name is replaced only where it is no ordinary word, as "filters" is.
    """
    fields = fields_of(*map(type, tables))

    def spoken(match: re.Match[str]) -> str:
        field = fields.get(match[1])
        if field is None or not (match[2] or "_" in match[1]):
            return match[0]
        return f"{field.title} = " if match[2] else field.title

    return re.sub(r"\b(\w+)(=?)", spoken, text)
