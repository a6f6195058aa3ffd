"""What may be trained here, and the advice that comes with a refusal."""

import pytest

from covnets import limits
from covnets.config import (
    NetworkConfig,
    ResNetConfig,
    RunConfig,
    TrainConfig,
    VGGConfig,
    fields_of,
)
from covnets.data import DATASETS
from covnets.errors import ConfigError, CovnetsError, DataError
from covnets.models import FAMILIES, PRESETS, sketch

BATCH = {"batch_size": 64, "num_train": 1000}


def refusal(network: NetworkConfig, **train: object) -> str:
    with pytest.raises(CovnetsError) as refused:
        limits.check_run(RunConfig(network=network, train=TrainConfig(**train)))
    return str(refused.value)


@pytest.mark.parametrize("preset", ["mini_vgg", "mini_inception", "mini_resnet"])
def test_the_miniatures_may_be_trained_and_their_sketch_is_returned(preset):
    network = PRESETS[preset]
    recipe = FAMILIES[network.family].train_defaults
    assert limits.check_run(RunConfig(network=network, train=recipe)) == sketch(network)


@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_one_slider_offers_may_be_trained(family):
    entry = FAMILIES[family]
    for name, field in fields_of(entry.config_class).items():
        for value in (*field.values[:1], *field.values[-1:]):
            try:
                network = entry.config_class().replace(**{name: value})
            except ConfigError:
                continue  # these images are too small for so many stages
            limits.check_run(RunConfig(network=network, train=entry.train_defaults))


def test_too_many_parameters_are_refused():
    text = refusal(VGGConfig(filters=512, max_filters=4096), **BATCH)
    assert "parameters, at most 30,000,000 can be trained here: use fewer filters" in text


def test_too_much_work_in_one_step_is_refused_with_a_batch_that_fits(monkeypatch):
    network = VGGConfig()
    per_image = limits.training_macs(sketch(network))
    assert per_image == 3 * sketch(network).macs
    monkeypatch.setattr(limits, "MAX_STEP_MACS", 10 * per_image)
    text = refusal(network, **BATCH)
    assert "One step with batch_size=64 takes" in text
    assert "billion multiply-adds" in text
    assert "use batch_size=8 or less, or fewer filters or convolutions per stage." in text
    limits.check_run(RunConfig(network=network, train=TrainConfig(batch_size=8)))


def test_too_much_memory_in_one_step_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_STEP_MACS", 10**15)
    network = ResNetConfig(num_blocks=20, filters=4)
    text = refusal(network, num_train=12_000, batch_size=4096)
    assert "One step with batch_size=4096 takes" in text
    assert "GB of memory, at most 3.0 GB can be had here: use batch_size=512 or less" in text
    assert text.endswith("fewer filters or blocks per stage.")


def test_no_batch_is_advised_where_one_image_is_too_much(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ACTIVATION_BYTES", 100)
    text = refusal(VGGConfig(), **BATCH)
    assert "GB of memory" in text
    assert text.endswith("can be had here: use fewer filters or convolutions per stage.")


def test_activation_bytes_are_four_for_every_output_value():
    drawn = sketch(VGGConfig(num_stages=1, num_convs=1, filters=4, units=8, batchnorm=False))
    images, conv, pooled = 28 * 28, 28 * 28 * 4, 14 * 14 * 4
    # convolution and activation; pooling and flattening; two dense layers with dropout; output
    values = images + 2 * conv + 2 * pooled + 4 * 8 + 10
    assert limits.activation_bytes(drawn) == 4 * values


def test_an_unknown_dataset_is_refused_with_the_known_ones():
    text = refusal(VGGConfig(), dataset="cats")
    assert text == f"There is no dataset 'cats': choose among {', '.join(DATASETS)}."


def test_more_images_than_there_are_is_refused():
    with pytest.raises(DataError, match="more than the 12000 training images of Fashion-MNIST"):
        limits.check_run(RunConfig(network=VGGConfig(), train=TrainConfig(num_train=12_001)))


def test_other_images_or_classes_than_the_datasets_are_refused():
    text = refusal(VGGConfig(input_shape=(32, 32, 3)))
    assert "expects images of 32x32x3" in text
    assert text.endswith("set input_shape to 28x28x1.")
    assert refusal(VGGConfig(num_classes=7)) == (
        "num_classes=7, but Fashion-MNIST has 10 classes: set num_classes to 10."
    )


def test_too_many_layers_are_refused():
    text = refusal(ResNetConfig(num_blocks=200, filters=4), **BATCH)
    assert "4,212 layers, at most 1,500 can be trained here: use fewer blocks per stage." in text


def test_a_network_too_large_for_other_images_is_told_both():
    text = refusal(PRESETS["vgg16"], **BATCH)
    assert "138,357,544 parameters" in text
    assert "The network expects images of 224x224x3" in text
