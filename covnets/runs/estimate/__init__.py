"""How long a run will take, told before it starts.

The time of a network that was traced ahead or trained here is known: its steps were timed. That of
any other is told by prices.
"""

from covnets.runs.estimate.known import SHORTENED, Known, Speed, keep, keep_run, recipe_key
from covnets.runs.estimate.prices import work_of

__all__ = ["SHORTENED", "Known", "Speed", "keep", "keep_run", "recipe_key", "work_of"]
