"""What surrounds every page: start of the server, page set-up, navigation.

Streamlit takes a folder called ``pages`` for an app of its older kind until ``st.navigation`` has
been called once in the process. On a fresh server the first visit to ``/vgg`` would therefore run
``pages/vgg.py`` alone, without ``dashboard.py``, show a navigation of its own making, and refuse
every other address in its own words. So `lifespan` tells it otherwise before the first visit.
"""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from streamlit.runtime.pages_manager import PagesManager

from covnets.errors import CovnetsError
from covnets.messages import meant, unknown_name
from covnets.models import PAGE_FAMILIES
from covnets.ui import live_chart, notices, services

TITLE = "Miniature CovNets"
# Pages have emoji: a ":material/...:" icon for the browser's tab would come from the internet.
ICON = "🔬"
PAGES_FOLDER = Path(__file__).resolve().parents[2] / "pages"

# File stem (the page's address too), title, icon. The first is the front page.
PAGES = (
    ("home", "Home", "🏠"),
    ("vgg", "VGG", "🧱"),
    ("inception", "Inception", "🌿"),
    ("resnet", "ResNet", "🪜"),
    ("race", "Race", "🏁"),
    ("compare", "Compare", "⚖️"),
    ("sweep", "Sweep", "🧭"),
    ("explorer", "Explorer", "🔭"),
)
FRONT_PAGE = PAGES[0][0]

_STYLE = Path(__file__).with_name("page.css")


def run() -> None:
    """Show the navigation and run the page that the visitor asked for.

    The message of a `CovnetsError` is shown as it is: it is written for the person who reads it.
    """
    page = _navigation()
    st.html(_STYLE)
    try:
        page.run()
    except CovnetsError as error:
        notices.show_error(error)


def page_file(name: str) -> Path:
    """The file of a page by its name, for ``st.page_link`` and ``st.switch_page``."""
    return PAGES_FOLDER / f"{name}.py"


def page_of(family: str) -> Path:
    """The file of the page that shows a family's runs."""
    return page_file(family if family in PAGE_FAMILIES else "explorer")


def routes() -> list[BaseRoute]:
    """Addresses that the server answers besides Streamlit's own."""
    below_pages = [Route(f"/{name}/{{rest:path}}", _in_one_part) for name, _, _ in PAGES]
    return [*live_chart.routes(), *below_pages]


def _in_one_part(request: Request) -> RedirectResponse:
    """Lead /vgg/16 to /vgg-16: below a page Streamlit's own scripts would not be found."""
    if "_stcore" in request.url.path:
        raise HTTPException(404)  # a page asks so whether the server's address ends with its name
    path = quote("-".join(filter(None, request.url.path.split("/"))))
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{path}{query}")


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Open the dashboard in the browser at the server's start, let the workers go at its end.

    The end is here and not in ``atexit``, which a server stopped by SIGTERM never reaches. For a
    bare script Streamlit would open the browser itself, for an app object it does not.
    """
    PagesManager.uses_pages_directory = False
    opening = None
    if not st.get_option("server.headless"):
        opening = asyncio.create_task(asyncio.to_thread(webbrowser.open, address()))
    preparing = asyncio.create_task(asyncio.to_thread(_prepare))
    try:
        yield
    finally:
        if opening is not None:
            opening.cancel()
        await asyncio.wait([preparing])
        await asyncio.to_thread(services.close_engines)


def address() -> str:
    """The dashboard's address for a browser on this machine, such as http://localhost:8501."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host, port = st.get_option("browser.serverAddress"), st.get_option("server.port")
    base_path = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{port}/{base_path}"


def _prepare() -> None:
    """Get ready for the first visitor while the browser still loads Streamlit's own scripts."""
    import_module("covnets.ui.network.family_page")
    # What is wrong with the store or the engine, the pages will say.
    with suppress(CovnetsError):
        services.conductor()


def _navigation() -> Any:
    """Register all pages and return the one that the visitor asked for."""
    pages = [
        st.Page(
            page_file(name),
            title=title,
            icon=icon,
            url_path="" if name == FRONT_PAGE else name,
            default=name == FRONT_PAGE,
        )
        for name, title, icon in PAGES
    ]
    # The front page answers at "/", and under its own name as every other page does.
    name, title, icon = PAGES[0]
    alias = st.Page(page_file(name), title=title, icon=icon, url_path=name, visibility="hidden")
    page = st.navigation([*pages, alias, *_page_for_any_other_address()])
    st.set_page_config(page_title=f"{page.title} · {TITLE}", page_icon=ICON, layout="wide")
    return page


def _page_for_any_other_address() -> list[Any]:
    """A page under the name that the visitor came with, if it is the name of none."""
    # What is said of the address later on leaves out the page's name where it knows it.
    path = st.session_state.setdefault("page.asked", urlsplit(st.context.url or "").path)
    name = unquote(path.strip("/").rpartition("/")[2]).strip()
    if not name or "/" in name or name in {known for known, _, _ in PAGES}:
        return []
    say = partial(_no_such_page, name)
    return [st.Page(say, title="No such page", url_path=name, visibility="hidden")]


def _no_such_page(name: str) -> None:
    """Say that an address names no page, and lead to those that there are."""
    pages = {f"/{known}": (page_file(known), title) for known, title, _ in PAGES}
    st.title("No such page", anchor=False)
    notices.show_warning(unknown_name("page", f"/{name}", pages))
    for path in meant(name, pages) or pages:
        file, title = pages[path]
        st.page_link(file, label=title, icon=":material/arrow_forward:")
