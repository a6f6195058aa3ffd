"""Workers that are killed: their runs go on, and end as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pandas as pd
import pytest

from covnets.engine import LocalEngine
from covnets.engine.workers import WorkerProcess
from covnets.runs import CHECKPOINT, Run, RunStore
from covnets.system import has_ended
from tests import frames
from tests.engine.small_runs import (
    curve,
    endless_run,
    queue_race,
    small_run,
    trained,
    use_up_revivals,
    wait_for_state,
    wait_for_steps,
    wait_until,
)

# Some seconds, so that it is killed on its way.
LONG = small_run(epochs=16, num_train=3000)
POINT = ["split", "step"]


@pytest.fixture(scope="module")
def impatient(store: RunStore) -> Iterator[LocalEngine]:
    """An engine whose workers save their runs' states several times a second."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WorkerProcess, "module", "tests.engine.impatient_worker")
        running = LocalEngine(store, threads=1, lanes=2, most_at_once=4)
        yield running
        running.close()


@pytest.fixture(scope="module")
def whole(impatient: LocalEngine, store: RunStore) -> Run:
    """The run that nobody disturbs."""
    return trained(impatient, store, LONG)


def worker_of(store: RunStore, run: Run) -> str:
    return store.runs.get(run.id).worker or ""


def kill(worker: str) -> None:
    os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
    wait_until(lambda: has_ended(worker))


def wait_for_next_worker(store: RunStore, run: Run, before: str) -> None:
    wait_until(lambda: worker_of(store, run) not in ("", before))


def history(store: RunStore, run: Run) -> pd.DataFrame:
    return frames.history(store, run.id)


def assert_same_curve(store: RunStore, run: Run, whole: Run) -> None:
    assert curve(store, run).equals(curve(store, whole))
    for _, points in history(store, run).groupby("split"):
        assert points["seconds"].is_monotonic_increasing
    assert store.runs.get(run.id).summary["test_accuracy"] == whole.summary["test_accuracy"]


def wait_for_moment(store: RunStore, run: Run, moment: str, chance: random.Random) -> None:
    wait_until(lambda: store.runs.get(run.id).state == "running")
    if moment == "while it is traced":
        time.sleep(chance.uniform(0.0, 0.3))
        return
    wait_until(lambda: store.runs.get(run.id).is_begun)
    if moment == "right after it began":
        time.sleep(chance.uniform(0.0, 0.2))
    elif moment == "while its state is written":
        wait_until(lambda: store.files.find(run.id, CHECKPOINT) is not None)
        folder = store.home / "artifacts" / run.id
        deadline = time.monotonic() + 60
        while not any(folder.glob(".partial-*")) and time.monotonic() < deadline:
            pass  # it takes milliseconds
    else:
        step = store.runs.get(run.id).step
        wait_for_steps(store, run, step + chance.randrange(LONG.train.total_steps // 3))


@pytest.mark.slow
def test_ten_kills_at_random_moments_lose_and_change_nothing(impatient, store, whole):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed of the random moments: {seed}")
    chance = random.Random(seed)
    moments = ["while it is traced", "right after it began", "while its state is written"] * 2
    moments += ["at any step"] * 4
    chance.shuffle(moments)
    killed = []
    for two in zip(moments[::2], moments[1::2], strict=True):
        run = impatient.submit(LONG)
        for moment in two:
            wait_for_moment(store, run, moment, chance)
            killed.append(worker_of(store, run))
            kill(killed[-1])
            before = history(store, run)
            step = store.files.step_to_go_on_from(store.runs.get(run.id))
            recorded = before.loc[before["split"] == "train", "step"].tolist()
            print(f"{moment}: after step {len(recorded)}, it goes on from step {step}")
            assert recorded == list(range(1, len(recorded) + 1))
            assert step is not None
            assert step <= len(recorded)
            wait_for_next_worker(store, run, killed[-1])
        finished = wait_for_state(store, run, "finished")
        assert (finished.revivals, finished.reason) == (2, None)
        assert_same_curve(store, run, whole)
        after = history(store, run).set_index(POINT)
        assert before.set_index(POINT).equals(after.loc[before.set_index(POINT).index])
    assert all(map(has_ended, killed))
    assert len(set(killed)) == 10


def test_all_runs_of_a_killed_worker_go_on_but_those_that_were_to_end(impatient, store, whole):
    contestants = queue_race(store, [LONG, LONG], "step", impatient.owner)
    to_stop, to_pause = impatient.submit(endless_run()), impatient.submit(LONG)
    runs = [*contestants, to_stop, to_pause]
    wait_until(lambda: all(store.files.find(run.id, CHECKPOINT) for run in runs))
    worker = worker_of(store, to_stop)
    # So that it cannot do what it is asked to before it dies.
    os.kill(int(worker.rpartition(":")[2]), signal.SIGSTOP)
    impatient.stop(to_stop.id)
    impatient.pause(to_pause.id)
    kill(worker)

    stopped = wait_for_state(store, to_stop, "cancelled")
    assert stopped.reason == "It was asked to stop, and its worker process ended before it could."
    wait_for_state(store, to_pause, "paused")
    for run in contestants:
        wait_until(lambda run=run: store.runs.get(run.id).revivals == 1)
        reason = store.runs.get(run.id).reason or ""
        # Which of two causes is told, test_out_of_memory may decide, which runs beside this one.
        assert ". The run goes on by itself from step" in reason
        assert reason.endswith("(restart 1 of at most 2).")
    wait_until(lambda: all(store.runs.get(run.id).is_begun for run in contestants))
    assert worker_of(store, contestants[0]) == worker_of(store, contestants[1]) != worker
    impatient.resume(to_pause.id)
    for run in (*contestants, to_pause):
        wait_for_state(store, run, "finished")
        assert_same_curve(store, run, whole)


def test_run_that_was_revived_too_often_rests_and_can_be_resumed(impatient, store, whole):
    run = impatient.submit(LONG)
    wait_until(lambda: store.files.find(run.id, CHECKPOINT) is not None)
    use_up_revivals(store, run)
    kill(worker_of(store, run))
    paused = wait_for_state(store, run, "paused")
    assert "worker process" in (paused.reason or "")
    impatient.resume(run.id)
    finished = wait_for_state(store, run, "finished")
    assert finished.revivals == 0
    assert_same_curve(store, run, whole)
