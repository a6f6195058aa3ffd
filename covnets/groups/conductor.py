"""Carries races and sweeps through: begins their trials one after the other.

What is still to be begun stands in the store, trial by trial, and there each is begun once only. So
the conductor remembers nothing: killed at any moment and started again, it goes on with what is
left. A look at the store costs a few milliseconds; while nothing goes on, there is one in three
seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from covnets.config import RunConfig
from covnets.engine import Engine
from covnets.engine.base import refuse_outdated
from covnets.errors import CovnetsError, EngineError, StoreError
from covnets.groups.kinds import kind_of
from covnets.limits import check_run
from covnets.runs import Group, GroupKind, Run, RunStore, State, Trial
from covnets.system import has_ended

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.3
SECONDS_BETWEEN_SIGNS_OF_LIFE = 3.0
# A process of another container may not be seen: silence must confirm that it is gone.
SECONDS_OF_SILENCE = 10.0


class Conductor:
    """Begins the trials of this dashboard's groups.

    Args:
        store: where they are.
        engine: who trains.
    """

    def __init__(self, store: RunStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._closed = threading.Event()
        self._news = threading.Event()
        self._refusals: dict[str, str] = {}
        # A page and this thread must not both change a group at the same moment.
        self._lock = threading.RLock()
        self._pause_orphans()
        self._thread = threading.Thread(target=self._work, name="conductor", daemon=True)
        self._thread.start()

    def begin(
        self,
        kind: GroupKind,
        plan: Mapping[str, Any],
        trials: Sequence[Sequence[RunConfig]],
        *,
        begun: Sequence[str] = (),
    ) -> Group:
        """Start a group.

        Args:
            kind: what it is, such as "race": a name that `kind_of` knows.
            plan: what its kind keeps besides the trials; anything that JSON can hold.
            trials: the runs of each trial; its kind may add more.
            begun: runs that are there already and are the first trial's.

        Raises:
            CovnetsError: the kind is unknown, a run cannot be trained here, or the store cannot be
                written; nothing is started then.
        """
        kind_of(kind)
        self._check(trials)
        self._refuse_outdated([self._store.runs.get(run_id) for run_id in begun])
        owner = self._engine.owner
        group = self._store.groups.create(kind, plan, trials, owner=owner, begun=begun)
        self._news.set()
        return group

    def extend(self, group_id: str, trials: Sequence[Sequence[RunConfig]]) -> Group:
        """Add trials to a race or sweep, those that it does not have yet, and go on with it."""
        self._check(trials)
        self._refuse_outdated(self._runs_in(group_id, "paused", "finished"))
        with self._lock:
            known = {trial.configs for trial in self._store.groups.trials(group_id)}
            wanted = {tuple(run.model_dump_json() for run in trial): trial for trial in trials}
            new = [trial for texts, trial in wanted.items() if texts not in known]
            self._store.groups.add_trials(group_id, new)
            return self.resume(group_id)

    def pause(self, group_id: str) -> Group:
        """Begin no more trials and pause those that are going on; all can go on later."""
        return self._end(group_id, self._engine.pause)

    def stop(self, group_id: str) -> Group:
        """Begin no more trials and stop those that are going on; their curves stay."""
        return self._end(group_id, self._engine.stop)

    def resume(self, group_id: str) -> Group:
        """Go on with what is left: paused runs, failed and stopped ones anew, and the others.

        Raises:
            CovnetsError: paused runs have lost their weights; all else goes on. Or a network would
                be built differently today; nothing goes on then.
        """
        refusals = []
        self._refuse_outdated(self._runs_in(group_id, "paused", "finished"))
        with self._lock:
            group = self._store.groups.resume(group_id, self._engine.owner)
            for run in self._runs_in(group_id, "paused"):
                try:
                    self._engine.resume(run.id)
                except CovnetsError as error:
                    if self._store.runs.get(run.id).state == "paused":
                        refusals.append(str(error))
        self._news.set()
        if refusals:
            raise EngineError(" ".join(refusals))
        return group

    def trouble(self, group_id: str) -> str | None:
        """Return why a group does not go on just now."""
        return self._refusals.get(group_id)

    def close(self) -> None:
        """Begin nothing more; what is left is paused."""
        self._closed.set()
        self._news.set()
        self._thread.join()
        try:
            self._store.groups.pause_all(self._engine.owner)
        except StoreError as error:
            logger.warning("%s", error)

    def look(self) -> bool:
        """Do for each running group what is to be done now; False where there is none."""
        running = [
            group for group in self._store.groups.list(state="running") if self._is_mine(group)
        ]
        for group in reversed(running):
            try:
                begin = self._next(group)
                if begin is not None:
                    # Outside of the lock: an engine without workers trains before it returns.
                    pace = kind_of(group.kind).pace(group.plan)
                    self._engine.begin_trial(group.id, begin, pace)
                    self._news.set()  # there may be room for another one
                self._refusals.pop(group.id, None)
            except CovnetsError as error:
                # A disk that is full now may have room a moment later; the page says so meanwhile.
                if self._refusals.get(group.id) != str(error):
                    logger.warning("%s %s does not go on: %s", group.kind, group.id, error)
                self._refusals[group.id] = str(error)
        return bool(running)

    def _work(self) -> None:
        until_sign_of_life = 0.0
        while not self._closed.is_set():
            try:
                is_running = self.look()
                if until_sign_of_life <= 0:
                    self._pause_orphans()
                    until_sign_of_life = SECONDS_BETWEEN_SIGNS_OF_LIFE
            except StoreError as error:
                logger.warning("%s", error)
                is_running = True
            except Exception:
                # This thread must not die in silence: no sweep would ever go on.
                logger.exception("The conductor goes on after an unexpected error.")
                is_running = True
            pause = SECONDS_BETWEEN_LOOKS if is_running else SECONDS_BETWEEN_SIGNS_OF_LIFE
            until_sign_of_life -= pause
            self._news.wait(pause)
            self._news.clear()

    def _end(self, group_id: str, end: Callable[[str], Run]) -> Group:
        with self._lock:
            group = self._store.groups.pause(group_id)
            for run in self._runs_in(group_id, "queued", "running"):
                end(run.id)
        return group

    def _is_mine(self, group: Group) -> bool:
        return group.owner == self._engine.owner

    def _pause_orphans(self) -> None:
        """Pause what other dashboards left behind."""
        self._store.groups.touch(self._engine.owner)
        for group in self._store.groups.list(state="running"):
            silent = time.time() - (group.heartbeat_at or 0.0) > SECONDS_OF_SILENCE
            owner = group.owner or ""
            if not self._is_mine(group) and silent and has_ended(owner):
                self._store.groups.pause_all(owner)

    def _next(self, group: Group) -> int | None:
        """Bring a group up to date; return the trial for which there is room now."""
        with self._lock:
            # Somebody may have paused it since.
            now = self._store.groups.get(group.id)
            return self._look_at(now) if now.state == "running" and self._is_mine(now) else None

    def _look_at(self, group: Group) -> int | None:
        kind, trials = kind_of(group.kind), self._store.groups.trials(group.id)
        runs = {run.id: run for trial in trials for run in self._runs_of(trial)}
        num_active = sum(run.is_active for run in runs.values())
        has_room = num_active < self._engine.capacity
        for number, note in kind.poor_trials(self._store, group, trials, runs).items():
            self._store.groups.note_trial(group.id, number, note)
            for run in self._runs_of(trials[number]):
                self._engine.stop(run.id)
        if has_room and _first_waiting(trials) is None:
            more = kind.next_trials(self._store, group, trials, runs)
            self._store.groups.add_trials(group.id, more)
            trials = self._store.groups.trials(group.id)
        waiting = _first_waiting(trials)
        if waiting is None and not num_active:
            is_paused = any(run.state == "paused" and not run.deleted_at for run in runs.values())
            end = self._store.groups.pause if is_paused else self._store.groups.finish
            end(group.id)
        return waiting if has_room else None

    def _runs_in(self, group_id: str, *states: State) -> list[Run]:
        """The group's runs in some states, in the order of its trials; deleted ones rest."""
        runs = [
            run for trial in self._store.groups.trials(group_id) for run in self._runs_of(trial)
        ]
        return [run for run in runs if run.state in states and run.deleted_at is None]

    @staticmethod
    def _check(trials: Sequence[Sequence[RunConfig]]) -> None:
        for config in (config for trial in trials for config in trial):
            check_run(config)

    @staticmethod
    def _refuse_outdated(runs: Sequence[Run]) -> None:
        for run in runs:
            refuse_outdated(run, "be compared with new ones")

    def _runs_of(self, trial: Trial) -> list[Run]:
        return [self._store.runs.get(run_id) for run_id in trial.run_ids if run_id is not None]


def _first_waiting(trials: Sequence[Trial]) -> int | None:
    """The first trial of which a run was not begun."""
    return next((trial.number for trial in trials if None in trial.run_ids), None)
