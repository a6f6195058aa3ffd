"""A run's states, from the queue to its end, as guarded changes.

Each change is one short transaction that happens only from a state that allows it, so that of two
threads or processes that want the same run exactly one gets it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from covnets.errors import StoreError
from covnets.runs.database import Part
from covnets.runs.history import running
from covnets.runs.run import (
    COMES_FROM,
    MOST_REVIVALS,
    PAUSE,
    STOP,
    Run,
    State,
    change_runs,
    find_run,
    number_of,
)

DASHBOARD_STOPPED = "dashboard stopped"

STALE_SECONDS = 20.0
"""A heartbeat that is so many seconds away from now belongs to nobody alive."""

# A heartbeat from the future is what a clock set back leaves behind. Believed without a bound, it
# would keep a dead run "running" until the clock has caught up.
STALE = f"(heartbeat_at IS NULL OR abs(:now - heartbeat_at) >= {STALE_SECONDS})"
"""SQL: nobody alive is behind a run or a group."""

# A clock may be set back, but no run ends before it began.
_END = "ended_at = max(:now, coalesce(started_at, created_at)), reason = :reason"

# Its worker is gone: a run is paused, or cancelled if it had been asked to stop. It ended when
# something was last heard of it.
_ABANDONED = (
    f"state = iif(stop_requested = {STOP}, 'cancelled', 'paused'), "
    f"reason = iif(stop_requested = {STOP}, 'It was asked to stop, and ' || :reason || '.', "
    ":reason), ended_at = max(started_at, min(:now, coalesce(heartbeat_at, :now)))"
)

_QUEUE_AGAIN = (
    "worker = NULL, reason = :reason, heartbeat_at = :now, summary = '{}', "
    "facts = json_remove(facts, '$.trace_seconds')"
)

_NOT_SUMMARY = ("event", "state")


class States(Part):
    """The states of a store's runs, and the only way to change them."""

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
            changes = "facts = ?, heartbeat_at = ?"
            change_runs(connection, changes, "number = ?", (kept, self._clock(), number))

    def heartbeat(self, run_id: str, worker: str) -> Literal["cancelled", "paused", "lost"] | None:
        """Record that a run's worker is alive; return the state in which it should end the run now.

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
        values = {"id": run_id, "now": self._clock(), "reason": reason}
        with self._database.transaction() as connection:
            running(connection, run_id)
            change_runs(connection, _ABANDONED, "id = :id", values)
        return find_run(self._database, run_id)

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
        changes = f"{_END}, summary = :summary"
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
        changes = f"{_END}, details = :details"
        return self._end(run_id, "failed", changes, reason=reason, details=details)

    def touch_queued(self, owner: str) -> None:
        """Record that the owner of some queued runs is alive and will start them."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET heartbeat_at = ? WHERE state = 'queued' AND owner = ?",
                (self._clock(), owner),
            )

    def pause_queued(self, owner: str) -> None:
        """Pause what an owner that goes away, or went away, has not started."""
        values = {"owner": owner, "now": self._clock(), "reason": DASHBOARD_STOPPED}
        queued = "state = 'queued' AND owner = :owner"
        with self._database.transaction() as connection:
            change_runs(connection, f"state = 'paused', {_END}", queued, values)

    def recover(self, owner: str, spare: Sequence[str] = ()) -> None:
        """Clean up after dashboards and workers that went away without a word.

        A running run without a fresh heartbeat is abandoned; a queued one, whose owner went away,
        is paused: nothing trains that nobody asks for any more. A run with a fresh heartbeat is
        never touched.

        Args:
            owner: identity of the dashboard or engine that calls.
            spare: runs that the caller knows to be alive, whatever their heartbeat says.
        """
        values = {"owner": owner, "spare": json.dumps(list(spare)), "now": self._clock()}
        silent = (
            f"state = 'running' AND {STALE} AND id NOT IN (SELECT value FROM json_each(:spare))"
        )
        waiting = f"state = 'queued' AND {STALE} AND owner IS NOT :owner"
        with self._database.transaction() as connection:
            change_runs(
                connection, _ABANDONED, silent, values | {"reason": "its worker stopped answering"}
            )
            change_runs(
                connection,
                f"state = 'paused', {_END}",
                waiting,
                values | {"reason": DASHBOARD_STOPPED},
            )

    def _request(self, run_id: str, request: int, state: State) -> Run:
        """End a queued run in `state`; leave a note for the worker of a running one."""
        is_new = find_run(self._database, run_id).started_at is None
        reason = f"It was {state} before it {'started' if is_new else 'went on'}."
        if not self._change(run_id, state, _END, only_from=("queued",), reason=reason):
            with self._database.transaction() as connection:
                change_runs(
                    connection,
                    "stop_requested = :request",
                    f"id = :id AND state = 'running' AND stop_requested NOT IN (:request, {STOP})",
                    {"id": run_id, "request": request},
                )
        return find_run(self._database, run_id)

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
            now = find_run(self._database, run_id).state
            allowed = " or ".join(only_from or COMES_FROM[state])
            raise StoreError(
                f"Run {run_id} is {now} and cannot become {state}: only a {allowed} run can."
            )
        return find_run(self._database, run_id)

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
            is_done = change_runs(
                connection,
                f"state = :state, {changes}",
                f"id = :id AND state IN ({allowed}) AND {only_where}",
                {"id": run_id, "state": state, "now": self._clock(), **values},
            )
            if not is_done:
                number_of(connection, run_id)
        return is_done
