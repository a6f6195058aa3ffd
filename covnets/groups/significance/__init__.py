"""Whether a difference between contestants is more than luck."""

from covnets.groups.significance.comparison import (
    Paired,
    ScoresError,
    Standing,
    paired,
    ranking,
)
from covnets.groups.significance.sentences import FEW_SEEDS, details, summary, verdict

__all__ = [
    "FEW_SEEDS",
    "Paired",
    "ScoresError",
    "Standing",
    "details",
    "paired",
    "ranking",
    "summary",
    "verdict",
]
