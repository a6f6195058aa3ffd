"""One queued run in this process: taken, trained move by move, recorded, kept."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from covnets.errors import CovnetsError, StoreError, StoreUnavailable
from covnets.models import saved
from covnets.runs import MODEL, RunStore, estimate, weights_budget
from covnets.system import process_name
from covnets.worker.recorder import Recorder
from covnets.worker.saving import Saver, read_checkpoint, write_checkpoint

if TYPE_CHECKING:
    from covnets.training import Training, TrainResult
    from covnets.training.networks import Networks

PAUSED_BY_HAND = "by hand"
# While the disk is full, this often it is tried whether there is room again.
SECONDS_BETWEEN_TRIES = 0.5

Moves = Generator[None, None, None]
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Execution:
    """A run that this process trains, in small moves.

    Args:
        store: where the run is queued.
        run_id: which run; nothing happens if somebody else took it, or if it was cancelled.
        networks: where traced networks are kept.
        asked_to_leave: asked several times a second; a reason to leave pauses the run.
        tell_trouble: is told why the run cannot be recorded now, and None when it can be again.

    Attributes:
        run: the run as it was when it was taken.
        training: how far it is, None before it is begun.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        networks: Networks | None = None,
        asked_to_leave: Callable[[], str | None] = lambda: None,
        tell_trouble: Callable[[str | None], None] = lambda trouble: None,
    ) -> None:
        self.run = store.runs.get(run_id)
        self.training: Training | None = None
        self._recorder: Recorder | None = None
        self._store = store
        self._networks = networks
        self._asked_to_leave = asked_to_leave
        self._tell_trouble = tell_trouble

    @property
    def shall_end(self) -> bool:
        """Whether the run was asked to stop or to pause, and has not done so yet."""
        return bool(self._asked_to_leave() or (self._recorder and self._recorder.should_stop()))

    def moves(self) -> Moves:
        """Take the run, train it and record everything about it, its failure too."""
        claim = self._insist(lambda: self._store.states.claim(self.run.id, process_name()))
        if not (yield from claim):
            return
        recorder = Recorder(
            self._store, self.run.id, process_name(), self._asked_to_leave, self._tell_trouble
        )
        self._recorder = recorder
        try:
            result = yield from self._train(recorder)
            # Neither files nor an end without all points. The recorder goes on saying that the run
            # is alive while the files are written.
            if (yield from self._insist(recorder.settle)):
                yield from self._keep(result)
            self._release()
        except Exception as error:
            reason, details = _reason(error), None
            if isinstance(error, CovnetsError):
                self._release()
            else:
                details = traceback.format_exc()
            # A failed run takes no points any more: those that wait come first.
            if (yield from self._insist(recorder.settle)):
                yield from self._insist(
                    lambda: self._store.states.fail(self.run.id, reason, details)
                )
                self._make_room()
        finally:
            recorder.close()

    def _train(self, recorder: Recorder) -> Generator[None, None, TrainResult]:
        """Train the run, from where its weights are; return what it leaves behind.

        Raises:
            StoreError: it had weights, but they are no longer there.
            TrainingError: its loss is no longer a finite number.
        """
        from covnets.training import Training
        from covnets.training.device import with_real_precision

        config = with_real_precision(self.run.config, self.run.facts.get("precision"))
        self._store.files.step_of_weights(self.run, "go on")
        path = self._store.files.checkpoint(self.run)
        checkpoint = None if path is None else read_checkpoint(path)
        self.training = Training(
            config, recorder.report, recorder.should_stop, checkpoint, self._networks
        )
        saver = Saver(self._store, self.run.id, recorder.settle)
        try:
            for _ in self.training.moves():
                saver.look(self.training)
                yield
        finally:
            saver.wait()  # or an older state could take the place of the last one
        return self.training.result

    def _release(self) -> None:
        if self.training is not None:
            self.training.release()

    def _keep(self, result: TrainResult) -> Moves:
        """Write a run's files first and its end last, so that an ended run has all its files."""
        reason = None
        if result.state == "paused":
            reason = self._asked_to_leave() or PAUSED_BY_HAND
        try:
            _write_files(self._store, self.run.id, result)
        except Exception as error:
            # Trained is trained: a run whose network cannot be kept has its history and figures.
            logger.exception("The files of run %s could not be written.", self.run.id)
            is_ours = isinstance(error, CovnetsError)
            said = str(error) if is_ours else f"{type(error).__name__}: {error}"
            unsaved = f"network could not be saved: {said}"
            reason = f"{reason}; its {unsaved}" if reason else f"Its {unsaved}"
        # Who trained beside it before it went on is not known.
        had_company = self.run.step > 0 or (
            yield from self._insist(lambda: self._store.runs.had_company(self.run.id))
        )
        summary = result.summary | {"had_company": bool(had_company)}
        yield from self._insist(
            lambda: self._store.states.finish(self.run.id, result.state, summary, reason)
        )
        with suppress(StoreError):
            estimate.keep_run(self._store, self.run.config, summary)
        self._make_room()

    def _make_room(self) -> None:
        with suppress(StoreError):
            self._store.files.enforce_budget(weights_budget())

    def _insist(self, change: Callable[[], Result]) -> Generator[None, None, Result | None]:
        """Change the store; as long as it cannot be written, let others move and try again.

        Returns:
            What the change returned; None if it was not made, because others have ended the run or
            this process shall leave.
        """
        has_told = False
        while True:
            try:
                result = change()
                if has_told:
                    self._tell_trouble(None)
                return result
            except StoreUnavailable as error:
                self._tell_trouble(str(error))
                has_told = True
                if self._asked_to_leave():
                    return None
                yield
                time.sleep(SECONDS_BETWEEN_TRIES)
            except StoreError:
                return None  # the run was ended by others meanwhile; there is nothing left to say


def _write_files(store: RunStore, run_id: str, result: TrainResult) -> None:
    import numpy as np

    if result.probabilities is not None:
        predictions: dict[str, Any] = {
            "split": np.array(result.split),
            "probabilities": result.probabilities,
        }
        store.files.write(run_id, "predictions.npz", lambda path: np.savez(path, **predictions))
    write_checkpoint(store, run_id, result.checkpoint)
    if result.state != "paused":
        store.files.write(run_id, MODEL, partial(saved.save, result.model))


def _reason(error: Exception) -> str:
    if isinstance(error, CovnetsError):
        return str(error)
    name = type(error).__name__
    if name == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return "Memory ran out: use a smaller batch size, fewer filters or fewer layers."
    return f"Training stopped with an unexpected {name}; the details tell where."
