"""Running a page without a browser, and reading what it shows."""

from __future__ import annotations

import re
from typing import Any

from streamlit.testing.v1 import AppTest

from covnets.ui import shell
from covnets.ui.network.cost_card import BUDGET

SECONDS = 30
VIEWS = ("beside", "original", "whole", "flops")
"""Ends of the keys of widgets that change the view alone."""

RECEPTIVE_FIELD = "Receptive field of the last spatial layer"
"""The label of a figure of the cost card."""


def open_page(name: str, run: str | None = None, **params: str | list[str]) -> AppTest:
    """Open a page of the dashboard by its address.

    Args:
        name: the page's name.
        run: the parameter of the address that names a run.
        params: the address' other parameters.
    """
    dashboard = shell.PAGES_FOLDER.parent / "dashboard.py"
    test = AppTest.from_file(dashboard, default_timeout=SECONDS).switch_page(f"pages/{name}.py")
    for param, value in (params if run is None else {"run": run, **params}).items():
        test.query_params[param] = value
    return test.run()


def shown_text(test: AppTest) -> str:
    """All text on the page, and no traceback among it."""
    assert not test.exception
    kinds = ("title", "subheader", "markdown", "caption", "warning", "error")
    parts = [sentence for kind in kinds for sentence in sentences(getattr(test, kind))]
    return "\n".join([*parts, *(code.value for code in test.code)])


def sentences(parts: Any) -> list[str]:
    """Texts as a visitor reads them: without the backslashes that hide them from Markdown."""
    return [re.sub(r"\\([!-/:-@[-`{-~])", r"\1", str(part.value)) for part in parts]


def link(test: AppTest) -> dict[str, str | list[str]]:
    """The parameters in the address bar."""
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in test.query_params.items()
    }


def figures(test: AppTest) -> dict[str, str]:
    """Values of the numbers on cards, by their labels."""
    return {metric.label: metric.value for metric in test.metric}


def charts(test: AppTest) -> list[bytes]:
    """The figures of the live charts, from the top of the page."""
    return [chart.proto.bytes for chart in test.get("bidi_component")]


def image_captions(test: AppTest) -> list[str]:
    """The texts below images."""
    return [image.caption for part in test.get("image") for image in part.proto.imgs]


def widgets(test: AppTest) -> dict[str, Any]:
    """All widgets of hyperparameters by key: neither the lesson's budget, nor how one looks."""
    kinds = ("slider", "select_slider", "toggle", "selectbox", "pills", "segmented_control")
    kinds += ("text_input", "text_area", "number_input")
    found = {widget.key: widget for kind in kinds for widget in getattr(test, kind)}
    return {
        key: widget
        for key, widget in found.items()
        if key != BUDGET and key.split(".")[-1] not in VIEWS
    }


def set_value(test: AppTest, key: str, value: Any) -> AppTest:
    """Set the widget of a hyperparameter."""
    widgets(test)[key].set_value(value)
    return test.run()
