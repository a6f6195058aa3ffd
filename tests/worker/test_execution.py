"""What is left of a run that was executed."""

from pathlib import Path

import pytest

from covnets.engine import InlineEngine
from covnets.runs import RunStore, estimate
from covnets.runs.estimate import known
from tests.engine.small_runs import small_run


def test_a_finished_run_tells_how_long_its_network_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(known, "SECONDS_TO_BE_KNOWN", 0.0)
    store = RunStore(tmp_path)
    run = InlineEngine(store).submit(small_run())
    assert run.state == "finished"
    speed = estimate.Known.of(store, run.facts["threads"]).speed(run.config)
    assert speed.is_exact
    assert min(speed.step_seconds, speed.image_seconds) > 0
