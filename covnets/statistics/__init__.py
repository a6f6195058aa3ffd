"""Whether a difference between contestants is more than luck."""

from covnets.statistics.comparison import (
    Paired,
    ScoresError,
    Standing,
    by_shared_seed,
    paired,
    ranking,
)
from covnets.statistics.sentences import FEW_SEEDS, details, summary, verdict

__all__ = [
    "FEW_SEEDS",
    "Paired",
    "ScoresError",
    "Standing",
    "by_shared_seed",
    "details",
    "paired",
    "ranking",
    "summary",
    "verdict",
]
