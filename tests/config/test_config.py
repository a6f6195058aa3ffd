"""Hyperparameters are declared once: validated, complete, frozen, and the same after JSON."""

import dataclasses
import json
from typing import Any

import pytest
from pydantic import ValidationError

from covnets.config import (
    AlexNetConfig,
    ConfigField,
    InceptionConfig,
    ResNetConfig,
    RunConfig,
    StagedConfig,
    TrainConfig,
    VGGConfig,
    fields_of,
    training,
)
from covnets.data import DATASETS
from covnets.errors import ConfigError
from covnets.models import FAMILIES, PRESETS, sketch

NETWORKS = [family.config_class for family in FAMILIES.values()]
STAGED = [table for table in NETWORKS if issubclass(table, StagedConfig)]
TABLES = [*NETWORKS, TrainConfig]
FIELDS = [(table, name) for table in TABLES for name in fields_of(table)]


def field_id(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(("table", "name"), FIELDS, ids=field_id)
def test_every_field_has_a_title_a_description_and_a_default(table, name):
    declared = fields_of(table)[name].info
    assert declared.title
    assert not declared.title[0].islower()
    assert declared.description.endswith(".")
    assert not declared.is_required()


@pytest.mark.parametrize(("table", "name"), FIELDS, ids=field_id)
def test_everything_that_a_page_offers_is_valid_and_the_default_is_among_it(table, name):
    field = fields_of(table)[name]
    # What only other images or more of them would allow is refused where they meet.
    room = {"input_shape": (64, 64, 1)} if table in NETWORKS else {"num_train": 512}
    for value in field.values:
        changed = getattr(table().replace(**room | {name: value}), name)
        assert field.write(shown(field, changed)) == field.write(value)
    if field.values:
        default = shown(field, getattr(table(), name))
        assert field.write(default) in map(field.write, field.values)


def shown(field: ConfigField, value: Any) -> Any:
    """What a widget shows: one count for all stages."""
    return value[0] if field.kind == "counts" else value


@pytest.mark.parametrize("table", TABLES)
def test_unknown_fields_are_refused_with_the_closest_name(table):
    name = list(table.model_fields)[-1]
    with pytest.raises(ConfigError, match=rf"not a field of {table.__name__}: did you mean {name}"):
        table(**{name + "s": 1})


@pytest.mark.parametrize("table", TABLES)
def test_configs_are_frozen(table):
    with pytest.raises(ValidationError, match="frozen"):
        table().seed = 3


@pytest.mark.parametrize("network", PRESETS.values(), ids=list(PRESETS))
def test_a_run_config_is_the_same_after_json(network):
    config = RunConfig(network=network, train=TrainConfig(seed=7, learning_rate=0.1 + 0.2))
    again = RunConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert type(again.network) is type(network)
    assert hash(again) == hash(config)


def test_text_that_is_no_json_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="RunConfig cannot be read from text that is no JSON"):
        RunConfig.model_validate_json("{")


def test_what_json_lacks_gets_its_default():
    text = json.dumps({"network": {"family": "resnet", "num_blocks": 3}})
    config = RunConfig.model_validate_json(text)
    assert config.network == ResNetConfig(num_blocks=3)
    assert config.train == TrainConfig()


@pytest.mark.parametrize("table", STAGED)
def test_one_count_stands_for_all_stages(table):
    assert getattr(table(**{table.per_stage: 2}), table.per_stage) == (2, 2, 2)
    assert getattr(table(num_stages=2), table.per_stage) == getattr(table(), table.per_stage)[:2]
    assert table(**{table.per_stage: (2, 1)}).num_stages == 2
    assert getattr(table(num_stages=2, **{table.per_stage: "3"}), table.per_stage) == (3, 3)


@pytest.mark.parametrize("table", STAGED)
def test_counts_that_contradict_the_number_of_stages_are_refused(table):
    with pytest.raises(ConfigError, match=r"lists 2 stages, but num_stages=3: give one number"):
        table(num_stages=3, **{table.per_stage: (1, 1)})


def test_replacing_the_number_of_stages_repeats_the_last_count():
    config = VGGConfig(num_convs=(1, 2, 3))
    assert config.replace(num_stages=4).num_convs == (1, 2, 3, 3)
    assert config.replace(num_stages=2).num_convs == (1, 2)
    assert config.replace(num_convs=(4, 4)).num_stages == 2
    assert config.replace(filters=8).num_convs == (1, 2, 3)


@pytest.mark.parametrize("table", STAGED)
@pytest.mark.parametrize("num_stages", [0, -1, 9, 1000, "two", 2.5, float("inf"), None])
def test_a_number_of_stages_that_cannot_be_is_refused_by_its_own_name(table, num_stages):
    for make in (table().replace, table):
        with pytest.raises(ConfigError) as refusal:
            make(num_stages=num_stages)
        assert str(refusal.value).startswith(f"num_stages={num_stages} is ")
        assert table.per_stage not in str(refusal.value)


def test_filters_double_from_stage_to_stage_up_to_the_most():
    config = VGGConfig(num_stages=4, filters=8, max_filters=20)
    assert config.filters_per_stage == (8, 16, 20, 20)
    convs = [node for node in sketch(config).nodes if node.kind == "Conv2D"]
    assert sorted({node.output_shape[-1] for node in convs}) == [8, 16, 20]


def test_a_module_needs_a_branch_and_each_only_once():
    with pytest.raises(ConfigError, match="No branch is left in the module"):
        InceptionConfig(branches=())
    with pytest.raises(ConfigError, match="names a branch twice"):
        InceptionConfig(branches=("1x1", "1x1"))


def test_a_run_learns_from_all_images_of_its_dataset_unless_it_says_how_many(monkeypatch):
    fashion = DATASETS["fashion_mnist"]
    small = dataclasses.replace(fashion, name="small", num_train=700)
    monkeypatch.setattr(training, "DATASETS", {**DATASETS, "small": small})
    assert TrainConfig().num_train == fashion.num_train
    assert TrainConfig(dataset="small").num_train == 700
    assert TrainConfig().replace(dataset="small").num_train == 700
    assert TrainConfig(num_train=600).replace(dataset="small").num_train == 600
    assert '"num_train":700' in TrainConfig(dataset="small").model_dump_json()


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ConfigError, match="larger than the 50 training images: use a batch of at"):
        TrainConfig(batch_size=64, num_train=50)


@pytest.mark.parametrize(("num_train", "steps"), [(100, 10), (101, 11), (10, 1), (19, 2)])
def test_the_last_batch_of_an_epoch_may_be_smaller(num_train, steps):
    train = TrainConfig(num_train=num_train, batch_size=10, epochs=3)
    assert train.steps_per_epoch == steps
    assert train.total_steps == 3 * steps


def test_filters_of_modules_are_read_from_rows_of_text():
    rows = ["64/96/128/16/32/32", "1/2/3/4/5/6"]
    config = InceptionConfig(num_modules=(1, 1), module_filters=rows)
    assert config.module_filters == ((64, 96, 128, 16, 32, 32), (1, 2, 3, 4, 5, 6))
    assert InceptionConfig(**config.model_dump()) == config


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["1/2/3/4/5/6"], "has 1 row for 3 modules: give one row a module, or none"),
        ([(1, 2, 3)] * 3, "has too few values"),
        (["a/b/c/d/e/f"] * 3, "is not a whole number"),
    ],
)
def test_rows_that_do_not_fit_the_modules_are_refused(rows, said):
    with pytest.raises(ConfigError, match=said):
        InceptionConfig(module_filters=rows)


def test_a_number_that_is_no_multiple_is_refused_with_what_it_must_be_a_multiple_of():
    with pytest.raises(ConfigError, match="filters=25 is not offered: choose a multiple of 6"):
        AlexNetConfig(filters=25)
