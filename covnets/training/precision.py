"""Which number format a run computes in."""

from __future__ import annotations

from covnets.config import Precision, RealPrecision, RunConfig
from covnets.duration.precision import faster_precision

_known: dict[str, RealPrecision] = {}


def remember(family: str, precision: RealPrecision) -> None:
    """Let "auto" mean this one for a family's runs in this process."""
    _known[family] = precision


def with_real_precision(run_config: RunConfig) -> RunConfig:
    """Replace "auto" by what is faster on this machine, measured when it is first asked for."""
    wanted: Precision = run_config.train.precision
    if wanted != "auto":
        return run_config
    family = run_config.network.family
    if family not in _known:
        from covnets.training.speed import measure_precisions

        _known[family] = faster_precision(measure_precisions(family))
    train = run_config.train.replace(precision=_known[family])
    return RunConfig(network=run_config.network, train=train)
