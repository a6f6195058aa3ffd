"""What surrounds every page: start of the server, page set-up, navigation.

Streamlit takes a folder called ``pages`` for an app of its older kind until ``st.navigation`` has
been called once in the process. On a fresh server the first visit to ``/vgg`` would therefore run
``pages/vgg.py`` alone, without ``dashboard.py``, and show a navigation of its own making. So each
page begins with `through_navigation`, which does then what ``dashboard.py`` would have done.
"""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.routing import BaseRoute

from covnets.errors import CovnetsError
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

_inside_navigation: ContextVar[bool] = ContextVar("inside_navigation", default=False)


def run() -> None:
    """Show the navigation and run the page that the visitor asked for.

    The message of a `CovnetsError` is shown as it is: it is written for the person who reads it.
    """
    _run(_navigation())


def through_navigation(page_file: str) -> None:
    """Let the navigation run a page that is being run alone: the first line of every page.

    Args:
        page_file: The page's own ``__file__``.
    """
    if _inside_navigation.get():
        return
    page = _navigation()
    if (page.url_path or FRONT_PAGE) == Path(page_file).stem:
        _run(page)
        st.stop()
    # Otherwise the page's file was started as a script in its own right: it goes on alone.


def page_file(name: str) -> Path:
    """The file of a page by its name, for ``st.page_link`` and ``st.switch_page``."""
    return PAGES_FOLDER / f"{name}.py"


def page_of(family: str) -> Path:
    """The file of the page that shows a family's runs."""
    return page_file(family if family in PAGE_FAMILIES else "explorer")


def routes() -> list[BaseRoute]:
    """Addresses that the server answers besides Streamlit's own."""
    return [*live_chart.routes()]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Open the dashboard in the browser at the server's start, let the workers go at its end.

    The end is here and not in ``atexit``, which a server stopped by SIGTERM never reaches. For a
    bare script Streamlit would open the browser itself, for an app object it does not.
    """
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
    import_module("covnets.ui.family_page")
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
    page = st.navigation([*pages, alias])
    st.set_page_config(page_title=f"{page.title} · {TITLE}", page_icon=ICON, layout="wide")
    return page


def _run(page: Any) -> None:
    token = _inside_navigation.set(True)
    st.html(_STYLE)
    try:
        page.run()
    except CovnetsError as error:
        notices.show_error(error)
    finally:
        _inside_navigation.reset(token)
