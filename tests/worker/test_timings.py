"""What a worker measures is kept: of a finished run, and while nothing trains."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from covnets.config import RunConfig
from covnets.engine import InlineEngine
from covnets.errors import StoreUnavailable
from covnets.runs import RunStore, estimate
from covnets.runs.estimate import known
from covnets.training.timing import Timing
from covnets.worker.__main__ import Wear, Worker
from tests.engine.small_runs import small_run


def test_a_finished_run_tells_how_long_its_network_takes(monkeypatch, tmp_path):
    monkeypatch.setattr(known, "SECONDS_TO_BE_KNOWN", 0.0)
    store = RunStore(tmp_path)
    run = InlineEngine(store).submit(small_run())
    assert run.state == "finished"
    speed = estimate.Known.of(store, run.facts["threads"]).speed(run.config)
    assert speed.is_exact
    assert min(speed.step_seconds, speed.image_seconds) > 0


class FakeNetworks:
    """Networks that a test times."""

    num_made = 0

    def __init__(self) -> None:
        self.times: list[RunConfig] = []

    def prepare(
        self, asked: Iterable[RunConfig], _: object, is_timed: Callable[[RunConfig], bool]
    ) -> list[Timing | None]:
        configs = list(asked)
        self.times += [config for config in configs if not is_timed(config)]
        return [None if is_timed(config) else Timing(1.0, 0.1, 0.01) for config in configs]


def test_what_could_not_be_kept_is_timed_again(tmp_path, monkeypatch):
    worker: Any = Worker(tmp_path, 1, io.StringIO())
    worker._store, worker._threads, worker._wear = RunStore(tmp_path), 1, Wear()
    networks = worker._networks = FakeNetworks()
    config = small_run()
    order = {"prepare": [config.model_dump(mode="json")]}

    def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk is full: free some space.")

    monkeypatch.setattr("threading.Thread.start", lambda thread: thread.run())
    with monkeypatch.context() as full:
        full.setattr(estimate, "keep", refuse)
        worker._prepare(order)
    assert estimate.Known.of(worker._store, 1) == estimate.Known()
    for _ in range(2):
        worker._prepare(order)
    assert estimate.Known.of(worker._store, 1).speed(config).is_exact
    assert networks.times == [config, config]
