"""What is asked of an engine, checked and written into the store; who trains does not matter."""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import partial

from covnets.config import RunConfig
from covnets.errors import EngineError, StoreError
from covnets.limits import check_run
from covnets.runs import CHECKPOINT, Run, RunStore


def check_resumable(store: RunStore, run_id: str) -> None:
    """Refuse to resume a run that has lost what it would go on from.

    Raises:
        EngineError: its weights made room for newer ones, or are of a network that was wired
            otherwise.
    """
    run = store.runs.get(run_id)
    _refuse_outdated(store, run)
    if store.files.step_to_go_on_from(run) is None:
        raise EngineError(
            f"Run {run_id} cannot go on, its weights are not there (any more): start a new run "
            "with its settings."
        )


def create_continuation(store: RunStore, run_id: str, epochs: int, owner: str) -> Run:
    """Queue a run that trains another one on.

    Raises:
        CovnetsError: its weights are not there, or of a network that was wired otherwise, or it
            has more epochs already.
    """
    run = store.runs.get(run_id)
    if run.is_active or run.state == "failed":
        raise EngineError(
            f"Run {run_id} is {run.state} and cannot be trained on: only a finished, cancelled or "
            "paused run can."
        )
    _refuse_outdated(store, run)
    step = store.files.step_to_go_on_from(run)
    if not step:
        raise EngineError(
            f"Run {run_id} cannot be trained on, its weights are not there (any more): start a new "
            "run with its settings."
        )
    train = run.config.train.replace(
        epochs=epochs, precision=run.facts.get("precision", run.config.train.precision)
    )
    if train.total_steps <= run.step:
        raise EngineError(
            f"epochs={epochs} is not more than run {run_id} has made: choose at least "
            f"{run.step // train.steps_per_epoch + 1}."
        )
    config = RunConfig(network=run.config.network, train=train)
    check_run(config)
    continuation = store.runs.create(config, owner=owner, parent=run_id, until=step)
    _copy_weights(store, run, continuation)
    return continuation


def _copy_weights(store: RunStore, run: Run, continuation: Run) -> None:
    """Let a continuation have the weights that it begins with: its parent may go on, too."""
    path = store.files.checkpoint(run)
    with suppress(OSError, StoreError):  # without room for a copy it reads its parent's
        if path is not None:
            store.files.write(continuation.id, CHECKPOINT, partial(shutil.copyfile, path))


def _refuse_outdated(store: RunStore, run: Run) -> None:
    begun = run
    while not begun.facts and begun.parent is not None:
        begun = store.runs.get(begun.parent)
    if begun.outdated:
        raise EngineError(
            f"Run {run.id} cannot go on: {begun.outdated}. What it has recorded stays; start a new "
            "run with its settings."
        )
