"""The compare page: all runs in one table, and the chosen ones against each other below."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from covnets.config import FIELDS, ConfigField
from covnets.models import FAMILIES
from covnets.runs import STATES, Run
from covnets.runs.overview import COLUMNS, Overview, overview
from covnets.runs.question import (
    NEWEST_FIRST,
    ORDERS,
    Positions,
    Question,
    matching,
    what_differs,
)
from covnets.ui import address, notices, services, shell
from covnets.ui.compare import chosen_runs
from covnets.ui.compare.overlay import overlay, points_csv
from covnets.ui.compare.run_actions import actions
from covnets.ui.compare.run_filters import NAME, filters, key_of
from covnets.ui.compare.run_space import parallel, tradeoff
from covnets.ui.compare.run_table import run_table
from covnets.ui.compare.side_by_side import side_by_side
from covnets.ui.compare.two_runs import two_runs

NOT_IN_A_FILE = ("curve", "words", "deleted", "group_id")
# So many ids fit into an address beside the filters.
MOST_RUNS = 200
LONGEST_SEARCH = 200


def compare_page() -> None:
    """Show the table, and what is made of the runs that are chosen in it."""
    if st.session_state.pop("compare.to_race", False):
        st.switch_page(shell.page_file("race"))
    address.follow(NAME, TABLE, _show_filters)
    table = overview(services.store())
    st.title("Compare", anchor=False)
    place = st.container()
    if table.runs.empty:
        address.remember(NAME, TABLE)
        st.caption("No runs yet. Open a family, press Start, and its runs are listed here.")
        return
    question = filters(table)
    with place:
        address.show_refusals(NAME)
        notices.show_problem(NAME)
    run_table(question)
    rows = matching(table, question)
    runs = chosen_runs.runs()
    names = chosen_runs.names(runs)
    address.remember(NAME, TABLE, values=dict(question.values))
    chosen_runs.chips(names)
    if runs:
        actions(runs, names)
    _views(table, question, rows, runs, names)
    _files(table, rows, runs, names)
    address.share(NAME)


def _views(
    table: Overview,
    question: Question,
    rows: Positions,
    runs: Sequence[Run],
    names: dict[str, str],
) -> None:
    """What is made of the runs; only the opened view is made."""
    shown = {
        "Curves": lambda: overlay(runs, names),
        "Settings": lambda: side_by_side(table, runs, names),
        "Accuracy against cost": lambda: tradeoff(table, question, rows),
        "Parallel coordinates": lambda: parallel(table, question, rows),
        "Two runs": lambda: two_runs(runs, names),
    }
    of_chosen = ("Curves", "Settings", "Two runs")
    tabs = st.tabs(list(shown), key=f"{NAME}.views", on_change="rerun")
    for tab, view in zip(tabs, shown, strict=True):
        if not tab.open:
            continue
        with tab:
            if view in of_chosen and not runs:
                st.caption("Tick boxes in the table: the runs are compared here.")
            else:
                shown[view]()


def _files(table: Overview, rows: Positions, runs: Sequence[Run], names: dict[str, str]) -> None:
    with st.container(horizontal=True, gap="small"):
        csv_file = partial(
            st.download_button,
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        csv_file(
            "Table as CSV",
            lambda: table_csv(table, rows),
            file_name="runs.csv",
            disabled=not len(rows),
            help="All runs that are like that, with every hyperparameter.",
        )
        csv_file(
            "Points as CSV",
            lambda: points_csv(runs, names),
            file_name="points.csv",
            disabled=not runs,
            help="Every recorded point of the chosen runs.",
        )


def table_csv(table: Overview, rows: Positions) -> bytes:
    """Return some runs as a CSV file: a row a run, all that is known of it.

    Args:
        table: all runs.
        rows: positions of the runs, in the order of the file.
    """
    runs = table.runs.iloc[rows]
    known = [name for name in runs.columns if name not in NOT_IN_A_FILE]
    unused = {name for name in FIELDS if name not in table.fields}
    found = runs[[name for name in known if name not in unused]].copy()
    found["tags"] = [", ".join(tags) for tags in found["tags"]]
    found.insert(4, "what_differs", what_differs(table, rows, rows))
    file = io.StringIO()
    found.to_csv(file, index=False)
    return file.getvalue().encode()


def _show_filters(values: address.Values, _: address.Texts) -> None:
    """Put the filters of hyperparameters to what the address asks for."""
    fields = [name for name in FIELDS if name in values]
    st.session_state[key_of("fields")] = fields
    for name in fields:
        found = itertools.chain.from_iterable(values[name])
        st.session_state[key_of(f"value.{name}")] = list(dict.fromkeys(found))


def _read_runs(text: str) -> list[str]:
    """Return the runs that an address names, and say which of them are not here."""
    named = [run_id for run_id in text.split(",") if run_id][:MOST_RUNS]
    chosen_runs.choose(named)
    here = [run.id for run in chosen_runs.runs()]
    missing = [run_id[: address.LONGEST_SAID] for run_id in named if run_id not in here]
    if missing:
        names = ", ".join(missing[:3]) + ", ..." * (len(missing) > 3)
        address.refuse(
            NAME,
            f"The address names runs that this store does not have: {names}. Check that "
            "COVNETS_HOME names the folder in which they were recorded.",
        )
    return here


def _write_runs(run_ids: Sequence[str]) -> str:
    return ",".join(run_ids) if len(run_ids) <= MOST_RUNS else ""


def _read_filter(field: ConfigField, text: str) -> list[Any]:
    """Read a value of a hyperparameter, or, as earlier links have it, a range: all runs' in it."""
    match COLUMNS[field.name]:
        case "number" if ".." in text:
            low, high = sorted(map(field.read, text.split("..", 1)))
            known = overview(services.store()).runs[field.name].unique().tolist()
            return [low, *(value for value in known if low < value < high), high]
        case "text":  # another version may have had other names
            return [text.replace(", ", ",")]
    return [field.read(text)]


def _filter(field: ConfigField) -> address.Parameter:
    read = partial(_read_filter, field)
    return address.Parameter(field.name, read=read, write=field.write, most=address.MANY)


TABLE = (
    address.Parameter("runs", chosen_runs.RUNS, _read_runs, _write_runs, []),
    address.Parameter("search", key_of("search"), lambda text: text[:LONGEST_SEARCH], default=""),
    address.one_of("family", key_of("family"), FAMILIES.keys(), [], address.MANY),
    address.one_of("state", key_of("state"), STATES, [], address.MANY),
    address.Parameter("group", key_of("group"), default=[], most=address.MANY),
    address.Parameter("tag", key_of("tag"), default=[], most=address.MANY),
    address.one_of("order", key_of("order"), [*ORDERS, *FIELDS], NEWEST_FIRST),
    address.one_of("direction", key_of("descending"), {"up": False, "down": True}, True),
    address.one_of("deleted", key_of("deleted"), {"yes": True}, False),
    *map(_filter, FIELDS.values()),
)
