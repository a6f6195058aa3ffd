"""The compare page's table: which runs ticked boxes mean, whatever moves meanwhile."""

from __future__ import annotations

import pytest
import streamlit as st

from covnets.ui.compare import chosen_runs, run_table


@pytest.fixture
def session(monkeypatch) -> dict[str, object]:
    """A session without a page."""
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def tick(session: dict[str, object], *rows: int) -> list[str]:
    """Tick boxes of the table as a browser reports it; return the chosen runs."""
    session["table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    run_table._choose("table")
    return chosen_runs.ids()


def test_ticked_rows_choose_runs_and_leave_those_that_are_not_listed(session):
    chosen_runs.choose(["elsewhere"])
    run_table._ticked_rows("table", ("a", "b", "c"))
    assert tick(session, 2) == ["elsewhere", "c"]
    assert tick(session, 0, 2) == ["elsewhere", "c", "a"]
    assert tick(session, 0) == ["elsewhere", "a"]


def test_a_click_on_its_way_while_a_run_appears_means_the_row_that_was_seen(session):
    run_table._ticked_rows("table", ("a", "b", "c"))
    assert tick(session, 1) == ["b"]
    shown = run_table._ticked_rows("table", ("new", "a", "b", "c"))
    assert shown["selection"]["rows"] == [2]
    # The browser still shows the order of before: b and c are ticked there.
    assert tick(session, 1, 2) == ["b", "c"]


def test_a_click_after_a_run_has_appeared_means_the_row_that_is_seen(session, monkeypatch):
    monkeypatch.setattr(run_table, "SECONDS_TO_ARRIVE", 0.0)
    run_table._ticked_rows("table", ("a", "b", "c"))
    assert tick(session, 1) == ["b"]
    run_table._ticked_rows("table", ("new", "a", "b", "c"))
    assert tick(session, 1, 2) == ["b", "a"]


def test_boxes_follow_their_runs_to_other_rows(session):
    chosen_runs.choose(["c", "a"])
    for order in (("a", "b", "c"), ("c", "b", "a", "x")):
        shown = run_table._ticked_rows("table", order)
        assert [order[row] for row in shown["selection"]["rows"]] == [
            run_id for run_id in order if run_id in ("a", "c")
        ]
