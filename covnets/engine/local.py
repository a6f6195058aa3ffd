"""Trains in warm worker processes on this machine."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from covnets.config import RunConfig
from covnets.engine.base import Engine, EngineState
from covnets.engine.wishes import Wishes
from covnets.engine.workers import Crew, WorkerProcess
from covnets.errors import StoreError
from covnets.runs import Run, RunStore
from covnets.runs.run import MOST_REVIVALS
from covnets.system import available_cores, has_ended, process_name

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_RECOVERIES = 3.0
# Process numbers alone prove nothing: two containers may share a store and a host name, and not
# see each other's processes. A worker that is alive has a younger heartbeat than this.
SECONDS_OF_A_MISSED_HEARTBEAT = 3.0
SECONDS_TO_STOP_TRACING = 0.7
# More runs at once would all seem to stand still, and each needs memory.
MOST_RUNS_AT_ONCE = 6


class LocalEngine(Engine):
    """Keeps workers warm, hands them the queued runs, and notices when one dies.

    Args:
        store: where the runs are.
        workers: how many worker processes there are; more of them where there are more GPUs.
        threads: threads of one TensorFlow operation; by default the cores shared out evenly.
        lanes: how many runs of one worker may make a move at the same time.
        most_at_once: how many runs one worker has at most; the others wait.
        head_start: seconds before the first worker loads TensorFlow, which takes a whole core
            for a while; a run that is submitted meanwhile ends the wait.
    """

    def __init__(
        self,
        store: RunStore,
        workers: int = 1,
        threads: int | None = None,
        lanes: int = 1,
        most_at_once: int = MOST_RUNS_AT_ONCE,
        head_start: float = 0.0,
    ) -> None:
        super().__init__(store, owner=f"{process_name()}:{secrets.token_hex(3)}")
        self._head_start = head_start
        self._lanes = lanes
        self._threads = threads or max(1, available_cores() // workers)
        self._most_at_once = most_at_once
        self._stopping: dict[str, float] = {}
        self._deaths: dict[str, tuple[str, str]] = {}
        self._wishes = Wishes()
        self._news = threading.Event()
        self._crew = Crew(workers, self._new_worker)
        self._closed = threading.Event()
        self._next_recovery = 0.0
        self._clock_difference = time.time() - time.monotonic()
        # Before anything is shown: runs that no living worker trains must not look alive.
        self._recover()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @property
    def capacity(self) -> int:
        """How many runs compute at the same moment; more of them only take turns."""
        return self._lanes * len(self._crew.workers)

    @property
    def threads(self) -> int:
        """Threads of one operation, on which a run's time depends."""
        return self._threads

    def prepare(self, *configs: RunConfig, visitor: str = "") -> None:
        """Say what a visitor may start next; it is traced once there is nothing else to do."""
        if self._wishes.note(visitor, configs):
            self._news.set()

    def trouble(self, run_id: str) -> str | None:
        """Return why a run that is going on cannot be recorded just now."""
        for worker in self._crew.workers:
            if worker.troubles.get(run_id):
                return worker.troubles[run_id]
        return None

    def stop(self, run_id: str) -> Run:
        """Ask a run to stop; it keeps its history and its weights so far."""
        run = super().stop(run_id)
        if run.state == "running":
            self._stopping.setdefault(run_id, time.monotonic())
            self._news.set()
        return run

    @property
    def message(self) -> str | None:
        """Why no worker can be had, in a sentence; None while all is well."""
        return self._crew.message

    @property
    def state(self) -> EngineState:
        """Whether a worker is ready now, or why not."""
        if self.message:
            return "broken"
        ready = [worker for worker in self._crew.workers if worker.ready]
        if not ready:
            return "starting"
        return "ready" if any(worker.is_idle for worker in ready) else "busy"

    def close(self) -> None:
        """Let the workers go; a run that is going on is checkpointed and paused."""
        self._closed.set()
        self._news.set()
        self._thread.join()
        with suppress(StoreError):
            self.store.states.pause_queued(self.owner)
        self._crew.close()

    def _start(self, runs: Sequence[Run]) -> list[Run]:
        self._crew.retry()
        self._news.set()
        return list(runs)

    def _new_worker(self, number: int) -> WorkerProcess:
        return WorkerProcess(self.store.home, number, self._threads, self._lanes, self._news.set)

    def _work(self) -> None:
        self._news.wait(self._head_start)
        while not self._closed.is_set():
            # One that cannot be done now must not keep the others from being done.
            for duty in (
                self._end_stopped_before_first_step,
                partial(self._crew.fill_up, on_end=self._note_deaths),
                self._end_or_revive,
                self._hand_out_runs,
                self._prepare_ahead,
                self._crew.replace_worn,
                self._recover,
            ):
                self._attempt(duty)
            self._news.wait(SECONDS_BETWEEN_LOOKS)
            self._news.clear()

    def _attempt(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except StoreError as error:
            # A store that is busy or full now may be well a moment later.
            logger.warning("%s", error)
        except OSError as error:
            self._crew.message = f"No worker can be started: {error}."
        except Exception:
            # This thread must not die in silence: without it no run would ever start.
            logger.exception("The engine goes on after an unexpected error.")

    def _end_stopped_before_first_step(self) -> None:
        """End runs that were stopped while their network is traced, which cannot be interrupted."""
        for run_id, moment in list(self._stopping.items()):
            run = self.store.runs.get(run_id)
            if run.is_ended or (run.is_begun and run.step > 0):
                del self._stopping[run_id]
            elif time.monotonic() - moment > SECONDS_TO_STOP_TRACING:
                del self._stopping[run_id]
                for worker in self._crew.workers:
                    # Not where other runs of the same process would be killed with it.
                    if worker.run_ids == {run_id}:
                        reason = "It was stopped while its network was traced."
                        self.store.states.finish(run_id, "cancelled", reason=reason)
                        worker.kill()

    def _note_deaths(self, ended: WorkerProcess) -> None:
        why = ended.reason_of_end(), ended.last_log_lines()
        self._deaths |= dict.fromkeys(ended.run_ids, why)

    def _end_or_revive(self) -> None:
        """Queue runs again whose worker has died, or end them, once the disk has room for that."""
        for run_id, (reason, log) in list(self._deaths.items()):
            run = self.store.runs.get(run_id)
            # A run that its worker had not claimed yet is still queued.
            if run.state == "running" and not self._revive(run, reason):
                if run.stop_requested or run.pause_requested:
                    self.store.states.abandon(run_id, "its worker process ended before it could")
                elif run.group is None and self.store.files.step_to_go_on_from(run):
                    # Its weights are there, so it can be resumed.
                    cause = _cause(reason)
                    self.store.states.abandon(run_id, f"{cause[0].lower()}{cause[1:]}")
                else:
                    self.store.states.fail(run_id, reason, log)
            del self._deaths[run_id]

    def _revive(self, run: Run, reason: str) -> bool:
        step = self.store.files.step_to_go_on_from(run)
        if step is None:
            return False
        way = f"goes on by itself from step {step:,}" if step else "begins again at step 0"
        count = f"restart {run.revivals + 1} of at most {MOST_REVIVALS}"
        return self.store.states.revive(run.id, f"{_cause(reason)}. The run {way} ({count}).")

    def _hand_out_runs(self) -> None:
        if self._deaths:
            return  # first all of them are queued again: the runs of a race go on together
        given = self._crew.run_ids
        queued = self.store.runs.list(states=["queued"])
        waiting = [run for run in reversed(queued) if run.owner == self.owner]
        races: dict[str, list[str]] = {}
        for run in waiting:
            if run.id not in given:
                races.setdefault(run.race or run.id, []).append(run.id)
        for run_ids in races.values():
            worker = self._crew.with_room(len(run_ids), self._most_at_once)
            if worker is None:
                return  # the others were queued later
            self._crew.give(worker, run_ids)

    def _prepare_ahead(self) -> None:
        """Trace what the sliders describe, while there is nothing else to do."""
        if self._crew.run_ids:
            return
        wanted, worker = self._wishes.rested(), self._crew.to_prepare
        if wanted and worker is not None and worker.prepared != wanted:
            worker.prepare(wanted)

    def _recover(self) -> None:
        if time.monotonic() < self._next_recovery:
            return
        self._next_recovery = time.monotonic() + SECONDS_BETWEEN_RECOVERIES
        self.store.states.touch_queued(self.owner)
        # After a sleep of the machine, or a change of its clock, heartbeats look old that are
        # not: wait until those who are alive have had their turn.
        difference = time.time() - time.monotonic()
        jumped = abs(difference - self._clock_difference) > 1
        self._clock_difference = difference
        if jumped:
            return
        for run in self.store.runs.list(states=["queued"]):
            if run.owner and run.owner != self.owner and has_ended(run.owner):
                self.store.states.pause_queued(run.owner)
        mine = self._crew.run_ids | self._deaths.keys()
        for run in self.store.runs.list(states=["running"]):
            silent = time.time() - (run.heartbeat_at or 0.0) > SECONDS_OF_A_MISSED_HEARTBEAT
            if silent and has_ended(run.worker) and run.id not in mine:
                with suppress(StoreError):
                    self.store.states.abandon(
                        run.id, "the computer or its worker process was shut down"
                    )
        # Its worker may be unable to say so, for instance because the disk is full.
        self.store.states.recover(self.owner, spare=list(mine))


def _cause(reason: str) -> str:
    """The first sentence of a reason: what to do about it is for a run that has failed."""
    return reason.partition(". ")[0].rstrip(".")
