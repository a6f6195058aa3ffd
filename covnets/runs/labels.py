"""What people write on runs: names, notes, tags, pins, and what they delete.

A label may change when the run itself no longer does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from covnets.errors import StoreError
from covnets.runs.database import Part
from covnets.runs.run import Run, find_run, note_change, number_of

LONGEST_NAME = 100
LONGEST_NOTES = 5000
LONGEST_TAG = 40
MOST_TAGS = 20


class Labels(Part):
    """The labels of a store's runs."""

    def set(
        self,
        run_id: str,
        *,
        name: str | None = None,
        notes: str | None = None,
        tags: Sequence[str] | None = None,
        pinned: bool | None = None,
    ) -> Run:
        """Change a run's label, in any state; None leaves a part as it is, "" clears it.

        Args:
            run_id: the run.
            name: a name to show beside the id.
            notes: free text.
            tags: words to find it by; spaces around them and doubles are dropped.
            pinned: whether the run's weights are kept whatever the budget says.

        Returns:
            The run with its new label.

        Raises:
            StoreError: a part is too long, or there are too many tags.
        """
        words = None if tags is None else [*dict.fromkeys(filter(None, map(str.strip, tags)))]
        _refuse_long(name, notes, words)
        text = None if words is None else json.dumps(words)
        with self._database.transaction() as connection:
            number = number_of(connection, run_id)
            connection.execute("INSERT OR IGNORE INTO labels (run) VALUES (?)", (number,))
            connection.execute(
                "UPDATE labels SET name = coalesce(?, name), notes = coalesce(?, notes), "
                "tags = coalesce(?, tags), pinned = coalesce(?, pinned) WHERE run = ?",
                (name, notes, text, pinned, number),
            )
            note_change(connection, number)
        return find_run(self._database, run_id)

    def delete(self, run_ids: Sequence[str]) -> None:
        """Mark ended runs as deleted: lists leave them out, `restore` brings them back.

        Nothing of them is lost, but their weights are the first to make room for others'.

        Raises:
            StoreError: one of them is still queued or running; none is deleted then.
        """
        with self._database.transaction() as connection:
            for run_id in run_ids:
                number = number_of(connection, run_id)
                (state,) = connection.execute(
                    "SELECT state FROM runs WHERE number = ?", (number,)
                ).fetchone()
                if state in ("queued", "running"):
                    raise StoreError(f"Run {run_id} is {state}: stop it before you delete it.")
                connection.execute("INSERT OR IGNORE INTO labels (run) VALUES (?)", (number,))
                connection.execute(
                    "UPDATE labels SET deleted_at = ? WHERE run = ?", (self._clock(), number)
                )
                note_change(connection, number)

    def restore(self, run_ids: Sequence[str]) -> None:
        """Bring deleted runs back."""
        with self._database.transaction() as connection:
            for run_id in run_ids:
                number = number_of(connection, run_id)
                connection.execute("UPDATE labels SET deleted_at = NULL WHERE run = ?", (number,))
                note_change(connection, number)


def _refuse_long(name: str | None, notes: str | None, tags: Sequence[str] | None) -> None:
    for what, text, longest in (
        ("The name", name or "", LONGEST_NAME),
        ("The notes", notes or "", LONGEST_NOTES),
        *((f"The tag {tag[:LONGEST_TAG]!r}", tag, LONGEST_TAG) for tag in tags or ()),
    ):
        if len(text) > longest:
            verb = "have" if what == "The notes" else "has"
            raise StoreError(f"{what} {verb} {len(text):,} characters: use at most {longest:,}.")
    if len(tags or ()) > MOST_TAGS:
        raise StoreError(f"There are {len(tags or ())} tags: use at most {MOST_TAGS}.")
