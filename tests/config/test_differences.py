"""Labels say what differs between runs, only that, and never the same of two."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    ResNetConfig,
    RunConfig,
    TrainConfig,
    VGGConfig,
)
from covnets.config.differences import (
    LONGEST_LABEL,
    description,
    differing,
    family_title,
    labels,
)
from covnets.models import FAMILIES, PRESETS

TABLES: list[Any] = [VGGConfig, InceptionConfig, ResNetConfig, AlexNetConfig]
ROWS = ((64, 96, 128, 16, 32, 32),) * 3


def run(network: Any = None, **train: Any) -> RunConfig:
    return RunConfig(network=network or ResNetConfig(), train=TrainConfig(**train))


def resnets(*changes: dict[str, Any]) -> list[RunConfig]:
    return [run(ResNetConfig(**change)) for change in changes]


VALUES: dict[str, list[Any]] = {
    "activation": ["relu", "leaky_relu"],
    "batchnorm": [True, False],
    "batchnorm_momentum": [0.9, 0.99],
    "num_stages": [1, 2, 3],
    "num_convs": [1, 2, (1, 2), (2, 1, 2)],
    "num_modules": [1, 2, (2, 1), (1, 1, 2)],
    "num_blocks": [1, 2, (1, 2), (2, 1, 2)],
    "filters": [12, 24],
    "max_filters": [64, 512],
    "kernel_size": [3, 5],
    "branches": [("1x1",), ("1x1", "3x3"), ("3x3", "1x1", "5x5", "pool")],
    "head": ["average_pooling", "dense"],
    "units": [64, 128],
    "shortcut": ["identity", "projection", "none"],
    "dropout": [0.0, 0.1 + 0.2, 0.3],
}
TRAINING: dict[str, list[Any]] = {
    "dataset": ["fashion_mnist", "a name of mine " * 6],
    "learning_rate": [0.003, 0.0030000001, 1e-5],
    "optimizer": ["adam", "sgd"],
    "seed": [0, 1],
}


@st.composite
def configs(draw: st.DrawFn) -> RunConfig:
    """A run of any family, with some of its fields changed."""
    table = draw(st.sampled_from(TABLES))
    own = [name for name in VALUES if name in table.model_fields]
    names = draw(st.lists(st.sampled_from(own), max_size=5, unique=True))
    network = table()
    for name in names:
        network = network.replace(**{name: draw(st.sampled_from(VALUES[name]))})
    train = {name: draw(st.sampled_from(values)) for name, values in TRAINING.items()}
    return RunConfig(network=network, train=TrainConfig(**train))


def value(config: RunConfig, name: str) -> Any:
    group, field = name.split(".")
    return getattr(getattr(config, group), field, "missing")


@given(st.lists(configs(), min_size=1, max_size=7))
def test_no_two_labels_are_equal_and_none_is_empty_or_long(runs):
    found = labels(runs)
    assert len(set(found)) == len(runs)
    assert min(map(len, found)) > 0
    # What tells two runs apart may take a third more, and a number may follow.
    assert max(map(len, found)) <= 4 / 3 * LONGEST_LABEL + len(" (7)")


@given(st.lists(configs(), min_size=1, max_size=5))
def test_what_differs_has_different_values_and_what_is_equal_is_left_out(runs):
    found = differing(runs)
    assert sorted(set(found)) == sorted(found)
    for name in found:
        assert len({value(config, name) for config in runs}) > 1
    idle = {"network.num_stages", "network.batchnorm_momentum", "network.units"}
    counts = {"network.num_convs", "network.num_modules", "network.num_blocks"}
    for name in {f"network.{name}" for name in VALUES} | {f"train.{name}" for name in TRAINING}:
        if name not in found and name not in idle | counts:
            assert len({value(config, name) for config in runs}) == 1


@given(st.lists(configs(), min_size=2, max_size=5), st.randoms())
def test_what_differs_does_not_depend_on_the_order_of_the_runs(runs, luck):
    shuffled = luck.sample(runs, len(runs))
    assert differing(shuffled) == differing(runs)


@given(configs(), configs())
def test_a_description_tells_every_field_that_is_not_as_in_the_base(config, base):
    if config.network.family != base.network.family:
        base = base.model_copy(update={"network": config.network})
    changed = [
        name
        for name in differing([base, config])
        if not (name.endswith(("_momentum", "units")) and is_idle(config, name))
    ]
    text = description(config, base)
    assert text.startswith(f"{family_title(config.network)} – ")
    assert text.endswith(".")
    assert len(text.split("; ")) == max(1, len(changed))
    assert ("nothing changed" in text) == (not changed)


def is_idle(config: RunConfig, name: str) -> bool:
    if name.endswith("_momentum"):
        return not config.network.batchnorm
    return getattr(config.network, "head", "dense") != "dense"


def test_nothing_differs_between_equals_or_without_others():
    assert differing([]) == []
    assert differing([run()]) == []
    assert differing([run(), run()]) == []
    assert labels([]) == []


def test_differences_come_in_the_order_of_declaration_the_family_first():
    first = run(ResNetConfig(shortcut="none", filters=8, activation="elu"), seed=1, epochs=2)
    assert differing([run(), first]) == [
        "network.activation",
        "network.filters",
        "network.shortcut",
        "train.epochs",
        "train.seed",
    ]
    mixed = differing([run(), run(VGGConfig(), seed=3)])
    assert mixed[0] == "network.family"
    assert mixed[-1] == "train.seed"


def test_a_field_that_one_family_lacks_differs():
    found = differing([run(VGGConfig()), run(ResNetConfig())])
    assert {"network.kernel_size", "network.num_convs", "network.shortcut"} <= set(found)
    assert "network.filters" not in found


def test_what_does_nothing_in_both_does_not_differ():
    without = [run(ResNetConfig(batchnorm=False, batchnorm_momentum=m)) for m in (0.5, 0.9)]
    assert differing(without) == []
    assert differing([run(), without[1]]) == ["network.batchnorm"]
    heads = [run(InceptionConfig(head="dense", units=64)), run(InceptionConfig())]
    assert differing(heads) == ["network.head", "network.units"]
    assert labels(heads) == ["head: dense · units: 64", "head: average pooling"]


def test_the_number_of_stages_is_left_out_where_the_counts_tell_it():
    uneven = resnets({"num_blocks": (1, 2)}, {"num_blocks": (2, 2, 2)}, {"num_blocks": (2, 2)})
    assert differing(uneven) == ["network.num_blocks"]
    assert labels(uneven) == [
        "blocks per stage: 1, 2",
        "blocks per stage: 2, 2, 2",
        "blocks per stage: 2, 2",
    ]


def test_stages_that_are_all_alike_are_told_by_their_number_and_one_count():
    even = resnets({"num_stages": 3, "num_blocks": 2}, {"num_stages": 4, "num_blocks": 2})
    assert differing(even) == ["network.num_stages"]
    assert labels(even) == ["stages: 3", "stages: 4"]
    deeper = resnets({"num_blocks": 1}, {"num_blocks": 3}, {"num_blocks": (3, 4, 3)})
    assert differing(deeper) == ["network.num_blocks"]
    assert labels(deeper) == [
        "blocks per stage: 1",
        "blocks per stage: 3",
        "blocks per stage: 3, 4, 3",
    ]


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (
            resnets({"shortcut": "projection"}, {"shortcut": "none"}),
            ["shortcut: projection", "shortcut: none"],
        ),
        (
            resnets({"batchnorm": True}, {"batchnorm": False}),
            ["with BatchNorm", "without BatchNorm"],
        ),
        (
            resnets({"preactivation": True}, {}),
            ["with pre-activation", "without pre-activation"],
        ),
        (
            resnets({"batchnorm_momentum": 0.9}, {"batchnorm_momentum": 0.99}),
            ["BatchNorm momentum: 0.9", "BatchNorm momentum: 0.99"],
        ),
        (
            resnets({"filters": 16, "num_blocks": 1}, {"filters": 8, "num_blocks": 3}),
            ["blocks per stage: 1 · filters: 16", "blocks per stage: 3 · filters: 8"],
        ),
        (
            [run(learning_rate=0.003), run(learning_rate=0.1 + 0.2)],
            ["learning rate: 0.003", "learning rate: 0.3"],
        ),
        (
            [run(schedule="one_cycle"), run(schedule="cosine")],
            ["schedule: one cycle", "schedule: cosine"],
        ),
        (
            [run(dataset="fashion_mnist"), run(dataset="my_own")],
            ["dataset: fashion_mnist", "dataset: my_own"],
        ),
        (
            [run(InceptionConfig()), run(InceptionConfig(branches=("1x1", "pool")))],
            ["branches: 1x1, 3x3, 5x5, pool", "branches: 1x1, pool"],
        ),
        (
            [run(InceptionConfig()), run(InceptionConfig(module_filters=ROWS))],
            ["filters of each module: none", "filters of each module: 64/96/128/16/32/32, 64/…"],
        ),
        ([run(AlexNetConfig()), run(AlexNetConfig(groups=1))], ["groups: 2", "groups: 1"]),
    ],
)
def test_a_label_says_what_differs_in_the_words_of_the_page(runs, said):
    assert labels(runs) == said


def test_families_come_first_and_differences_within_them_follow():
    runs = [
        run(ResNetConfig(shortcut="projection"), learning_rate=0.1),
        run(VGGConfig(), learning_rate=0.05),
        run(ResNetConfig(shortcut="none"), learning_rate=0.1),
    ]
    assert labels(runs) == ["ResNet · shortcut: projection", "VGG", "ResNet · shortcut: none"]


def test_equal_runs_are_numbered():
    assert labels([run(), run()]) == ["ResNet 1", "ResNet 2"]
    assert labels([run(seed=0), run(seed=1)]) == ["ResNet 1", "ResNet 2"]
    assert labels([run(VGGConfig()), run(), run()]) == ["VGG", "ResNet 1", "ResNet 2"]
    assert labels(resnets({"filters": 8}, {}, {})) == [
        "filters: 8",
        "filters: 16 (1)",
        "filters: 16 (2)",
    ]
    named = [run(dataset=name) for name in ("a", "a", "a (1)")]
    assert labels(named) == ["dataset: a (2)", "dataset: a (3)", "dataset: a (1)"]


def test_a_label_rounds_and_a_description_does_not():
    runs = [run(learning_rate=0.1 + 0.2), run(learning_rate=0.3)]
    assert labels(runs) == ["learning rate: 0.3 (1)", "learning rate: 0.3 (2)"]
    assert description(runs[0]) == "ResNet – learning rate: 0.30000000000000004."


def test_one_run_is_called_by_its_family():
    assert labels([run()]) == ["ResNet"]


def test_fields_that_are_to_be_ignored_are_never_mentioned():
    runs = [run(seed=seed) for seed in (3, 4)]
    assert labels(runs, ignore=()) == ["seed: 3", "seed: 4"]
    runs = [run(ResNetConfig(filters=8), seed=3), run(seed=4, epochs=9)]
    assert labels(runs, ignore=("train.seed", "train.epochs")) == ["filters: 8", "filters: 16"]


def test_two_fields_of_the_same_short_name_are_named_in_full():
    runs = [
        run(AlexNetConfig(filters=6, stem_kernel_size=3)),
        run(AlexNetConfig(filters=12, stem_kernel_size=5)),
    ]
    assert labels(runs) == ["filters: 6 · kernel size: 3", "filters: 12 · kernel size: 5"]
    heads = {"head": "dense", "auxiliary_heads": True}
    runs = [
        run(InceptionConfig(units=units, auxiliary_units=2 * units, **heads)) for units in (8, 16)
    ]
    assert labels(runs) == ["units of the dense head: 8 · …", "units of the dense head: 16 · …"]


def test_a_long_label_keeps_what_tells_most_runs_apart():
    common = {"activation": "leaky_relu", "preactivation": True, "batchnorm": False}
    runs = resnets({}, common | {"filters": 8}, common | {"filters": 32}, common | {"filters": 64})
    found = labels(runs)
    assert found == [
        "activation: relu · filters: 16 · …",
        "activation: leaky relu · filters: 8 · …",
        "activation: leaky relu · filters: 32 · …",
        "activation: leaky relu · filters: 64 · …",
    ]


def test_a_description_says_everything_that_is_no_default():
    config = run(
        ResNetConfig(num_blocks=(3, 4, 6), filters=8, batchnorm=False, shortcut="none"),
        learning_rate=0.01,
        seed=3,
    )
    assert description(config) == (
        "ResNet – without BatchNorm; blocks per stage: 3, 4, 6; filters of the first stage: 8; "
        "shortcut: none; learning rate: 0.01; seed: 3."
    )
    assert description(run()) == "ResNet – nothing changed."
    assert description(config, config.replace(train=TrainConfig())) == (
        "ResNet – learning rate: 0.01; seed: 3."
    )
    large = run(InceptionConfig(input_shape=(32, 32, 3), module_filters=ROWS))
    assert description(large) == (
        "Inception – image shape: 32x32x3; filters of each module: 64/96/128/16/32/32, "
        "64/96/128/16/32/32, 64/96/128/16/32/32."
    )


def test_a_network_of_another_family_is_described_by_its_own_defaults():
    assert description(run(VGGConfig(units=64), seed=1), run(seed=1)) == (
        "VGG – units of the two hidden layers: 64."
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_called_as_on_their_pages(family):
    assert family_title(FAMILIES[family].config_class()) == FAMILIES[family].title


def test_all_presets_can_be_told_apart():
    found = labels([run(network) for network in PRESETS.values()])
    assert len(set(found)) == len(PRESETS)
    assert [label for label in found if label.startswith("AlexNet")] == ["AlexNet"]
