"""Sketches and drawings, made once for all visitors: a page asks for them at every change."""

from functools import lru_cache

from covnets.charts.curves.curves import figure_bytes
from covnets.charts.network.drawing import is_folded, network_figure
from covnets.charts.network.labels import PAGE_WIDTH
from covnets.config import AnyNetworkConfig
from covnets.models import PRESETS, Sketch, sketch

# A sketch of a thousand layers takes some megabytes, its unfolded drawing as well.
MOST_KEPT = 16


@lru_cache(maxsize=MOST_KEPT)
def sketch_of(config: AnyNetworkConfig) -> Sketch:
    """Return a network's sketch."""
    return sketch(config)


@lru_cache(maxsize=MOST_KEPT)
def drawing_of(config: AnyNetworkConfig, whole: bool = False, width: int = PAGE_WIDTH) -> bytes:
    """Return a network's drawing, packed for the browser."""
    drawn = sketch_of(config)
    return figure_bytes(network_figure(drawn, whole=whole, width=width, name=file_name(config)))


def file_name(config: AnyNetworkConfig) -> str:
    """What files of a network are called: as its preset, or as its family if it was changed."""
    return next((name for name, preset in PRESETS.items() if preset == config), config.family)


@lru_cache(maxsize=4 * MOST_KEPT)
def can_unfold(config: AnyNetworkConfig) -> bool:
    """Whether there is something to unfold in a network's drawing, or to see larger."""
    return is_folded(sketch_of(config))
