"""Files that belong to runs: weights, checkpoints, predictions.

They lie in `artifacts/<run>/<name>` below the store's folder; a table knows their sizes. Weights
may be deleted to make room, anything else stays.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from covnets.errors import StoreError
from covnets.runs.database import Part
from covnets.runs.opening import cannot_write
from covnets.runs.run import Run, find_run, note_change, number_of

MODEL = "model.keras"
CHECKPOINT = "checkpoint.npz"
WEIGHTS = (MODEL, CHECKPOINT)
"""The only files that are deleted to make room."""

DEFAULT_WEIGHTS_MB = 2000
_ABANDONED_SECONDS = 3600.0


def weights_budget() -> int:
    """Return how many bytes all weights together may take, from COVNETS_WEIGHTS_MB.

    Raises:
        StoreError: the variable is not a number of megabytes.
    """
    text = os.environ.get("COVNETS_WEIGHTS_MB", "").strip() or str(DEFAULT_WEIGHTS_MB)
    if not text.isdecimal():
        raise StoreError(
            f"COVNETS_WEIGHTS_MB={text!r} is not a whole number of megabytes: set it to, for "
            f"instance, {DEFAULT_WEIGHTS_MB}, or not at all."
        )
    return int(text) * 10**6


class Files(Part):
    """The files of all runs, with the table that lists them."""

    def write(self, run_id: str, name: str, write: Callable[[Path], object]) -> Path:
        """Let `write` make a file, and keep it as the run's `name`, replacing an older one.

        It is on the disk before it takes its name, and so is what was recorded before it: a
        checkpoint that outlives a power cut must not be ahead of its run's points.

        Args:
            run_id: the run, in any state.
            name: a file name, such as "model.keras".
            write: is called with a temporary path of the same suffix; the file takes its final name
                in one move when it is whole, so that no reader ever sees half of it.

        Returns:
            The file's final path.

        Raises:
            StoreError: the run is unknown, or the disk is full or read-only.
        """
        path = self._path(run_id, name)
        find_run(self._database, run_id)
        # Same folder, so that the move is one; same suffix, because Keras and numpy look at it.
        partial = path.with_name(f".partial-{secrets.token_hex(4)}{path.suffix}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(partial)
            with partial.open("rb+") as file:
                size = file.seek(0, os.SEEK_END)
                os.fsync(file.fileno())
            self._database.sync()
            partial.replace(path)
        except OSError as error:
            raise cannot_write(path, error.strerror or str(error)) from error
        finally:
            partial.unlink(missing_ok=True)
        with self._database.transaction() as connection:
            number = number_of(connection, run_id)
            connection.execute(
                "INSERT OR REPLACE INTO artifacts (run, name, bytes, created_at) "
                "VALUES (?, ?, ?, ?)",
                (number, name, size, self._clock()),
            )
            note_change(connection, number)
        return path

    def find(self, run_id: str, name: str) -> Path | None:
        """Return the path of a finished file, None if there is none (any more)."""
        path = self._path(run_id, name)
        return path if path.is_file() else None

    def was_written(self, run_id: str, name: str) -> bool:
        """Tell whether there has ever been such a file."""
        return bool(
            self._database.read(
                "SELECT 1 FROM artifacts JOIN runs ON runs.number = artifacts.run "
                "WHERE artifacts.name = ? AND runs.id = ?",
                (name, run_id),
            )
        )

    def checkpoint(self, run: Run) -> Path | None:
        """Return the state from which a run goes on, None if there is none (any more).

        It is its own, or, as long as it has none, that of the run that it continues.
        """
        while (path := self.find(run.id, CHECKPOINT)) is None and run.parent is not None:
            run = find_run(self._database, run.parent)
        return path

    def step_to_go_on_from(self, run: Run) -> int | None:
        """Return the step of the state from which a run goes on, None if that is lost.

        Before its first checkpoint a run begins again at step 0.
        """
        if run.step == 0:
            return 0
        path = self.checkpoint(run)
        if path is not None:
            # zipfile, which numpy uses, has an error of its own for a damaged file.
            with suppress(OSError, ValueError, KeyError, BadZipFile), np.load(path) as checkpoint:
                step = int(checkpoint["step"])
                # A parent that went on itself is ahead of what its continuation has on record.
                return step if step <= run.step else None
            return None
        was_saved = run.parent is not None or self.was_written(run.id, CHECKPOINT)
        return None if was_saved else 0

    def step_of_weights(self, run: Run, what: str, least: int = 0) -> int:
        """Return the step of the state from which a run goes on.

        Args:
            run: the run.
            what: what it cannot do without its weights, as in "go on".
            least: the first step that will do.

        Raises:
            StoreError: its weights are lost, or of an earlier step.
        """
        step = self.step_to_go_on_from(run)
        if step is None or step < least:
            raise StoreError(
                f"Run {run.id} cannot {what}, its weights are no longer there: start a new run "
                "with its settings."
            )
        return step

    def enforce_budget(self, max_bytes: int) -> None:
        """Delete weights of the oldest ended, unpinned runs until all weights fit.

        Paused runs, which may go on, come last. Histories, predictions and pinned or active runs'
        weights stay, even if the budget is then exceeded.

        Args:
            max_bytes: what all weights together may take.
        """
        self._remove_abandoned()
        # The lock is held while files go, so that nobody pins a run whose weights are going.
        with self._database.transaction() as connection:
            marks = ", ".join("?" * len(WEIGHTS))
            (total,) = connection.execute(
                f"SELECT coalesce(sum(bytes), 0) FROM artifacts WHERE name IN ({marks})", WEIGHTS
            ).fetchone()
            candidates = connection.execute(
                "SELECT runs.number, runs.id, artifacts.name, artifacts.bytes FROM artifacts "
                "JOIN runs ON runs.number = artifacts.run "
                "LEFT JOIN labels ON labels.run = runs.number "
                f"WHERE artifacts.name IN ({marks}) AND bytes > 0 "
                "AND runs.state NOT IN ('queued', 'running') "
                "AND coalesce(labels.pinned, 0) = 0 "
                "ORDER BY labels.deleted_at IS NULL, runs.state = 'paused', "
                "runs.number, artifacts.name",
                WEIGHTS,
            )
            for number, run_id, name, size in candidates.fetchall():
                if total <= max_bytes:
                    break
                try:
                    self._path(run_id, name).unlink(missing_ok=True)
                except OSError:
                    continue  # open in another program (Windows): it goes the next time
                # It stays listed: a run that has lost its weights is to be told from one that
                # never had any.
                connection.execute(
                    "UPDATE artifacts SET bytes = 0 WHERE run = ? AND name = ?", (number, name)
                )
                note_change(connection, number)
                total -= size

    @property
    def _folder(self) -> Path:
        return self._database.path.with_name("artifacts")

    def _path(self, run_id: str, name: str) -> Path:
        return self._folder / run_id / name

    def _remove_abandoned(self) -> None:
        """Remove what a worker was writing when it was killed."""
        for partial in self._folder.glob("*/.partial-*"):
            try:
                # Compared with the file's own time, so the machine's clock, not the store's.
                if time.time() - partial.stat().st_mtime > _ABANDONED_SECONDS:
                    partial.unlink()
            except OSError:
                continue
