"""How long a run will take, told before it starts: a cost model, priced for the machine."""

from covnets.duration.budget import fitting_epochs, fitting_images
from covnets.duration.design import measured_runs
from covnets.duration.model import TYPICAL, CostModel, Duration, RunCost, Sample

__all__ = [
    "TYPICAL",
    "CostModel",
    "Duration",
    "RunCost",
    "Sample",
    "fitting_epochs",
    "fitting_images",
    "measured_runs",
]
