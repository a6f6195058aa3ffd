"""Pages in a browser: how to look into their charts, and how to find their parts."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from covnets.config import VGGConfig
from covnets.models import sketch
from covnets.runs import Run, RunStore
from covnets.ui.parts.wording import short_number
from scripts.real_dashboard import RealDashboard

SMALL = (
    "Stages",
    "Convolutions per stage",
    "Filters of the first stage",
    "Units of the two hidden layers",
)

# Looks into a chart, which is found anew each time: the page may be about to take away the one that
# it shows. Null until there is one, and while its curves are those of another run.
_LOOK = """([selector, run, values]) => {
  const chart = document.querySelector(selector);
  const layout = chart?._fullLayout;
  if (!layout || (run && layout.yaxis.uirevision.split(" ")[0] !== run)) return null;
  const trace = (name) => chart._fullData.find(trace => [trace.uid, trace.name].includes(name));
  const found = (%s)(trace, layout, ...values);
  return found === undefined ? null : {found};
}"""

# Marks a chart's element, and counts how often a chart is taken off the page.
_WATCH = """chart => {
  chart.watched = true;
  window.removedCharts = 0;
  new MutationObserver(records => {
    for (const record of records)
      for (const node of record.removedNodes)
        if (node.matches?.(".live-chart") || node.querySelector?.(".live-chart"))
          window.removedCharts += 1;
  }).observe(document.body, {childList: true, subtree: true});
}"""

# Whether that element is still there, and no chart was taken away meanwhile.
_IS_KEPT = "chart => chart.watched === true && window.removedCharts === 0"


# A table of runs is drawn on a canvas: its boxes stand in the first column, below the headings.
_BOX, _HEADING, _ROW = 18, 37, 35


def tick_row(page: Page, row: int) -> None:
    """Tick the box of a row in the first table of a page."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    middle = box["y"] + _HEADING + _ROW * row + _ROW / 2
    page.mouse.move(box["x"] + 200, middle)
    page.mouse.click(box["x"] + _BOX, middle)


class ChartsOnScreen:
    """A page with live charts.

    Args:
        page: a page of the browser.
        dashboard: the dashboard to open.
        name: the page's name.
    """

    def __init__(self, page: Page, dashboard: RealDashboard, name: str = "vgg") -> None:
        self.page = page
        self.name = name
        self.store = RunStore(dashboard.home)
        self.run_id: str | None = None
        self.address = f"{dashboard.url}/{name}"
        # Streamlit has a "Stop" of its own in the header while it draws a page.
        main = page.get_by_test_id("stMain")
        self.start = main.get_by_role("button", name="Start", exact=True)
        self.stop = main.get_by_role("button", name="Stop", exact=True)

    def chart(self, name: str) -> Locator:
        return self.page.locator(self._selector(name))

    def wait_until_drawn(self, name: str) -> None:
        expect(self.chart(name).locator("svg.main-svg").first).to_be_visible()

    def num_points(self, split: str = "train", chart: str = "accuracy") -> int:
        """How many points of a split the chart shows."""
        points: int = self._look(chart, "(trace, _, split) => trace(split)?.x.length", split)
        return points

    def wait_for_points(
        self, more_than: int, chart: str = "accuracy", curve: str = "train"
    ) -> None:
        enough = "(trace, _, curve, points) => trace(curve)?.x.length > points || undefined"
        self._look(chart, enough, curve, more_than)

    def wait_for_last_step(
        self, more_than: float, curve: str = "train", chart: str = "accuracy"
    ) -> None:
        """Wait until a curve reaches beyond a step; its points are thinned as it grows."""
        far_enough = "(trace, _, curve, step) => trace(curve)?.x.at(-1) > step || undefined"
        self._look(chart, far_enough, curve, more_than)

    def last_step(self, curve: str = "train") -> float:
        step: float = self._look("accuracy", "(trace, _, curve) => trace(curve)?.x.at(-1)", curve)
        return step

    def wait_for_blocks(self, kind: str, count: int) -> None:
        """Wait until the drawing shows so many blocks of a kind."""
        self.wait_for_num_points(count, "drawing", kind)

    def zoom(
        self, chart: str = "accuracy", steps: tuple[float, float] | None = None
    ) -> list[float]:
        """Draw a zoom box in a chart and return the x-axis' new range.

        Args:
            chart: which chart.
            steps: from where to where on the x-axis; some part of it if not given. With it the
                box is a flat one, which leaves the y-axis as it is.
        """
        self.chart(chart).scroll_into_view_if_needed()
        box = self.chart(chart).locator(".nsewdrag").first.bounding_box()
        assert box is not None
        across, down = (0.2, 0.5), (0.3, 0.6)
        if steps is not None:
            low, high = self.x_range(chart)
            across = ((steps[0] - low) / (high - low), (steps[1] - low) / (high - low))
            down = (0.5, 0.5)
        mouse = self.page.mouse
        mouse.move(box["x"] + across[0] * box["width"], box["y"] + down[0] * box["height"])
        mouse.down()
        mouse.move(box["x"] + across[1] * box["width"], box["y"] + down[1] * box["height"], steps=4)
        mouse.up()
        self._look(chart, "(_, layout) => layout.xaxis.autorange === false || undefined")
        return self.x_range(chart)

    def zoom_out(self, chart: str) -> None:
        """Double-click in a chart."""
        # Plotly takes what comes sooner after the zoom for its second click.
        self.page.wait_for_timeout(600)
        self.chart(chart).locator(".nsewdrag").first.dblclick()
        self._look(chart, "(_, layout) => layout.xaxis.autorange !== false || undefined")

    def x_range(self, chart: str = "accuracy") -> list[float]:
        range_: list[float] = self._look(chart, "(_, layout) => [...layout.xaxis.range]")
        return range_

    def wait_for_point(self, x: float, y: float, chart: str, split: str = "train") -> list[float]:
        """Wait until a curve goes through a point, and return where all its points lie."""
        through = "(trace, _, split, x, y) => trace(split)?.y[trace(split).x.indexOf(x)] === y"
        points: list[float] = self._look(
            chart,
            f"(...args) => ({through})(...args) ? [...args[0](args[2]).x] : undefined",
            split,
            x,
            y,
        )
        return points

    def wait_for_num_points(self, count: int, chart: str, split: str = "train") -> None:
        as_many = "(trace, _, split, count) => trace(split)?.x.length === count || undefined"
        self._look(chart, as_many, split, count)

    def highest(self, name: str, chart: str) -> float:
        """The highest point of a curve or a band."""
        found: float = self._look(
            chart, "(trace, _, name) => trace(name)?.y.reduce((a, b) => Math.max(a, b))", name
        )
        return found

    def make_loss_logarithmic(self) -> None:
        self.page.get_by_text("Loss on log scale").click()
        self._look("loss", "(_, layout) => layout.yaxis.type === 'log' || undefined")

    def tick_labels(self, chart: str) -> list[str]:
        """What stands at the y-axis."""
        return self.chart(chart).locator(".ytick text").all_text_contents()

    def hide(self, entry: str, split: str) -> None:
        """Click an entry of the accuracy chart's legend."""
        entries = self.chart("accuracy").locator(".legend .traces").filter(has_text=entry)
        entries.locator(".legendtoggle").click(force=True)
        hidden = "(trace, _, split) => trace(split).visible === 'legendonly' || undefined"
        self._look("accuracy", hidden, split)

    def visible(self, split: str) -> Any:
        """Whether a curve is visible: true, or "legendonly"."""
        return self._look("accuracy", "(trace, _, split) => trace(split)?.visible", split)

    def watch_charts(self, chart: str = "accuracy") -> None:
        """Begin to notice whether charts are replaced."""
        self.chart(chart).evaluate(_WATCH)

    def chart_was_replaced(self, chart: str = "accuracy") -> bool:
        kept: bool = self.chart(chart).evaluate(_IS_KEPT)
        return not kept

    def _look(self, chart: str, what: str, *values: Any) -> Any:
        """Wait until a function of a chart's traces and layout finds something, and return it."""
        run = None if chart == "drawing" else self.run_id
        arguments = [self._selector(chart), run, list(values)]
        return self.page.wait_for_function(_LOOK % what, arg=arguments).json_value()["found"]

    def _selector(self, chart: str) -> str:
        return f".st-key-{self.name}-{chart} .live-chart"


class FamilyOnScreen(ChartsOnScreen):
    """The page of a family."""

    def open(self) -> None:
        self.page.goto(self.address)
        self.wait_until_drawn("drawing")

    def press(self, label: str, key: str) -> None:
        """Press a key on a slider's thumb."""
        # Streamlit names a thumb twice, by the widget's label and by its own.
        self.page.get_by_role("slider", name=f"{label} {label}", exact=True).press(key)

    def make_small(self) -> None:
        """Choose the smallest VGG, which is traced and trained in a moment.

        Comes last: what was chosen before has reached the server when these numbers are shown.
        """
        for label in SMALL:
            self.press(label, "Home")
        small = VGGConfig(num_stages=1, num_convs=1, filters=4, units=16)
        expect(self.figure("Parameters")).to_have_text(short_number(sketch(small).num_params))

    def start_run(self) -> Run:
        """Press Start and return the run, as it was queued; only its curves count from now on."""
        before = {run.id for run in self.store.runs.list()}
        self.start.click()
        expect(self.page).to_have_url(re.compile(r"run=\w{10}"))
        (run,) = (run for run in self.store.runs.list() if run.id not in before)
        self.run_id = run.id
        return run

    def badge(self, state: str) -> Locator:
        return self.page.get_by_test_id("stMain").get_by_text(state, exact=True)

    def figure(self, label: str) -> Locator:
        """The number below a label."""
        card = self.page.get_by_test_id("stMetric").filter(has_text=label)
        return card.get_by_test_id("stMetricValue")
