"""Networks are traced while nobody waits, and never at the cost of somebody who does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from covnets.config import ResNetConfig, RunConfig
from covnets.engine import LocalEngine
from covnets.engine.wishes import SECONDS_OF_REST
from covnets.runs import RunStore, frames
from tests.engine.small_runs import NETWORK, small_run, wait_for_state, wait_until

# Tracing it takes many seconds.
DEEP = RunConfig(network=ResNetConfig(num_stages=3, num_blocks=60, filters=4))


def prepared_by(engine: LocalEngine) -> RunConfig | None:
    prepared = [config for worker in engine._crew.workers for config in worker.prepared]
    return prepared[0] if prepared else None


def is_prepared(engine: LocalEngine, config: RunConfig) -> bool:
    (worker,) = engine._crew.workers
    return config in worker.prepared and not worker.is_preparing


def test_network_is_traced_ahead_once_the_sliders_rest(
    engine: LocalEngine, store: RunStore
) -> None:
    plain = wait_for_state(store, engine.submit(small_run(seed=3)), "finished", "failed")
    config = small_run(seed=3).replace(network=NETWORK.replace(filters=6))
    engine.prepare(config)
    wait_until(lambda: is_prepared(engine, config))
    run = wait_for_state(store, engine.submit(config), "finished", "failed")
    again = wait_for_state(store, engine.submit(config), "finished", "failed")

    assert [one.facts["traced_ahead"] for one in (plain, run, again)] == [False, True, True]
    first, second = (frames.history(store, one.id).drop(columns="seconds") for one in (run, again))
    assert first.equals(second)


def test_other_run_that_comes_meanwhile_trains_as_always(
    engine: LocalEngine, store: RunStore
) -> None:
    expected = wait_for_state(store, engine.submit(small_run(epochs=2)), "finished", "failed")
    for filters in (4, 8, 12):
        other = RunConfig(network=ResNetConfig(filters=filters), train=small_run().train)
        engine.prepare(other)
        wait_until(lambda wanted=other: prepared_by(engine) == wanted)
        run = wait_for_state(store, engine.submit(small_run(epochs=2)), "finished", "failed")

        assert run.state == "finished", run.details
        first, second = (
            frames.history(store, one.id).drop(columns="seconds") for one in (expected, run)
        )
        assert first.equals(second)


def test_deep_network_is_not_traced_before_it_is_started(engine: LocalEngine) -> None:
    engine.prepare(DEEP)
    time.sleep(3 * SECONDS_OF_REST)
    assert prepared_by(engine) != DEEP
    engine.prepare(small_run())


def test_worker_leaves_in_time_while_it_traces_ahead(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "covnets.worker", "--home", str(tmp_path), "--threads", "1"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert "ready" in json.loads(worker.stdout.readline())
    worker.stdin.write(json.dumps({"prepare": [DEEP.model_dump(mode="json")]}) + "\n")
    worker.stdin.flush()
    worker.stdin.close()
    assert worker.wait(10) == 0
