"""The "check the paper" cards: their verdicts, and every figure that is counted for them.

The figures here were counted by other means: by hand from the papers' tables, or they are those
that torchvision and Keras print for the same networks.
"""

import pytest

from covnets.models import FAMILIES
from covnets.papers import CARDS, Claim, claims

# By title: the verdict, and what the card says in its figures or its explanation.
EXPECTED: dict[str, tuple[str, ...]] = {
    "Shared weights": (
        "holds",
        "From 28x28x1 to 28x28x16: 160 parameters with 16 filters of 3x3, 9,847,040 with a dense",
        "still has 160 parameters, and the dense layer about 16 times as many",
    ),
    "Fewer parameters than AlexNet": (
        "differs",
        "60,965,224 / 6,998,552 = 8.7 times",
        "hold 5,842,176, and AlexNet has 10.4 times",
        "13,378,280, and the ratio is 4.6",
    ),
    "Only small filters": ("nearly", "57 convolutions of 3x3 in A to E, and 3 of 1x1 (all in C)"),
    "Three small filters for one large": (
        "holds",
        "27 C² weights see 7x7; 49 C² weights see 7x7: 81 % more",
    ),
    "Two small filters for one larger": (
        "measured",
        "18 C² weights see 5x5; one 5x5 layer: 25 C² weights see 5x5",
    ),
    "What the 16 and the 19 count": (
        "differs",
        "13 convolutions and 3 dense layers: 16 weight layers",
        "16 convolutions and 3 dense layers: 19 weight layers",
    ),
    "Where the weights are": (
        "holds",
        "hold 123,642,856 of 138,357,544 parameters, 89 %; the first alone holds 102,764,544",
    ),
    "Number of parameters": (
        "holds",
        "A 133 M, B 133 M, C 134 M, D 138 M, E 144 M",
        "A 132,863,336, B 133,047,848, C 133,638,952, D 138,357,544, E 143,667,240",
    ),
    "Where depth stops to help": (
        "measured",
        "27.0 %",
        "27.3 %",
        "5,309,696 more",
        "19.63 billion",
        "15.47 billion",
    ),
    "Biases before BatchNorm": (
        "nearly",
        "138,365,992 (torchvision)",
        "138,361,768; with 4,224 biases of convolutions: 138,365,992.",
    ),
    "A budget of multiply-adds": (
        "nearly",
        "1,582,671,872",
        "6 % above",
        "VGG-16 needs 9.8 times as many",
    ),
    "What the 1x1 reducers save": (
        "holds",
        "163,328 weights, 128 million",
        "387,072 weights, 303 million",
        "save 58 % of the weights",
    ),
    "The table of modules": (
        "differs",
        (
            "3a 163K / 128.0M, 3b 388K / 304.3M, 4a 376K / 73.6M, 4b 449K / 87.9M, "
            "4c 509K / 99.9M, 4d 605K / 118.5M, 4e 867K / 170.0M, 5a 1042K / 51.1M, "
            "5b 1443K / 70.7M"
        ),
        "in 4c: 463K printed, 509,440 counted",
        "in 5a: 54M are printed, 51.1M counted",
        "100M / 196 is about 510K",
    ),
    "The first row of the table": (
        "differs",
        "2.7K parameters, 34M multiply-adds",
        "9,408 weights, 9,472 parameters with biases, 118 million",
        "2,712 weights and 34 million",
    ),
    "A 5x5 that is a 3x3": (
        "differs",
        "6,624,904 (torchvision",
        "7,005,832; with 3x3 in place of its 9 convolutions of 5x5: 6,624,904.",
    ),
    "Deeper, yet cheaper": (
        "holds",
        "152 weight layers, 60,192,808 parameters, 11.28 billion",
        "VGG-16: 16, 138,357,544, 15.47 billion; VGG-19: 19, 143,667,240, 19.63 billion",
        "8 times as deep",
    ),
    "Shortcuts are free": (
        "holds",
        "853,018 parameters, its plain twin 853,018",
        "125,485,696 and 125,485,696",
        "27 sums",
    ),
    "The winning error rate": (
        "measured",
        "3.57 %: six networks together; 4.49 %: ResNet-152 alone",
        "60,192,808",
    ),
    "Which shortcuts an error belongs to": (
        "nearly",
        "ResNet-18: 11,515,688 parameters with option A, 11,689,512 with option B",
        "ResNet-34: 21,623,848 parameters with option A, 21,797,672 with option B",
    ),
    "Degradation": (
        "measured",
        "plain 27.94 and 28.54 %, residual 27.88 and 25.03 %",
        "Plain-34 21,623,848 parameters, ResNet-34 with option A 21,623,848",
        "vanishing gradients are unlikely",
    ),
    "More than a thousand layers": (
        "measured",
        "19,421,274 parameters, ResNet-110 1,727,962: 11.2 times",
    ),
    "Pre-activation": ("measured", "1,727,962 parameters, 1,727,962 with"),
    "What Keras prints": (
        "nearly",
        "25,636,712 (Keras)",
        "53,120 moving statistics",
        "26,560 biases of convolutions: 25,636,712.",
    ),
    "Two networks called ResNet-50": (
        "holds",
        "1x1: 3,857,973,248, fields after the stages 35, 99, 291, 483",
        "3x3: 4,089,184,256, fields 35, 91, 267, 427",
        "25,557,032 and 25,557,032",
        "4.09G and 25,557,032 parameters (torchvision)",
        "6 % more work",
    ),
    "224 or 227 pixels": (
        "differs",
        (
            "227x227: 55x55 cells after the first convolution, 6x6 before the dense layers, "
            "186,624 values from the second convolution, 60,965,224 parameters"
        ),
        (
            "224x224: 54x54 cells after the first convolution, 5x5 before the dense layers, "
            "173,056 values from the second convolution, 49,430,888 parameters"
        ),
    ),
}
NUM_CARDS = {"vgg": 9, "inception": 7, "resnet": 10, "alexnet": 3}
CLAIMS = [
    pytest.param(claim, id=f"{family}: {claim.title}")
    for family in CARDS
    for claim in claims(family)
]


def test_every_family_has_its_cards():
    assert {family: len({*claims(family)}) for family in FAMILIES} == NUM_CARDS
    assert {claim.title for family in CARDS for claim in claims(family)} == set(EXPECTED)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_card_says_what_is_counted_by_other_means(claim):
    verdict, *said = EXPECTED[claim.title]
    assert claim.verdict == verdict
    texts = (claim.claim, claim.printed, claim.counted, claim.explanation)
    assert all(text.strip() and "None" not in text for text in texts)
    assert [text for text in said if text not in "\n".join(texts)] == []
    assert any(known in claim.source for known in ("arXiv", "textbook", "keras", "Krizhevsky"))
    assert claim.explanation.endswith(".")


def card(family: str, title: str, **arguments: object) -> Claim:
    return next(claim for claim in claims(family, **arguments) if claim.title == title)


def test_a_family_that_is_not_there_is_refused():
    with pytest.raises(KeyError, match="lenet"):
        claims("lenet")


def test_cards_are_counted_once():
    first, second = claims("resnet"), claims("resnet")
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_no_title_names_a_cause_that_the_authors_argue_against():
    degradation = card("resnet", "Degradation")
    assert "gradient" not in degradation.title + degradation.claim


@pytest.mark.parametrize("shape", [(20, 30, 2), [20, 30, 2]])
def test_the_dense_layer_s_weights_follow_the_size_of_the_image(shape):
    inputs, outputs = 20 * 30 * 2, 20 * 30 * 16
    assert card("vgg", "Shared weights", input_shape=shape).counted == (
        f"From 20x30x2 to 20x30x16: {9 * 2 * 16 + 16} parameters with 16 filters of 3x3, "
        f"{inputs * outputs + outputs:,} with a dense layer."
    )
