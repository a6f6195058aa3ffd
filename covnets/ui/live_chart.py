"""A chart that grows in place: zoom, hover and hidden legend entries outlive new data.

``st.plotly_chart`` builds its chart anew at every change of the data. This component hands the
new figure to ``Plotly.react`` instead (``live_chart.js``).

Streamlit sends a component's script along with each of its messages. So the component itself is
only a line that loads the script, and the server delivers script and plotly.js (of the installed
plotly package) as files of their own (`routes`): no internet, nothing copied, and a browser loads
each of them once.
"""

import hashlib
import json
import math
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit.components.v2.types import ComponentRenderer

_SCRIPT_FILE = Path(__file__).with_suffix(".js")
_SCRIPT_HASH = hashlib.sha256(_SCRIPT_FILE.read_bytes()).hexdigest()[:12]

# Version and hash in the names let a browser keep the files for good.
_PLOTLY_PATH = f"/assets/plotly-{version('plotly')}.min.js"
_SCRIPT_PATH = f"/assets/live-chart-{_SCRIPT_HASH}.js"


# Where a part of the x-axis begins and ends.
Zoom: TypeAlias = tuple[float, float]


def live_chart(
    figure_json: bytes | str, *, key: str, height: int = 320, zoomable: bool = False
) -> None:
    """Show a plotly figure that may change at every run of the script.

    Args:
        figure_json: The figure in plotly's JSON form. Its ``layout.uirevision`` decides how long
            zoom and hidden legend entries are kept: for good where it has none.
        key: Names the chart on the page; a chart keeps its place and state as long as its key.
        height: In pixels. The width follows the page.
        zoomable: Whether the server is told of a zoom: the script runs again when a visitor has
            zoomed, only the fragment where the chart is in one. To show other points then, ask
            `zoom_of` before the figure is made.
    """
    data = figure_json.encode() if isinstance(figure_json, str) else figure_json
    if not zoomable:
        _component(key=key, data=data, height=height)
        return
    _zoomable_component(
        key=key,
        data=data,
        height=height,
        default={"zoom": None},
        on_zoom_change=_nothing_more,
    )


def zoom_of(key: str) -> Zoom | None:
    """The part of the x-axis that a visitor sees, None while it is the whole.

    Args:
        key: The key of a zoomable chart, whether it is on the page already or not.
    """
    try:
        low, high = map(float, st.session_state[key]["zoom"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None  # it comes from a browser, which may send anything
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _nothing_more() -> None:
    """Streamlit keeps only such state of a component as has a callback."""


def routes() -> list[Route]:
    """The addresses of script and plotly.js, for the app object."""
    return [
        _file_route(_SCRIPT_PATH, _SCRIPT_FILE),
        _file_route(_PLOTLY_PATH, _plotly_file()),
    ]


def _file_route(path: str, file: Path) -> Route:
    async def deliver(_request: Request) -> FileResponse:
        return FileResponse(
            file,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    return Route(_under_base_path(path), deliver)


def _plotly_file() -> Path:
    # Found without importing plotly, which would delay the start of the server.
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def _under_base_path(path: str) -> str:
    base_path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base_path}{path}" if base_path else path


_LOADER = """
const url = new URL("{script}", window.location.origin);
url.searchParams.set("plotly", "{plotly}");
const script = import(url).catch(() => null);
export default async function (component) {{
  const chart = await script;
  if (chart) return chart.default({{ ...component, tellsZoom: {tells_zoom} }});
  component.parentElement.textContent = `The charts need ${{url.href}}, which the server did not ` +
    "deliver. Start the dashboard with: streamlit run dashboard.py";
}}
"""


def _register(name: str, tells_zoom: bool) -> ComponentRenderer:
    return st.components.v2.component(
        name,
        js=_LOADER.format(
            script=_under_base_path(_SCRIPT_PATH),
            plotly=_under_base_path(_PLOTLY_PATH),
            tells_zoom=json.dumps(tells_zoom),
        ),
        # Plotly writes its styles into the page's head, where a shadow root would not see them.
        isolate_styles=False,
    )


_component = _register("covnets_live_chart", tells_zoom=False)
_zoomable_component = _register("covnets_zoomable_chart", tells_zoom=True)
