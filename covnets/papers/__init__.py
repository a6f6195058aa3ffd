"""What papers and textbooks say about the networks, beside what one counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from covnets.config import NetworkConfig
from covnets.papers import alexnet, convolution, inception, resnet, vgg
from covnets.papers.card import Claim

__all__ = ["Claim", "claims"]

CARDS: dict[str, tuple[Callable[[], Claim], ...]] = {
    "vgg": vgg.CARDS,
    "inception": inception.CARDS,
    "resnet": resnet.CARDS,
    "alexnet": (inception.fewer_than_alexnet, alexnet.size_of_the_images),
}
"""Of each family, but for the one that belongs to all."""
IMAGE_SHAPE: tuple[int, int, int] = NetworkConfig.model_fields["input_shape"].default


def claims(family: str, input_shape: tuple[int, int, int] = IMAGE_SHAPE) -> tuple[Claim, ...]:
    """The "check the paper" cards of a family; each figure is counted when first asked for.

    Args:
        family: a name in `covnets.models.FAMILIES`.
        input_shape: height, width and channels of the images, for the card that compares a
            convolution with a dense layer. That card belongs to every family.

    Raises:
        KeyError: there is no such family.
    """
    return (*_of_family(family), _of_images(tuple(input_shape)))


@cache
def _of_family(family: str) -> tuple[Claim, ...]:
    return tuple(card() for card in CARDS[family])


_of_images = lru_cache(maxsize=64)(convolution.weights_of_each_cell)
