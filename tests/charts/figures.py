"""A look at figures."""

import json

import plotly.graph_objects as go
import pytest

from covnets.charts.page import figure_bytes


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def assert_can_be_shown(figure: dict) -> None:
    """Plotly accepts every property, and fonts and backgrounds are left to the page."""
    go.Figure(figure)
    json.loads(figure_bytes(figure), parse_constant=pytest.fail)
    assert {"paper_bgcolor", "plot_bgcolor", "font", "template"}.isdisjoint(figure["layout"])
