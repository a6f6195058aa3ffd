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


def page_alone(name: str, run_id: str | None = None) -> AppTest:
    """Run a page's file as a script of its own."""
    test = AppTest.from_file(shell.page_file(name), default_timeout=SECONDS)
    return _run(test, run_id)


def page_in_dashboard(name: str, run_id: str | None = None) -> AppTest:
    """Open the dashboard and switch to a page."""
    dashboard = shell.PAGES_FOLDER.parent / "dashboard.py"
    test = AppTest.from_file(dashboard, default_timeout=SECONDS).run()
    return _run(test.switch_page(f"pages/{name}.py"), run_id)


def shown_text(test: AppTest) -> str:
    """All text on the page, and no traceback among it."""
    assert not test.exception
    kinds = ("title", "subheader", "markdown", "caption", "warning", "error")
    parts = [sentence for kind in kinds for sentence in sentences(getattr(test, kind))]
    return "\n".join([*parts, *(code.value for code in test.code)])


def sentences(parts: Any) -> list[str]:
    """Texts as a visitor reads them: without the backslashes that hide them from Markdown."""
    return [re.sub(r"\\([!-/:-@[-`{-~])", r"\1", str(part.value)) for part in parts]


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
    found = {widget.key: widget for kind in kinds for widget in getattr(test, kind)}
    return {
        key: widget
        for key, widget in found.items()
        if key != BUDGET and key.split(".")[-1] not in VIEWS
    }


def _run(test: AppTest, run_id: str | None) -> AppTest:
    if run_id is not None:
        test.query_params["run"] = run_id
    return test.run()
