"""A run's terms are counted from its sketch, layer by layer."""

from __future__ import annotations

import pytest

from covnets.config import InceptionConfig, ResNetConfig, TrainConfig, VGGConfig
from covnets.duration import measured_runs
from covnets.duration.costs import batch_terms, image_terms, step_terms, trace_terms
from covnets.duration.model import TYPICAL
from covnets.limits import check_run
from covnets.models import PAGE_FAMILIES, sketch

SMALL = VGGConfig(num_stages=1, num_convs=1, filters=16, units=8)


def test_layers_are_counted_by_kind():
    # 3 dense layers, 2 dropouts, a pooling and an activation; the image and Flatten cost nothing.
    expected = {"convolutions": 1, "normalisations": 1, "other_layers": 7}
    assert trace_terms(sketch(SMALL)) == {"trace": 1.0} | expected
    assert batch_terms(sketch(SMALL)) == {"batch": 1.0, "layers": 9}


def test_one_image_of_a_small_network():
    values = 28 * 28 * 16
    terms = image_terms(sketch(SMALL), batch_size=1)
    assert {name: round(1e6 * amount) for name, amount in terms.items() if amount} == {
        # One channel takes as long as eight.
        "macs_3x3": 9 * 28 * 28 * 8 * 16,
        "patches": 9 * 28 * 28,
        "dense_macs": 14 * 14 * 16 * 8 + 8 * 8 + 8 * 10,
        "normalised": values,
        "activated": values + 8 + 8,
        "pooled": values,
        "moved": (28 * 28 + values) + (values + values // 4) + 2 * (8 + 8),
    }


def test_large_batches_spill_out_of_the_cache():
    drawn = sketch(SMALL)
    assert image_terms(drawn, 64)["spilled"] == 0
    assert image_terms(drawn, 512)["spilled"] > 0


@pytest.mark.parametrize(
    ("activation", "term"),
    [("relu", "activated"), ("tanh", "activated_smoothly"), ("gelu", "gated"), ("silu", "gated")],
)
def test_activations_cost_by_their_kind(activation, term):
    terms = image_terms(sketch(SMALL.replace(activation=activation)), 1)
    kinds = ("activated", "activated_smoothly", "gated")
    assert [name for name in kinds if terms[name]] == [term]


def test_adam_costs_more_than_other_optimizers():
    drawn = sketch(SMALL)
    assert step_terms(drawn, TrainConfig(optimizer="adam"))["adam"] > 0
    assert step_terms(drawn, TrainConfig(optimizer="sgd"))["adam"] == 0


@pytest.mark.parametrize("config", [SMALL, InceptionConfig(), ResNetConfig(shortcut="projection")])
def test_terms_are_those_that_have_a_price(config):
    drawn, train = sketch(config), TrainConfig()
    assert trace_terms(drawn).keys() == TYPICAL.trace.keys()
    assert (step_terms(drawn, train) | image_terms(drawn, 1)).keys() == TYPICAL.step.keys()
    assert (batch_terms(drawn) | image_terms(drawn, 1)).keys() == TYPICAL.evaluation.keys()


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_what_is_measured_may_be_trained_and_begins_with_the_miniature(family):
    runs = measured_runs(family, "float32")
    assert runs[0].network == PAGE_FAMILIES[family].config_class()
    assert len({run.model_dump_json() for run in runs}) == len(runs) >= 4
    for run in runs:
        assert check_run(run)
        assert run.network.family == family
