"""What becomes of workers and runs when the dashboard goes away, in whatever way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from covnets.engine import LocalEngine
from covnets.runs import RunStore
from covnets.system import has_ended, host_name, process_name
from scripts.real_dashboard import ROOT
from tests.engine.small_runs import DEEP, small_run, wait_for_steps, wait_until

DASHBOARD = """
import signal, sys, time
# A shell that starts the tests in the background lets them, and their children, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
from covnets.engine import LocalEngine
from covnets.runs import RunStore
from tests.engine.small_runs import endless_run
engine = LocalEngine(RunStore(sys.argv[1]), threads=1, most_at_once=1)
for _ in range(2):
    print(engine.submit(endless_run()).id, flush=True)
time.sleep(600)
"""
SECONDS_TO_LEAVE = 5


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_checkpoint_pause_and_leave(tmp_path, how):
    store = RunStore(tmp_path)
    command = [sys.executable, "-c", DASHBOARD, str(tmp_path)]
    dashboard = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert dashboard.stdout is not None
        run, waiting = (store.runs.get(dashboard.stdout.readline().strip()) for _ in range(2))
        running = wait_for_steps(store, run, 3)
        assert running.state == "running", running.reason

        dashboard.send_signal(how)
        dashboard.wait(SECONDS_TO_LEAVE)

        wait_until(lambda: has_ended(running.worker), SECONDS_TO_LEAVE + 1)
    finally:
        dashboard.kill()
        dashboard.wait()
    paused = store.runs.get(run.id)
    assert (paused.state, paused.reason) == ("paused", "dashboard stopped")
    assert store.files.find(run.id, "checkpoint.npz") is not None

    with closing(LocalEngine(store, threads=1)) as engine:
        rested = store.runs.get(waiting.id)
        assert (rested.state, rested.reason) == ("paused", "dashboard stopped")
        assert engine.resume(waiting.id).state == "queued"
        engine.stop(waiting.id)


def test_run_of_a_worker_that_is_gone_is_paused_as_soon_as_a_dashboard_starts(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    store = RunStore(tmp_path)
    seconds_ago = RunStore(tmp_path, clock=lambda: time.time() - 5)
    run = seconds_ago.runs.create(small_run(), owner="gone")
    seconds_ago.states.claim(run.id, f"{host_name()}:{ended.pid}")

    with closing(LocalEngine(store, threads=1)):
        paused = store.runs.get(run.id)
        assert (paused.state, paused.reason) == (
            "paused",
            "the computer or its worker process was shut down",
        )


def test_second_dashboard_never_touches_a_run_whose_worker_is_alive(tmp_path):
    store = RunStore(tmp_path)
    run = store.runs.create(small_run(), owner="first")
    waiting = store.runs.create(small_run(), owner="first")
    store.states.claim(run.id, process_name())

    with closing(LocalEngine(store, threads=1)):
        assert store.runs.get(run.id).state == "running"
        assert store.runs.get(waiting.id).owner == "first"


@pytest.mark.parametrize("moment", ["while TensorFlow loads", "while it traces ahead"])
def test_worker_whose_dashboard_vanishes_leaves_whatever_it_does(tmp_path, moment):
    command = [sys.executable, "-m", "covnets.worker", "--home", str(tmp_path), "--threads", "1"]
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    if moment == "while it traces ahead":
        assert "ready" in json.loads(worker.stdout.readline())
        worker.stdin.write(json.dumps({"prepare": [DEEP.model_dump(mode="json")]}) + "\n")
        worker.stdin.flush()
        seconds = SECONDS_TO_LEAVE
    else:
        seconds = SECONDS_TO_LEAVE + 25  # it has to load Python first, and the machine may be busy

    worker.stdin.close()

    assert worker.wait(seconds) == 0
