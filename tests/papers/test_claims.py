"""The "check the paper" cards: each counted figure again, by other means."""

from math import prod

import pytest

from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.papers import CARDS, Claim, claims
from covnets.papers.figures import (
    ALEXNET_SECOND_CONV_VALUES,
    GOOGLENET_STEM_KILO_PARAMS,
    GOOGLENET_STEM_MEGA_MACS,
    TORCHVISION_PARAMS,
    TORCHVISION_RESNET50_GMACS,
)
from tests.models.by_hand import BY_HAND, MODULES, Ledger, module_by_hand, resnet_by_hand

VERDICTS = {
    "vgg": {
        "Only small filters": "nearly",
        "Three small filters for one large": "holds",
        "Two small filters for one larger": "measured",
        "What the 16 and the 19 count": "differs",
        "Where the weights are": "holds",
        "Number of parameters": "holds",
        "Where depth stops to help": "measured",
        "Biases before BatchNorm": "nearly",
        "Shared weights": "holds",
    },
    "inception": {
        "Fewer parameters than AlexNet": "differs",
        "A budget of multiply-adds": "nearly",
        "What the 1x1 reducers save": "holds",
        "The table of modules": "differs",
        "The first row of the table": "differs",
        "A 5x5 that is a 3x3": "differs",
        "Shared weights": "holds",
    },
    "resnet": {
        "Deeper, yet cheaper": "holds",
        "Shortcuts are free": "holds",
        "The winning error rate": "measured",
        "Which shortcuts an error belongs to": "nearly",
        "Degradation": "measured",
        "More than a thousand layers": "measured",
        "Pre-activation": "measured",
        "What Keras prints": "nearly",
        "Two networks called ResNet-50": "holds",
        "Shared weights": "holds",
    },
    "alexnet": {
        "Fewer parameters than AlexNet": "differs",
        "224 or 227 pixels": "differs",
        "Shared weights": "holds",
    },
}
EVERY = [claim for family in FAMILIES for claim in claims(family)]


def card(family: str, title: str, **arguments: object) -> Claim:
    return next(claim for claim in claims(family, **arguments) if claim.title == title)


def params(name: str) -> str:
    return f"{BY_HAND[name].params:,}"


def giga(name: str) -> str:
    return f"{BY_HAND[name].macs / 1e9:.2f} billion"


def test_every_family_has_cards():
    assert set(CARDS) == set(FAMILIES) == set(VERDICTS)
    assert all(len(claims(family)) > 4 for family in PAGE_FAMILIES)


@pytest.mark.parametrize("family", VERDICTS)
def test_verdicts_are_as_expected(family):
    assert {claim.title: claim.verdict for claim in claims(family)} == VERDICTS[family]


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.title)
def test_every_card_is_filled_in_and_has_a_source(claim):
    texts = (claim.title, claim.claim, claim.printed, claim.counted, claim.explanation)
    assert all(text.strip() and "None" not in text for text in texts)
    assert any(known in claim.source for known in ("arXiv", "textbook", "keras", "Krizhevsky"))
    assert claim.explanation.endswith(".")


def test_a_family_that_is_not_there_is_refused():
    with pytest.raises(KeyError, match="lenet"):
        claims("lenet")


def test_cards_are_counted_once():
    first, second = claims("resnet"), claims("resnet")
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_no_title_names_a_cause_that_the_authors_argue_against():
    degradation = card("resnet", "Degradation")
    assert "gradient" not in degradation.title + degradation.claim
    assert "vanishing gradients are unlikely" in degradation.explanation


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (20, 30, 2)])
def test_the_dense_layer_s_weights_follow_the_size_of_the_image(shape):
    height, width, channels = shape
    inputs, outputs = prod(shape), height * width * 16
    counted = card("vgg", "Shared weights", input_shape=shape).counted
    assert f"{9 * channels * 16 + 16:,} parameters with" in counted
    assert f"{inputs * outputs + outputs:,} with a dense layer" in counted
    assert f"From {height}x{width}x{channels} to {height}x{width}x16" in counted


def test_the_convolution_s_weights_do_not_follow_the_size_of_the_image():
    explanation = card("resnet", "Shared weights").explanation
    assert "still has 160" in explanation
    assert "about 16 times" in explanation


def test_a_list_is_as_good_a_shape_as_a_tuple():
    assert claims("vgg", [32, 32, 3]) == claims("vgg", (32, 32, 3))


def test_three_of_vgg_s_convolutions_are_1x1():
    rows = ["3 3 33 33 33", "33 33 33 33 33", "33 33 331 331 331"]
    rows += ["33 33 333 333 333", "33 33 3333 3333 3333"]
    kernels = "".join(rows).replace(" ", "")
    counted = card("vgg", "Only small filters").counted
    assert (
        counted == f"{kernels.count('3')} convolutions of 3x3 in A to E, and 3 of 1x1 (all in C)."
    )
    assert kernels.count("1") == 3


def test_three_small_filters_hold_27_parts_where_one_large_holds_49():
    counted = card("vgg", "Three small filters for one large").counted
    more = round(100 * (7 * 7 - 3 * 3 * 3) / (3 * 3 * 3))
    assert counted == f"27 C² weights see 7x7; 49 C² weights see 7x7: {more} % more."
    assert more == 81


def test_16_and_19_count_the_dense_layers_too():
    counted = card("vgg", "What the 16 and the 19 count").counted
    assert "13 convolutions and 3 dense layers: 16 weight layers" in counted
    assert "16 convolutions and 3 dense layers: 19 weight layers" in counted


def test_vgg_16_s_dense_layers_hold_89_per_cent():
    first = 7 * 7 * 512 * 4096 + 4096
    dense = first + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    counted = card("vgg", "Where the weights are").counted
    assert f"hold {dense:,} of {params('vgg16')} parameters, 89 %" in counted
    assert f"{first:,}" in counted


def test_vgg_s_sizes_are_counted_for_a_to_e():
    numbers = card("vgg", "Number of parameters")
    names = ("vgg11", "vgg13", "vgg16_1x1", "vgg16", "vgg19")
    counted = [f"{letter} {params(name)}" for letter, name in zip("ABCDE", names, strict=True)]
    assert numbers.counted == ", ".join(counted)
    assert numbers.printed == "A 133 M, B 133 M, C 134 M, D 138 M, E 144 M"


def test_vgg_19_costs_more_and_is_no_better():
    saturates = card("vgg", "Where depth stops to help")
    assert f"{BY_HAND['vgg19'].params - BY_HAND['vgg16'].params:,}" in saturates.counted
    assert giga("vgg19") in saturates.counted
    assert "27.0 %" in saturates.printed
    assert "27.3 %" in saturates.printed


def test_googlenet_has_nine_times_fewer_parameters_than_alexnet():
    fewer = card("inception", "Fewer parameters than AlexNet")
    ledger = Ledger()
    for name in MODULES:
        module_by_hand(name, ledger, per_filter=0)
    alexnet, small = BY_HAND["alexnet"].params, BY_HAND["googlenet"].params
    with_heads = BY_HAND["googlenet_aux"].params
    assert fewer.counted == f"60,965,224 / 6,998,552 = {alexnet / small:.1f} times"
    assert f"{alexnet / small:.1f}" == "8.7"
    assert f"{ledger.params:,}, and AlexNet has {alexnet / ledger.params:.1f}" in fewer.explanation
    assert f"{with_heads:,}, and the ratio is {alexnet / with_heads:.1f}" in fewer.explanation


def test_googlenet_is_a_little_over_its_budget():
    budget = card("inception", "A budget of multiply-adds")
    macs = BY_HAND["googlenet"].macs
    assert f"{macs:,}" in budget.counted
    assert f"{100 * (macs / 1.5e9 - 1):.0f} % above" in budget.explanation


def test_3a_s_reducers_save_more_than_half():
    with_reducers = Ledger()
    module_by_hand("3a", with_reducers, per_filter=0)
    without = Ledger()
    for kernel, filters in [(1, 64), (3, 128), (5, 32)]:
        without.conv(kernel, 192, filters, 28, per_filter=0)
    reducers = card("inception", "What the 1x1 reducers save")
    assert f"{with_reducers.params:,} weights, 128 million" in reducers.counted
    assert f"{without.params:,} weights, {without.macs // 10**6} million" in reducers.counted
    assert (with_reducers.params, without.params) == (163_328, 387_072)


def test_the_table_of_modules_has_nine_rows():
    table = card("inception", "The table of modules")
    rows = []
    for name in MODULES:
        ledger = Ledger()
        module_by_hand(name, ledger, per_filter=0)
        rows.append(f"{name} {ledger.params / 1000:.0f}K / {ledger.macs / 1e6:.1f}M")
    assert table.counted == ", ".join(rows)
    assert "in 4c: 463K printed, 509,440 counted" in table.explanation
    assert "in 5a: 54M are printed, 51.1M counted" in table.explanation
    assert "100M / 196 is about 510K" in table.explanation


def test_resnet_152_is_deeper_than_vgg_and_cheaper():
    cheaper = card("resnet", "Deeper, yet cheaper")
    for name in ("resnet152", "vgg16", "vgg19"):
        assert f"{params(name)}" in cheaper.counted
        assert giga(name) in cheaper.counted
    assert BY_HAND["resnet152"].macs < BY_HAND["vgg16"].macs
    assert "8 times as deep" in cheaper.explanation


def test_a_plain_twin_has_exactly_as_many_parameters():
    free = card("resnet", "Shortcuts are free").counted
    assert free.count(params("cifar_resnet56")) == 2
    assert free.count(f"{BY_HAND['cifar_resnet56'].macs:,}") == 2


def without_projections(num_blocks: tuple[int, ...], name: str) -> str:
    """Parameters with option A: the projections, and their BatchNorm, taken away."""
    projections = sum(64 * 2**i * 128 * 2**i + 2 * 128 * 2**i for i in range(3))
    assert resnet_by_hand(num_blocks) == BY_HAND[name]
    return f"{BY_HAND[name].params - projections:,}"


def test_option_a_has_fewer_parameters_than_the_nets_that_are_known():
    counted = card("resnet", "Which shortcuts an error belongs to").counted
    for depth, num_blocks in [(18, (2, 2, 2, 2)), (34, (3, 4, 6, 3))]:
        option_a = without_projections(num_blocks, f"resnet{depth}")
        option_b = params(f"resnet{depth}")
        assert f"ResNet-{depth}: {option_a} parameters with option A, {option_b} with" in counted


def test_plain_34_is_as_large_as_its_twin():
    degradation = card("resnet", "Degradation")
    assert degradation.counted.count(without_projections((3, 4, 6, 3), "resnet34")) == 2
    assert "plain 27.94 and 28.54 %, residual 27.88 and 25.03 %" in degradation.printed


def test_resnet_1202_is_eleven_times_as_large_as_110():
    deep = card("resnet", "More than a thousand layers").counted
    assert params("cifar_resnet1202") in deep
    assert params("cifar_resnet110") in deep
    assert "11.2 times" in deep


def test_the_ensemble_and_the_single_network_are_kept_apart():
    winning = card("resnet", "The winning error rate")
    assert "3.57 %: six networks together; 4.49 %: ResNet-152 alone" in winning.printed
    assert params("resnet152") in winning.counted


def test_keras_counts_biases_and_moving_statistics_too():
    keras = card("resnet", "What Keras prints")
    blocks = [(64, 3), (128, 4), (256, 6), (512, 3)]
    filters = 64 + sum(number * 6 * width + 4 * width for width, number in blocks)
    total = BY_HAND["resnet50"].params + 2 * filters + filters
    assert total == 25_636_712
    assert keras.counted.endswith(f"{filters:,} biases of convolutions: {total:,}.")


def test_torchvision_s_vgg_has_a_bias_for_each_filter_beside_batchnorm():
    filters = 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512
    with_batchnorm = BY_HAND["vgg16"].params - filters + 2 * filters
    assert with_batchnorm + filters == TORCHVISION_PARAMS["vgg16_bn"]
    counted = card("vgg", "Biases before BatchNorm").counted
    assert f"{with_batchnorm:,}; with {filters:,} biases" in counted
    assert counted.endswith(f": {TORCHVISION_PARAMS['vgg16_bn']:,}.")


def test_with_3x3_for_5x5_googlenet_has_the_parameters_that_torchvision_prints():
    filters = 64 + 64 + 192 + sum(sum(row[2:]) for row in MODULES.values())
    with_batchnorm = BY_HAND["googlenet"].params + filters
    less = sum((25 - 9) * reduce_5 * five for *_, reduce_5, five, _ in MODULES.values())
    assert with_batchnorm - less == TORCHVISION_PARAMS["googlenet"]
    counted = card("inception", "A 5x5 that is a 3x3").counted
    assert f"{with_batchnorm:,}; with 3x3 in place of its 9 convolutions" in counted
    assert counted.endswith(f": {TORCHVISION_PARAMS['googlenet']:,}.")


def test_the_first_row_of_googlenet_s_table_fits_a_convolution_in_two_steps():
    row = card("inception", "The first row of the table")
    weights, positions = 7 * 7 * 3 * 64, 112 * 112
    assert f"{weights:,} weights, {weights + 64:,} parameters with biases" in row.counted
    assert f"{weights * positions / 1e6:.0f} million" in row.counted
    two_steps = 3 * 8 * 7 * 7 + 3 * 8 * 64
    assert f"{two_steps:,} weights and {two_steps * positions / 1e6:.0f} million" in row.explanation
    assert round(two_steps / 1e3, 1) == GOOGLENET_STEM_KILO_PARAMS
    assert round(two_steps * positions / 1e6) == GOOGLENET_STEM_MEGA_MACS


def test_alexnet_s_printed_layers_fit_images_of_227_pixels():
    card_ = card("alexnet", "224 or 227 pixels")
    large, small = card_.counted.split(" 224x224: ")
    assert large.startswith("227x227: 55x55 cells")
    assert "6x6 before the dense layers" in large
    assert f"{27 * 27 * 256:,} values" in large
    assert params("alexnet") in large
    assert ALEXNET_SECOND_CONV_VALUES == 27 * 27 * 256
    assert small.startswith("54x54 cells")
    fewer = BY_HAND["alexnet"].params - (6 * 6 - 5 * 5) * 256 * 4096
    assert f"{26 * 26 * 256:,} values from the second convolution, {fewer:,}" in small


def test_both_networks_called_resnet_50_are_told_apart():
    two = card("resnet", "Two networks called ResNet-50")
    assert f"1x1: {BY_HAND['resnet50'].macs:,}, fields after the stages 35, 99, 291, 483" in (
        two.counted
    )
    assert f"3x3: {BY_HAND['resnet50_3x3'].macs:,}, fields 35, 91, 267, 427" in two.counted
    assert round(BY_HAND["resnet50_3x3"].macs / 1e9, 2) == TORCHVISION_RESNET50_GMACS
    assert BY_HAND["resnet50_3x3"].params == TORCHVISION_PARAMS["resnet50"]
