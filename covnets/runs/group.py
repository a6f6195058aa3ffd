"""A race or sweep and its trials: the frozen pictures of them that the store hands out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from covnets.errors import StoreError

GroupKind: TypeAlias = str
"""What a group is, such as "race"; the store takes any word."""
GroupState = Literal["running", "paused", "finished"]


@dataclass(frozen=True)
class Group:
    """A race or a sweep as it was when it was read from the store.

    While it is running, the dashboard `owner` starts its trials one after the other.
    """

    id: str
    number: int
    kind: GroupKind
    name: str
    plan: Mapping[str, Any] = field(hash=False, repr=False)
    """What the page that made it wants to know again."""
    state: GroupState
    created_at: float
    owner: str | None
    heartbeat_at: float | None


@dataclass(frozen=True)
class Trial:
    """What a group starts at one moment.

    Attributes:
        number: its place in the group, from 0.
        configs: hyperparameters of its runs, as JSON.
        run_ids: the runs, in the same order; None for one that is not begun.
        note: what became of it, where its run does not say so itself.
    """

    number: int
    configs: tuple[str, ...] = field(repr=False)
    run_ids: tuple[str | None, ...]
    note: str = ""


def unknown_group(group_id: str) -> StoreError:
    """Say that a race or sweep is not in this store."""
    return StoreError(
        f"There is no race or sweep {group_id!r} in this store: look it up in the list of the "
        "latest ones, and check that COVNETS_HOME names the folder in which it was recorded."
    )


def group_from_row(row: sqlite3.Row) -> Group:
    """Turn a row of the store's groups into a `Group`."""
    return Group(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        name=row["name"],
        plan=json.loads(row["plan"]),
        state=cast(GroupState, row["state"]),
        created_at=row["created_at"],
        owner=row["owner"],
        heartbeat_at=row["heartbeat_at"],
    )
