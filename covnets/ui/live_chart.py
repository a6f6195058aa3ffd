"""A chart that grows in place: zoom, hover and hidden legend entries outlive new data.

``st.plotly_chart`` builds its chart anew at every change of the data. This component hands the
new figure to ``Plotly.react`` instead (``live_chart.js``).

Streamlit sends a component's script along with each of its messages. So the component itself is
only a line that loads the script, and the server delivers script and plotly.js (of the installed
plotly package) as files of their own (`routes`): no internet, nothing copied, and a browser loads
each of them once.
"""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

_SCRIPT_FILE = Path(__file__).with_suffix(".js")
_SCRIPT_HASH = hashlib.sha256(_SCRIPT_FILE.read_bytes()).hexdigest()[:12]

# Version and hash in the names let a browser keep the files for good.
_PLOTLY_PATH = f"/assets/plotly-{version('plotly')}.min.js"
_SCRIPT_PATH = f"/assets/live-chart-{_SCRIPT_HASH}.js"


def live_chart(figure_json: bytes | str, *, key: str, height: int = 320) -> None:
    """Show a plotly figure that may change at every run of the script.

    Args:
        figure_json: The figure in plotly's JSON form. Its ``layout.uirevision`` decides how long
            zoom and hidden legend entries are kept: for good where it has none.
        key: Names the chart on the page; a chart keeps its place and state as long as its key.
        height: In pixels. The width follows the page.
    """
    data = figure_json.encode() if isinstance(figure_json, str) else figure_json
    _component(key=key, data=data, height=height)


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


_LOADER = f"""
const url = new URL("{_under_base_path(_SCRIPT_PATH)}", window.location.origin);
url.searchParams.set("plotly", "{_under_base_path(_PLOTLY_PATH)}");
const script = import(url).catch(() => null);
export default async function (component) {{
  const chart = await script;
  if (chart) return chart.default(component);
  component.parentElement.textContent = `The charts need ${{url.href}}, which the server did not ` +
    "deliver. Start the dashboard with: streamlit run dashboard.py";
}}
"""

_component = st.components.v2.component(
    "covnets_live_chart",
    js=_LOADER,
    # Plotly writes its styles into the page's head, where a shadow root would not see them.
    isolate_styles=False,
)
