"""A worker that the system really kills because memory ran out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.small_runs import NETWORK, small_run, trained, use_up_revivals, wait_for_state

GROUPS = Path("/sys/fs/cgroup")
BYTES = 8_000_000


@pytest.fixture
def narrow_group(tmp_path: Path) -> Iterator[Path]:
    """A group of processes that may hold almost no memory; with either version of Linux' groups."""
    old, new = GROUPS / "memory", GROUPS
    parent, limit = (old, "memory.limit_in_bytes") if old.is_dir() else (new, "memory.max")
    group = (
        parent / f"{tmp_path.name}-{os.getpid()}"
    )  # other sessions have a test of that name, too
    try:
        group.mkdir()
        (group / limit).write_text(str(BYTES))
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        pytest.skip(f"Only who may make groups of processes can be killed for memory: {error}")
    yield group
    group.rmdir()


def test_worker_killed_for_memory_says_so_and_the_next_run_trains(engine, store, narrow_group):
    first = trained(engine, store, small_run())
    assert first.worker is not None
    (narrow_group / "cgroup.procs").write_text(first.worker.rpartition(":")[2])

    # Building and tracing another network needs more than there is now.
    other = small_run().replace(network=NETWORK.replace(filters=64, num_convs=3))
    run = engine.submit(other)
    use_up_revivals(store, run)
    failed = wait_for_state(store, run, "failed")
    assert (failed.reason or "").startswith("Memory ran out, and the system ended its worker")
    trained(engine, store, small_run())
