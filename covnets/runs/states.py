"""A run's states, from the queue to its end, as guarded changes.

Each change is one short transaction that happens only from a state that allows it, so that of two
threads or processes that want the same run exactly one gets it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from covnets.errors import StoreError
from covnets.runs.catalogue import NEXT_REVISION, Runs, number_of
from covnets.runs.database import Database
from covnets.runs.history import running
from covnets.runs.run import COMES_FROM, MOST_REVIVALS, PAUSE, STOP, Run, State

DASHBOARD_STOPPED = "dashboard stopped"

# A clock may be set back, but no run ends before it began.
END = "ended_at = max(:now, coalesce(started_at, created_at)), reason = :reason"

STALE_SECONDS = 20.0
"""A heartbeat that is so many seconds away from now belongs to nobody alive."""

# A heartbeat from the future is what a clock set back leaves behind. Believed without a bound, it
# would keep a dead run "running" until the clock has caught up.
_STALE = "(heartbeat_at IS NULL OR abs(:now - heartbeat_at) >= :stale_after)"

_QUEUE_AGAIN = (
    "worker = NULL, reason = :reason, heartbeat_at = :now, "
    "facts = json_remove(facts, '$.trace_seconds')"
)


_NOT_SUMMARY = ("event", "state")


class States:
    """The states of a store's runs, and the only way to change them."""

    def __init__(self, database: Database, clock: Callable[[], float], runs: Runs) -> None:
        self._database = database
        self._clock = clock
        self._runs = runs

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
        with self._database.transaction() as connection:
            number = running(connection, run_id)
            connection.execute(
                f"UPDATE runs SET facts = ?, heartbeat_at = ?, revision = {NEXT_REVISION} "
                "WHERE number = ?",
                (kept, self._clock(), number),
            )

    def heartbeat(self, run_id: str, worker: str) -> Literal["cancelled", "paused", "lost"] | None:
        """Say that a run's worker is alive; return the state in which it shall end the run now.

        A worker that was silent for too long may find its run ended, or trained by another one:
        it has lost the run, and must leave it as it is.
        """
        with self._database.transaction() as connection:
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

    def abandon(self, run_id: str, reason: str) -> Run:
        """Pause a running run whose worker is gone; end it if it had been asked to stop.

        Args:
            run_id: the run.
            reason: what became of its worker, as the end of a sentence.

        Raises:
            StoreError: it is not running any more.
        """
        if self._runs.get(run_id).stop_requested:
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

    def touch_queued(self, owner: str) -> None:
        """Say that the owner of some queued runs is alive and will start them."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET heartbeat_at = ? WHERE state = 'queued' AND owner = ?",
                (self._clock(), owner),
            )

    def pause_queued(self, owner: str) -> None:
        """Pause what an owner that goes away, or went away, has not started."""
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE runs SET state = 'paused', {END}, revision = {NEXT_REVISION} "
                "WHERE state = 'queued' AND owner = :owner",
                {"owner": owner, "now": self._clock(), "reason": DASHBOARD_STOPPED},
            )

    def recover(
        self, owner: str, stale_after: float = STALE_SECONDS, spare: Sequence[str] = ()
    ) -> list[Run]:
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
        with self._database.transaction() as connection:
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
        return [
            self._runs.get(row["id"]) for row in sorted(changed, key=lambda row: int(row["number"]))
        ]

    def _request(self, run_id: str, request: int, state: State) -> Run:
        """End a queued run in `state`; leave a note for the worker of a running one."""
        is_new = self._runs.get(run_id).started_at is None
        reason = f"It was {state} before it {'started' if is_new else 'went on'}."
        if not self._change(run_id, state, END, only_from=("queued",), reason=reason):
            with self._database.transaction() as connection:
                connection.execute(
                    f"UPDATE runs SET stop_requested = ?, revision = {NEXT_REVISION} "
                    f"WHERE id = ? AND state = 'running' AND stop_requested NOT IN (?, {STOP})",
                    (request, run_id, request),
                )
        return self._runs.get(run_id)

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
                f"Run {run_id} is {self._runs.get(run_id).state} and cannot become {state}: only a "
                f"{' or '.join(only_from or COMES_FROM[state])} run can."
            )
        return self._runs.get(run_id)

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
        with self._database.transaction() as connection:
            done = connection.execute(
                f"UPDATE runs SET state = :state, {changes}, revision = {NEXT_REVISION} "
                f"WHERE id = :id AND state IN ({allowed}) AND {only_where}",
                {"id": run_id, "state": state, "now": self._clock(), **values},
            ).rowcount
            if not done:
                number_of(connection, run_id)
        return bool(done)
