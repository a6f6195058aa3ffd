import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from covnets.runs import Run, RunStore
from tests.frames import history
from tests.runs.conftest import points
from tests.runs.test_schema import written_by

ROOT = Path(__file__).parents[2]

CHILD = """
import sys
from covnets.runs import RunStore

home, worker, own = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
with RunStore(home) as store:
    queued = store.runs.list(states=["queued"])
    won = [run.id for run in queued if store.states.claim(run.id, worker)]
    for start in range(1, 501, 10):
        store.history.add(own, [
            {"split": "train", "step": step, "epoch": 1, "loss": 1.0, "accuracy": 0.5, "seconds": 0}
            for step in range(start, start + 10)
        ])
    print(" ".join(won))
"""

NEWCOMERS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from covnets.runs import RunStore

def open_one(key):
    with RunStore(sys.argv[1]) as store:
        store.settings.update(key, lambda _: 1)

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(4) as threads:
    list(threads.map(open_one, sys.argv[2]))
"""


def run_together(script: str, arguments: list[list[str]]) -> list[str]:
    """Run a script in several processes, released at the same moment; return what they say."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in arguments
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0], said
    return [output for output, _ in said]


def test_two_processes_share_a_store(store, new_run):
    own = [new_run("running"), new_run("running")]
    race = [new_run("queued") for _ in range(30)]
    home = str(store.home)
    said = run_together(CHILD, [[home, f"lab:{n}", own[n].id] for n in range(2)])
    won = [set(words.split()) for words in said]
    assert won[0] | won[1] == {run.id for run in race}
    assert not won[0] & won[1]
    for number in range(2):
        assert {
            run.worker for run in store.runs.list(states=["running"]) if run.id in won[number]
        } <= {f"lab:{number}"}
        assert history(store, own[number].id)["step"].tolist() == list(range(1, 501))


@pytest.mark.parametrize("version", [None, 1, 4])
def test_many_may_make_or_migrate_the_store_at_once(tmp_path, version):
    home = tmp_path / "runs"
    if version is not None:
        home.mkdir()
        written_by(version, home)
    run_together(NEWCOMERS, [[str(home), "abcd"], [str(home), "efgh"]])
    with RunStore(home) as store:
        assert all(store.settings.text(key) == "1" for key in "abcdefgh")
    assert len(list(home.glob("*.backup"))) == (version is not None)


def test_of_many_threads_one_gets_the_run(store, new_run):
    for _ in range(10):
        run, barrier = new_run("queued"), threading.Barrier(8)

        def claim(number: int, run: Run = run, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait()
            return store.states.claim(run.id, f"lab:{number}")

        with ThreadPoolExecutor(8) as threads:
            won = list(threads.map(claim, range(8)))
        assert won.count(True) == 1
        assert store.runs.get(run.id).worker == f"lab:{won.index(True)}"


def test_threads_write_and_read_side_by_side(store, config):
    runs = [store.runs.create(config, owner="me") for _ in range(4)]

    def train(run: Run):
        store.states.claim(run.id, "lab:1")
        for start in range(1, 201, 5):
            store.history.add(run.id, points(5, first=start))
        store.states.finish(run.id, "finished")

    def watch(run: Run):
        while store.runs.get(run.id).is_active:
            steps = history(store, run.id)["step"].tolist()
            assert steps == list(range(1, len(steps) + 1))
            assert len(steps) % 5 == 0

    with ThreadPoolExecutor(8) as threads:
        tasks = [threads.submit(work, run) for run in runs for work in (train, watch)]
        for task in tasks:
            task.result(timeout=60)
    assert all(len(history(store, run.id)) == 200 for run in runs)


def test_connections_are_reused_and_not_one_a_thread(store):
    for _ in range(20):
        thread = threading.Thread(target=store.runs.list)
        thread.start()
        thread.join()
    assert len(store.database._idle) == 1
