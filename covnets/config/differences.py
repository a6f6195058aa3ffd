"""What differs between runs: short labels for legends, and the whole of it in a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from covnets.config.base import StagedConfig
from covnets.config.fields import ConfigField, fields_of, value_of
from covnets.config.training import AnyNetworkConfig, RunConfig, TrainConfig

LONGEST_LABEL = 48
"""Characters that a legend has room for beside a chart."""

# A label may be longer where its runs could not be told apart otherwise.
_LONGEST_TELLING = 64
_LONGEST_PHRASE = 46
_SEPARATOR = " · "
_MORE = "…"


class _Settings(NamedTuple):
    """A run's hyperparameters, and their values.

    Those in `idle` say nothing about this run, as BatchNorm's momentum without BatchNorm.
    """

    fields: Mapping[str, ConfigField]
    values: dict[str, Hashable]
    idle: set[str]


def labels(configs: Sequence[RunConfig], *, with_seed: bool = False) -> list[str]:
    """Give each run a short label that says only what differs, such as "shortcut projection".

    Where families differ, each label begins with the family, and only what differs within the
    family follows. Runs that do not differ are numbered. Where labels would become too long, they
    keep what tells most runs apart and end in "…"; `description` has the rest.

    Args:
        configs: of the runs that are to be told apart.
        with_seed: whether the seed may be mentioned, too.

    Returns:
        One label for each config, in their order; no two are equal.
    """
    families = defaultdict[str, list[int]](list)
    for place, config in enumerate(configs):
        families[family_title(config.network)].append(place)
    found = [""] * len(configs)
    for title, places in families.items():
        beginning = title if len(families) > 1 else ""
        of_family = _labels_of_family([configs[place] for place in places], beginning, with_seed)
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
    changed = "; ".join(_phrases(settings[1], _differing(settings)).values())
    return f"{family_title(config.network)} – {changed or 'nothing changed'}."


def family_title(network: AnyNetworkConfig) -> str:
    """Return a family's name for people: "ResNet"."""
    return type(network).__name__.removesuffix("Config")


def _settings(configs: Sequence[RunConfig]) -> list[_Settings]:
    """Look at runs of one family."""
    counts = [_counts(config) for config in configs]
    # Of stages that are all alike one count says enough, as long as their number is known.
    is_brief = len(set(map(len, counts))) == 1 or all(len(set(each)) == 1 for each in counts)
    return [_settings_of(config, is_brief) for config in configs]


def _settings_of(config: RunConfig, is_brief: bool) -> _Settings:
    values: dict[str, Hashable] = dict(config.network) | dict(config.train)
    fields = fields_of(type(config.network), TrainConfig)
    idle = {name for name, field in fields.items() if not field.applies(values)}
    if isinstance(config.network, StagedConfig):
        if is_brief:
            values[config.network.per_stage] = value_of(config, config.network.per_stage)
        else:
            idle.add("num_stages")
    return _Settings(fields, values, idle)


def _counts(config: RunConfig) -> tuple[int, ...]:
    network = config.network
    return getattr(network, network.per_stage) if isinstance(network, StagedConfig) else ()


def _differing(settings: Sequence[_Settings]) -> list[str]:
    """Name the hyperparameters in which runs of one family differ, as they are declared.

    What does nothing in any of the networks does not differ, as BatchNorm's momentum where none
    has BatchNorm. The number of stages is left out where the counts per stage tell it; but where
    each network's stages are all alike, one count and the number of stages stand for them.
    """
    return [
        name
        for name in settings[0].fields
        if len({run.values[name] for run in settings}) > 1
        and any(name not in run.idle for run in settings)
    ]


def _labels_of_family(configs: Sequence[RunConfig], beginning: str, with_seed: bool) -> list[str]:
    """Label runs of one family; without a beginning, a label may be empty."""
    settings = _settings(configs)
    names = [name for name in _differing(settings) if with_seed or name != "seed"]
    parts = [
        {name: _shortened(text) for name, text in _phrases(run, names).items()} for run in settings
    ]
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
    alike = [0] * len(parts)  # equal for runs whose labels are still the same
    kept: set[str] = set()
    while True:
        fitting = {}
        for name, column in columns.items():
            num_distinct = len(set(zip(alike, column, strict=True)))
            room = _LONGEST_TELLING if num_distinct > len(set(alike)) else LONGEST_LABEL
            if not kept or max(_grown(lengths, column)) <= room:
                fitting[name] = num_distinct
        if not fitting:
            return kept
        best = max(fitting, key=fitting.__getitem__)
        column = columns.pop(best)
        lengths, pairs = _grown(lengths, column), [*zip(alike, column, strict=True)]
        numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
        alike = [numbers[pair] for pair in pairs]
        kept.add(best)


def _grown(lengths: Sequence[int], column: Sequence[str]) -> list[int]:
    """How long labels are with one more part."""
    return [
        length + (len(_SEPARATOR + text) if text else 0)
        for length, text in zip(lengths, column, strict=True)
    ]


def _numbered(found: Sequence[str], families: Container[str]) -> list[str]:
    """Number the labels that occur more than once: "ResNet 1", "filters 16 (2)"."""
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


def _phrases(run: _Settings, names: Iterable[str]) -> dict[str, str]:
    """What to say about each of some fields, without those that are idle in this run."""
    return {
        name: run.fields[name].phrase(run.values[name]) for name in names if name not in run.idle
    }


def _shortened(phrase: str) -> str:
    is_short = len(phrase) <= _LONGEST_PHRASE
    return phrase if is_short else phrase[: _LONGEST_PHRASE - 1].rstrip(", ") + _MORE


def _joined(beginning: str, parts: Iterable[str]) -> str:
    return _SEPARATOR.join(filter(None, [beginning, *parts]))
