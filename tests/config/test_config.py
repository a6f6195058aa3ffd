"""Hyperparameters are declared once: validated, complete, and the same after JSON."""

import dataclasses
import json
from typing import Any

import pytest

from covnets.config import (
    ConfigField,
    ResNetConfig,
    RunConfig,
    StagedConfig,
    TrainConfig,
    VGGConfig,
    fields_of,
    from_link,
    to_link,
    training,
)
from covnets.data import DATASETS
from covnets.errors import ConfigError
from covnets.models import FAMILIES, PRESETS

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


@pytest.mark.parametrize("network", PRESETS.values(), ids=list(PRESETS))
def test_a_run_config_is_the_same_after_json(network):
    config = RunConfig(network=network, train=TrainConfig(seed=7, learning_rate=0.1 + 0.2))
    again = RunConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert type(again.network) is type(network)
    assert hash(again) == hash(config)


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


def test_replacing_the_number_of_stages_repeats_the_last_count():
    config = VGGConfig(num_convs=(1, 2, 3))
    assert config.replace(num_stages=4).num_convs == (1, 2, 3, 3)
    assert config.replace(num_stages=2).num_convs == (1, 2)
    assert config.replace(num_convs=(4, 4)).num_stages == 2
    assert config.replace(filters=8).num_convs == (1, 2, 3)
    assert PRESETS["vgg11"].replace(num_convs="2").num_convs == (2,) * 5


@pytest.mark.parametrize("table", STAGED)
@pytest.mark.parametrize("num_stages", [0, -1, 9, 1000, "two", 2.5, float("inf"), None])
def test_a_number_of_stages_that_cannot_be_is_refused_by_its_own_name(table, num_stages):
    for make in (table().replace, table):
        with pytest.raises(ConfigError) as refusal:
            make(num_stages=num_stages)
        assert str(refusal.value).startswith(f"num_stages={num_stages} is ")
        assert table.per_stage not in str(refusal.value)


def test_a_run_learns_from_all_images_of_its_dataset_unless_it_says_how_many(monkeypatch):
    fashion = DATASETS["fashion_mnist"]
    small = dataclasses.replace(fashion, name="small", num_train=700)
    monkeypatch.setattr(training, "DATASETS", {**DATASETS, "small": small})
    assert TrainConfig().num_train == fashion.num_train
    assert TrainConfig(dataset="small").num_train == 700
    assert TrainConfig().replace(dataset="small").num_train == 700
    assert TrainConfig(num_train=600).replace(dataset="small").num_train == 600
    assert '"num_train":700' in TrainConfig(dataset="small").model_dump_json()


def test_a_link_to_another_dataset_keeps_the_number_of_images(monkeypatch):
    large = dataclasses.replace(DATASETS["fashion_mnist"], name="large", num_train=50_000)
    monkeypatch.setattr(training, "DATASETS", {**DATASETS, "large": large})
    usual = VGGConfig(), TrainConfig()
    links = {}
    for num_train in (TrainConfig().num_train, large.num_train):
        train = TrainConfig(dataset="large", num_train=num_train)
        run = RunConfig(network=VGGConfig(), train=train)
        links[num_train] = to_link(run, *usual)
        assert from_link(links[num_train], *usual) == run
    assert links[large.num_train] == {"dataset": "large"}
