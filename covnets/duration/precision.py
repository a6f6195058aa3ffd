"""Which number format is worth its rounding on a machine."""

from __future__ import annotations

from collections.abc import Mapping

from covnets.config import RealPrecision

# Nobody wants other digits for the sake of a twentieth of the time.
WORTH_A_CHANGE = 1.05


def faster_precision(images_per_second: Mapping[str, float]) -> RealPrecision:
    """Return the faster precision; float32 unless the other one is worth the change.

    Args:
        images_per_second: measured speeds by precision, float32 among them.
    """
    bfloat16 = images_per_second.get("mixed_bfloat16", 0.0)
    worth_it = bfloat16 >= WORTH_A_CHANGE * images_per_second["float32"]
    return "mixed_bfloat16" if worth_it else "float32"
