"""The runs that a visitor has chosen on the compare page: ids, whatever the table shows."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

import streamlit as st

from covnets.config import RunConfig
from covnets.config.differences import labels
from covnets.errors import StoreError
from covnets.runs import Run
from covnets.ui import services

RUNS = "compare.runs"
CHIPS = "compare.chips"


def ids() -> list[str]:
    """Return the chosen runs' ids, in the order in which they were chosen."""
    chosen: list[str] = st.session_state.setdefault(RUNS, [])
    return chosen


def choose(run_ids: Iterable[str]) -> None:
    """Choose these runs instead of those before."""
    st.session_state[RUNS] = list(dict.fromkeys(run_ids))


def choose_among(offered: Iterable[str], picked: Iterable[str]) -> None:
    """Choose these of the offered runs; what is chosen beside the offered ones stays so."""
    wanted = list(picked)
    left = set(offered).difference(wanted)
    choose([*(run_id for run_id in ids() if run_id not in left), *wanted])


def runs() -> list[Run]:
    """Return the chosen runs as they are now; one that this store does not have is forgotten."""
    store, found = services.store(), []
    for run_id in ids():
        try:
            found.append(store.runs.get(run_id))
        except StoreError:
            continue
    if len(found) < len(ids()):
        choose(run.id for run in found)
    return found


def names(of_runs: Sequence[Run]) -> dict[str, str]:
    """Return by id what each run is called: its name, else in what it differs from the others."""
    configs: dict[str, RunConfig] = {}
    for run in of_runs:
        try:
            configs[run.id] = run.config
        except StoreError:
            continue  # another version's; its id has to do
    differences = dict(zip(configs, labels([*configs.values()], with_seed=True), strict=True))
    found = {run.id: run.name or differences.get(run.id) or run.id for run in of_runs}
    times = Counter(found.values())
    return {
        run_id: name if times[name] == 1 else f"{name} ({run_id})" for run_id, name in found.items()
    }


def chips(names_by_id: dict[str, str]) -> None:
    """Show the chosen runs, to be taken away one by one or all at once.

    Args:
        names_by_id: what each is called.
    """
    shown = tuple(names_by_id)
    # Other runs are another widget: a message that was on its way while they were chosen brings
    # the state of before along, and must not take them away again.
    key = f"{CHIPS}.{zlib.crc32(' '.join(shown).encode()):x}"
    st.multiselect(
        "Chosen runs",
        options=shown,
        default=shown,
        format_func=names_by_id.__getitem__,
        key=key,
        on_change=lambda: choose_among(shown, st.session_state[key]),
        label_visibility="collapsed",
        placeholder="No run is chosen yet",
    )
