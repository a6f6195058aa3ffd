"""What differs between runs: short labels for legends, and the whole of it in a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from covnets.config.base import StagedConfig
from covnets.config.table import Table
from covnets.config.training import AnyNetworkConfig, RunConfig, TrainConfig

LONGEST_LABEL = 48
"""Characters that a legend has room for beside a chart."""

# A label may be longer where its runs could not be told apart otherwise.
_LONGEST_TELLING = 64
_LONGEST_VALUE = 24
_SEPARATOR = " · "
_MORE = "…"
_FAMILY = "network.family"


class _Settings(NamedTuple):
    """A run's hyperparameters by dotted name.

    Those in `idle` say nothing about this run, as BatchNorm's momentum without BatchNorm.
    """

    values: dict[str, Hashable]
    idle: set[str]


def differing(configs: Sequence[RunConfig]) -> list[str]:
    """Name the hyperparameters that differ: "network.family", "network.shortcut", "train.seed".

    A field that only some of the families have differs. A field that does nothing in any of the
    networks does not, as BatchNorm's momentum where none has BatchNorm. The number of stages is
    left out where the counts per stage tell it; but where each network's stages are all alike, one
    count and the number of stages stand for them.

    Args:
        configs: of the runs that are to be told apart.

    Returns:
        Dotted names in the order in which the fields are declared, the family first.
    """
    return _differing(_settings(configs))


def labels(configs: Sequence[RunConfig], *, ignore: Container[str] = ("train.seed",)) -> list[str]:
    """Give each run a short label that says only what differs, such as "shortcut: projection".

    Where families differ, each label begins with the family, and only what differs within the
    family follows. Runs that do not differ are numbered. Where labels would become too long, they
    keep what tells most runs apart and end in "…"; `description` has the rest.

    Args:
        configs: of the runs that are to be told apart.
        ignore: dotted names of fields that no label mentions.

    Returns:
        One label for each config, in their order; no two are equal.
    """
    families = defaultdict(list)
    for place, config in enumerate(configs):
        families[family_title(config.network)].append(place)
    found = [""] * len(configs)
    for title, places in families.items():
        beginning = title if len(families) > 1 else ""
        of_family = _labels_of_family([configs[place] for place in places], beginning, ignore)
        for place, label in zip(places, of_family, strict=True):
            found[place] = label or title
    return _numbered(found, families)


def description(config: RunConfig, base: RunConfig | None = None) -> str:
    """Say in a sentence everything in which a run differs from another one.

    Args:
        config: of the run to be described.
        base: of the other one; None for the defaults of all fields. A network of another family is
            compared with the defaults of its own.
    """
    train = TrainConfig() if base is None else base.train
    network = type(config.network)()
    if base is not None and base.network.family == config.network.family:
        network = base.network
    settings = _settings([RunConfig(network=network, train=train), config])
    titles = {name: _title(config, name) for name in _differing(settings)}
    changed = "; ".join(_parts(settings[1], titles).values())
    return f"{family_title(config.network)} – {changed or 'nothing changed'}."


def family_title(network: AnyNetworkConfig) -> str:
    """Return a family's name for people: "ResNet"."""
    return type(network).__name__.removesuffix("Config")


def _settings(configs: Sequence[RunConfig]) -> list[_Settings]:
    counts: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    for network in (config.network for config in configs):
        if isinstance(network, StagedConfig):
            counts[network.family].add(getattr(network, network.per_stage))
    # Of stages that are all alike one count says enough, as long as their number is known.
    brief = {
        family
        for family, found in counts.items()
        if len(set(map(len, found))) == 1 or all(map(_is_even, found))
    }
    return [_settings_of(config, config.network.family in brief) for config in configs]


def _settings_of(config: RunConfig, is_brief: bool) -> _Settings:
    values: dict[str, Hashable] = {}
    idle = set()
    for group, table in (("network", config.network), ("train", config.train)):
        for name, only_if in _fields(type(table)):
            values[f"{group}.{name}"] = getattr(table, name)
            if only_if and getattr(table, only_if[0]) != only_if[1]:
                idle.add(f"{group}.{name}")
    network = config.network
    if isinstance(network, StagedConfig):
        counts = getattr(network, network.per_stage)
        if not is_brief:
            idle.add("network.num_stages")
        elif _is_even(counts):
            values[f"network.{network.per_stage}"] = counts[0]
    return _Settings(values, idle)


@lru_cache
def _fields(table: type[Table]) -> list[tuple[str, Any]]:
    """Names of a table's fields, each with what it hangs on."""
    extras = {name: field.json_schema_extra for name, field in table.model_fields.items()}
    return [
        (name, extra.get("only_if") if isinstance(extra, dict) else None)
        for name, extra in extras.items()
    ]


def _is_even(counts: tuple[int, ...]) -> bool:
    return len(set(counts)) == 1


def _differing(settings: Sequence[_Settings]) -> list[str]:
    one_of_family = {str(run.values[_FAMILY]): run.values for run in settings}
    names = dict.fromkeys([_FAMILY] if settings else [])
    for _, values in sorted(one_of_family.items()):
        names |= dict.fromkeys(values)
    ordered = sorted(names, key=lambda name: name.startswith("train."))
    return [name for name in ordered if _differs(name, settings)]


def _differs(name: str, settings: Sequence[_Settings]) -> bool:
    having = [run for run in settings if name in run.values]
    is_different = len(having) < len(settings) or len({run.values[name] for run in having}) > 1
    return is_different and any(name not in run.idle for run in having)


def _labels_of_family(
    configs: Sequence[RunConfig], beginning: str, ignore: Container[str]
) -> list[str]:
    """Label runs of one family; without a beginning, a label may be empty."""
    settings = _settings(configs)
    names = [name for name in _differing(settings) if name not in ignore]
    titles = _short_titles({name: _title(configs[0], name) for name in names})
    parts = [_parts(run, titles, _LONGEST_VALUE) for run in settings]
    full = [_joined(beginning, of_run.values()) for of_run in parts]
    if max(map(len, full)) <= LONGEST_LABEL:
        return full
    kept = _kept(names, parts, beginning)
    return [
        _joined(
            beginning,
            [text for name, text in of_run.items() if name in kept]
            + [_MORE] * (not kept.issuperset(of_run)),
        )
        for of_run in parts
    ]


def _kept(names: Sequence[str], parts: Sequence[Mapping[str, str]], beginning: str) -> set[str]:
    """Choose the fields that labels have room for: each next one tells most runs apart."""
    columns = {name: [of_run.get(name, "") for of_run in parts] for name in names}
    lengths = [len(beginning + _SEPARATOR + _MORE)] * len(parts)
    groups = [0] * len(parts)  # runs whose labels are still the same
    kept: set[str] = set()
    while True:
        fitting = {}
        for name, column in columns.items():
            num_groups = len(set(zip(groups, column, strict=True)))
            room = _LONGEST_TELLING if num_groups > len(set(groups)) else LONGEST_LABEL
            if not kept or max(_grown(lengths, column)) <= room:
                fitting[name] = num_groups
        if not fitting:
            return kept
        best = max(fitting, key=fitting.__getitem__)
        column = columns.pop(best)
        lengths, pairs = _grown(lengths, column), [*zip(groups, column, strict=True)]
        numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
        groups = [numbers[pair] for pair in pairs]
        kept.add(best)


def _grown(lengths: Sequence[int], column: Sequence[str]) -> list[int]:
    """How long labels are with one more part."""
    return [
        length + (len(_SEPARATOR + text) if text else 0)
        for length, text in zip(lengths, column, strict=True)
    ]


def _numbered(found: Sequence[str], families: Container[str]) -> list[str]:
    """Number the labels that occur more than once: "ResNet 1", "filters: 16 (2)"."""
    times = Counter(found)
    taken = set(found)
    numbers = {label: count(1) for label in times}
    numbered = []
    for label in found:
        wanted = label
        while times[label] > 1 and wanted in taken:
            number = next(numbers[label])
            wanted = f"{label} {number}" if label in families else f"{label} ({number})"
        taken.add(wanted)
        numbered.append(wanted)
    return numbered


def _parts(run: _Settings, titles: Mapping[str, str], longest: int | None = None) -> dict[str, str]:
    """What to say about each of some fields, without those that are idle in this run."""
    return {
        name: _part(name, run.values[name], title, longest)
        for name, title in titles.items()
        if name not in run.idle
    }


def _part(name: str, value: Hashable, title: str, longest: int | None) -> str:
    title = title if any(map(str.isupper, title.split()[0][1:])) else title[0].lower() + title[1:]
    if isinstance(value, bool):
        return f"{'with' if value else 'without'} {title}"
    if isinstance(value, float):
        # Six figures are enough for a label, and not always for a description.
        is_enough = longest is not None or float(f"{value:g}") == value
        return f"{title}: {f'{value:g}' if is_enough else repr(value)}"
    text = _spelled(name, value)
    if longest is not None and len(text) > longest:
        text = text[: longest - 1].rstrip(", ") + _MORE
    return f"{title}: {text}"


def _spelled(name: str, value: Hashable) -> str:
    if isinstance(value, tuple):
        rows = ["/".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in value]
        return ("x" if name.endswith("_shape") else ", ").join(rows) or "none"
    # Choices are names for programs; a dataset's name is the owner's own.
    return str(value) if name == "train.dataset" else str(value).replace("_", " ")


def _title(config: RunConfig, name: str) -> str:
    group, _, field = name.partition(".")
    return type(getattr(config, group)).model_fields[field].title or field


def _short_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Say "Filters" for "Filters of the first stage", unless two would be called the same."""
    short = {name: title.partition(" of the ")[0] for name, title in titles.items()}
    times = Counter(short.values())
    return {name: short[name] if times[short[name]] == 1 else titles[name] for name in titles}


def _joined(beginning: str, parts: Iterable[str]) -> str:
    return _SEPARATOR.join(filter(None, [beginning, *parts]))
