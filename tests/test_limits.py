"""What may be trained here, and the advice that comes with a refusal."""

import re

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
from covnets.errors import ConfigError, CovnetsError
from covnets.models import FAMILIES, PRESETS, sketch


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


@pytest.mark.parametrize(
    ("network", "changes", "said"),
    [
        (
            VGGConfig(filters=512, max_filters=4096),
            {},
            "parameters, but at most 30,000,000 can be trained here: use fewer filters, units or",
        ),
        (
            ResNetConfig(num_blocks=200, filters=4),
            {},
            "4,212 layers, but at most 1,500 can be trained here: use fewer blocks per stage.",
        ),
        (
            VGGConfig(),
            {"dataset": "cats"},
            f"There is no dataset 'cats': choose among {', '.join(DATASETS)}.",
        ),
        (
            VGGConfig(),
            {"num_train": 12_001},
            "num_train=12001 is more than the 12000 training images of Fashion-MNIST: use at most",
        ),
        (
            VGGConfig(input_shape=(32, 32, 3)),
            {},
            "The network expects images of 32x32x3, those of Fashion-MNIST are 28x28x1: set "
            "input_shape to 28x28x1.",
        ),
        (
            VGGConfig(num_classes=7),
            {},
            "num_classes=7, but Fashion-MNIST has 10 classes: set num_classes to 10.",
        ),
        (PRESETS["vgg16"], {}, "use fewer filters, units or stages. The network expects images of"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_advice(network, changes, said):
    assert said in refusal(network, **changes)


def test_too_much_work_in_one_step_is_refused_with_a_batch_that_fits(monkeypatch):
    network = VGGConfig()
    per_image = limits.training_macs(sketch(network))
    assert per_image == 3 * sketch(network).macs
    monkeypatch.setattr(limits, "MAX_STEP_MACS", 10 * per_image)
    text = refusal(network)
    assert re.search("One step with batch_size=64 takes .* billion multiply-adds", text)
    assert text.endswith("use batch_size=8 or less, or fewer filters or convolutions per stage.")
    limits.check_run(RunConfig(network=network, train=TrainConfig(batch_size=8)))


def test_too_much_memory_in_one_step_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_STEP_MACS", 10**15)
    network = ResNetConfig(num_blocks=20, filters=4)
    text = refusal(network, batch_size=4096)
    assert re.search(
        "One step with batch_size=4096 takes .* GB of memory, but at most 3.0 GB", text
    )
    assert text.endswith("here: use batch_size=512 or less, or fewer filters or blocks per stage.")


def test_no_batch_is_advised_where_one_image_is_too_much(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ACTIVATION_BYTES", 100)
    text = refusal(VGGConfig())
    assert text.endswith("possible here: use fewer filters or convolutions per stage.")


def test_activation_bytes_are_four_for_every_output_value():
    drawn = sketch(VGGConfig(num_stages=1, num_convs=1, filters=4, units=8, batchnorm=False))
    images, conv, pooled = 28 * 28, 28 * 28 * 4, 14 * 14 * 4
    # convolution and activation; pooling and flattening; two dense layers with dropout; output
    values = images + 2 * conv + 2 * pooled + 4 * 8 + 10
    assert limits.activation_bytes(drawn) == 4 * values
