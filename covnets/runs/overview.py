"""All runs of a store as one table, a row a run, kept up to date by reading what has changed.

The table is made once and shared by all visitors: whoever takes a part of it takes a copy.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.config import FIELDS, fields_of
from covnets.models import FAMILIES
from covnets.runs.curves import validation_curves
from covnets.runs.run import SELECT_RUNS
from covnets.runs.store import RunStore

# Beside these, every hyperparameter is a column, under its field's name.
_DTYPES: dict[str, str] = {
    "number": "int64",
    "id": "str",
    "name": "str",
    "notes": "str",
    "tags": "object",
    "family": "str",
    "state": "str",
    "group_id": "str",
    "group": "str",
    "trial": "float64",
    "params": "float64",
    "macs": "float64",
    "epoch": "float64",
    "step": "float64",
    "best_accuracy": "float64",
    "best_epoch": "float64",
    "last_accuracy": "float64",
    "gap": "float64",
    "test_accuracy": "float64",
    "images_per_second": "float64",
    "seconds_per_epoch": "float64",
    "training_seconds": "float64",
    "device": "str",
    "arithmetic": "str",
    "deleted": "bool",
    "curve": "object",
    "words": "str",
}

Column = Literal["number", "switch", "text"]

COLUMNS: dict[str, Column] = {
    name: field.kind if field.kind in ("number", "switch") else "text"
    for name, field in FIELDS.items()
}
"""As what the values of each hyperparameter are compared: numbers, yes or no, or text."""

_DTYPE_OF_COLUMN = {"number": "float64", "switch": "boolean", "text": "str"}

# What another version wrote may be of another kind, and would not fit the column.
_READABLE: dict[Column, tuple[type, ...]] = {
    "number": (int, float),
    "switch": (bool,),
    "text": (str, int, float, list),
}

# By family: where a field does nothing, unless another one has this value.
_ONLY_IF = {
    family: {
        name: field.only_if
        for name, field in fields_of(facts.config_class).items()
        if field.only_if is not None
    }
    for family, facts in FAMILIES.items()
}


@dataclass(frozen=True, eq=False)
class Overview:
    """All runs as they were at one moment.

    Attributes:
        version: differs whenever anything in it does, and from store to store.
        runs: a row a run, the newest first, never to be changed. Columns: number (from which the
            run's look comes), id, name, notes, tags (tuples), family, state, group (name of its
            race or sweep), group_id, trial, created (UTC), every hyperparameter under its field's
            name (missing where the family has none or where it does nothing), params, macs (of one
            image), epoch, step, best_accuracy, last_accuracy (validation, 0 to 1), best_epoch, gap
            (accuracy on the training sample minus validation, in points), test_accuracy,
            images_per_second, seconds_per_epoch, training_seconds, device, arithmetic (the
            precision that was used), deleted, curve (validation accuracies epoch by epoch), words
            (name, id, notes and tags in small letters, to search in).
    """

    version: tuple[str, int, int]
    runs: pd.DataFrame

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The hyperparameters that some run has."""
        return tuple(name for name in FIELDS if bool(self.runs[name].notna().to_numpy().any()))

    @cached_property
    def positions(self) -> dict[str, int]:
        """Each run's row by its id."""
        return {run_id: place for place, run_id in enumerate(self.runs["id"])}

    @cached_property
    def codes(self) -> dict[str, npt.NDArray[np.intp]]:
        """Each hyperparameter's values as numbers that differ where they do; -1 where missing."""
        return {name: pd.factorize(self.runs[name])[0] for name in self.fields}


def overview(store: RunStore) -> Overview:
    """Return all runs of a store, deleted ones too; what did not change is not read again.

    Raises:
        StoreError: the store cannot be read.
    """
    key = str(store.database.path)
    with _lock:
        if key not in _kept:
            _kept[key] = _Kept(key)
        kept = _kept[key]
    return kept.refreshed(store)


def plain_values(column: pd.Series[Any]) -> list[Any]:
    """Return a column's values, None where one is missing."""
    known = column.notna()
    values = column.astype(object).tolist()
    return [value if there else None for value, there in zip(values, known, strict=True)]


def all_tags(store: RunStore) -> list[str]:
    """Return every tag that some run has, in alphabetical order; quick without the table, too."""
    rows = store.database.read("SELECT DISTINCT tags FROM labels WHERE tags != '[]'")
    return sorted({tag for row in rows for tag in json.loads(row["tags"])})


def stored_hyperparameters(config_json: str) -> dict[str, Any]:
    """Return a run's hyperparameters by name; lists as text, such as "3,4,6,3".

    They are not checked again: ten thousand configurations are read in a fraction of a second this
    way. Pydantic would take many seconds, and refuse those of another version.
    Fields that do nothing, because another one switches them off, are left out, and so is what this
    version does not know.

    Args:
        config_json: as the store keeps it.
    """
    try:
        config = json.loads(config_json)
        network, train = dict(config["network"]), dict(config["train"])
        only_if = _ONLY_IF.get(network["family"], {})
    except (KeyError, TypeError, ValueError):
        return {}
    for name, (other, value) in only_if.items():
        if network.get(other) != value:
            network.pop(name, None)
    return {
        name: FIELDS[name].write(value) if isinstance(value, list) else value
        for values in (network, train)
        for name, value in values.items()
        if name in FIELDS and isinstance(value, _READABLE[COLUMNS[name]])
    }


class _Kept:
    """The table of one store, brought up to date by one thread at a time."""

    def __init__(self, key: str) -> None:
        self._lock = threading.Lock()
        self._revision = -1
        self._newest = Overview((key, -1, 0), _frame([], {}, {}))

    def refreshed(self, store: RunStore) -> Overview:
        with self._lock:
            rows = store.database.read(f"{SELECT_RUNS} WHERE runs.revision > ?", (self._revision,))
            if rows:
                curves = validation_curves(store, (row["id"] for row in rows))
                # Read after the runs: a group is there before its runs are.
                changed = _frame(rows, _group_names(store), curves)
                self._revision = max(row["revision"] for row in rows)
                key, _, count = self._newest.version
                runs = _joined(self._newest.runs, changed)
                self._newest = Overview((key, self._revision, count + 1), runs)
            return self._newest


_lock = threading.Lock()
_kept: dict[str, _Kept] = {}


def _group_names(store: RunStore) -> dict[str, str]:
    rows = store.database.read("SELECT id, number, kind, name FROM run_groups")
    return {row["id"]: row["name"] or f"{row['kind']} {row['number']}" for row in rows}


def _joined(runs: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    if len(runs):
        unchanged = runs[~runs["number"].isin(changed["number"])]
        changed = pd.concat([unchanged, changed], ignore_index=True)
    return changed.sort_values("number", ascending=False, ignore_index=True)


def _frame(
    rows: list[sqlite3.Row], groups: dict[str, str], curves: dict[str, list[tuple[int, float]]]
) -> pd.DataFrame:
    """The rows as a table; with dtypes that do not depend on what happens to be in it."""
    facts = [_facts(row, groups, curves.get(row["id"], [])) for row in rows]
    values = [stored_hyperparameters(row["config"]) for row in rows]
    columns = {
        name: pd.Series([fact[name] for fact in facts], dtype=dtype)
        for name, dtype in _DTYPES.items()
    }
    seconds = [int(fact["created"]) for fact in facts]
    columns["created"] = pd.to_datetime(pd.Series(seconds, dtype="int64"), unit="s", utc=True)
    columns |= {
        name: pd.Series([value.get(name) for value in values], dtype=_DTYPE_OF_COLUMN[column])
        for name, column in COLUMNS.items()
    }
    return pd.DataFrame(columns)


def _facts(
    row: sqlite3.Row, groups: dict[str, str], curve: list[tuple[int, float]]
) -> dict[str, Any]:
    facts, summary = json.loads(row["facts"]), json.loads(row["summary"])
    best, last, trained = (row[f"{name}_accuracy"] for name in ("best", "last", "train_eval"))
    steps, per_epoch = row["step"], facts.get("steps_per_epoch")
    tags = tuple(json.loads(row["tags"] or "[]"))
    words = (row["name"], row["id"], row["notes"], *tags)
    return {
        "number": row["number"],
        "id": row["id"],
        "name": row["name"] or "",
        "notes": row["notes"] or "",
        "tags": tags,
        "family": row["family"],
        "state": row["state"],
        "group_id": row["run_group"],
        "group": groups.get(row["run_group"]),
        "trial": row["trial"],
        "created": row["created_at"],
        "params": facts.get("num_params"),
        "macs": facts.get("macs"),
        "epoch": row["epoch"],
        "step": steps,
        "best_accuracy": best,
        "best_epoch": row["best_epoch"],
        "last_accuracy": last,
        "gap": None if trained is None or last is None else 100 * (trained - last),
        "test_accuracy": summary.get("test_accuracy"),
        "images_per_second": summary.get("images_per_second"),
        "seconds_per_epoch": row["seconds"] * per_epoch / steps if per_epoch and steps else None,
        "training_seconds": summary.get("training_seconds") or row["seconds"] or None,
        "device": facts.get("device"),
        "arithmetic": facts.get("precision"),
        "deleted": row["deleted_at"] is not None,
        "curve": [accuracy for _, accuracy in curve],
        "words": "\n".join(word for word in words if word).casefold(),
    }
