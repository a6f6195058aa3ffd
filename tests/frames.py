"""What a store has recorded, as a data frame for tests to look at."""

import pandas as pd

from covnets.runs import RunStore
from covnets.runs.curves import RECORDED, recorded

_NUMBERS = {
    "step": "int64",
    "epoch": "int64",
    "loss": "float64",
    "accuracy": "float64",
    "seconds": "float64",
}


def history(store: RunStore, run_id: str) -> pd.DataFrame:
    """Every point of a run, by split and step."""
    return pd.DataFrame(recorded(store, run_id), columns=list(RECORDED)).astype(_NUMBERS)
