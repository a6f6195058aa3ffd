"""A run's life, from a worker's taking it to its end, as guarded changes.

Each change is one short transaction that happens only from a state that allows it, so that of two
threads or processes that want the same run exactly one gets it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from covnets.errors import StoreError
from covnets.runs.catalogue import Runs, number_of
from covnets.runs.points import RESULTS, point_rows
from covnets.runs.queueing import DASHBOARD_STOPPED, END, NEXT_REVISION, RunQueue
from covnets.runs.run import COMES_FROM, MOST_REVIVALS, PAUSE, STOP, Run, State

STALE_SECONDS = 20.0
"""A heartbeat that is so many seconds away from now belongs to nobody alive."""

# A heartbeat from the future is what a clock set back leaves behind. Believed without a bound, it
# would keep a dead run "running" until the clock has caught up.
_STALE = "(heartbeat_at IS NULL OR abs(:now - heartbeat_at) >= :stale_after)"

_QUEUE_AGAIN = (
    "worker = NULL, reason = :reason, heartbeat_at = :now, "
    "facts = json_remove(facts, '$.trace_seconds')"
)


class RunLifecycle(RunQueue):
    """The part of the run store that moves runs from state to state and records their history."""

    def claim(self, run_id: str, worker: str) -> bool:
        """Take a queued run for the worker "host:pid"; False if it is no longer queued.

        Of any number of callers at once exactly one gets True.

        Raises:
            StoreError: there is no such run.
        """
        changes = (
            "worker = :worker, started_at = coalesce(started_at, max(:now, created_at)), "
            "heartbeat_at = :now"
        )
        return self._change(run_id, "running", changes, worker=worker)

    def record_started(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Keep the fields of the training's "started" event.

        Raises:
            StoreError: the run is not running.
        """
        kept = json.dumps({key: value for key, value in facts.items() if key != "event"})
        with self.database.transaction() as connection:
            number = self._running(connection, run_id)
            connection.execute(
                f"UPDATE runs SET facts = ?, heartbeat_at = ?, revision = {NEXT_REVISION} "
                "WHERE number = ?",
                (kept, self._clock(), number),
            )

    def add_points(self, run_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        """Append metric points to a running run's history, in one transaction.

        A point that is there already (same split, same step) stays as it is: a run that goes on
        from a checkpoint makes its last steps a second time, with the same loss and accuracy.
        Only their moments differ, and pages have drawn the first ones. What is new lies after them
        in time, too, even if the second time was quicker.

        Args:
            run_id: the run.
            points: "metrics" events: step and epoch (from 1), split, loss, accuracy, seconds.
                A loss that is not a number is kept as such.

        Raises:
            StoreError: the run is not running, or a point lacks a field; nothing is kept then.
        """
        with self.database.transaction() as connection:
            number = self._running(connection, run_id)
            rows = point_rows(number, points)
            if not rows:
                return
            connection.executemany(
                "INSERT INTO points (run, split, step, epoch, loss, accuracy, seconds) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, max(?7, coalesce((SELECT seconds FROM points "
                "WHERE run = ?1 AND split = ?2 AND step < ?3 ORDER BY step DESC LIMIT 1), 0))) "
                "ON CONFLICT (run, split, step) DO NOTHING",
                rows,
            )
            step, epoch = max(row[2] for row in rows), max(row[3] for row in rows)
            seconds = max((row[6] for row in rows if row[1] == "train"), default=0.0)
            evaluated = any(row[1] != "train" for row in rows)
            connection.execute(
                "UPDATE runs SET step = max(step, ?), epoch = max(epoch, ?), "
                "seconds = max(seconds, ?), heartbeat_at = ?, "
                f"{RESULTS + ', ' if evaluated else ''}revision = {NEXT_REVISION} "
                "WHERE number = ?",
                (step, epoch, seconds, self._clock(), number),
            )

    def heartbeat(self, run_id: str, worker: str) -> Literal["cancelled", "paused", "lost"] | None:
        """Say that a run's worker is alive; return the state in which it shall end the run now.

        A worker that was silent for too long may find its run ended, or trained by another one:
        it has lost the run, and must leave it as it is.
        """
        with self.database.transaction() as connection:
            row = connection.execute(
                "UPDATE runs SET heartbeat_at = ? WHERE id = ? AND state = 'running' "
                "AND worker = ? RETURNING stop_requested",
                (self._clock(), run_id, worker),
            ).fetchone()
            if row is None:
                number_of(connection, run_id)
        if row is None:
            return "lost"
        return {STOP: "cancelled", PAUSE: "paused"}.get(row[0])  # type: ignore[return-value]

    def request_stop(self, run_id: str) -> Run:
        """Cancel a queued run at once, ask a running one's worker to stop, leave an ended one.

        Returns:
            The run as it is now.
        """
        return self._request(run_id, STOP, "cancelled")

    def request_pause(self, run_id: str) -> Run:
        """Pause a queued run at once, ask a running one's worker to pause, leave an ended one.

        Returns:
            The run as it is now.
        """
        return self._request(run_id, PAUSE, "paused")

    def resume(self, run_id: str, owner: str) -> Run:
        """Queue a paused run again; it goes on where it was paused.

        Args:
            run_id: a paused run.
            owner: identity of the dashboard or engine that will let it go on.

        Raises:
            StoreError: the run is not paused.
        """
        changes = (
            f"{_QUEUE_AGAIN}, owner = :owner, stop_requested = 0, revivals = 0, ended_at = NULL"
        )
        return self._end(run_id, "queued", changes, only_from=("paused",), owner=owner, reason=None)

    def revive(self, run_id: str, reason: str) -> bool:
        """Queue a running run again whose worker has died, unless it was asked to stop or pause.

        Args:
            run_id: the run.
            reason: one sentence for the page, on what happened and from where it goes on.

        Returns:
            Whether it was done: a run goes on by itself `MOST_REVIVALS` times.
        """
        return self._change(
            run_id,
            "queued",
            f"{_QUEUE_AGAIN}, revivals = revivals + 1",
            only_from=("running",),
            only_where=f"stop_requested = 0 AND revivals < {MOST_REVIVALS}",
            reason=reason,
        )

    def let_rest(self, run_id: str, reason: str) -> Run:
        """Pause a running run whose worker is gone; end it if it had been asked to stop.

        Args:
            run_id: the run.
            reason: what became of its worker, as the end of a sentence.

        Raises:
            StoreError: it is not running any more.
        """
        if self.get(run_id).stop_requested:
            return self.finish(run_id, "cancelled", reason=f"It was to stop, and {reason}.")
        return self.finish(run_id, "paused", reason=reason)

    def finish(
        self,
        run_id: str,
        state: Literal["finished", "cancelled", "paused"],
        summary: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> Run:
        """End a run that went as it was told to.

        Args:
            run_id: a running run; one that is still queued may be cancelled or paused, too.
            state: how it ended.
            summary: the fields of the training's "finished" event.
            reason: one sentence for the page, if there is something to explain.

        Raises:
            StoreError: the run has ended already, or never started.
        """
        kept = {key: value for key, value in (summary or {}).items() if key not in _NOT_SUMMARY}
        changes = f"{END}, summary = :summary"
        return self._end(run_id, state, changes, reason=reason, summary=json.dumps(kept))

    def fail(self, run_id: str, reason: str, details: str | None = None) -> Run:
        """End a queued or running run that went wrong; its history stays.

        Args:
            run_id: the run.
            reason: one sentence for the page.
            details: the traceback.

        Raises:
            StoreError: the run has ended already.
        """
        changes = f"{END}, details = :details"
        return self._end(run_id, "failed", changes, reason=reason, details=details)

    def recover(
        self, owner: str, stale_after: float = STALE_SECONDS, spare: Sequence[str] = ()
    ) -> Runs:
        """Clean up after dashboards and workers that went away without a word.

        A running run without a fresh heartbeat is paused, or ended if it had been asked to stop;
        a queued one, whose owner went away, is paused: nothing trains that nobody asks for any
        more. A run with a fresh heartbeat is never touched.

        Args:
            owner: identity of the dashboard or engine that calls.
            stale_after: seconds from now, back or ahead, at which a heartbeat is no longer fresh.
            spare: runs that the caller knows to be alive, whatever their heartbeat says.

        Returns:
            The runs that were changed, the oldest first.
        """
        values = {
            "owner": owner,
            "stale_after": stale_after,
            "spare": json.dumps(list(spare)),
            "now": self._clock(),
        }
        with self.database.transaction() as connection:
            changed = connection.execute(
                f"UPDATE runs SET state = iif(stop_requested = {STOP}, 'cancelled', 'paused'), "
                f"reason = iif(stop_requested = {STOP}, 'It was to stop, and its worker stopped "
                "answering.', 'its worker stopped answering'), "
                "ended_at = max(started_at, min(:now, coalesce(heartbeat_at, :now))), "
                f"revision = {NEXT_REVISION} WHERE state = 'running' AND {_STALE} "
                "AND id NOT IN (SELECT value FROM json_each(:spare)) "
                "RETURNING number, id",
                values,
            ).fetchall()
            changed += connection.execute(
                f"UPDATE runs SET state = 'paused', {END}, revision = {NEXT_REVISION} "
                "WHERE state = 'queued' AND owner IS NOT :owner "
                f"AND {_STALE} RETURNING number, id",
                values | {"reason": DASHBOARD_STOPPED},
            ).fetchall()
        return [self.get(row["id"]) for row in sorted(changed, key=lambda row: int(row["number"]))]

    def _request(self, run_id: str, request: int, state: State) -> Run:
        """End a queued run in `state`; leave a note for the worker of a running one."""
        is_new = self.get(run_id).started_at is None
        reason = f"It was {state} before it {'started' if is_new else 'went on'}."
        if not self._change(run_id, state, END, only_from=("queued",), reason=reason):
            with self.database.transaction() as connection:
                connection.execute(
                    f"UPDATE runs SET stop_requested = ?, revision = {NEXT_REVISION} "
                    f"WHERE id = ? AND state = 'running' AND stop_requested NOT IN (?, {STOP})",
                    (request, run_id, request),
                )
        return self.get(run_id)

    def _end(
        self,
        run_id: str,
        state: State,
        changes: str,
        *,
        only_from: Sequence[State] = (),
        **values: Any,
    ) -> Run:
        if not self._change(run_id, state, changes, only_from=only_from, **values):
            raise StoreError(
                f"Run {run_id} is {self.get(run_id).state} and cannot become {state}: only a "
                f"{' or '.join(only_from or COMES_FROM[state])} run can."
            )
        return self.get(run_id)

    def _change(
        self,
        run_id: str,
        state: State,
        changes: str,
        *,
        only_from: Sequence[State] = (),
        only_where: str = "TRUE",
        **values: Any,
    ) -> bool:
        """Move a run to `state` if it is in a state that allows it."""
        allowed = ", ".join(f"'{earlier}'" for earlier in only_from or COMES_FROM[state])
        with self.database.transaction() as connection:
            done = connection.execute(
                f"UPDATE runs SET state = :state, {changes}, revision = {NEXT_REVISION} "
                f"WHERE id = :id AND state IN ({allowed}) AND {only_where}",
                {"id": run_id, "state": state, "now": self._clock(), **values},
            ).rowcount
            if not done:
                number_of(connection, run_id)
        return bool(done)

    @staticmethod
    def _running(connection: sqlite3.Connection, run_id: str) -> int:
        """Return a running run's number; refuse any other."""
        number = number_of(connection, run_id)
        (state,) = connection.execute(
            "SELECT state FROM runs WHERE number = ?", (number,)
        ).fetchone()
        if state != "running":
            raise StoreError(
                f"Run {run_id} is {state}, so nothing can be added to its history: only a running "
                "run's grows. To train on, start a new run with this one as its parent."
            )
        return number


_NOT_SUMMARY = ("event", "state")
