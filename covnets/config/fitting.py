"""Making a network for large images fit small ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from covnets.config.alexnet import AlexNetConfig
from covnets.config.base import NetworkConfig, StagedConfig
from covnets.config.inception import InceptionConfig
from covnets.errors import ConfigError

Config = TypeVar("Config", bound=NetworkConfig)


def fit_to_images(config: Config, input_shape: tuple[int, int, int], num_classes: int) -> Config:
    """Return the network that differs least and suits such images.

    A network suits images whose height and width are at least the product of its strides. With
    padding it could be built for smaller ones, down to a single pixel, but its last cells would
    see little but padding. It is tried as it is, then with a stem for small images, then with
    fewer and fewer stages. Where nothing suits, the smallest that can be built is taken.

    Args:
        config: the network.
        input_shape: height, width and channels of the images.
        num_classes: classes of the images.

    Raises:
        ConfigError: the images are too small for any network of the family.
    """
    valid: list[Config] = []
    refusals: list[ConfigError] = []
    for changes in _candidates(config):
        try:
            valid.append(
                config.replace(input_shape=input_shape, num_classes=num_classes, **changes)
            )
        except ConfigError as error:
            refusals.append(error)
    if not valid:
        raise refusals[0]
    side = min(input_shape[:2])
    return next((fitted for fitted in valid if fitted.total_stride <= side), valid[-1])


def _candidates(config: NetworkConfig) -> Iterator[dict[str, Any]]:
    yield {}
    if isinstance(config, AlexNetConfig):
        defaults = AlexNetConfig()
        yield {
            "stem_kernel_size": defaults.stem_kernel_size,
            "stem_strides": defaults.stem_strides,
        }
    if not isinstance(config, StagedConfig):
        return
    stem = {"stem": "3x3"} if "stem" in type(config).model_fields else {}
    counts: tuple[int, ...] = getattr(config, config.per_stage)
    for num_stages in range(len(counts), 0, -1):
        left = counts[:num_stages]
        yield (
            stem | _fewer_modules(config, left) | {config.per_stage: left, "num_stages": num_stages}
        )


def _fewer_modules(config: StagedConfig, counts: tuple[int, ...]) -> dict[str, Any]:
    if not isinstance(config, InceptionConfig):
        return {}
    return {
        "module_filters": config.module_filters[: sum(counts)],
        "auxiliary_heads": config.auxiliary_heads and len(counts) > 1,
    }
