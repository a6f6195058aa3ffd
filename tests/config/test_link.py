"""Links: what is not the default and nothing else, the same again when read, wild ones refused."""

from __future__ import annotations

import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from covnets.config import (
    ConfigField,
    InceptionConfig,
    NetworkConfig,
    RunConfig,
    Table,
    TrainConfig,
    compact,
    fields_of,
    from_compact,
    from_link,
    to_link,
)
from covnets.config.link import LONGEST
from covnets.errors import ConfigError
from covnets.models import FAMILIES, PRESETS

DEFAULTS = {
    name: (family.config_class(), family.train_defaults) for name, family in FAMILIES.items()
}
MANY = settings(max_examples=40, deadline=None)


def values(field: ConfigField) -> st.SearchStrategy[Any]:
    """Valid values of a field, as far as its declaration tells."""
    low, high = (
        next((limit for name, limit in field.limits.items() if name in names), None)
        for names in (("ge", "gt"), ("le", "lt"))
    )
    match field.kind:
        case "shape":
            return st.tuples(st.integers(64, 1024), st.integers(64, 1024), st.integers(1, 16))
        case "names":
            return st.lists(st.sampled_from(field.names), min_size=1, unique=True).map(tuple)
        case "counts":
            return st.lists(st.integers(1, 256), min_size=1, max_size=4).map(tuple)
        case "switch":
            return st.booleans()
        case "choice":
            return st.sampled_from(field.names)
        case "text":
            return st.text(min_size=1, max_size=100)
    if field.info.annotation is float:
        no_ends = {"exclude_min": "gt" in field.limits, "exclude_max": "lt" in field.limits}
        return st.floats(low, high, **no_ends)
    if field.name == "filters":
        return st.integers(4, 250).map(lambda number: 6 * number)  # AlexNet's are multiples of 6
    return st.integers(low, high)


@st.composite
def tables(draw: st.DrawFn, defaults: Table) -> Any:
    """Any valid table: some of the default's fields changed."""
    fields = {
        name: values(field)
        for name, field in fields_of(type(defaults)).items()
        if name not in ("num_stages", "module_filters")
    }
    names = draw(st.sets(st.sampled_from(sorted(fields))))
    changes = {name: draw(fields[name]) for name in sorted(names)}
    try:
        changed = defaults.replace(**changes)
        if isinstance(changed, InceptionConfig) and draw(st.booleans()):
            rows = [draw(st.tuples(*[st.integers(1, 4096)] * 6))] * sum(changed.num_modules)
            changed = changed.replace(module_filters=rows[:100])
        return changed
    except ConfigError:  # a combination that cannot be
        assume(False)


@st.composite
def run_configs(draw: st.DrawFn, network: NetworkConfig, train: TrainConfig) -> RunConfig:
    return RunConfig(network=draw(tables(network)), train=draw(tables(train)))


@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(st.data())
def test_any_settings_are_the_same_after_a_link_and_after_a_compact_text(family, data):
    config = data.draw(run_configs(*DEFAULTS[family]))
    params = to_link(config, *DEFAULTS[family])
    assert from_link(params, *DEFAULTS[family]) == config
    assert from_link({name: [text] for name, text in params.items()}, *DEFAULTS[family]) == config
    assert from_compact(compact(config, DEFAULTS), DEFAULTS) == config


@pytest.mark.parametrize("start", PRESETS)
def test_every_original_is_the_same_after_a_link_from_any_other_of_its_family(start):
    train = TrainConfig()
    for network in PRESETS.values():
        if network.family == PRESETS[start].family:
            config = RunConfig(network=network, train=train)
            params = to_link(config, PRESETS[start], train)
            assert from_link(params, PRESETS[start], train) == config
            assert bool(params) == (network != PRESETS[start])


@pytest.mark.parametrize("family", FAMILIES)
def test_network_and_training_share_no_name_of_a_field(family):
    network, train = DEFAULTS[family]
    # The other parameters of pages stand in the same address.
    taken = {"run", "preset", "embed", "embed_options"} | set(type(network).model_fields)
    assert not set(type(train).model_fields) & taken
    assert not set(type(network).model_fields) & {"run", "preset", "embed", "embed_options"}


@pytest.mark.parametrize(
    ("changes", "params"),
    [
        ({"num_blocks": (5, 5, 5)}, {"num_blocks": "5"}),
        ({"num_stages": 2}, {"num_stages": "2"}),
        ({"num_blocks": (4,), "num_stages": 1}, {"num_stages": "1", "num_blocks": "4"}),
        (
            {"shortcut": "none", "preactivation": True},
            {"shortcut": "none", "preactivation": "true"},
        ),
    ],
)
def test_values_are_short_and_readable(changes, params):
    network, train = DEFAULTS["resnet"]
    assert to_link(RunConfig(network=network.replace(**changes)), network, TrainConfig()) == params
    assert from_link(params, network, train).network == network.replace(**changes)


def test_compact_texts_are_short_and_readable():
    network, train = DEFAULTS["resnet"]
    config = RunConfig(
        network=network.replace(shortcut="none", num_blocks=2), train=train.replace(seed=3)
    )
    assert compact(config, DEFAULTS) == "resnet;num_blocks=2;shortcut=none;seed=3"
    assert from_compact("resnet;shortcut=none;seed=3;num_blocks=2,2,2", DEFAULTS) == config


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"num_blocks": ""}, "Blocks per stage is empty: give at least 1 number."),
        ({"num_blocks": "1," * 8 + "1"}, "Stages = 9 is too large: choose at most 8."),
        ({"shortcut": "skip"}, "Shortcut = skip is not offered: choose 'identity', 'projection'"),
        ({"num_stages": "2", "num_blocks": "1,2,3"}, "Blocks per stage lists 3 stages, but Stages"),
        ({"batch_size": "64", "num_train": "10"}, "Batch size = 64 is larger than the 10 training"),
        ({"seed": ["1", "2"]}, "Seed is given 2 times: give it once."),
        ({"seed": []}, "Seed is given 0 times: give it once."),
        ({"seed": "1" * (LONGEST + 1)}, "Seed has 4,001 characters: at most 4,000 are read."),
        ({"seed": "1" * LONGEST}, "Seed = 1111"),
        ({"num_block": "3"}, "There is no field 'num_block': did you mean num_blocks?"),
        ({"family": "vgg"}, "There is no field 'family': choose among"),
        ({"x" * 99: "3"}, "There is no field '" + "x" * 37 + "...': choose among"),
    ],
)
def test_what_cannot_be_is_refused_by_the_field_s_title_with_what_is_allowed(params, sentence):
    with pytest.raises(ConfigError) as refusal:
        from_link(params, *DEFAULTS["resnet"])
    assert str(refusal.value).startswith(sentence)
    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no family '': choose among vgg, inception, resnet, alexnet."),
        ("lenet;filters=8", "There is no family 'lenet': did you mean alexnet?"),
        ("resnet;", "Nothing is not a setting: write field=value."),
        ("resnet;shortcut", "shortcut is not a setting: write field=value."),
        ("resnet;seed=1;seed=2", "Seed is given 2 times: give it once."),
        ("resnet;seed=-1", "Seed = -1 is too small: choose at least 0."),
        ("vgg;" * 1001, "vgg;"),
    ],
)
def test_compact_texts_that_cannot_be_are_refused(text, sentence):
    with pytest.raises(ConfigError) as refusal:
        from_compact(text, DEFAULTS)
    assert str(refusal.value).startswith(sentence)
    assert len(str(refusal.value)) < 600


# Texts that come close to values, and any others, lone surrogates among them.
WILD = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=string.digits + ",.x/-+e_ ;=%", max_size=30),
    st.text(alphabet=st.characters(categories=["Cs", "Nd", "Zs"]), max_size=5),
    st.sampled_from(["none", "true", "1e400", "-0", "9" * LONGEST, "1/" * 1999, "nan", "٣", "²"]),
)


@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(st.data())
def test_wild_texts_are_refused_or_read_and_never_crash(family, data):
    network, train = DEFAULTS[family]
    names = st.sampled_from([*type(network).model_fields, *TrainConfig.model_fields]) | WILD
    params = data.draw(st.dictionaries(names, WILD | st.lists(WILD, max_size=3), max_size=4))
    with suppress(ConfigError):
        config = from_link(params, network, train)
        assert from_link(to_link(config, network, train), network, train) == config
    text = ";".join([family, *(f"{name}={value}" for name, value in params.items())])
    for wild in (text, data.draw(WILD)):
        with suppress(ConfigError):
            from_compact(wild, DEFAULTS)
